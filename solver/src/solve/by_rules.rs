//! The last rung: where no search gives a plan that the checker passes, the rules' plan stands, and
//! says so.

use super::traces::price;
use super::{Run, Solved};
use crate::error::SolveError;
use crate::plan::{Plan, Stage, Status};
use crate::verify::verify;

impl Run<'_> {
    /// The optimiser's plan if the checker passes it, else the rules'.
    pub(super) fn checked(self, plan: Plan) -> Result<Solved, SolveError> {
        let violations = verify(self.asked, &plan);
        if violations.is_empty() {
            Ok(Solved { plan, rules: self.rules, failed: None })
        } else {
            self.by_rules_after(SolveError::Refused(violations))
        }
    }

    /// The rule-based plan in place of one that was not found; `failed` says why, as the last of the
    /// stages. The failure itself where the checker refuses that plan too, as it does where the
    /// problem has several traces.
    pub(super) fn by_rules_after(self, failed: SolveError) -> Result<Solved, SolveError> {
        let mut plan: Plan = self.rules.clone();
        price(&mut plan, self.options.objective);
        plan.status = Status::Fallback;
        plan.build_s = self.build_s;
        plan.solve_s = self.began.elapsed().as_secs_f64();
        plan.stages = self.stages;
        let (name, value) = (format!("rules, for {failed}"), plan.cost);
        plan.stages.push(Stage { name, seconds: 0.0, value, bound: None });
        let holds = self.asked.traces.is_empty() && verify(self.asked, &plan).is_empty();
        if holds {
            Ok(Solved { plan, rules: self.rules, failed: Some(failed) })
        } else {
            Err(failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Run, SolveOptions};
    use crate::error::SolveError;
    use crate::plan::Status;
    use crate::solve::outpost::outpost;
    use crate::verify::{Rule, verify};

    /// The optimiser's plan of a run, with its fuel told too low.
    fn faulty(run: &mut Run<'_>) -> crate::plan::Plan {
        let decisions = run.optimise().unwrap();
        let mut plan = run.settled(&decisions);
        run.report(&mut plan);
        plan.fuel_l *= 0.5;
        plan
    }

    #[test]
    fn the_rules_stand_in_for_a_plan_that_the_checker_refuses() {
        let (problem, options) = (outpost([35.0, 40.0]), SolveOptions::default());
        let mut run = Run::prepare(&problem, &problem, &options);
        let plan = faulty(&mut run);
        let solved = run.checked(plan).unwrap();
        assert_eq!(solved.plan.status, Status::Fallback);
        assert_eq!(verify(&problem, &solved.plan), []);
        let Some(SolveError::Refused(violations)) = &solved.failed else {
            panic!("{:?}", solved.failed);
        };
        assert_eq!(violations[0].rule, Rule::FuelTotal);
        let why = solved.plan.stages.last().unwrap();
        assert!(why.name.contains("the checker refused"), "{}", why.name);
    }

    #[test]
    fn where_the_rules_are_refused_too_there_is_no_plan() {
        let (problem, options) = (outpost([35.0, 40.0]), SolveOptions::default());
        let mut run = Run::prepare(&problem, &problem, &options);
        let plan = faulty(&mut run);
        run.rules.fuel_l *= 0.5;
        assert!(matches!(run.checked(plan), Err(SolveError::Refused(_))));
    }

    #[test]
    fn what_the_checker_passes_stays() {
        let (problem, options) = (outpost([35.0, 40.0]), SolveOptions::default());
        let mut run = Run::prepare(&problem, &problem, &options);
        let mut plan = faulty(&mut run);
        plan.fuel_l *= 2.0;
        let solved = run.checked(plan.clone()).unwrap();
        assert_eq!((solved.plan, solved.failed), (plan, None));
    }
}
