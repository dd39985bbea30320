//! What a plan says of itself: status, bound and gap.

use super::by_steps::WITHIN_CAPS;
use super::traces::price;
use super::{Objective, PROVEN, Run, SLACK};
use crate::backend::Solution;
use crate::plan::{GensetPlan, Plan, Stage, Status};
use crate::rank::ShortfallClass;
use std::time::Instant;

impl Run<'_> {
    /// Notes a stage that has ended.
    pub(super) fn note(&mut self, name: &str, began: Instant, solution: &Solution) {
        self.stages.push(Stage {
            name: name.to_owned(),
            seconds: began.elapsed().as_secs_f64(),
            value: solution.objective,
            bound: solution.bound.is_finite().then_some(solution.bound),
        });
    }

    /// Where the search stopped short of the rule-based plan, that one is the better answer: it
    /// serves as well for less. The bound holds for it too.
    pub(super) fn prefer_rules(&self, plan: &mut Plan) {
        let as_good =
            |c: &ShortfallClass| self.rules.shortfall_total(*c) <= plan.shortfall_total(*c) + SLACK;
        // The rules run no burn-off that was placed; what a set burns off by the way is no service.
        let burns = |(id, set): (&String, &GensetPlan)| {
            let by_rules = self.rules.genset.get(id).and_then(|g| g.upkeep.burnt_off_at);
            let is_placed = !self.problem.burn_off_steps(id).is_empty();
            !is_placed || set.upkeep.burnt_off_at.is_none() || by_rules.is_some()
        };
        if !plan.genset.iter().all(burns) {
            return;
        }
        let mut rules = self.rules.clone();
        rules.objective = plan.objective;
        rules.cost_unit.clone_from(&plan.cost_unit);
        if rules.objective == Objective::FuelL {
            rules.cost = rules.fuel_l + rules.refill_l;
        }
        let cheaper = rules.cost < plan.cost * (1.0 - SLACK);
        if self.rules_hold && cheaper && ShortfallClass::ALL.iter().all(as_good) {
            *plan = rules;
            self.report(plan);
            // So that everybody sees whose plan it is.
            let (name, value) = ("the rules' plan is cheaper".to_owned(), plan.cost);
            plan.stages.push(Stage { name, seconds: 0.0, value, bound: None });
        }
    }

    pub(super) fn report(&self, plan: &mut Plan) {
        price(plan, self.options.objective);
        let cost = plan.expected_cost();
        let no_shortfall = self.nothing_may_fall_short();
        let counts = |s: &&Stage| ["cost", "rounding", WITHIN_CAPS].contains(&s.name.as_str());
        let of_stages = self.stages[self.counts_from..].iter().filter(counts);
        let without_any = self.known_bound.filter(|_| no_shortfall);
        let proven = of_stages.filter_map(|s| s.bound).chain(without_any).reduce(f64::max);
        // Nothing costs less than nothing, and a bound above the cost is the solver's arithmetic.
        plan.bound = proven.map(|bound| bound.max(0.0).min(cost));
        let gap = |bound: f64| if cost > 0.0 { (cost - bound) / cost } else { 0.0 };
        plan.gap_frac = plan.bound.map(gap);
        plan.status = match plan.gap_frac {
            Some(gap) if gap <= PROVEN && self.least_shortfall => Status::Proven,
            Some(gap) if gap <= self.options.gap_frac => Status::WithinGap,
            _ => Status::Feasible,
        };
        plan.build_s = self.build_s;
        plan.solve_s = self.began.elapsed().as_secs_f64();
        plan.stages.clone_from(&self.stages);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Run, SolveOptions};
    use crate::solve::outpost::outpost;

    #[test]
    fn what_was_proven_with_other_caps_is_no_bound() {
        // More than there is: something falls short, and what is served costs.
        let problem = outpost([80.0, 40.0]);
        let options = SolveOptions::default();
        let mut run = Run::prepare(&problem, &problem, &options);
        run.cost_stage().unwrap();
        let mut plan = run.rules.clone();
        run.report(&mut plan);
        assert!(plan.bound.unwrap() > 1.0);
        // Without caps nothing need be served, and nothing was proven of that.
        run.forget();
        run.report(&mut plan);
        assert_eq!((plan.bound, plan.gap_frac), (None, None));
    }
}
