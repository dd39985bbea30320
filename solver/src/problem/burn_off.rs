//! When a burn-off is cheapest: chosen before the search, by an estimate of what it costs in each hour.
//!
//! In a step the load left for sets is met by the cheapest combination of sets at one load fraction,
//! once with no condition and once with the set in it at the load of a burn-off or more. What is made
//! beyond the load counts as lost. The difference, summed over the hour, is the price of the stretch.

use super::Problem;
use crate::site::{BurnOff, Genset};
use std::ops::Range;

/// Times closer than this are equal, h.
const NEAR_H: f64 = 1e-9;
/// Beyond as many other sets, none of them is combined with the set.
const MOST_COMBINED: usize = 8;

impl Problem {
    /// The first step of the cheapest time for a burn-off that has been owed for `owed_h`: within its
    /// time, or as soon as can be where that is over.
    pub(super) fn place_burn_off(
        &self,
        id: &str,
        burn_off: &BurnOff,
        owed_h: f64,
    ) -> Option<usize> {
        self.place_burn_off_within(id, &(0.0..(burn_off.within_h - owed_h).max(0.0)))
    }

    /// The first step of the cheapest time for a burn-off within hours of the plan, or the first one
    /// after them.
    pub(super) fn place_burn_off_within(&self, id: &str, hours: &Range<f64>) -> Option<usize> {
        let burn_off = self.site.genset.get(id)?.burn_off.as_ref()?;
        let windows: Vec<Range<usize>> = (0..self.grid.len())
            .filter(|first| self.grid.offset_h(*first) + NEAR_H >= hours.start)
            .filter_map(|first| self.burn_off_window(id, burn_off, first))
            .collect();
        let price = |steps: &Range<usize>| -> f64 {
            steps.clone().map(|t| self.grid.dt_h(t) * self.burn_off_l_per_h(id, burn_off, t)).sum()
        };
        let in_time = |steps: &&Range<usize>| self.grid.offset_h(steps.end) <= hours.end + NEAR_H;
        let priced = windows.iter().filter(in_time).map(|steps| (price(steps), steps.start));
        let cheapest = priced.filter(|(l, _)| l.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0));
        let late =
            || windows.iter().find(|steps| price(steps).is_finite()).map(|steps| steps.start);
        cheapest.map(|(_, first)| first).or_else(late)
    }

    /// The steps of a burn-off that begins with a step, if the set can run in them and quiet hours do
    /// not forbid it.
    fn burn_off_window(&self, id: &str, burn_off: &BurnOff, first: usize) -> Option<Range<usize>> {
        let grid = &self.grid;
        let had_h = if first == 0 { self.high_load_h(id) } else { 0.0 };
        let from_h = grid.offset_h(first);
        let ends =
            |after: &usize| grid.offset_h(*after) - from_h + had_h + NEAR_H >= burn_off.for_h;
        let after = (first + 1..=grid.len()).find(ends)?;
        let asked_kw = burn_off.at_frac * self.site.genset.get(id)?.rated_kw;
        let can = |t: usize| {
            self.set_can_run(id, t)
                && self.quiet_sets(t).is_none_or(|most| most > 0)
                && self.genset_available_kw(id, t) >= asked_kw
        };
        (first..after).all(can).then_some(first..after)
    }

    /// What a burn-off in step `t` burns more than the cheapest way to meet the load, L/h.
    fn burn_off_l_per_h(&self, id: &str, burn_off: &BurnOff, t: usize) -> f64 {
        let Some(set) = self.site.genset.get(id) else { return f64::INFINITY };
        let load_kw = (self.demand_kw(t) - self.sun_kw(t)).max(0.0);
        let others: Vec<&Genset> = self
            .site
            .genset
            .iter()
            .filter(|(other, _)| *other != id && self.set_can_run(other, t))
            .map(|(_, other)| other)
            .collect();
        let combined = if others.len() > MOST_COMBINED { 0 } else { others.len() };
        let (mut with, mut without) = (f64::INFINITY, f64::INFINITY);
        for mask in 0..1_usize << combined {
            let chosen = others.iter().take(combined).enumerate();
            let mut sets: Vec<&Genset> =
                chosen.filter(|(i, _)| mask & (1 << i) != 0).map(|(_, other)| *other).collect();
            without = without.min(self.meets_l_per_h(&sets, load_kw, 0.0));
            sets.push(set);
            without = without.min(self.meets_l_per_h(&sets, load_kw, 0.0));
            with = with.min(self.meets_l_per_h(&sets, load_kw, burn_off.at_frac));
        }
        with - if without.is_finite() { without } else { 0.0 }
    }

    /// What sets burn that meet a load at one load fraction, no less than `least_frac`, wear in litres
    /// included, L/h; infinite if they cannot.
    fn meets_l_per_h(&self, sets: &[&Genset], load_kw: f64, least_frac: f64) -> f64 {
        let rated_kw: f64 = sets.iter().map(|g| g.rated_kw).sum();
        if load_kw > rated_kw {
            return f64::INFINITY;
        }
        let frac = if rated_kw > 0.0 { (load_kw / rated_kw).max(least_frac) } else { 0.0 };
        let price = self.site.money.fuel_price_per_l;
        let of =
            |g: &&Genset| Self::burns_l_per_h(g, frac * g.rated_kw) + g.running_cost_per_h / price;
        sets.iter().map(of).sum()
    }
}
