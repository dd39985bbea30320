//! Whole numbers beside those of sets: directions of batteries for every dispatch, pumps and trains
//! only for a plan that is near enough without.

use super::Question;
use super::search::{Candidate, Search};
use crate::backend::{Point, Reading, Solution};

/// Shares of the room for rounding that are tried: less room costs less, if it is enough.
const ROOM: [f64; 3] = [1.0, 0.3, 0.0];
/// Whole numbers that are held one after the other, and how broken one is to be.
const MOST_HELD: usize = 12;
const BROKEN: f64 = 1e-6;
/// A plan is rounded again once it is cheaper by this share of the gap.
const CHEAPER: f64 = 0.1;

impl Search<'_> {
    /// Whether a plan is near enough to the bound. Pumps and trains are made whole once one with
    /// broken ones is; where that costs too much, the search goes on and tries a cheaper one.
    pub(super) fn is_near_enough(&mut self) -> bool {
        let gap = self.question.gap_frac;
        let bound = self.bound;
        let is_near = |objective: f64| objective - bound <= gap * objective.abs();
        let Some(broken) = self.best.as_ref().map(|best| best.plan.objective) else {
            return false;
        };
        if !is_near(broken) {
            return false;
        }
        if broken < self.rounded - CHEAPER * gap * broken.abs() {
            self.round_pumps();
        }
        self.whole.as_ref().is_some_and(|whole| is_near(whole.objective))
    }

    /// Rounds directions, and leaves pumps and trains broken.
    pub(super) fn broken(&mut self, dispatch: &Point, held: Vec<(f64, f64)>) -> Option<Candidate> {
        let Question { bounds, elastic, deadline, .. } = self.question;
        if self.falls_short(dispatch) {
            return None;
        }
        let mut held = held;
        for elastic in *elastic {
            held[elastic.column] = bounds[elastic.column];
        }
        let point = solution(dispatch);
        let mut whole = held.clone();
        self.round_rest(&point, &mut whole, false);
        let plan = match self.full.solve(&whole, *deadline) {
            Ok(point) => solution(&point),
            Err(_) => self.one_by_one(held.clone(), point)?,
        };
        Some(Candidate { plan, held })
    }

    /// Where the nearest whole numbers leave no room, such as batches that begin where the sets are full:
    /// one after the other is held, the largest fraction first, upwards where that can be and downwards
    /// where not, and the dispatch makes up for it each time.
    fn one_by_one(&mut self, mut held: Vec<(f64, f64)>, first: Solution) -> Option<Solution> {
        let Question { model, blocks, deadline, .. } = self.question;
        let counted = blocks.iter().flat_map(|block| block.counted());
        let counted: Vec<usize> = counted.map(|variable| model.position(variable)).collect();
        let mut point = first;
        for _ in 0..MOST_HELD {
            let broken =
                counted.iter().map(|at| (*at, point.values[*at] - point.values[*at].floor()));
            let broken = broken.filter(|(_, frac)| *frac > BROKEN && *frac < 1.0 - BROKEN);
            let Some((at, _)) = broken.max_by(|a, b| a.1.total_cmp(&b.1)) else {
                for at in &counted {
                    let value = point.values[*at].round();
                    held[*at] = (value, value);
                }
                self.round_rest(&point, &mut held, false);
                return self.full.solve(&held, *deadline).ok().map(|point| solution(&point));
            };
            let (value, (least, most)) = (point.values[at], held[at]);
            held[at] = (value.ceil().min(most), most);
            let mut next = self.full.solve(&held, *deadline);
            if next.is_err() {
                held[at] = (least, value.floor().max(least));
                next = self.full.solve(&held, *deadline);
            }
            point = solution(&next.ok()?);
        }
        None
    }

    /// Rounds the best plan with less and less room in its stocks; the cheapest whole plan is kept.
    pub(super) fn round_pumps(&mut self) {
        let Some(best) = self.best.take() else { return };
        self.rounded = best.plan.objective;
        let is_broken = self.question.model.columns.iter().any(|column| column.rounded);
        let found: Vec<Solution> = if is_broken {
            ROOM.iter().filter_map(|room| self.with_room(&best, *room)).collect()
        } else {
            vec![best.plan.clone()]
        };
        for whole in found {
            if self.whole.as_ref().is_none_or(|known| whole.objective < known.objective) {
                self.whole = Some(whole);
            }
        }
        self.best = Some(best);
    }

    /// Rounds block by block, the last first, and lets the others make up for it each time, with this
    /// share of the room that rounding needs in their stocks.
    fn with_room(&mut self, best: &Candidate, room: f64) -> Option<Solution> {
        let Question { model, blocks, .. } = self.question;
        let deadline = self.round_until;
        let mut held = best.held.clone();
        let mut narrow = held.clone();
        for block in *blocks {
            block.narrow(room, &mut |variable, min, max| {
                let of = &mut narrow[model.position(variable)];
                *of = (of.0.max(min), of.1.min(max));
            });
        }
        let mut point = best.plan.clone();
        for block in blocks.iter().rev() {
            let mut any = false;
            block.round(&Reading { model, solution: &point }, &mut |variable, value| {
                let at = model.position(variable);
                if model.columns[at].rounded {
                    any = true;
                    let value = value.clamp(held[at].0, held[at].1);
                    held[at] = (value, value);
                    narrow[at] = (value, value);
                }
            });
            // Where the room is not there the next block follows the point of before.
            if any && let Ok(next) = self.full.solve(&narrow, deadline) {
                point.values = next.values;
            }
        }
        self.round_rest(&point, &mut held, true);
        self.full.solve(&held, deadline).ok().map(|point| solution(&point))
    }

    /// Holds what else is whole where blocks round it; what no block rounds, at the nearest number.
    fn round_rest(&self, point: &Solution, held: &mut [(f64, f64)], pumps_too: bool) {
        let Question { model, blocks, .. } = self.question;
        let is_left = |at: usize| !model.columns[at].rounded;
        for block in *blocks {
            block.round(&Reading { model, solution: point }, &mut |variable, value| {
                let at = model.position(variable);
                if is_left(at) {
                    held[at] = (value, value);
                }
            });
        }
        for (at, (column, value)) in self.program.columns.iter().zip(&point.values).enumerate() {
            let bounds = &mut held[at];
            if column.integer && bounds.0 < bounds.1 && (pumps_too || is_left(at)) {
                let whole = value.round().clamp(bounds.0, bounds.1);
                *bounds = (whole, whole);
            }
        }
    }
}

fn solution(point: &Point) -> Solution {
    Solution { values: point.values.clone(), objective: point.objective, bound: f64::NEG_INFINITY }
}
