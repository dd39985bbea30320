//! Cold stores: a band that the store stays in, cold that is lost in any case.

use crate::camp::{bare, full_site};
use camp_solver::rules::rule_based;
use camp_solver::site::{Holds, Load, ThermalStart, Tier};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};

/// A set of 100 kW, a kitchen, and a cold room with a compressor of 3 kW: its band of 4 K takes 4 kWh, and
/// it loses 1 kW, so it lasts four hours from its cold end. Hourly steps.
fn cold_room(fill_frac: f64, load_kw: &[f64]) -> Problem {
    let mut problem = bare(&[100.0], load_kw);
    let mut store = full_site().thermal_store["hot"].clone();
    store.holds = Holds::Cold;
    (store.heater_kw, store.store_kwh, store.daily_kwh) = (3.0, 4.0, 24.0);
    (store.min_frac, store.ready_frac, store.loss_frac_per_h) = (0.0, 0.0, 0.0);
    problem.site.thermal_store.insert("cold".to_owned(), store);
    problem.series.heat_kw.insert("cold".to_owned(), vec![1.0; load_kw.len()]);
    problem.start.thermal_store.insert("cold".to_owned(), ThermalStart { fill_frac });
    problem
}

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

fn out(problem: &mut Problem, hours: std::ops::Range<usize>) {
    let out = (0..problem.grid.len()).map(|t| hours.contains(&t)).collect();
    problem.unavailable.insert("thermal_store.cold".to_owned(), out);
}

#[test]
fn a_cold_room_is_cooled_before_a_pause() {
    let mut problem = cold_room(0.25, &[40.0; 8]);
    out(&mut problem, 3..7);
    let plan = plan(&problem);
    let cold = &plan.thermal_store["cold"];
    assert!((cold.stored_kwh[2] - 4.0).abs() < 1e-3, "{:?}", cold.stored_kwh);
    assert!(cold.warm_kwh.iter().all(|kwh| *kwh < 1e-3), "{:?}", cold.warm_kwh);
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

#[test]
fn what_leaves_its_band_is_told_and_cooled_again() {
    let mut problem = cold_room(1.0, &[40.0; 9]);
    out(&mut problem, 0..6);
    let told = plan(&problem);
    let cold = &told.thermal_store["cold"];
    // Four hours last; then 1 and 2 kWh are missing, and an hour at 3 kW brings both back.
    assert!((cold.warm_kwh[4] - 1.0).abs() < 1e-3 && (cold.warm_kwh[5] - 2.0).abs() < 1e-3);
    assert!((cold.heater_kw[6] - 3.0).abs() < 1e-3 && cold.warm_kwh[6] < 1e-3, "{cold:?}");
    assert!((told.shortfall_total(Class::Cold) - 3.0).abs() < 1e-2, "{:?}", told.shortfalls);
    assert_eq!(cold.unserved_kw, vec![0.0; 9]);
    // The checker follows the losses: a room that begins warmer is another one.
    problem.start.thermal_store.get_mut("cold").unwrap().fill_frac = 0.5;
    assert!(verify(&problem, &told).iter().any(|v| v.rule == Rule::HeatStock));
}

#[test]
fn a_cold_room_ranks_with_t2_and_before_t3() {
    // 98 kW of T2 leave 2 kW: the room needs 1 kW in the mean, the tents take what is left.
    let mut problem = cold_room(0.0, &[98.0; 6]);
    let typical_kw = vec![5.0; 24];
    problem.site.load.insert("tents".to_owned(), Load { tier: Tier::T3, typical_kw });
    problem.series.demand_kw.insert("load.tents".to_owned(), vec![5.0; 6]);
    let plan = plan(&problem);
    assert!(plan.shortfall_total(Class::Cold) < 1e-3, "{:?}", plan.shortfalls);
    assert!(plan.shortfall_total(Class::LoadT2) < 1e-3);
    assert!((plan.shortfall_total(Class::LoadT3) - 24.0).abs() < 1e-2, "{:?}", plan.shortfalls);
}

#[test]
fn the_rules_hold_the_middle_of_the_band() {
    let problem = cold_room(0.25, &[40.0; 6]);
    let plan = rule_based(&problem);
    assert_eq!(verify(&problem, &plan), []);
    let stored = &plan.thermal_store["cold"].stored_kwh;
    assert!(stored.iter().all(|kwh| (kwh - 2.0).abs() < 1e-3), "{stored:?}");
    // Without current it gets warm, and the books follow.
    let mut dark = problem.clone();
    out(&mut dark, 0..6);
    let plan = rule_based(&dark);
    assert_eq!(verify(&dark, &plan), []);
    assert!((plan.shortfall_total(Class::Cold) - 15.0).abs() < 1e-2, "{:?}", plan.shortfalls);
}
