//! Several traces that part: until then sets run the same in all of them, afterwards each trace has a plan
//! of its own. What is decided now is what is cheapest over all of them.
//!
//! Each trace is planned by itself first. Where they agree on the first hours, that is the answer, and the
//! weighted sum of their bounds proves how good it is. Where they do not, each way that one of them, or the
//! plan in force, begins with is tried on all others, and the cheapest in sum is taken. A trace knows its
//! own future (Bent and Van Hentenryck 2004, "hindsight"): the sum is hopeful about waiting.

use super::traces::price;
use super::{SolveOptions, Solved, solve_from};
use crate::error::{BackendFailure, SolveError};
use crate::plan::{GensetPlan, Plan, Stage, Status, TracePlan, TracesPlan};
use crate::problem::Problem;
use crate::site::ById;
use crate::verify::verify;
use std::time::Instant;

/// Which sets run in the steps before the traces part, by id.
type First = ById<Vec<bool>>;

/// Share of the time for each trace by itself; the rest is for trying beginnings on the others.
const ALONE: f64 = 0.5;
/// Costs nearer than this share are alike: then the beginning of the plan in force stays.
const ALIKE: f64 = 1e-3;

struct Parting<'a> {
    options: &'a SolveOptions,
    running: Option<&'a Plan>,
    alone: Vec<Problem>,
    weights: Vec<f64>,
    /// Steps before the traces part.
    steps: usize,
    began: Instant,
}

/// The plan of a checked problem whose traces part.
pub(super) fn solved(
    problem: &Problem,
    options: &SolveOptions,
    running: Option<&Plan>,
) -> Result<Solved, SolveError> {
    let parting = Parting {
        options,
        running,
        alone: std::iter::once(problem.without_traces())
            .chain(problem.traces.iter().map(|trace| problem.of_trace(trace)))
            .collect(),
        weights: std::iter::once(problem.first_weight_frac())
            .chain(problem.traces.iter().map(|trace| trace.weight_frac))
            .collect(),
        steps: problem.common_steps(),
        began: Instant::now(),
    };
    parting.solved(problem)
}

impl Parting<'_> {
    fn solved(&self, problem: &Problem) -> Result<Solved, SolveError> {
        let share_s = ALONE * self.options.time_limit_s / self.alone.len() as f64;
        let mut own = Vec::with_capacity(self.alone.len());
        for alone in &self.alone {
            own.push(solve_from(alone, &self.for_seconds(share_s), self.running)?);
        }
        let beginnings = self.beginnings(&own, problem);
        let mut best: Option<(f64, Vec<Plan>)> = None;
        let tries = beginnings.len() * self.alone.len();
        for beginning in &beginnings {
            let Some(plans) = self.begun(beginning, &own, tries) else { continue };
            let sum = self.expected(&plans, |plan| plan.cost + plan.ledger.penalty);
            if best.as_ref().is_none_or(|(least, _)| sum < least * (1.0 - ALIKE)) {
                best = Some((sum, plans));
            }
        }
        let Some((_, plans)) = best else {
            let (stage, failure) = ("traces".to_owned(), BackendFailure::NoSolutionInTime);
            return Err(SolveError::Stage { stage, failure });
        };
        let bound = self.bound(&own, &plans);
        let rules = own.swap_remove(0).rules;
        let mut plans = plans.into_iter();
        let first = plans.next().unwrap_or_else(|| rules.clone());
        let plan = self.joined(first, plans.collect(), bound, beginnings.len());
        let violations = verify(problem, &plan);
        if violations.is_empty() {
            return Ok(Solved { plan, rules, failed: None });
        }
        Err(SolveError::Refused(violations))
    }

    fn for_seconds(&self, time_limit_s: f64) -> SolveOptions {
        SolveOptions { time_limit_s, ..*self.options }
    }

    /// How each trace begins by itself, and how the plan in force would go on.
    fn beginnings(&self, own: &[Solved], problem: &Problem) -> Vec<First> {
        let begins = |plan: &Plan| -> First {
            let of = |set: &GensetPlan| -> Vec<bool> {
                set.running.iter().take(self.steps).copied().collect()
            };
            plan.genset.iter().map(|(id, set)| (id.clone(), of(set))).collect()
        };
        let mut list: Vec<First> = Vec::new();
        if let Some(running) = self.running
            && let Some(from) = running.grid.index_at(problem.grid.start)
        {
            let at = |t: usize| running.grid.index_at(problem.grid.start_of(t)).unwrap_or(from);
            let of = |set: &GensetPlan| -> Vec<bool> {
                (0..self.steps).map(|t| set.running.get(at(t)).copied() == Some(true)).collect()
            };
            list.push(running.genset.iter().map(|(id, set)| (id.clone(), of(set))).collect());
        }
        list.extend(own.iter().map(|solved| begins(&solved.plan)));
        let mut distinct: Vec<First> = Vec::new();
        for first in list {
            if !distinct.contains(&first) {
                distinct.push(first);
            }
        }
        distinct
    }

    /// A plan of each trace with this beginning; none where one of them cannot begin so.
    fn begun(&self, beginning: &First, own: &[Solved], tries: usize) -> Option<Vec<Plan>> {
        let begins_so = |plan: &Plan| {
            beginning.iter().all(|(id, first)| {
                plan.genset.get(id).is_some_and(|set| set.running.starts_with(first))
            })
        };
        let left_s = self.options.time_limit_s - self.began.elapsed().as_secs_f64();
        let share_s = (left_s / tries as f64).max(0.01 * self.options.time_limit_s);
        let mut plans = Vec::with_capacity(self.alone.len());
        for (alone, own) in std::iter::zip(&self.alone, own) {
            if begins_so(&own.plan) {
                plans.push(own.plan.clone());
                continue;
            }
            let held = held(alone, beginning);
            let solved = solve_from(&held, &self.for_seconds(share_s), None).ok()?;
            let lawful = begins_so(&solved.plan) && verify(alone, &solved.plan).is_empty();
            plans.push(lawful.then_some(solved.plan)?);
        }
        Some(plans)
    }

    fn expected(&self, plans: &[Plan], of: impl Fn(&Plan) -> f64) -> f64 {
        std::iter::zip(&self.weights, plans).map(|(weight, plan)| weight * of(plan)).sum()
    }

    /// No plan costs less than the traces by themselves, where these fall no shorter.
    fn bound(&self, own: &[Solved], plans: &[Plan]) -> Option<f64> {
        let as_short = std::iter::zip(own, plans)
            .all(|(own, plan)| plan.ledger.penalty <= own.plan.ledger.penalty + 1e-6);
        let bounds = std::iter::zip(&self.weights, own).map(|(w, own)| Some(w * own.plan.bound?));
        let sum: Option<f64> = bounds.sum();
        sum.filter(|_| as_short)
    }

    fn joined(
        &self,
        mut plan: Plan,
        others: Vec<Plan>,
        bound: Option<f64>,
        beginnings: usize,
    ) -> Plan {
        let seconds = self.began.elapsed().as_secs_f64();
        let others = std::iter::zip(&self.weights[1..], others);
        let others = others.map(|(weight_frac, mut other)| {
            // Why a service waits is told of the first trace.
            for (id, set) in &mut other.genset {
                set.upkeep.service = plan.genset.get(id).and_then(|g| g.upkeep.service.clone());
            }
            TracePlan { weight_frac: *weight_frac, plan: other }
        });
        let others = others.collect();
        plan.traces =
            Some(TracesPlan { weight_frac: self.weights[0], others, ..TracesPlan::default() });
        price(&mut plan, self.options.objective);
        let cost = plan.expected_cost();
        plan.bound = bound.map(|bound| bound.min(cost));
        plan.gap_frac = plan.bound.map(|b| if cost > 0.0 { (cost - b) / cost } else { 0.0 });
        plan.status = match plan.gap_frac {
            Some(gap) if gap <= self.options.gap_frac => Status::WithinGap,
            _ => Status::Feasible,
        };
        let name = format!("beginnings of traces: {beginnings}");
        plan.stages.push(Stage { name, seconds, value: cost, bound: plan.bound });
        plan.solve_s = seconds;
        plan
    }
}

/// Sets held as in `beginning`, by what must run and what cannot.
fn held(alone: &Problem, beginning: &First) -> Problem {
    let mut held = alone.clone();
    let steps = held.grid.len();
    for (id, first) in beginning {
        let must = held.series.must_run.entry(id.clone()).or_insert_with(|| vec![false; steps]);
        for (must, on) in std::iter::zip(must, first) {
            *must |= *on;
        }
        let out = held.unavailable.entry(format!("genset.{id}"));
        for (out, on) in std::iter::zip(out.or_insert_with(|| vec![false; steps]), first) {
            *out |= !*on;
        }
    }
    held
}
