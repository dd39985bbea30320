//! Ramps, limits of start and stop, cold starts, sets that must run, reserve by series, power that
//! must be taken: small cases with answers by hand. A set of `bare` burns 0.1 L/h for each kW of its
//! rating and 0.2 L/kWh, at 1.2 USD/L.

use crate::camp::bare;
use camp_solver::rules::rule_based;
use camp_solver::site::{Genset, GensetStart, LoadSharing, MinimumLoad, StartTier};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3
}

/// A bare camp whose sets need not share load, with each set changed.
fn free(sizes: &[f64], load_kw: &[f64], change: fn(&mut Genset)) -> Problem {
    let mut problem = bare(sizes, load_kw);
    for set in problem.site.genset.values_mut() {
        set.load_sharing = LoadSharing::Free;
        change(set);
    }
    problem
}

fn at(problem: &mut Problem, id: &str, power_kw: f64) {
    let start = GensetStart { power_kw: Some(power_kw), ..GensetStart::new(true, 5.0) };
    problem.start.genset.insert(id.to_owned(), start);
}

#[test]
fn a_ramp_calls_a_second_set() {
    let mut problem = free(&[100.0, 100.0], &[40.0, 90.0], |_| {});
    at(&mut problem, "g1", 40.0);
    assert!(near(plan(&problem).fuel_l, 18.0 + 28.0));
    for set in problem.site.genset.values_mut() {
        set.ramp_up_kw_per_h = Some(20.0);
    }
    let plan = plan(&problem);
    // From 40 kW to 60; a start may give the least load and a ramp, 50.
    assert!(near(plan.fuel_l, 18.0 + 20.0 + 18.0), "{}", plan.fuel_l);
    assert!(plan.genset.values().all(|g| g.power_kw[1] <= 60.0 + 1e-6));
    assert_eq!(plan.shortfalls, []);
}

#[test]
fn a_lone_set_that_rises_slowly_lets_load_go_unserved() {
    let mut problem = free(&[100.0], &[40.0, 90.0], |set| set.ramp_up_kw_per_h = Some(20.0));
    at(&mut problem, "g1", 40.0);
    let plan = plan(&problem);
    assert!(near(plan.shortfall_total(Class::LoadT2), 30.0));
}

#[test]
fn a_set_that_falls_slowly_is_held_up_by_no_one() {
    // From 90 kW the set comes down to 70 and 50; what is too much for the load goes nowhere, so it
    // stands at the load that it can reach only if it stops, and the small one takes over.
    let mut problem = free(&[100.0, 60.0], &[90.0, 50.0], |_| {});
    problem.site.genset.get_mut("g1").unwrap().ramp_down_kw_per_h = Some(60.0);
    at(&mut problem, "g1", 90.0);
    let slow = plan(&problem);
    assert!(slow.genset["g1"].power_kw[1] >= 30.0 - 1e-6 || !slow.genset["g1"].running[1]);
    problem.site.genset.get_mut("g1").unwrap().ramp_down_kw_per_h = Some(20.0);
    let slower = plan(&problem);
    // It cannot fall from 90 to 50 nor stop from 90, so the other takes load before.
    assert!(slower.genset["g1"].power_kw[0] <= 70.0 + 1e-6);
    assert!(slower.genset["g2"].running[0]);
    assert!(slower.cost > slow.cost);
}

#[test]
fn a_start_is_limited_in_its_first_step() {
    let problem = free(&[100.0], &[60.0, 60.0], |set| set.start_up_max_kw = Some(35.0));
    let plan = plan(&problem);
    assert!(near(plan.genset["g1"].power_kw[0], 35.0));
    assert!(near(plan.genset["g1"].power_kw[1], 60.0));
    assert!(near(plan.shortfall_total(Class::LoadT2), 25.0));
}

#[test]
fn a_set_comes_down_before_it_stops() {
    let mut problem = free(&[100.0, 30.0], &[80.0, 20.0], |_| {});
    at(&mut problem, "g1", 80.0);
    assert!(near(plan(&problem).fuel_l, 26.0 + 7.0));
    problem.site.genset.get_mut("g1").unwrap().shut_down_max_kw = Some(50.0);
    let plan = plan(&problem);
    assert!(near(plan.genset["g1"].power_kw[0], 50.0));
    assert!(near(plan.fuel_l, 29.0 + 7.0), "{}", plan.fuel_l);
}

#[test]
fn a_cold_start_is_avoided_where_it_costs_more_than_idling() {
    let with_gap = |hours: usize| {
        let mut load_kw = vec![80.0];
        load_kw.resize(1 + hours, 20.0);
        load_kw.push(80.0);
        let mut problem = free(&[100.0, 30.0], &load_kw, |set| set.min_load_frac = 0.1);
        let set = problem.site.genset.get_mut("g1").unwrap();
        (set.start_cost, set.min_up_h) = (1.0, 4.0);
        set.start_tiers = vec![StartTier { after_off_h: 3.0, start_fuel_l: 0.0, start_cost: 20.0 }];
        at(&mut problem, "g1", 80.0);
        plan(&problem)
    };
    // Two hours off end in a hot start; idling would burn 7 L more an hour.
    let short = with_gap(2);
    assert!(near(short.cost, 1.2 * (2.0 * 26.0 + 2.0 * 7.0) + 1.0), "{}", short.cost);
    // Three would end in a cold one: an hour of idling is cheaper.
    let long = with_gap(3);
    assert!(near(long.ledger.start_cost, 1.0));
    assert!(near(long.cost, 1.2 * (2.0 * 26.0 + 14.0 + 2.0 * 7.0) + 1.0), "{}", long.cost);
    // Five hours of idling are not.
    let longest = with_gap(7);
    assert!(near(longest.ledger.start_cost, 20.0));
    assert!(near(longest.cost, 1.2 * (2.0 * 26.0 + 7.0 * 7.0) + 20.0), "{}", longest.cost);
}

#[test]
fn a_start_is_as_cold_as_the_time_off_before_the_plan_makes_it() {
    let cost = |off_h: f64| {
        let mut problem = bare(&[100.0], &[50.0]);
        let set = problem.site.genset.get_mut("g1").unwrap();
        let tier = |after_off_h: f64, start_fuel_l: f64| StartTier {
            after_off_h,
            start_fuel_l,
            start_cost: 0.0,
        };
        set.start_tiers = vec![tier(4.0, 2.0), tier(8.0, 5.0)];
        problem.start.genset.insert("g1".to_owned(), GensetStart::new(false, off_h));
        let plan = plan(&problem);
        assert!(verify(&problem, &rule_based(&problem)).is_empty());
        plan.fuel_l - 20.0
    };
    assert!(near(cost(3.0), 0.0) && near(cost(4.0), 2.0) && near(cost(100.0), 5.0));
}

#[test]
fn a_set_that_must_run_does() {
    let mut problem = bare(&[100.0, 40.0], &[30.0, 30.0, 30.0]);
    assert!(near(plan(&problem).fuel_l, 3.0 * 10.0));
    problem.series.must_run.insert("g1".to_owned(), vec![false, true, true]);
    let asked = plan(&problem);
    assert!(near(asked.fuel_l, 10.0 + 2.0 * 16.0), "{}", asked.fuel_l);
    assert!(verify(&problem, &rule_based(&problem)).is_empty());
    // What is out of reach need not run.
    problem.unavailable.insert("genset.g1".to_owned(), vec![false, true, true]);
    assert!(near(plan(&problem).fuel_l, 3.0 * 10.0));
}

#[test]
fn a_set_that_must_run_and_may_not_run_so_low_leaves_the_camp_dark() {
    let mut problem = bare(&[100.0], &[20.0, 40.0]);
    problem.site.genset.get_mut("g1").unwrap().min_load = MinimumLoad::Hard;
    problem.series.must_run.insert("g1".to_owned(), vec![true, true]);
    let plan = plan(&problem);
    assert_eq!(plan.genset["g1"].running, [false, true]);
    assert!(near(plan.shortfall_total(Class::LoadT2), 20.0));
    assert!(verify(&problem, &rule_based(&problem)).is_empty());
}

#[test]
fn a_reserve_by_series_calls_a_second_set() {
    let mut problem = bare(&[100.0, 100.0], &[50.0]);
    problem.series.reserve_kw = vec![60.0];
    let both = plan(&problem);
    assert!(near(both.fuel_l, 2.0 * 10.0 + 10.0));
    assert!(near(both.reserve.required_kw[0], 60.0) && near(both.reserve.carried_kw[0], 150.0));
    problem.series.reserve_kw = vec![200.0];
    assert!(near(plan(&problem).shortfall_total(Class::Reserve), 50.0));
}

#[test]
fn a_ramp_limits_the_reserve_too() {
    let mut problem = free(&[100.0, 100.0], &[50.0], |_| {});
    problem.series.reserve_kw = vec![45.0];
    at(&mut problem, "g1", 50.0);
    assert!(near(plan(&problem).reserve.carried_kw[0], 50.0));
    problem.site.genset.get_mut("g1").unwrap().ramp_up_kw_per_h = Some(30.0);
    let plan = plan(&problem);
    // 30 kW at once from the one; the other adds what it has.
    assert!(plan.genset["g2"].running[0] || !plan.genset["g1"].running[0]);
    assert_eq!(plan.shortfalls, []);
}

#[test]
fn sun_that_must_be_taken_is() {
    let mut problem = bare(&[100.0], &[60.0, 60.0]);
    let mut array = crate::camp::full_site().solar["pv"].clone();
    array.inverter_kw = 60.0;
    problem.site.solar.insert("pv".to_owned(), array);
    problem.series.solar_available_kw.insert("pv".to_owned(), vec![50.0, 50.0]);
    // The set's least load of 30 kW leaves room for 30.
    let soft = plan(&problem);
    assert!(near(soft.solar["pv"].power_kw[0], 30.0));
    problem.series.solar_least_kw.insert("pv".to_owned(), vec![0.0, 45.0]);
    let plan = plan(&problem);
    assert!(near(plan.solar["pv"].power_kw[0], 30.0) && near(plan.solar["pv"].power_kw[1], 45.0));
    assert!(near(plan.shortfall_total(Class::MinimumLoad), 15.0));
    assert!(verify(&problem, &rule_based(&problem)).is_empty());
}

#[test]
fn faults_of_these_fields_are_told() {
    let mut problem = bare(&[100.0], &[50.0]);
    let set = problem.site.genset.get_mut("g1").unwrap();
    set.ramp_up_kw_per_h = Some(0.0);
    set.ramp_down_kw_per_h = Some(f64::NAN);
    set.start_up_max_kw = Some(10.0);
    set.shut_down_max_kw = Some(200.0);
    set.start_cost = 5.0;
    let tier = |after_off_h: f64, start_cost: f64| StartTier {
        after_off_h,
        start_fuel_l: 0.0,
        start_cost,
    };
    set.start_tiers = vec![tier(4.0, 1.0), tier(3.0, 9.0)];
    at(&mut problem, "g1", 101.0);
    problem.series.reserve_kw = vec![1.0, 2.0];
    problem.series.must_run.insert("g9".to_owned(), vec![true]);
    problem.series.solar_least_kw.insert("pv".to_owned(), vec![1.0]);
    let said: Vec<String> = problem.check().into_iter().map(|f| f.path).collect();
    for path in [
        "genset.g1.ramp_up_kw_per_h",
        "genset.g1.ramp_down_kw_per_h",
        "genset.g1.start_up_max_kw",
        "genset.g1.shut_down_max_kw",
        "genset.g1.start_tiers[0]",
        "genset.g1.start_tiers[1].after_off_h",
        "start.genset.g1.power_kw",
        "series.reserve_kw",
        "series.must_run.g9",
        "series.solar_least_kw.pv",
    ] {
        assert!(said.iter().any(|p| p == path), "{path} is not told: {said:?}");
    }
}
