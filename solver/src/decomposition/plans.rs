//! From a commitment to a plan: its least times kept, its dispatch, what else is whole, and its starts
//! and stops moved as long as that pays.

use super::bound::Bounded;
use super::hull::Mixed;
use super::search::Search;
use super::{Question, changes, repair};
use crate::backend::Point;

/// Rounds of moving starts and stops.
const POLISHES: usize = 3;
/// Moves that are tried at once: while prices are poor, once they are better, and at last.
pub(super) const FEW_MOVES: usize = 30;
pub(super) const SOME_MOVES: usize = 150;
pub(super) const ALL_MOVES: usize = usize::MAX;
/// What counts as cheaper.
const IMPROVEMENT: f64 = 1e-6;

/// How many sets of each fleet run in each step, and at which load fraction or so.
#[derive(Debug, Clone)]
pub(super) struct Commitment {
    pub(super) counts: Vec<Vec<usize>>,
    pub(super) loads: Vec<Vec<f64>>,
}

impl Search<'_> {
    /// The best plan at the commitment of a path. Gives its dispatch, whose prices may be better.
    pub(super) fn plan(&mut self, bounded: &Bounded) -> Option<Point> {
        let path = &bounded.ways.path;
        let commitment = Commitment {
            counts: (0..self.cut.fleets())
                .map(|k| path.counts.iter().map(|c| c[k]).collect())
                .collect(),
            loads: (0..self.cut.fleets())
                .map(|k| path.loads.iter().map(|l| l[self.cut.group_of(k)]).collect())
                .collect(),
        };
        let commitment = self.repaired(commitment);
        self.dispatch(&commitment)
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
        self.dispatch(&commitment);
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
        let Question { model, blocks, bounds, deadline, elastic, .. } = self.question;
        let mut held = bounds.to_vec();
        for elastic in *elastic {
            held[elastic.column] = elastic.bounds;
        }
        for (k, columns) in blocks.iter().filter_map(|b| b.fleet()).enumerate() {
            let of_steps = commitment.counts[k].iter().zip(&commitment.loads[k]);
            for (step, (n, load)) in columns.steps.iter().zip(of_steps) {
                let piece = columns.fleet.piece_at(load * columns.fleet.rated_kw);
                step.fix(*n, piece, &mut |variable, value| {
                    held[model.position(variable)] = (value, value);
                });
            }
        }
        let dispatch = self.full.solve(&held, *deadline).ok()?;
        let least = self.nearest.as_ref().map_or(f64::INFINITY, |(objective, _)| *objective);
        if dispatch.objective < least - IMPROVEMENT {
            self.nearest = Some((dispatch.objective, commitment.clone()));
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

    /// Moves the starts and stops of the best commitment, one by one, as long as that pays. `None`
    /// once the search is done. After `most` moves the rest is left for the next time.
    pub(super) fn polish(&mut self, most: usize) -> Option<()> {
        let mut left = most;
        if self.is_done() {
            return None;
        }
        for _ in 0..POLISHES {
            let Some((before, commitment)) = self.nearest.clone() else { break };
            if before >= self.polished - IMPROVEMENT {
                break;
            }
            self.polished = before;
            for change in changes::of(&commitment.counts) {
                let (_, current) = self.nearest.clone()?;
                let Some(counts) = change.applied(&current.counts) else { continue };
                let loads = current.loads.clone();
                let commitment = self.repaired(Commitment { counts, loads });
                if commitment.counts != current.counts && !self.is_hopeless(&commitment) {
                    if left == 0 {
                        self.polished = f64::INFINITY;
                        return Some(());
                    }
                    left -= 1;
                    self.dispatch(&commitment);
                }
                if self.is_done() {
                    return None;
                }
            }
            if self.nearest.as_ref().is_none_or(|(after, _)| *after > before - IMPROVEMENT) {
                break;
            }
        }
        Some(())
    }

    /// Whether no plan of a commitment can be cheaper than the nearest: at the prices of the highest
    /// bound, whatever goes through one of its steps as it does costs more.
    fn is_hopeless(&self, commitment: &Commitment) -> bool {
        let (Some((nearest, _)), Some(highest)) = (&self.nearest, &self.highest) else {
            return false;
        };
        let ways = &highest.ways;
        let least = ways.through.first().and_then(|of| of.iter().copied().reduce(f64::min));
        let most = least.unwrap_or(0.0) + nearest - highest.bound;
        (0..ways.through.len()).any(|t| {
            let counts: Vec<usize> = commitment.counts.iter().map(|of_fleet| of_fleet[t]).collect();
            let state = self.cut.steps[t].state_of(&counts);
            state.is_none_or(|state| ways.through[t][state] >= most)
        })
    }
}
