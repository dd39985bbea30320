//! The search: prices, the commitment at them, its dispatch, and small changes of it.

use super::bound::{Bounded, Cut};
use super::{Found, Question, changes, hull, repair};
use crate::backend::{Linear, Point, Reading, Solution};
use crate::error::BackendFailure;
use crate::program::Program;
use std::time::Instant;

/// Rounds of a few commitments mixed.
const HULLS: usize = 2;
/// Rounds of prices between two, before each mixture.
const ROUNDS: usize = 8;
/// Rounds of moving starts and stops.
const POLISHES: usize = 3;
/// What counts as cheaper.
const IMPROVEMENT: f64 = 1e-6;
/// Weight of the newest prices: doubled from the least to the most.
const LEAST_BLEND: f64 = 0.02;
const MOST_BLEND: f64 = 0.35;

/// How many sets of each fleet run in each step, and at which load fraction or so.
#[derive(Debug, Clone)]
struct Commitment {
    counts: Vec<Vec<usize>>,
    loads: Vec<Vec<f64>>,
}

/// The state of a search.
struct Search<'a> {
    question: &'a Question<'a>,
    program: Program,
    cut: Cut,
    full: Linear,
    bound: f64,
    best: Option<Solution>,
    /// The commitment whose dispatch costs least, prices of what falls short included.
    nearest: Option<(f64, Commitment)>,
}

/// A plan and a bound; `Ok(None)` where this way does not apply.
pub(crate) fn search(question: &Question<'_>) -> Result<Option<Found>, BackendFailure> {
    let Question { model, blocks, objective, caps, bounds, .. } = question;
    let program = Program::new(model, objective, caps, bounds);
    let Some(cut) = Cut::new(model, blocks, &program) else {
        return Ok(None);
    };
    let mut relaxed = Linear::new(&program, false, question.seed)?;
    let relaxation = relaxed.solve(bounds, question.deadline)?;
    let mut giving = program.clone();
    for elastic in question.elastic {
        let column = &mut giving.columns[elastic.column];
        (column.min, column.max) = elastic.bounds;
        column.cost += elastic.price;
    }
    let full = Linear::new(&giving, true, question.seed)?;
    let bound = relaxation.objective;
    let mut search = Search { question, program, cut, full, bound, best: None, nearest: None };
    // It ends early where it is done or can do no more; what it has found stands.
    let _ended = search.run(relaxation.prices);
    let bound = search.bound;
    let plan = search.best.map(|best| Solution { bound: bound.min(best.objective), ..best });
    Ok(Some(Found { bound, plan }))
}

impl Search<'_> {
    /// Looks for better prices until the plan is near enough. Ends early, with `None`, where it can do
    /// no more.
    fn run(&mut self, mut prices: Vec<f64>) -> Option<()> {
        let mut kept: Vec<Vec<usize>> = Vec::new();
        for round in 0..=HULLS {
            let bounded = self.between(prices.clone())?;
            if !self.is_done() {
                self.polish()?;
            }
            if self.is_done() || round == HULLS {
                return None;
            }
            hull::keep(&self.cut.steps, &bounded.ways, &mut kept);
            let hull = hull::hull(&self.cut, &self.program, &kept);
            let mut linear = Linear::new(&hull, true, self.question.seed).ok()?;
            let bounds: Vec<_> = hull.columns.iter().map(|c| (c.min, c.max)).collect();
            let point = linear.solve(&bounds, self.question.deadline).ok()?;
            for (row, price) in self.cut.priced.iter().zip(&point.prices) {
                prices[*row] = *price;
            }
        }
        None
    }

    /// Looks for prices whose commitment serves everything at the least cost: between prices at which
    /// something falls short and prices at which nothing does. Gives what was found at the first ones.
    fn between(&mut self, mut prices: Vec<f64>) -> Option<Bounded> {
        let (mut short, mut enough): (Option<Vec<f64>>, Option<Vec<f64>>) = (None, None);
        let (mut first, mut weight) = (None, LEAST_BLEND);
        for _ in 0..ROUNDS {
            let (bounded, dispatch) = self.price(&prices)?;
            first.get_or_insert(bounded);
            if self.is_done() {
                break;
            }
            let other = if self.falls_short(&dispatch) {
                short = Some(prices.clone());
                enough.as_ref()
            } else {
                enough = Some(prices.clone());
                short.as_ref()
            };
            prices = match other {
                Some(other) => mix(&prices, other, 0.5),
                None => mix(&prices, &dispatch.prices, weight),
            };
            weight = (2.0 * weight).min(MOST_BLEND);
        }
        first
    }

    /// The bound and the commitment at these prices, and the dispatch of the commitment.
    fn price(&mut self, prices: &[f64]) -> Option<(Bounded, Point)> {
        let bounded = self.cut.bound(&self.program, prices)?;
        self.bound = self.bound.max(bounded.bound);
        let dispatch = self.plan(&bounded)?;
        Some((bounded, dispatch))
    }

    fn is_done(&self) -> bool {
        self.is_near_enough() || Instant::now() >= self.question.deadline
    }

    fn falls_short(&self, dispatch: &Point) -> bool {
        let question = self.question;
        question
            .elastic
            .iter()
            .any(|e| dispatch.values[e.column] > question.bounds[e.column].1 + 1e-6)
    }

    fn is_near_enough(&self) -> bool {
        let gap = self.question.gap_frac;
        self.best
            .as_ref()
            .is_some_and(|best| best.objective - self.bound <= gap * best.objective.abs())
    }

    /// The best plan at the commitment of a path. Gives its dispatch, whose prices may be better.
    fn plan(&mut self, bounded: &Bounded) -> Option<Point> {
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

    /// The commitment with least times kept.
    fn repaired(&self, mut commitment: Commitment) -> Commitment {
        let Question { model, blocks, .. } = self.question;
        let fleets = blocks.iter().filter_map(|b| b.fleet());
        for (columns, counts) in fleets.zip(&mut commitment.counts) {
            *counts = repair::repair(&columns.fleet, &model.offset_h, counts);
        }
        commitment
    }

    /// The dispatch of a commitment; the best plan is kept.
    fn dispatch(&mut self, commitment: &Commitment) -> Option<Point> {
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
        let best = self.best.as_ref().map_or(f64::INFINITY, |b| b.objective);
        if dispatch.objective < best
            && let Some(found) = self.whole(&dispatch, held)
            && found.objective < best
        {
            self.best = Some(found);
        }
        Some(dispatch)
    }

    /// Moves the starts and stops of the best commitment, one by one, as long as that pays.
    fn polish(&mut self) -> Option<()> {
        for _ in 0..POLISHES {
            let (before, commitment) = self.nearest.clone()?;
            for change in changes::of(&commitment.counts) {
                let (_, current) = self.nearest.clone()?;
                let Some(counts) = change.applied(&current.counts) else { continue };
                let loads = current.loads.clone();
                let commitment = self.repaired(Commitment { counts, loads });
                if commitment.counts != current.counts {
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

    /// Rounds what else is whole.
    fn whole(&mut self, dispatch: &Point, mut held: Vec<(f64, f64)>) -> Option<Solution> {
        let Question { model, blocks, bounds, deadline, elastic, .. } = self.question;
        if self.falls_short(dispatch) {
            return None;
        }
        for elastic in *elastic {
            held[elastic.column] = bounds[elastic.column];
        }
        let relaxed = Solution {
            values: dispatch.values.clone(),
            objective: dispatch.objective,
            bound: f64::NEG_INFINITY,
        };
        let reading = Reading { model, solution: &relaxed };
        for block in *blocks {
            block.round(&reading, &mut |variable, value| {
                held[model.position(variable)] = (value, value);
            });
        }
        for (bounds, (column, value)) in
            held.iter_mut().zip(self.program.columns.iter().zip(&dispatch.values))
        {
            if column.integer && bounds.0 < bounds.1 {
                let whole = value.round().clamp(bounds.0, bounds.1);
                *bounds = (whole, whole);
            }
        }
        let point = self.full.solve(&held, *deadline).ok()?;
        Some(Solution {
            values: point.values,
            objective: point.objective,
            bound: f64::NEG_INFINITY,
        })
    }
}

fn mix(a: &[f64], b: &[f64], weight: f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| (1.0 - weight) * a + weight * b).collect()
}
