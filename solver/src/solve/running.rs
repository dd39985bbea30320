//! The plan in force, on the steps of a new problem: the search begins with its sets, and where their
//! dispatch is near enough to the bound, they are the answer.
//!
//! A step takes the sets of the step of the old plan that holds its middle. Beyond the end of the old
//! plan they go on as in its last step, or as the rules run them; both are tried. Sets that are out of
//! reach stand. Of several traces nothing is taken over: their search begins with the rules.

use super::{Pumps, Run};
use crate::backend::{Request, Solution, minimise};
use crate::decomposition::{Known, repair};
use crate::plan::Plan;
use crate::problem::Problem;
use chrono::{DateTime, Utc};
use good_lp::{Expression, Variable};

/// Share of the time for one commitment of the running plan in a general search.
const SHARE: f64 = 0.1;

/// How a plan goes on after its end.
#[derive(Debug, Clone, Copy)]
enum Tail {
    LastStep,
    Rules,
}

impl Run<'_> {
    /// The commitments of a plan on this problem's steps; none where it does not cover the first one.
    pub(super) fn of_running(&self, plan: &Plan) -> Vec<Known> {
        let covers = middle(self.problem, 0).is_some_and(|t| plan.grid.index_at(t).is_some());
        if !covers || self.has_traces() {
            return Vec::new();
        }
        let mut known: Vec<Known> =
            [Tail::LastStep, Tail::Rules].map(|tail| self.shifted(plan, tail)).into();
        known.dedup();
        known
    }

    /// The commitment of a point.
    pub(super) fn known_as(&self, values: &[f64]) -> Known {
        let at = |variable: &Variable| values[self.model.position(*variable)];
        let (mut counts, mut loads) = (Vec::new(), Vec::new());
        for columns in self.blocks.iter().filter_map(|b| b.fleet()) {
            let pieces = &columns.fleet.pieces;
            let (mut of_fleet, mut share) = (Vec::new(), Vec::new());
            for step in &columns.steps {
                let running: f64 = step.on.iter().map(at).sum();
                let from_kw: f64 = step.on.iter().zip(pieces).map(|(n, p)| at(n) * p.from_kw).sum();
                let kw = from_kw + step.lines.iter().flatten().map(at).sum::<f64>();
                let units = 0..=columns.fleet.units.len();
                of_fleet.push(units.rev().find(|n| *n as f64 <= running + 0.5).unwrap_or(0));
                share.push(if running > 0.5 { kw / running / columns.fleet.rated_kw } else { 0.0 });
            }
            counts.push(of_fleet);
            loads.push(share);
        }
        Known { counts, loads }
    }

    fn shifted(&self, plan: &Plan, tail: Tail) -> Known {
        let end = plan.grid.end();
        // For each step: a plan and the step of it to follow.
        let source = |t: usize| {
            let time = middle(self.problem, t)?;
            match (plan.grid.index_at(time), tail) {
                (Some(step), _) => Some((plan, step)),
                (None, Tail::LastStep) if time >= end => Some((plan, plan.grid.len() - 1)),
                _ => None,
            }
        };
        let sources: Vec<(&Plan, usize)> =
            (0..self.problem.grid.len()).map(|t| source(t).unwrap_or((&self.rules, t))).collect();
        let (mut counts, mut loads) = (Vec::new(), Vec::new());
        for fleet in self.blocks.iter().filter_map(|b| b.fleet()).map(|columns| &columns.fleet) {
            let (mut of_fleet, mut share) = (Vec::new(), Vec::new());
            for (t, (plan, step)) in sources.iter().enumerate() {
                let power = |id: &str| power_kw(plan, id, *step);
                let units = fleet.units.iter().filter(|u| self.problem.set_can_run(&u.id, t));
                let kw: Vec<f64> = units.filter_map(|u| power(&u.id)).collect();
                of_fleet.push(kw.len());
                share.push(if kw.is_empty() {
                    self.load_frac(plan, *step)
                } else {
                    kw.iter().sum::<f64>() / (kw.len() as f64 * fleet.rated_kw)
                });
            }
            counts.push(of_fleet);
            loads.push(share);
        }
        Known { counts, loads }
    }

    /// Load of all sets that run in a step of a plan, as a share of their ratings.
    fn load_frac(&self, plan: &Plan, step: usize) -> f64 {
        let running = self.problem.site.genset.iter();
        let running = running.filter_map(|(id, set)| Some((power_kw(plan, id, step)?, set)));
        let (kw, rated_kw) =
            running.fold((0.0, 0.0), |(kw, rated), (of, set)| (kw + of, rated + set.rated_kw));
        if rated_kw > 0.0 { kw / rated_kw } else { 0.0 }
    }

    /// The best plan with the sets of the running one, where a general search looks for a first plan.
    pub(super) fn as_running(&self, objective: &Expression) -> Option<Solution> {
        let plans = self.running.iter().filter_map(|known| {
            let bounds = self.held_as_known(known);
            let request = Request {
                objective,
                caps: &self.caps,
                bounds: &bounds,
                gap_frac: self.options.gap_frac,
                target: None,
                time_limit_s: SHARE * self.remaining_s(),
                seed: self.options.seed,
                start: None,
                relaxed: false,
                rounded_too: self.pumps == Pumps::Whole,
            };
            minimise(&self.model, &request).ok()
        });
        plans.reduce(|a, b| if b.objective < a.objective { b } else { a })
    }

    /// The bounds with sets held, least times kept.
    fn held_as_known(&self, known: &Known) -> Vec<(f64, f64)> {
        let mut bounds = self.bounds.clone();
        let of_fleets = known.counts.iter().zip(&known.loads);
        for (columns, (counts, loads)) in
            self.blocks.iter().filter_map(|b| b.fleet()).zip(of_fleets)
        {
            let fleet = &columns.fleet;
            let counts = repair(fleet, &self.model.offset_h, counts);
            for ((step, running), load) in columns.steps.iter().zip(counts).zip(loads) {
                step.fix(running, fleet.piece_at(load * fleet.rated_kw), &mut |column, value| {
                    bounds[self.model.position(column)] = (value, value);
                });
            }
        }
        bounds
    }
}

/// Power of a set in a step of a plan, kW, if it runs there.
fn power_kw(plan: &Plan, id: &str, step: usize) -> Option<f64> {
    let set = plan.genset.get(id)?;
    set.running.get(step).filter(|runs| **runs)?;
    set.power_kw.get(step).copied()
}

/// The middle of a step, if there is such a step.
fn middle(problem: &Problem, t: usize) -> Option<DateTime<Utc>> {
    let grid = &problem.grid;
    (t < grid.len()).then(|| grid.start_of(t) + (grid.start_of(t + 1) - grid.start_of(t)) / 2)
}

#[cfg(test)]
mod tests;
