//! Commitments that are known before any search, each with the best dispatch that it allows.

use super::{PROVEN, Pumps, Run};
use crate::backend::{Request, Solution, minimise};
use crate::error::BackendFailure;
use crate::plan::Plan;
use good_lp::Expression;
use std::time::Instant;

impl Run<'_> {
    /// The first plan that the search for the cheapest starts from. Where no commitment that is known
    /// allows as little shortfall, it starts cold.
    pub(super) fn warm_start(&mut self) {
        let began = Instant::now();
        let cost = self.cost_expression();
        let known = self.best_known(&cost).into_iter().chain(self.as_running(&cost));
        let known = known.reduce(|a, b| if b.objective < a.objective { b } else { a });
        self.warm = known.map(|mut known| {
            known.bound = f64::NEG_INFINITY;
            self.note("warm start", began, &known);
            known.values
        });
    }

    /// The better of two plans: the rules' commitment, and that of the stage before, each with the
    /// best dispatch that it allows.
    pub(super) fn best_known(&self, objective: &Expression) -> Option<Solution> {
        let by_rules = if self.has_traces() {
            self.best_of_traces(objective)
        } else {
            self.as_rules(objective)
        };
        let before = self.warm.as_ref().map(|values| self.committed_as(values));
        let before = before.and_then(|bounds| self.dispatch(objective, &bounds).ok());
        let both = by_rules.into_iter().chain(before);
        both.reduce(|a, b| if b.objective < a.objective { b } else { a })
    }

    /// The best dispatch of the rules' commitment.
    fn as_rules(&self, objective: &Expression) -> Option<Solution> {
        let mut by_rules = self.bounds.clone();
        for block in &self.blocks {
            block.commitment(&self.rules, &mut |variable, value| {
                by_rules[self.model.position(variable)] = (value, value);
            });
        }
        for (t, dark) in &self.model.dark {
            let value = f64::from(u8::from(is_dark(&self.rules, *t)));
            by_rules[self.model.position(*dark)] = (value, value);
        }
        self.dispatch(objective, &by_rules).ok()
    }

    /// Minimises without whole numbers: all of them are held by the bounds, or given up.
    pub(super) fn dispatch(
        &self,
        objective: &Expression,
        bounds: &[(f64, f64)],
    ) -> Result<Solution, BackendFailure> {
        let request = Request {
            objective,
            caps: &self.caps,
            bounds,
            gap_frac: PROVEN,
            target: None,
            time_limit_s: 0.2 * self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
            rounded_too: false,
        };
        minimise(&self.model, &request)
    }

    /// The bounds with every whole number of the search held where a point has it.
    pub(super) fn committed_as(&self, values: &[f64]) -> Vec<(f64, f64)> {
        self.held_as(values, self.pumps == Pumps::Whole)
    }

    /// The bounds with every whole number held where a point has it; those that are rounded after a
    /// search only if `rounded_too`.
    pub(super) fn held_as(&self, values: &[f64], rounded_too: bool) -> Vec<(f64, f64)> {
        let whole = |value: f64| (value.round(), value.round());
        let columns = self.model.columns.iter().zip(values).zip(&self.bounds);
        columns
            .map(
                |((c, value), bounds)| {
                    if c.integer && (rounded_too || !c.rounded) { whole(*value) } else { *bounds }
                },
            )
            .collect()
    }
}

/// Whether nothing flows on the bus in a step of a plan.
fn is_dark(plan: &Plan, t: usize) -> bool {
    let sets = plan.genset.values().map(|g| g.power_kw[t]);
    let sun = plan.solar.values().map(|s| s.power_kw[t]);
    let batteries = plan.battery.values().map(|b| b.charge_kw[t] + b.discharge_kw[t]);
    sets.chain(sun).chain(batteries).all(|kw| kw <= 0.0)
}
