//! From a commitment to a plan: its least times kept, its dispatch, and what else is whole.

use super::bound::Bounded;
use super::hull::Mixed;
use super::nearby::SOME_MOVES;
use super::search::{Nearest, Search};
use super::{Question, repair};
use crate::backend::Point;

/// What counts as cheaper.
pub(super) const IMPROVEMENT: f64 = 1e-6;

/// How many sets of each fleet run in each step, and at which load fraction or so.
#[derive(Debug, Clone)]
pub(super) struct Commitment {
    pub(super) counts: Vec<Vec<usize>>,
    pub(super) loads: Vec<Vec<f64>>,
}

impl Search<'_> {
    /// The commitment of a path, least times kept.
    pub(super) fn commitment_of(&self, bounded: &Bounded) -> Commitment {
        let path = &bounded.ways.path;
        let commitment = Commitment {
            counts: (0..self.cut.fleets())
                .map(|k| path.counts.iter().map(|c| c[k]).collect())
                .collect(),
            loads: (0..self.cut.fleets())
                .map(|k| path.loads.iter().map(|l| l[self.cut.group_of(k)]).collect())
                .collect(),
        };
        self.repaired(commitment)
    }

    /// The dispatch of the commitments with the largest shares of a mixture, with their starts and
    /// stops moved where that is the nearest to a plan. `None` once the search is done.
    pub(super) fn round(&mut self, mixed: &Mixed, bounded: &Bounded) -> Option<()> {
        let steps = self.cut.steps.iter().zip(&mixed.largest);
        let counts: Vec<Vec<usize>> = steps.map(|(step, state)| step.counts(*state)).collect();
        let loads = |k: usize| {
            let group = self.cut.group_of(k);
            let of_step = bounded.ways.loads.iter().zip(&mixed.largest);
            of_step.map(|(of, state)| of[*state].get(group).copied().unwrap_or(0.0)).collect()
        };
        let commitment = Commitment {
            counts: (0..self.cut.fleets()).map(|k| counts.iter().map(|c| c[k]).collect()).collect(),
            loads: (0..self.cut.fleets()).map(loads).collect(),
        };
        let commitment = self.repaired(commitment);
        self.cheaper(&commitment);
        self.towards(mixed)?;
        self.polish(SOME_MOVES)
    }

    /// The commitment with least times kept.
    pub(super) fn repaired(&self, mut commitment: Commitment) -> Commitment {
        let Question { model, blocks, .. } = self.question;
        let fleets = blocks.iter().filter_map(|b| b.fleet());
        for (columns, counts) in fleets.zip(&mut commitment.counts) {
            *counts = repair::repair(&columns.fleet, &model.offset_h, counts);
        }
        commitment
    }

    /// The dispatch of a commitment; the best plan is kept.
    pub(super) fn dispatch(&mut self, commitment: &Commitment) -> Option<Point> {
        self.dispatch_below(commitment, f64::INFINITY)
    }

    /// The dispatch of a commitment that is given up as soon as it cannot be the cheapest.
    pub(super) fn cheaper(&mut self, commitment: &Commitment) -> Option<Point> {
        let least = self.nearest.as_ref().map_or(f64::INFINITY, |nearest| nearest.cost);
        let best = self.best.as_ref().map_or(f64::INFINITY, |best| best.plan.objective);
        self.dispatch_below(commitment, least.max(best))
    }

    fn dispatch_below(&mut self, commitment: &Commitment, most: f64) -> Option<Point> {
        let Question { model, blocks, bounds, deadline, elastic, .. } = self.question;
        let mut held = bounds.to_vec();
        for elastic in *elastic {
            held[elastic.column] = elastic.bounds;
        }
        for (k, columns) in blocks.iter().filter_map(|b| b.fleet()).enumerate() {
            let mut before = columns.fleet.running_at_start();
            let of_steps = commitment.counts[k].iter().zip(&commitment.loads[k]);
            for (step, (n, load)) in columns.steps.iter().zip(of_steps) {
                let piece = columns.fleet.piece_at(load * columns.fleet.rated_kw);
                step.fix(*n, piece, &mut |variable, value| {
                    held[model.position(variable)] = (value, value);
                });
                let changes = [
                    (step.started, n.saturating_sub(before)),
                    (step.stopped, before.saturating_sub(*n)),
                ];
                for (variable, sets) in changes {
                    held[model.position(variable)] = (sets as f64, sets as f64);
                }
                before = *n;
            }
        }
        self.tried.insert(commitment.counts.clone());
        let dispatch = self.full.solve_below(&held, most, *deadline).ok()?;
        let least = self.nearest.as_ref().map_or(f64::INFINITY, |nearest| nearest.cost);
        if dispatch.objective < least - IMPROVEMENT {
            let (cost, prices) = (dispatch.objective, dispatch.prices.clone());
            self.nearest = Some(Nearest { cost, commitment: commitment.clone(), prices });
            self.local = None;
        }
        let best = self.best.as_ref().map_or(f64::INFINITY, |b| b.plan.objective);
        if dispatch.objective < best
            && let Some(found) = self.broken(&dispatch, held)
            && found.plan.objective < best
        {
            self.best = Some(found);
        }
        Some(dispatch)
    }
}
