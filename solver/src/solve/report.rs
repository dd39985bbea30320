//! What a plan says of itself: status, bound and gap.

use super::traces::price;
use super::{Objective, PROVEN, Run, SLACK};
use crate::plan::{GensetPlan, Plan, Stage, Status};
use crate::rank::ShortfallClass;

impl Run<'_> {
    /// Where the search stopped short of the rule-based plan, that one is the better answer: it
    /// serves as well for less. The bound holds for it too.
    pub(super) fn prefer_rules(&self, plan: &mut Plan) {
        let as_good =
            |c: &ShortfallClass| self.rules.shortfall_total(*c) <= plan.shortfall_total(*c) + SLACK;
        // The rules place no burn-off.
        let burns = |(id, set): (&String, &GensetPlan)| {
            let by_rules = self.rules.genset.get(id).and_then(|g| g.upkeep.burnt_off_at);
            set.upkeep.burnt_off_at.is_none() || by_rules.is_some()
        };
        if !plan.genset.iter().all(burns) {
            return;
        }
        let mut rules = self.rules.clone();
        rules.objective = plan.objective;
        rules.cost_unit.clone_from(&plan.cost_unit);
        if rules.objective == Objective::FuelL {
            rules.cost = rules.fuel_l;
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
        let costs = self.stages.iter().filter(|s| s.name.starts_with("cost"));
        let no_shortfall = self.nothing_may_fall_short();
        let of_stage = |s: &Stage| s.bound.filter(|_| s.name == "cost" || no_shortfall);
        let proven = costs.filter_map(of_stage).reduce(f64::max);
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
