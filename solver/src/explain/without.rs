//! What a rule of the site costs: a plan without it, made to the same gap, against the plan.
//!
//! The costs of both lie within their gaps of the best, so the difference of the best lies between
//! `plan - other - gap(plan)` and `plan - other + gap(other)`. Where that reaches down to nothing,
//! only the upper end is told.

use super::answer::{Explanation, RuleCost, SiteRule};
use super::changes::{by_class, changes};
use super::{Clock, ExplainOptions, sentence};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::rank::ShortfallClass as C;
use crate::site::Reserve;
use crate::solve::{Objective, SolveOptions, solve};

const RULES: [SiteRule; 5] = [
    SiteRule::QuietHours,
    SiteRule::Security,
    SiteRule::MinimumLoad,
    SiteRule::FireFloor,
    SiteRule::Reserve,
];

/// Adds the costs of the rules that the site states.
pub(super) fn costs(
    problem: &Problem,
    plan: &Plan,
    options: &ExplainOptions,
    clock: &Clock<'_>,
    told: &mut Explanation,
) {
    let asked: Vec<_> = RULES.iter().filter_map(|r| Some((*r, without(problem, *r)?))).collect();
    if plan.traces.is_some() && !asked.is_empty() {
        told.left_out.push("what rules cost: the plan is made for several traces".to_owned());
        return;
    }
    let Some(bound) = plan.bound else {
        if !asked.is_empty() {
            told.left_out.push("what rules cost: the plan has no bound to compare with".to_owned());
        }
        return;
    };
    for (i, (rule, other)) in asked.iter().enumerate() {
        let left_s = clock.left_s() / (asked.len() - i) as f64;
        if clock.is_over() {
            told.left_out.push(format!("what {} costs: no time", name(*rule)));
            continue;
        }
        let options = SolveOptions {
            objective: plan.objective,
            gap_frac: options.gap_frac,
            time_limit_s: left_s,
            seed: options.seed,
        };
        let solved = solve(other, &options).map(|solved| solved.plan);
        match solved.as_ref().map(|other| (other, other.bound)) {
            Ok((other, Some(other_bound))) => {
                told.rules.push(compared(problem, *rule, (plan, bound), (other, other_bound)));
            }
            Ok((_, None)) => {
                told.left_out.push(format!("what {} costs: no bound in time", name(*rule)));
            }
            Err(error) => told.left_out.push(format!("what {} costs: {error}", name(*rule))),
        }
    }
}

/// The problem without a rule; nothing where the site does not state it.
fn without(problem: &Problem, rule: SiteRule) -> Option<Problem> {
    let mut other = problem.clone();
    let site = &mut other.site;
    match rule {
        SiteRule::QuietHours => site.quiet_hours = None,
        SiteRule::Security => site.security = None,
        SiteRule::MinimumLoad => site.genset.values_mut().for_each(|g| g.min_load_frac = 0.0),
        // End stocks stay asked for: the rule costs what it costs every day, not the stock once.
        SiteRule::FireFloor => site.tank.values_mut().for_each(|k| k.fire_floor_m3 = 0.0),
        SiteRule::Reserve => {
            let (load_frac, solar_frac) = (0.0, 0.0);
            site.reserve = Reserve { load_frac, solar_frac, ..site.reserve.clone() };
        }
    }
    (other != *problem).then_some(other)
}

fn compared(
    problem: &Problem,
    rule: SiteRule,
    (plan, bound): (&Plan, f64),
    (other, other_bound): (&Plan, f64),
) -> RuleCost {
    let days = problem.grid.total_h() / 24.0;
    let price = match plan.objective {
        Objective::Cost => problem.site.money.fuel_price_per_l,
        Objective::FuelL => 1.0,
    };
    let a_day = |cost: f64| cost / price / days;
    let fuel_l_per_day = (plan.fuel_l - other.fuel_l) / days;
    let least_l_per_day = fuel_l_per_day - a_day(plan.cost - bound);
    let most_l_per_day = fuel_l_per_day.max(0.0) + a_day(other.cost - other_bound);
    let mut changes = by_class(&changes(&problem.site.ranking, plan, other));
    changes.retain(|c| !is_of(rule, c.class));
    // Where another service is given, the litres are told as they are: the plans do not compare.
    // Mean loads and starts are those of sets, settled by whose turn it is.
    let alike = changes.iter().all(|c| matches!(c.class, C::MeanLoad | C::Starts));
    let within = least_l_per_day <= 0.0 && alike;
    let mut cost = RuleCost {
        rule,
        fuel_l_per_day: (!within).then_some(fuel_l_per_day),
        least_l_per_day,
        most_l_per_day,
        changes,
        sentence: String::new(),
    };
    cost.sentence = sentence::of_rule(&cost);
    cost
}

/// Whether a class is the rule itself.
fn is_of(rule: SiteRule, class: C) -> bool {
    match rule {
        SiteRule::QuietHours => class == C::QuietHours,
        SiteRule::Security => matches!(class, C::SecurityCritical | C::SecurityFull),
        SiteRule::MinimumLoad => class == C::MinimumLoad,
        SiteRule::FireFloor => class == C::TankFloor,
        SiteRule::Reserve => class == C::Reserve,
    }
}

fn name(rule: SiteRule) -> &'static str {
    match rule {
        SiteRule::QuietHours => "quiet_hours",
        SiteRule::Security => "security",
        SiteRule::MinimumLoad => "minimum_load",
        SiteRule::FireFloor => "fire_floor",
        SiteRule::Reserve => "reserve",
    }
}
