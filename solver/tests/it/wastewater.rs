//! Wastewater: an equalisation tank, a plant that is worked when power is cheap, aeration that pauses
//! only for a while.

use crate::camp::{bare, full_site};
use camp_solver::rules::rule_based;
use camp_solver::site::{Wastewater, WastewaterStart};
use camp_solver::{Plan, Problem, ShortfallClass, SolveOptions, solve, verify};

/// A set that carries 50 kW, and 1 m3/h of wastewater for a plant of 2 kWh/m3 and 2.5 m3/h.
fn camp(hours: usize, change: impl Fn(&mut Wastewater)) -> Problem {
    let mut problem = bare(&[100.0], &vec![50.0; hours]);
    let mut plant = full_site().wastewater["plant"].clone();
    plant.daily_m3 = 24.0;
    plant.plant_m3_per_day = 60.0;
    plant.energy_kwh_per_m3 = 2.0;
    plant.max_kw = 6.0;
    plant.min_kw = Some(0.5);
    plant.equalisation_m3 = 10.0;
    plant.start_equalisation_m3 = 4.0;
    plant.end_equalisation_max_m3 = None;
    plant.aeration_min_frac = 0.0;
    plant.max_pause_h = 24.0;
    change(&mut plant);
    let id = "plant".to_owned();
    problem.series.wastewater_m3_per_h.insert(id.clone(), vec![1.0; hours]);
    problem.end.wastewater_m3.insert(id.clone(), plant.start_equalisation_m3);
    problem.site.wastewater.insert(id, plant);
    problem
}

fn solved(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-5, ..SolveOptions::default() };
    let solved = solve(problem, &options).unwrap();
    assert_eq!(verify(problem, &solved.plan), []);
    assert_eq!(verify(problem, &rule_based(problem)), [], "the rules are lawful");
    solved.plan
}

fn treated_m3(plan: &Plan) -> f64 {
    plan.wastewater["plant"].flow_m3_per_h.iter().sum()
}

fn short_m3(plan: &Plan) -> f64 {
    plan.shortfall_total(ShortfallClass::Wastewater)
}

#[test]
fn what_comes_is_treated_and_the_tank_ends_where_it_began() {
    let plan = solved(&camp(12, |_| {}));
    assert!((treated_m3(&plan) - 12.0).abs() < 1e-3, "{}", treated_m3(&plan));
    assert!(short_m3(&plan) < 1e-9);
    let kwh: f64 = plan.wastewater["plant"].demand_kw.iter().sum();
    assert!((kwh - 24.0).abs() < 1e-3, "2 kWh/m3: {kwh}");
}

#[test]
fn treatment_waits_for_the_sun() {
    let mut problem = camp(12, |_| {});
    let array = full_site().solar["pv"].clone();
    problem.site.solar.insert("pv".to_owned(), array);
    // In four hours the sun gives more than the load takes. There is no battery, so the set forms the
    // grid and idles: what the plant takes then costs nothing.
    problem.site.genset.get_mut("g1").unwrap().min_load_frac = 0.0;
    let sun = (0..12).map(|t| if (4..8).contains(&t) { 60.0 } else { 0.0 }).collect();
    problem.series.solar_available_kw.insert("pv".to_owned(), sun);
    let plan = solved(&problem);
    let noon: f64 = plan.wastewater["plant"].flow_m3_per_h[4..8].iter().sum();
    assert!((noon - 10.0).abs() < 1e-3, "four hours of 2.5 m3/h: {noon}");
}

#[test]
fn a_full_tank_flows_over_and_it_is_told() {
    // 1 m3/h comes, 0.5 m3/h is the most that is treated: 6 m3 too many, and 6 m3 of room.
    let mut problem = camp(12, |plant| plant.plant_m3_per_day = 12.0);
    problem.end.wastewater_m3.clear();
    let plan = solved(&problem);
    assert!(short_m3(&plan) < 1e-9);
    let start = WastewaterStart { level_m3: 9.0, paused_h: 0.0 };
    problem.start.wastewater.insert("plant".to_owned(), start);
    let plan = solved(&problem);
    assert!((short_m3(&plan) - 5.0).abs() < 1e-3, "{} m3 untreated", short_m3(&plan));
}

#[test]
fn aeration_never_pauses_for_longer_than_it_may() {
    let mut problem = camp(12, |plant| {
        plant.max_pause_h = 2.0;
        plant.daily_m3 = 0.0;
    });
    problem.series.wastewater_m3_per_h.insert("plant".to_owned(), vec![0.0; 12]);
    let plan = solved(&problem);
    let kw = &plan.wastewater["plant"].demand_kw;
    assert!(short_m3(&plan) < 1e-9);
    // Nothing comes: half a kilowatt in every third hour is enough.
    let kwh: f64 = kw.iter().sum();
    assert!((kwh - 2.0).abs() < 1e-2, "{kw:?}");
    assert!(kw.windows(3).all(|w| w.iter().any(|kw| *kw >= 0.5 - 1e-6)), "{kw:?}");
    // Out of reach it must pause: ten steps too long, of 0.5 kWh or 0.25 m3 each.
    problem.unavailable.insert("wastewater.plant".to_owned(), vec![true; 12]);
    let plan = solved(&problem);
    assert!((short_m3(&plan) - 2.5).abs() < 1e-3, "{}", short_m3(&plan));
}

#[test]
fn a_day_keeps_its_share_of_aeration() {
    let mut problem = camp(12, |plant| {
        plant.aeration_min_frac = 0.6;
        plant.equalisation_m3 = 20.0;
    });
    problem.end.wastewater_m3.clear();
    let plan = solved(&problem);
    let kwh: f64 = plan.wastewater["plant"].demand_kw.iter().sum();
    assert!((kwh - 14.4).abs() < 1e-2, "60 % of 2 kWh/m3 for 12 m3: {kwh}");
    assert!(short_m3(&plan) < 1e-9);
}
