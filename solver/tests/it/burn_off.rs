//! Wet stacking: hours at low load are counted, and a burn-off that is owed is run.

use crate::camp::{bare, charge, full_site, midnight, running};
use camp_solver::plan::Status;
use camp_solver::rules::rule_based;
use camp_solver::site::BurnOff;
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, keep, solve, verify};
use chrono::TimeDelta;

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

/// A set of 100 kW that has run for `low_load_h` under 40 %.
fn low(low_load_h: f64, load_kw: &[f64]) -> Problem {
    let mut problem = bare(&[100.0], load_kw);
    problem.site.genset.values_mut().for_each(|g| g.burn_off = Some(BurnOff::default()));
    running(&mut problem, "g1", 9.0);
    problem.start.genset.get_mut("g1").unwrap().low_load_h = low_load_h;
    problem
}

fn ends_h(plan: &Plan) -> Option<i64> {
    plan.genset["g1"].upkeep.burnt_off_at.map(|at| (at - midnight()).num_hours())
}

#[test]
fn hours_at_low_load_are_counted() {
    let plan = plan(&low(2.0, &[35.0, 35.0, 45.0, 35.0]));
    assert_eq!(plan.genset["g1"].upkeep.low_load_h, Some(5.0));
    assert_eq!(ends_h(&plan), None);
    assert_eq!(plan.shortfall_total(Class::BurnOff), 0.0);
}

#[test]
fn the_checker_knows_the_hours_before() {
    let mut problem = low(2.0, &[35.0; 3]);
    let plan = plan(&problem);
    problem.start.genset.get_mut("g1").unwrap().low_load_h = 3.0;
    let heard: Vec<_> = verify(&problem, &plan).iter().map(|v| v.rule).collect();
    assert_eq!(heard, [Rule::SetLowLoad]);
}

#[test]
fn a_burn_off_is_run_when_the_load_is_high_anyway() {
    let plan = plan(&low(9.0, &[50.0, 50.0, 50.0, 75.0, 50.0]));
    assert_eq!(ends_h(&plan), Some(4));
    assert_eq!(plan.genset["g1"].upkeep.low_load_h, Some(0.0));
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

/// The same with a battery that holds half of 200 kWh.
fn with_battery(low_load_h: f64, load_kw: &[f64]) -> Problem {
    let mut problem = low(low_load_h, load_kw);
    let mut battery = full_site().battery["bess"].clone();
    (battery.critical_floor_h, battery.grid_forming) = (None, false);
    problem.site.battery.insert("bess".to_owned(), battery);
    charge(&mut problem, "bess", 0.5);
    problem
}

#[test]
fn a_battery_takes_what_a_burn_off_makes() {
    let load = [50.0, 50.0, 60.0, 50.0, 50.0];
    let without = plan(&with_battery(0.0, &load));
    assert_eq!(ends_h(&without), None);
    let plan = plan(&with_battery(9.0, &load));
    // In the hour in which least has to be stored.
    assert_eq!(ends_h(&plan), Some(3), "{:?}", plan.genset);
    assert!(plan.genset["g1"].power_kw[2] >= 70.0 - 1e-3);
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
    assert!(plan.cost > without.cost);
}

#[test]
fn what_cannot_be_burnt_off_is_told_by_the_hour() {
    let mut problem = low(9.0, &[30.0; 6]);
    problem.start.genset.get_mut("g1").unwrap().burn_off_owed_h = 22.0;
    let told = plan(&problem);
    // Two of the 24 hours are left.
    assert!((told.shortfall_total(Class::BurnOff) - 4.0).abs() < 1e-3, "{:?}", told.shortfalls);
    assert_eq!(told.shortfall_total(Class::LoadT2), 0.0);
    assert_eq!(told.genset["g1"].upkeep.low_load_h, Some(15.0));
}

#[test]
fn a_burn_off_that_is_under_way_is_brought_to_its_end() {
    let mut problem = with_battery(9.0, &[50.0; 4]);
    problem.grid.step_minutes = vec![30; 4];
    let state = problem.start.genset.get_mut("g1").unwrap();
    (state.high_load_h, state.burn_off_owed_h) = (0.5, 23.0);
    let plan = plan(&problem);
    assert_eq!(plan.genset["g1"].upkeep.burnt_off_at, Some(midnight() + TimeDelta::minutes(30)));
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

/// Low load in the first hours, then what a battery has to help with; 48 h.
fn low_at_first() -> Problem {
    let load: Vec<f64> = (0..48).map(|h| if h < 10 { 30.0 } else { 55.0 }).collect();
    with_battery(0.0, &load)
}

#[test]
fn a_burn_off_that_comes_to_be_owed_is_placed() {
    let problem = low_at_first();
    let plan = plan(&problem);
    let name = &plan.stages[0].name;
    assert_eq!(name, "before burn-offs that come due");
    // Owed from the end of the eighth hour, late from the 33rd on.
    let ends = ends_h(&plan).unwrap();
    assert!((9..=32).contains(&ends), "{ends}");
    assert_eq!(plan.shortfall_total(Class::BurnOff), 0.0, "{:?}", plan.shortfalls);
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
    // Whoever leaves the burn-off out again is told by the checker how late it is.
    let mut cold = plan.clone();
    let set = cold.genset.get_mut("g1").unwrap();
    set.power_kw.iter_mut().for_each(|kw| *kw = kw.min(69.0));
    let heard: Vec<_> = verify(&problem, &cold).iter().map(|v| v.rule).collect();
    assert!(heard.contains(&Rule::SetLowLoad), "{heard:?}");
    assert!(heard.contains(&Rule::ShortfallUndeclared), "{heard:?}");
}

#[test]
fn a_second_burn_off_is_placed_after_the_first() {
    let mut problem = with_battery(9.0, &[50.0; 48]);
    // Half load is low for this set.
    let set = problem.site.genset.get_mut("g1").unwrap();
    set.burn_off.as_mut().unwrap().below_frac = 0.6;
    set.burn_off.as_mut().unwrap().within_h = 12.0;
    let plan = plan(&problem);
    assert_eq!(plan.shortfall_total(Class::BurnOff), 0.0, "{:?}", plan.shortfalls);
    let high = plan.genset["g1"].power_kw.iter().filter(|kw| **kw > 70.0 - 1e-3).count();
    assert!(high >= 2, "{:?}", plan.genset["g1"].power_kw);
}

#[test]
fn a_burn_off_that_is_late_after_the_end_is_left_to_the_next_plan() {
    let mut problem = low_at_first();
    problem.grid.step_minutes.truncate(32);
    problem.grid.utc_offset_minutes.truncate(32);
    for series in problem.series.demand_kw.values_mut() {
        series.truncate(32);
    }
    let plan = plan(&problem);
    assert_eq!(ends_h(&plan), None);
    assert_eq!(plan.shortfall_total(Class::BurnOff), 0.0);
    assert!(plan.stages.iter().all(|s| !s.name.contains("come due")));
}

#[test]
fn where_there_is_no_time_left_the_first_plan_stays() {
    let problem = low_at_first();
    let options = SolveOptions { gap_frac: 1e-6, time_limit_s: 1e-3, ..SolveOptions::default() };
    let first = solve(&problem, &options).unwrap().plan;
    assert!(first.shortfall_total(Class::BurnOff) > 0.0, "{:?}", first.stages);
    assert_eq!(first.stages.last().unwrap().name, "burn-offs that come due: no time");
}

#[test]
fn a_set_that_cannot_be_burnt_off_within_the_plan_is_told() {
    let problem = low(7.0, &[30.0; 30]);
    let plan = plan(&problem);
    let told = plan.stages.last().unwrap();
    assert_eq!(told.name, "burn-offs that come due: no better");
    // Owed from the end of the first hour, late from the 25th on.
    assert!((plan.shortfall_total(Class::BurnOff) - 5.0).abs() < 1e-3, "{:?}", plan.shortfalls);
}

#[test]
fn what_is_agreed_is_run_or_told() {
    let mut problem = with_battery(0.0, &[50.0; 5]);
    let at = midnight() + TimeDelta::hours(1);
    problem.start.genset.get_mut("g1").unwrap().burn_offs_at = vec![at];
    let kept = plan(&problem);
    assert_eq!(ends_h(&kept), Some(2), "{:?}", kept.genset);
    assert!(kept.shortfalls.is_empty(), "{:?}", kept.shortfalls);
    // The rules run none, and say so; theirs is a plan all the same.
    let rules = rule_based(&problem);
    let missed_h = rules.shortfall_total(Class::BurnOff);
    let share = rules.genset["g1"].power_kw[1] / 70.0;
    assert!((missed_h - (1.0 - share)).abs() < 1e-5 && missed_h > 0.2, "{missed_h}");
    assert_eq!(verify(&problem, &rules), []);
    // A set that is out cannot keep its time: all of the hour is missed, and nothing is owed.
    problem.unavailable.insert("genset.g1".to_owned(), vec![false, true, false, false, false]);
    problem.site.battery.get_mut("bess").unwrap().grid_forming = true;
    let missed = plan(&problem);
    assert!((missed.shortfall_total(Class::BurnOff) - 1.0).abs() < 1e-5, "{:?}", missed.shortfalls);
}

#[test]
fn a_plan_in_force_that_stands_through_an_agreed_one_is_told_to_miss_it() {
    let mut problem = with_battery(0.0, &[50.0; 5]);
    problem.site.battery.get_mut("bess").unwrap().grid_forming = true;
    let at = midnight() + TimeDelta::hours(1);
    problem.start.genset.get_mut("g1").unwrap().burn_offs_at = vec![at];
    let new = plan(&problem);
    let mut in_force = new.clone();
    let g1 = in_force.genset.get_mut("g1").unwrap();
    (g1.running[1], g1.power_kw[1]) = (false, 0.0);
    let kept = keep(&problem, &new, &in_force, 10.0).unwrap().unwrap();
    assert!(!kept.genset["g1"].running[1]);
    assert!((kept.shortfall_total(Class::BurnOff) - 1.0).abs() < 1e-5, "{:?}", kept.shortfalls);
}

#[test]
fn a_burn_off_that_is_owed_and_cannot_be_run_is_proven_so() {
    // It is late after the end only, so the rules tell no shortfall: they are no witness for one.
    let plan = plan(&low(9.0, &[30.0; 6]));
    assert_eq!(plan.shortfall_total(Class::BurnOff), 0.0);
    assert_eq!(plan.status, Status::Proven, "{:?}", plan.stages);
}
