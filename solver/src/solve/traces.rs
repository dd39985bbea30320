//! Several traces of load, sun and water in one model: a copy of the blocks for each, with like counts
//! of whatever is decided before the traces part.
//!
//! ```text
//! count(k, t) = decided[t]           for every trace k; decided[t] whole
//! ```
//!
//! Like counts make like sets run: which set of a fleet starts or stops depends on the counts alone.

use super::whole::Held;
use super::{Objective, Run};
use crate::account::{Decisions, hold_to_agreed, settle};
use crate::backend::Solution;
use crate::block::{Block, blocks};
use crate::lowered::Lowered;
use crate::model::Model;
use crate::plan::{Plan, TracePlan, TracesPlan};
use crate::problem::Problem;
use crate::rules::rule_based;
use crate::system;
use good_lp::{Expression, IntoAffineExpression, Variable};
use std::collections::HashMap;

/// What is decided once for all traces: its column, and the count of the first trace that it is.
pub(super) struct Decided {
    column: Variable,
    count: Expression,
}

/// The blocks of a problem, built into the model.
pub(super) fn built(
    model: &mut Model,
    problem: &Problem,
    lower: &dyn Fn(&Problem) -> Lowered,
) -> Vec<Box<dyn Block>> {
    let camp = lower(problem);
    system::open(model, &camp);
    let bus = camp.bus.clone();
    let mut blocks = blocks(camp);
    for block in &mut blocks {
        block.build(model);
    }
    system::close(model, &bus);
    blocks
}

/// Adds the further traces to a model that holds the first.
pub(super) fn add(
    model: &mut Model,
    problem: &Problem,
    others: &[Problem],
    lower: &dyn Fn(&Problem) -> Lowered,
    blocks: &mut Vec<Box<dyn Block>>,
) -> Vec<Decided> {
    let mut decided = Vec::new();
    if others.is_empty() {
        return decided;
    }
    for block in blocks.iter() {
        block.decided(&mut |name, most, count| {
            let column = model.whole(name.clone(), most);
            model.row(name, (count.clone() - column).eq(0.0));
            decided.push(Decided { column, count });
        });
    }
    model.end_trace(problem.first_weight_frac());
    for (i, (other, trace)) in std::iter::zip(others, &problem.traces).enumerate() {
        model.begin_trace(i + 1);
        let of_trace = built(model, other, lower);
        let mut first = decided.iter();
        for block in &of_trace {
            block.decided(&mut |name, _, count| {
                if let Some(decided) = first.next() {
                    model.row(name, (count - decided.column).eq(0.0));
                }
            });
        }
        blocks.extend(of_trace);
        model.end_trace(trace.weight_frac);
    }
    model.join_traces();
    decided
}

impl Run<'_> {
    pub(super) fn has_traces(&self) -> bool {
        !self.others.is_empty()
    }

    /// The blocks of each trace, the first one's first.
    fn of_traces(&self) -> impl Iterator<Item = &[Box<dyn Block>]> {
        self.blocks.chunks((self.blocks.len() / (1 + self.others.len())).max(1))
    }

    /// A solution as the decisions of each trace.
    pub(super) fn read(&self, values: &dyn crate::block::Values) -> Vec<Decisions> {
        let of_trace = |blocks: &[Box<dyn Block>]| {
            let mut decisions = Decisions::default();
            for block in blocks {
                block.read(values, &mut decisions);
                // Which of like sets runs is refined by their loads, and must be the same in all traces.
                if !self.has_traces() {
                    block.refine(&mut decisions);
                }
            }
            decisions
        };
        self.of_traces().map(of_trace).collect()
    }

    /// The plan of the first trace, with those of the others in it.
    pub(super) fn settled(&self, decisions: &[Decisions]) -> Plan {
        let problems = std::iter::once(self.problem).chain(&self.others);
        let of_trace = |(problem, decisions)| {
            let mut plan = settle(problem, decisions);
            hold_to_agreed(self.asked, &mut plan);
            plan
        };
        let mut plans = std::iter::zip(problems, decisions).map(of_trace);
        let Some(mut plan) = plans.next() else { return self.rules.clone() };
        if self.has_traces() {
            let weights = self.problem.traces.iter().map(|trace| trace.weight_frac);
            let others = std::iter::zip(weights, plans);
            // Why a service waits is told of the first trace, by which its time was looked for.
            let others = others.map(|(weight_frac, mut other)| {
                for (id, set) in &mut other.genset {
                    set.upkeep.service = plan.genset.get(id).and_then(|g| g.upkeep.service.clone());
                }
                TracePlan { weight_frac, plan: other }
            });
            let others = others.collect();
            plan.traces = Some(TracesPlan {
                weight_frac: self.problem.first_weight_frac(),
                others,
                ..TracesPlan::default()
            });
        }
        plan
    }

    /// Commitments that are known before any search: the rules' for each trace, and that in which
    /// nothing runs.
    pub(super) fn commitments_of_traces(&self) -> Vec<Held> {
        let Some(first) = self.of_traces().next().filter(|_| self.has_traces()) else {
            return Vec::new();
        };
        let problems = std::iter::once(self.problem).chain(&self.others);
        let mut known: Vec<Held> = Vec::new();
        for rules in problems.map(rule_based) {
            let mut values = HashMap::new();
            for block in first {
                block.commitment(&rules, &mut |variable, value| {
                    values.insert(variable, value);
                });
            }
            let value = |v: Variable| values.get(&v).copied().unwrap_or(0.0);
            let of_rules = |d: &Decided| {
                let terms = (&d.count).linear_coefficients();
                let count: f64 = terms.map(|(variable, c)| c * value(variable)).sum();
                (self.model.position(d.column), count)
            };
            known.push(self.decided.iter().map(of_rules).collect());
        }
        known.push(self.decided.iter().map(|d| (self.model.position(d.column), 0.0)).collect());
        known.dedup();
        known
    }

    /// The best plan of the commitments that are known: each trace is dispatched by itself.
    pub(super) fn best_of_traces(&self, objective: &Expression) -> Option<Solution> {
        let plans = self.commitments.iter().filter_map(|held| self.committed(objective, held).ok());
        plans.reduce(|a, b| if b.objective < a.objective { b } else { a })
    }
}

/// Tells the cost of a plan, and of each of its traces, in terms of what was minimised.
pub(super) fn price(plan: &mut Plan, objective: Objective) {
    plan.objective = objective;
    if objective == Objective::FuelL {
        "L".clone_into(&mut plan.cost_unit);
        plan.cost = plan.fuel_l + plan.refill_l;
    }
    let (cost, fuel_l, penalty) = (plan.cost, plan.fuel_l, plan.ledger.penalty);
    let Some(traces) = &mut plan.traces else { return };
    let first = traces.weight_frac;
    (traces.cost, traces.fuel_l, traces.penalty) = (first * cost, first * fuel_l, first * penalty);
    for other in &mut traces.others {
        price(&mut other.plan, objective);
        other.plan.status = crate::plan::Status::Feasible;
        traces.cost += other.weight_frac * other.plan.cost;
        traces.fuel_l += other.weight_frac * other.plan.fuel_l;
        traces.penalty += other.weight_frac * other.plan.ledger.penalty;
    }
}
