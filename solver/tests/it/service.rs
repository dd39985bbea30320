//! Services by run hours: when they are due, where the plan puts them, what it tells where it cannot.

use crate::camp::{bare, midnight, running};
use camp_solver::plan::ServicePlan;
use camp_solver::rules::rule_based;
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};
use chrono::{TimeDelta, Timelike};

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    let plan = solve(problem, &options).unwrap().plan;
    assert_eq!(verify(problem, &rule_based(problem)), []);
    plan
}

/// Sets of 100 kW for a day from midnight; the first has run for `run_hours_h` of 250.
fn due(sets: usize, run_hours_h: f64, load_kw: &[f64]) -> Problem {
    let mut problem = bare(&vec![100.0; sets], load_kw);
    let first = problem.site.genset.get_mut("g1").unwrap();
    (first.run_hours_h, first.service_due_h) = (Some(run_hours_h), Some(250.0));
    problem
}

fn service<'a>(plan: &'a Plan, id: &str) -> Option<&'a ServicePlan> {
    plan.genset[id].upkeep.service.as_ref()
}

/// Local hours in which a set's service begins and ends.
fn hours(plan: &Plan, id: &str) -> (u32, u32) {
    let local = |time: chrono::DateTime<chrono::Utc>| (time + TimeDelta::hours(2)).hour();
    let told = service(plan, id).unwrap();
    (local(told.from.unwrap()), local(told.to.unwrap()))
}

#[test]
fn a_service_that_is_due_lies_in_the_working_day() {
    let problem = due(2, 240.0, &[60.0; 24]);
    let plan = plan(&problem);
    let (from, to) = hours(&plan, "g1");
    assert!(from >= 7 && to == from + 4 && to <= 17, "{from} to {to}");
    for t in from as usize..to as usize {
        assert!(!plan.genset["g1"].running[t]);
        assert!(plan.genset["g2"].running[t]);
    }
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
    // Of the other one no service is due: it has run for 100 of 250 h.
    assert_eq!(service(&plan, "g2"), None);
}

#[test]
fn it_is_placed_when_the_other_sets_are_enough() {
    let load: Vec<f64> = (0..24).map(|t| if t < 13 { 140.0 } else { 90.0 }).collect();
    let plan = plan(&due(2, 240.0, &load));
    assert_eq!(hours(&plan, "g1"), (13, 17));
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

#[test]
fn it_is_not_placed_before_its_slack() {
    assert_eq!(service(&plan(&due(2, 220.0, &[60.0; 24])), "g1"), None);
    assert!(service(&plan(&due(2, 226.0, &[60.0; 24])), "g1").is_some());
}

#[test]
fn it_waits_where_the_camp_would_go_short_and_the_hours_are_told() {
    // 5 h are left with the slack of 25; the only set runs for 24.
    let problem = due(1, 270.0, &[60.0; 24]);
    let plan = plan(&problem);
    let told = service(&plan, "g1").unwrap();
    assert_eq!(told.from, None);
    assert_eq!(told.waits.as_deref(), Some(ServicePlan::NO_COVER));
    assert_eq!(plan.shortfall_total(Class::LoadT2), 0.0);
    assert!((plan.shortfall_total(Class::Service) - 19.0).abs() < 1e-3, "{:?}", plan.shortfalls);
    assert!((plan.genset["g1"].upkeep.run_hours_h.unwrap() - 294.0).abs() < 1e-6);
}

#[test]
fn a_set_that_is_overdue_is_spared_until_somebody_can_come() {
    // Six hours of the night, two of them within the slack.
    let mut problem = due(2, 273.0, &[60.0; 6]);
    running(&mut problem, "g1", 5.0);
    problem.site.genset.get_mut("g1").unwrap().fuel_curve_l_per_h = vec![19.0, 29.0];
    let plan = plan(&problem);
    assert_eq!(service(&plan, "g1").unwrap().waits.as_deref(), Some(ServicePlan::NO_HOURS));
    assert_eq!(plan.genset["g1"].running.iter().filter(|on| **on).count(), 2);
    assert_eq!(plan.shortfall_total(Class::Service), 0.0);
}

#[test]
fn no_two_sets_are_serviced_at_once() {
    let mut problem = due(3, 240.0, &[60.0; 24]);
    let second = problem.site.genset.get_mut("g2").unwrap();
    (second.run_hours_h, second.service_due_h) = (Some(5000.0), Some(5005.0));
    let plan = plan(&problem);
    let (a, b) = (hours(&plan, "g1"), hours(&plan, "g2"));
    assert!(a.1 <= b.0 || b.1 <= a.0, "{a:?} {b:?}");
}

#[test]
fn what_is_agreed_is_kept_and_what_the_state_knows_better_counts() {
    let mut problem = due(2, 240.0, &[60.0; 24]);
    running(&mut problem, "g1", 5.0);
    let state = problem.start.genset.get_mut("g1").unwrap();
    state.service_at = Some(midnight() + TimeDelta::hours(2));
    assert_eq!(hours(&plan(&problem), "g1"), (2, 6));
    let state = problem.start.genset.get_mut("g1").unwrap();
    (state.service_at, state.service_due_h) = (None, Some(500.0));
    assert_eq!(service(&plan(&problem), "g1"), None);
}

#[test]
fn after_its_service_a_set_may_run_for_an_interval() {
    // Four days: the service lies in them, and the hours after it are far from the next.
    let plan = plan(&due(1, 270.0, &[0.0; 96]));
    assert!(service(&plan, "g1").unwrap().from.is_some());
    let mut short = due(2, 240.0, &[60.0; 24]);
    short.site.genset.get_mut("g1").unwrap().service_interval_h = Some(100.0);
    assert!(plan_is_lawful(&short));
}

fn plan_is_lawful(problem: &Problem) -> bool {
    verify(problem, &plan(problem)).is_empty()
}

#[test]
fn faults_of_services_are_told_with_their_places() {
    let mut problem = due(1, 240.0, &[60.0]);
    let set = problem.site.genset.get_mut("g1").unwrap();
    (set.run_hours_h, set.service_duration_h, set.service_tolerance_frac) = (None, 12.0, 2.0);
    let faults = problem.check();
    let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
    let wanted =
        ["genset.g1.run_hours_h", "genset.g1.service_tolerance_frac", "plant.service_hours"];
    for path in wanted {
        assert!(paths.contains(&path), "{path} is not in {paths:?}");
    }
}

#[test]
fn where_others_have_all_hours_that_is_the_reason() {
    // Ten hours a day hold two services of four, one after the other; the third set waits.
    let mut problem = due(4, 240.0, &[60.0; 24]);
    for (id, due_h) in [("g2", 241.0), ("g3", 242.0)] {
        let set = problem.site.genset.get_mut(id).unwrap();
        (set.run_hours_h, set.service_due_h) = (Some(240.0), Some(due_h));
    }
    let plan = plan(&problem);
    let waits = |id: &str| service(&plan, id).unwrap().waits.as_deref();
    assert_eq!([waits("g1"), waits("g2"), waits("g3")].iter().flatten().count(), 1);
    assert!(["g1", "g2", "g3"].into_iter().any(|id| waits(id) == Some(ServicePlan::TAKEN)));
}
