//! What the plan in force is to a new one: its beginning, and its answer where it is near enough.

use crate::camp::{bare, firm, full_site, typical};
use camp_solver::plan::{Plan, Status};
use camp_solver::rules::rule_based;
use camp_solver::{Problem, SolveOptions, Solved, solve, solve_from, verify};

fn asked(gap_frac: f64) -> SolveOptions {
    SolveOptions { gap_frac, ..SolveOptions::default() }
}

fn from(problem: &Problem, gap_frac: f64, running: &Plan) -> Plan {
    let Solved { plan, failed, .. } = solve_from(problem, &asked(gap_frac), Some(running)).unwrap();
    assert_eq!(failed, None);
    assert!(verify(problem, &plan).is_empty());
    plan
}

fn began_with_it(plan: &Plan) -> bool {
    plan.stages.iter().any(|stage| stage.name == "running plan")
}

/// Sets that run, by step.
fn sets(plan: &Plan) -> Vec<usize> {
    (0..plan.grid.len()).map(|t| plan.running_sets(t)).collect()
}

/// A camp that may run one set or two: one is cheaper by little.
fn two_ways() -> (Problem, Plan) {
    let problem = bare(&[100.0, 100.0], &[80.0; 6]);
    let mut worse = rule_based(&problem);
    for set in worse.genset.values_mut() {
        set.running = vec![true; 6];
        set.power_kw = vec![40.0; 6];
    }
    (problem, worse)
}

/// A plan of many starts is kept as long as the gap allows it; a fresh one would have other sets.
#[test]
fn sets_in_force_stay_where_others_are_cheaper_by_less_than_the_gap() {
    let mut problem = bare(&[100.0, 100.0], &[110.0, 90.0, 110.0, 90.0, 110.0, 90.0]);
    for set in problem.site.genset.values_mut() {
        (set.min_up_h, set.min_down_h, set.start_cost) = (0.0, 0.0, 20.0);
    }
    let running = rule_based(&problem);
    assert_eq!(sets(&running), [2, 1, 2, 1, 2, 1], "the rules do not look ahead");
    let fresh = solve(&problem, &asked(0.5)).unwrap().plan;
    assert_ne!(sets(&fresh), sets(&running), "{:?}", fresh.stages);
    let kept = from(&problem, 0.5, &running);
    assert_eq!(sets(&kept), sets(&running), "{:?}", kept.stages);
    assert!(began_with_it(&kept) && kept.status == Status::WithinGap);
}

#[test]
fn sets_in_force_go_where_others_are_cheaper_by_more() {
    let (problem, worse) = two_ways();
    let better = from(&problem, 1e-4, &worse);
    assert_eq!(sets(&better), [1; 6], "{:?}", better.stages);
    let fresh = solve(&problem, &asked(1e-4)).unwrap().plan;
    assert!((better.cost - fresh.cost).abs() < 1e-6 * fresh.cost);
}

#[test]
fn sets_that_fall_short_are_no_answer() {
    let (problem, mut less) = two_ways();
    for set in less.genset.values_mut() {
        set.running = vec![false; 6];
        set.power_kw = vec![0.0; 6];
    }
    let better = from(&problem, 0.5, &less);
    assert!(better.shortfalls.is_empty() && !began_with_it(&better), "{:?}", better.stages);
}

#[test]
fn a_plan_for_other_hours_is_no_beginning() {
    let (problem, worse) = two_ways();
    let mut later = problem.clone();
    later.grid.start = problem.grid.end();
    assert!(!began_with_it(&from(&later, 0.5, &worse)));
}

/// A whole camp, and what falls short in it: the plan in force stays a lawful beginning.
#[test]
fn a_whole_camp_is_solved_from_its_plan() {
    let problem = firm();
    let first = solve(&problem, &asked(0.01)).unwrap().plan;
    let again = from(&problem, 0.01, &first);
    let bound = again.bound.unwrap();
    assert!(again.cost <= first.cost * 1.01 && first.cost >= bound * (1.0 - 1e-6));
    let mut short = typical(full_site(), 4);
    for id in ["g1", "g2"] {
        short.unavailable.insert(format!("genset.{id}"), vec![true; short.grid.len()]);
    }
    let plan = from(&short, 0.01, &first);
    assert!(!plan.shortfalls.is_empty());
}

/// Where there is no time for any search, the rules' plan stands, and says why. Two weeks of
/// quarters of an hour take longer than the least time that every search has.
#[test]
fn without_time_there_is_the_plan_of_the_rules() {
    let problem = typical(full_site(), 336);
    let options = SolveOptions { time_limit_s: 1e-9, ..SolveOptions::default() };
    let Solved { plan, rules, failed } = solve(&problem, &options).unwrap();
    let words = failed.expect("no search ends in a nanosecond").to_string();
    assert!(words.contains("time"), "{words}");
    assert_eq!((plan.status, plan.bound, plan.gap_frac), (Status::Fallback, None, None));
    assert_eq!(plan.genset, rules.genset);
    assert!(plan.stages.last().unwrap().name.contains(&words), "{:?}", plan.stages);
    assert!(verify(&problem, &plan).is_empty());
}

/// Where the checker refuses that plan too, there is none, and the stage that failed is told.
#[test]
fn without_time_and_rules_there_is_the_reason() {
    let mut problem = typical(full_site(), 336);
    for set in problem.site.genset.values_mut() {
        set.start_up_max_kw = Some(0.5 * set.rated_kw);
        set.ramp_up_kw_per_h = Some(5.0);
    }
    let rules = rule_based(&problem);
    assert!(!verify(&problem, &rules).is_empty(), "the rules keep no ramps");
    let options = SolveOptions { time_limit_s: 1e-9, ..SolveOptions::default() };
    let error = solve(&problem, &options).unwrap_err().to_string();
    assert!(error.contains("stage"), "{error}");
}
