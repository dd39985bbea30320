//! Heaters and batches, by hand-made situations.

use crate::camp::{bare, full, full_site};
use camp_solver::rules::rule_based;
use camp_solver::site::{BatchStart, ThermalStart};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};

fn plan(problem: &Problem) -> Plan {
    let gap_frac = if problem.site.genset.len() == 1 { 1e-6 } else { 2e-2 };
    let options = SolveOptions { gap_frac, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

/// A camp with a set of 100 kW, a kitchen of 40 kW, and a store of 80 kWh that loses nothing; hourly
/// steps from local midnight.
fn with_heat(fill_frac: f64, drawn_kw: &[f64]) -> Problem {
    let mut problem = bare(&[100.0], &vec![40.0; drawn_kw.len()]);
    let mut store = full_site().thermal_store["hot"].clone();
    store.loss_frac_per_h = 0.0;
    problem.site.thermal_store.insert("hot".to_owned(), store);
    problem.series.heat_kw.insert("hot".to_owned(), drawn_kw.to_vec());
    problem.start.thermal_store.insert("hot".to_owned(), ThermalStart { fill_frac });
    problem
}

/// The same camp with a laundry: batches of 8 kW for 2 h, two at once, 8 to 20 h.
fn with_laundry(hours: usize, per_day: u32) -> Problem {
    let mut problem = bare(&[100.0], &vec![40.0; hours]);
    let mut laundry = full_site().batch["laundry"].clone();
    (laundry.per_day, laundry.batch_h) = (per_day, 2.0);
    problem.site.batch.insert("laundry".to_owned(), laundry);
    problem
}

fn starts(plan: &Plan) -> u32 {
    plan.batch["laundry"].started.iter().sum()
}

#[test]
fn heat_is_ready_at_its_hour_and_not_before_it_must_be() {
    // Ready at 05:00: 48 kWh. From 8 kWh that takes two hours of 20 kW.
    let plan = plan(&with_heat(0.1, &[0.0; 6]));
    let hot = &plan.thermal_store["hot"];
    assert!(hot.stored_kwh[4] > 48.0 - 1e-3, "{:?}", hot.stored_kwh);
    let made: f64 = hot.heater_kw.iter().sum();
    assert!(near(made, 40.0), "no more than is asked for: {made}");
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

#[test]
fn a_store_that_cannot_be_ready_says_what_is_missing() {
    // Only the last hour before 05:00 has a set to heat with.
    let mut problem = with_heat(0.1, &[0.0; 6]);
    let out = vec![true, true, true, true, false, false];
    problem.unavailable.insert("thermal_store.hot".to_owned(), out);
    let plan = plan(&problem);
    assert!(near(plan.shortfall_total(Class::Heat), 20.0), "{:?}", plan.shortfalls);
    assert!(near(plan.thermal_store["hot"].stored_kwh[4], 28.0));
}

#[test]
fn heat_that_nobody_can_make_is_not_drawn() {
    let mut problem = with_heat(0.1, &[10.0; 3]);
    problem.unavailable.insert("thermal_store.hot".to_owned(), vec![true; 3]);
    let plan = plan(&problem);
    let hot = &plan.thermal_store["hot"];
    assert!(hot.stored_kwh.iter().all(|kwh| *kwh > -1e-6));
    let short = plan.shortfall_total(Class::LoadT3) + plan.shortfall_total(Class::Heat);
    assert!(plan.shortfall_total(Class::LoadT3) > 22.0 - 1e-3 && short < 31.0, "{short}");
    assert!(verify(&problem, &rule_based(&problem)).is_empty());
}

#[test]
fn losses_are_those_of_the_hours() {
    let mut problem = with_heat(0.5, &[0.0; 2]);
    problem.site.thermal_store.get_mut("hot").unwrap().loss_frac_per_h = 0.1;
    let plan = plan(&problem);
    let stored = &plan.thermal_store["hot"].stored_kwh;
    assert!(near(stored[0], 36.0) && near(stored[1], 32.4), "{stored:?}");
}

#[test]
fn the_heater_waits_for_the_sun() {
    let mut problem = full();
    problem.site.genset.values_mut().for_each(|g| g.running_cost_per_h = 0.0);
    let sun = problem.series.solar_available_kw.get_mut("pv").unwrap();
    sun.iter_mut().enumerate().for_each(|(t, kw)| *kw = if t >= 36 { 70.0 } else { 0.0 });
    problem.series.demand_kw.values_mut().for_each(|s| s.iter_mut().for_each(|kw| *kw *= 0.1));
    problem.end.heat_kwh.insert("hot".to_owned(), 70.0);
    let plan = plan(&problem);
    let heater = &plan.thermal_store["hot"].heater_kw;
    let (dark, bright) = (heater[22..36].iter().sum::<f64>(), heater[36..].iter().sum::<f64>());
    assert!(bright > 4.0 * dark, "{dark} {bright}");
}

#[test]
fn a_day_of_batches_is_run_within_its_window_and_never_too_many_at_once() {
    let problem = with_laundry(24, 6);
    for plan in [plan(&problem), rule_based(&problem)] {
        let laundry = &plan.batch["laundry"];
        assert_eq!(starts(&plan), 6);
        let window = 8..=18;
        assert!((0..24).all(|t| laundry.started[t] == 0 || window.contains(&t)));
        assert!(laundry.served_kw.iter().all(|kw| *kw <= 16.0 + 1e-6));
        assert!(near(laundry.served_kw.iter().sum(), 6.0 * 16.0), "each runs to its end");
        assert!(verify(&problem, &plan).is_empty());
    }
}

#[test]
fn batches_beyond_what_the_machines_can_do_are_unserved() {
    // Twelve hours, two machines, two hours a batch: twelve fit.
    let problem = with_laundry(24, 14);
    let plan = plan(&problem);
    assert_eq!(starts(&plan), 12);
    assert!(near(plan.shortfall_total(Class::LoadT3), 2.0 * 16.0), "{:?}", plan.shortfalls);
}

#[test]
fn a_part_of_the_window_asks_for_its_part_and_done_is_done() {
    // Until 14:00 half of the window lies within the horizon.
    let mut problem = with_laundry(14, 6);
    assert_eq!(starts(&plan(&problem)), 3);
    let state = BatchStart { done_today: 2, running_left_h: vec![1.5] };
    problem.start.batch.insert("laundry".to_owned(), state);
    let plan = plan(&problem);
    assert_eq!(starts(&plan), 1);
    let served = &plan.batch["laundry"].served_kw;
    assert!(near(served[0], 8.0) && near(served[1], 4.0), "{served:?}");
}

#[test]
fn a_batch_is_not_begun_where_it_could_not_be_ended() {
    let mut problem = with_laundry(24, 6);
    let out = (0..24).map(|t| t == 12).collect();
    problem.unavailable.insert("batch.laundry".to_owned(), out);
    for plan in [plan(&problem), rule_based(&problem)] {
        let laundry = &plan.batch["laundry"];
        assert_eq!((laundry.started[11], laundry.started[12]), (0, 0));
        assert!(near(laundry.served_kw[12], 0.0));
        assert!(verify(&problem, &plan).is_empty());
    }
}

#[test]
fn a_dark_camp_leaves_a_running_batch_unserved_and_starts_none() {
    let mut problem = with_laundry(14, 6);
    problem.unavailable.insert("genset.g1".to_owned(), vec![true; 14]);
    let state = BatchStart { done_today: 0, running_left_h: vec![1.0] };
    problem.start.batch.insert("laundry".to_owned(), state);
    for plan in [plan(&problem), rule_based(&problem)] {
        assert_eq!(starts(&plan), 0);
        assert!(near(plan.batch["laundry"].unserved_kw[0], 8.0));
        assert!(verify(&problem, &plan).is_empty());
    }
}

/// The fast way prices the rows between steps and rounds what else is whole: starts of batches, too.
#[test]
fn heaters_and_batches_go_the_fast_way() {
    let (mut began, mut fast) = (0, 0);
    for (case, per_day) in (0_u32..12).map(|case| (case, 2 + case % 9)) {
        let load = |t: u32| 60.0 + f64::from((t * 37 + case * 11) % 50);
        let load_kw: Vec<f64> = (0..24).map(load).collect();
        let mut problem = bare(&[100.0, 80.0, 60.0], &load_kw);
        problem.site.genset.values_mut().for_each(|g| g.start_fuel_l = 1.0);
        let mut site = full_site();
        let mut laundry = site.batch.remove("laundry").unwrap();
        laundry.per_day = per_day;
        laundry.batch_h = if case % 2 == 0 { 1.0 } else { 1.5 };
        laundry.max_at_once = 1 + case % 3;
        let hot = site.thermal_store.remove("hot").unwrap();
        let fits = f64::from(laundry.max_at_once) * 12.0 / laundry.batch_h.ceil();
        problem.site.batch.insert("laundry".to_owned(), laundry);
        problem.site.thermal_store.insert("hot".to_owned(), hot);
        problem.series.heat_kw.insert("hot".to_owned(), vec![3.0; 24]);
        problem.start.thermal_store.insert("hot".to_owned(), ThermalStart { fill_frac: 0.5 });
        assert!(f64::from(per_day) <= fits, "{per_day} of {fits}");
        let options = SolveOptions { gap_frac: 0.02, ..SolveOptions::default() };
        let plan = solve(&problem, &options).unwrap().plan;
        let names: Vec<&str> = plan.stages.iter().map(|s| s.name.as_str()).collect();
        fast += usize::from(names == ["cost by steps", "preference"]);
        assert_eq!(starts(&plan), per_day, "case {case}");
        assert!(plan.shortfalls.is_empty() && verify(&problem, &plan).is_empty());
        began += starts(&plan);
    }
    assert!(began > 60 && fast >= 9, "{began} batches, {fast} camps");
}
