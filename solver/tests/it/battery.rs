//! Batteries: heat and cold, what they keep, and when they fill.

use crate::camp::{bare, charge, firm, full_site};
use camp_solver::problem::EndStock;
use camp_solver::rules::rule_based;
use camp_solver::site::Tier;
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};

#[test]
fn air_below_zero_is_no_fault_and_a_short_series_is() {
    let mut problem = firm();
    problem.series.temperature_c = vec![-12.0; problem.grid.len()];
    assert_eq!(problem.check(), []);
    problem.series.temperature_c[3] = 400.0;
    problem.series.temperature_c.pop();
    let paths: Vec<_> = problem.check().into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["series.temperature_c", "series.temperature_c[3]"]);
}

/// A load of T1 and a battery; sun if any.
fn island(sizes: &[f64], load_kw: &[f64], sun_kw: f64, charge_frac: f64) -> Problem {
    let mut problem = bare(sizes, load_kw);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T1;
    problem.site.battery = full_site().battery;
    problem.site.solar = full_site().solar;
    problem.site.battery.get_mut("bess").unwrap().critical_floor_h = None;
    problem.site.place.design_temperature_c = None;
    charge(&mut problem, "bess", charge_frac);
    problem.end = EndStock::default();
    let sun = vec![sun_kw; load_kw.len()];
    problem.series.solar_available_kw.insert("pv".to_owned(), sun);
    problem
}

fn plan(problem: &Problem) -> Plan {
    assert_eq!(verify(problem, &rule_based(problem)), []);
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap_or_else(|e| panic!("{e}")).plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

#[test]
fn no_charge_is_taken_in_frost_and_less_in_heat() {
    let mut problem = island(&[], &[10.0; 2], 70.0, 0.3);
    let most = |plan: &Plan| plan.battery["bess"].charge_kw.iter().copied().fold(0.0, f64::max);
    assert!(near(most(&plan(&problem)), 60.0));
    problem.series.temperature_c = vec![-0.5; 2];
    assert_eq!(most(&plan(&problem)), 0.0);
    // 10 degrees above 45 take half of 80 kW, by the forecast and, without one, by the design.
    problem.series.temperature_c = vec![55.0; 2];
    assert!(near(most(&plan(&problem)), 40.0));
    problem.series.temperature_c = Vec::new();
    problem.site.place.design_temperature_c = Some(55.0);
    assert!(near(most(&plan(&problem)), 40.0));
}

#[test]
fn what_carries_t1_for_half_an_hour_stays_in_the_battery() {
    let mut problem = island(&[100.0], &[60.0; 6], 0.0, 0.9);
    let last = |plan: &Plan| *plan.battery["bess"].stored_kwh.last().unwrap();
    assert!(near(last(&plan(&problem)), 40.0));
    problem.site.battery.get_mut("bess").unwrap().critical_floor_h = Some(0.5);
    let kept = 40.0 + 60.0 * 0.5 / 0.938;
    let kept_plan = plan(&problem);
    assert!(near(last(&kept_plan), kept), "{}", last(&kept_plan));
    assert_eq!(kept_plan.shortfall_total(Class::BatteryFloor), 0.0);
    // With no set it is for T1 that it is kept, so it is given, and told.
    problem.unavailable.insert("genset.g1".to_owned(), vec![true; 6]);
    let given = plan(&problem);
    assert!(near(last(&given), 40.0));
    assert!(near(given.shortfall_total(Class::LoadT1), 360.0 - 140.0 * 0.938));
    assert!(given.shortfall_total(Class::BatteryFloor) > 0.0);
}

#[test]
fn what_is_kept_carries_no_reserve() {
    let mut problem = island(&[70.0], &[60.0], 0.0, 0.3);
    problem.site.reserve.load_frac = 0.5;
    // 10 kW in the set, and 20 kWh above the window that last for half an hour.
    assert_eq!(plan(&problem).shortfall_total(Class::Reserve), 0.0);
    problem.site.battery.get_mut("bess").unwrap().critical_floor_h = Some(0.5);
    // 32 kWh are kept: nothing is above.
    assert!(near(plan(&problem).shortfall_total(Class::Reserve), 20.0));
}

#[test]
fn batteries_share_what_is_kept_by_their_power() {
    let mut problem = island(&[100.0], &[60.0], 0.0, 0.9);
    let bess = problem.site.battery.get_mut("bess").unwrap();
    bess.critical_floor_h = Some(1.0);
    let mut twin = bess.clone();
    twin.discharge_max_kw = 40.0;
    problem.site.battery.insert("twin".to_owned(), twin);
    let kept = problem.battery_kept_kwh();
    assert!(near(kept["bess"], 40.0 + 40.0 / 0.938), "{kept:?}");
    assert!(near(kept["twin"], 40.0 + 20.0 / 0.938), "{kept:?}");
}

#[test]
fn the_sun_fills_the_battery_first_and_is_curtailed_as_late_as_can_be() {
    let plan = plan(&island(&[], &[10.0; 4], 50.0, 0.85));
    let into = (190.0 - 170.0) / 0.938;
    let curtailed = &plan.solar["pv"].curtailed_kw;
    assert!(near(plan.battery["bess"].charge_kw[0], into), "{:?}", plan.battery["bess"].charge_kw);
    assert!(near(curtailed[0], 40.0 - into), "{curtailed:?}");
    assert!(near(curtailed[3], 40.0), "{curtailed:?}");
}
