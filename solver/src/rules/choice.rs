//! What one step asks of the rules, and what a combination of sets makes of it.

use super::LEAST_KW;
use crate::rank::{Ranking, ShortfallClass};
use crate::site::{ById, SecurityLevel};

/// What is asked of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Load of all tiers, the water plant included, kW.
    pub(super) all_kw: f64,
    pub(super) t3_kw: f64,
    /// T0 and T1, kW.
    pub(super) critical_kw: f64,
    /// The level of N-1, if the site asks for any.
    pub(super) level: Option<SecurityLevel>,
}

/// What the rules do in one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub(super) running: Vec<String>,
    pub(super) load_frac: f64,
    pub(super) solar_kw: ById<f64>,
    pub(super) battery_kw: ById<(f64, f64)>,
    pub(super) unserved_kw: f64,
    pub(super) dark: bool,
    /// What it falls short of, in the classes' own units.
    pub(super) short: Vec<(ShortfallClass, f64)>,
    /// Power taken from batteries below their targets, kW.
    pub(super) dip_kw: f64,
    pub(super) cost: f64,
}

impl Choice {
    /// Whether the camp is dark, or anything falls short that the site ranks no lower than T3.
    pub(super) fn falls_short(&self, ranking: &Ranking) -> bool {
        let last = ranking.order.iter().position(|rank| rank.contains(&ShortfallClass::LoadT3));
        let ranks = ranking.order.iter().take(last.unwrap_or(0) + 1).flatten();
        let mut short = self.short.iter();
        let protected: Vec<_> = ranks.collect();
        self.dark || short.any(|(class, amount)| *amount > LEAST_KW && protected.contains(&class))
    }

    /// Less is better: each rank of the site in turn, what batteries keep, then cost.
    pub(super) fn is_better_than(&self, other: &Self, ranking: &Ranking) -> bool {
        let of_rank = |choice: &Self, rank: &[ShortfallClass]| {
            let classes = choice.short.iter().filter(|(class, _)| rank.contains(class));
            classes.map(|(_, amount)| amount).sum::<f64>()
        };
        let ranks = ranking.order.iter().map(|r| (of_rank(self, r), of_rank(other, r)));
        for (mine, theirs) in ranks.chain([(self.dip_kw, other.dip_kw)]) {
            if (mine - theirs).abs() > 1e-6 {
                return mine < theirs;
            }
        }
        self.cost < other.cost
    }
}
