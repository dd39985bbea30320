//! The last rung: where no search gives a plan, the rules' plan stands, and says so.

use super::traces::price;
use super::{Run, Solved};
use crate::error::SolveError;
use crate::plan::{Plan, Stage, Status};
use crate::problem::Problem;
use crate::verify::verify;

impl Run<'_> {
    /// The rule-based plan in place of one that was not found; `failed` says why, as the last of the
    /// stages. The failure itself where the checker refuses that plan too, as it does where the
    /// problem has several traces.
    pub(super) fn by_rules_after(
        self,
        problem: &Problem,
        failed: SolveError,
    ) -> Result<Solved, SolveError> {
        let mut plan: Plan = self.rules.clone();
        price(&mut plan, self.options.objective);
        plan.status = Status::Fallback;
        plan.build_s = self.build_s;
        plan.solve_s = self.began.elapsed().as_secs_f64();
        plan.stages = self.stages;
        let (name, value) = (format!("rules, for {failed}"), plan.cost);
        plan.stages.push(Stage { name, seconds: 0.0, value, bound: None });
        let holds = problem.traces.is_empty() && verify(problem, &plan).is_empty();
        if holds {
            Ok(Solved { plan, rules: self.rules, failed: Some(failed) })
        } else {
            Err(failed)
        }
    }
}
