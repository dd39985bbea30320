//! Fuel in store, by hand-made situations.

use crate::camp::{bare, full_site, running};
use camp_solver::plan::Economy;
use camp_solver::rules::rule_based;
use camp_solver::site::{Delivery, FuelStart, Tier};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};
use chrono::TimeDelta;

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

/// A set of 100 kW that burns 20 L/h at 50 kW, a kitchen of 50 kW, and a store; hourly steps.
fn with_fuel(hours: usize, level_l: f64) -> Problem {
    let mut problem = bare(&[100.0], &vec![50.0; hours]);
    let mut store = full_site().fuel_store["depot"].clone();
    (store.capacity_l, store.delivery_l) = (10_000.0, 0.0);
    (store.reserve_d, store.reserve_l) = (0.0, 1000.0);
    (store.delivery_slip_d, store.delivery_lead_d) = (0.5, 1.0);
    problem.site.fuel_store.insert("depot".to_owned(), store);
    problem
        .start
        .fuel_store
        .insert("depot".to_owned(), FuelStart { level_l, deliveries: Vec::new() });
    running(&mut problem, "g1", 5.0);
    problem
}

fn deliver(problem: &mut Problem, after_h: i64, volume_l: f64) {
    let expected_at = problem.grid.start + TimeDelta::hours(after_h);
    let store = problem.start.fuel_store.get_mut("depot").unwrap();
    store.deliveries.push(Delivery { expected_at, volume_l });
}

#[test]
fn no_set_runs_on_fuel_that_is_not_there() {
    // 50 L: two hours of 50 kW take 20 L each, and the last 10 L make no kWh.
    let problem = with_fuel(6, 50.0);
    let best = plan(&problem);
    assert!(best.fuel_l <= 50.0 + 1e-3, "{}", best.fuel_l);
    assert!(near(best.shortfall_total(Class::LoadT2), 200.0), "{:?}", best.shortfalls);
    let rules = rule_based(&problem);
    for plan in [best, rules] {
        assert!(plan.fuel_store["depot"].level_l.iter().all(|l| *l >= -1e-6));
        assert!(plan.shortfall_total(Class::LoadT2) > 150.0);
        assert_eq!(verify(&problem, &plan), []);
    }
}

#[test]
fn what_owes_running_time_stops_without_fuel() {
    let mut problem = with_fuel(3, 0.0);
    running(&mut problem, "g1", 0.1);
    for plan in [plan(&problem), rule_based(&problem)] {
        assert_eq!(plan.running_sets(0), 0);
        assert_eq!(verify(&problem, &plan), []);
    }
}

#[test]
fn a_delivery_counts_after_its_slip_and_never_before() {
    let mut problem = with_fuel(24, 100.0);
    deliver(&mut problem, 2, 400.0);
    let plan = plan(&problem);
    let depot = &plan.fuel_store["depot"];
    // Twelve hours of slip: it counts from the fourteenth hour on.
    assert!(near(depot.delivered_l[14], 400.0), "{:?}", depot.delivered_l);
    assert!(
        near(plan.shortfall_total(Class::LoadT2), 50.0 * 14.0 - 250.0),
        "{:?}",
        plan.shortfalls
    );
}

#[test]
fn endurance_and_order_follow_from_stock_and_burn() {
    // 480 L a day; at the 90th percentile 552 L, and the reserve of 1000 L is touched by then.
    let problem = with_fuel(24, 4000.0);
    let plan = plan(&problem);
    let depot = &plan.fuel_store["depot"];
    assert!(near(depot.endurance_p50_d.unwrap(), 4000.0 / 480.0));
    assert!(near(depot.endurance_p90_d.unwrap(), 4000.0 / 552.0));
    let touched = depot.reserve_touched_at.unwrap() - problem.grid.start;
    assert!(near(touched.num_seconds() as f64 / 86_400.0, 3000.0 / 552.0));
    let order = depot.reserve_touched_at.unwrap() - depot.order_by_at.unwrap();
    assert_eq!(order, TimeDelta::hours(36));
    assert!(plan.shortfalls.is_empty(), "nothing is shed for the reserve");
}

#[test]
fn economy_is_proposed_and_never_taken() {
    let mut problem = with_fuel(24, 4000.0);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T3;
    let plan = plan(&problem);
    let economy = plan.fuel_store["depot"].economy.clone().unwrap();
    // A week at 23 L/h leaves 136 L: 864 L more at 0.2 L/kWh are 25.7 kW of the 50 kW.
    assert!(near(economy.t3_limit_kw, 50.0 - 864.0 / 168.0 / 0.2), "{economy:?}");
    assert!(economy.keeps_reserve);
    assert!(plan.shortfalls.is_empty());
}

/// The part that is broken, and how.
type Break = (&'static str, fn(&mut Economy));

/// Each part of a proposal broken by itself; what objects names that part.
#[test]
fn a_proposal_that_does_not_follow_is_refused() {
    let mut problem = with_fuel(24, 4000.0);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T3;
    let good = plan(&problem);
    let breaks: [Break; 5] = [
        ("t3_limit_kw", |e| e.t3_limit_kw -= 0.1),
        ("keeps_reserve", |e| e.t3_limit_kw += 0.1),
        ("keeps_reserve", |e| e.keeps_reserve = false),
        ("t3_limit_kw", |e| e.t3_limit_kw = -1.0),
        ("until_at", |e| e.until_at += TimeDelta::hours(1)),
    ];
    for (part, break_it) in breaks {
        let mut broken = good.clone();
        break_it(broken.fuel_store.get_mut("depot").unwrap().economy.as_mut().unwrap());
        let paths: Vec<String> = verify(&problem, &broken).into_iter().map(|v| v.path).collect();
        assert!(paths.contains(&format!("fuel_store.depot.economy.{part}")), "{part}: {paths:?}");
    }
}

#[test]
fn a_reserve_that_no_economy_keeps_is_told_to_be_lost() {
    // Only 10 of 50 kW are T3: without them a week still leaves less than the reserve.
    let mut problem = with_fuel(24, 4000.0);
    let mut laundry = problem.site.load["kitchen"].clone();
    laundry.tier = Tier::T3;
    problem.site.load.insert("laundry".to_owned(), laundry);
    problem.series.demand_kw.insert("load.kitchen".to_owned(), vec![40.0; 24]);
    problem.series.demand_kw.insert("load.laundry".to_owned(), vec![10.0; 24]);
    let plan = plan(&problem);
    let economy = plan.fuel_store["depot"].economy.clone().unwrap();
    assert!(!economy.keeps_reserve && near(economy.t3_limit_kw, 0.0), "{economy:?}");
}

#[test]
fn what_is_saved_before_a_delivery_fills_the_store_is_lost() {
    // After a day the store is full, whatever was saved before; from there on 42 h
    // at 23 L/h leave too little, and only what is saved in these hours counts.
    let mut problem = with_fuel(24, 900.0);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T3;
    let store = problem.site.fuel_store.get_mut("depot").unwrap();
    (store.capacity_l, store.reserve_l, store.delivery_slip_d) = (1000.0, 166.8, 0.0);
    store.start_l = 0.0;
    deliver(&mut problem, 24, 5000.0);
    deliver(&mut problem, 24 + 36 + 6, 5000.0);
    let plan = plan(&problem);
    let economy = plan.fuel_store["depot"].economy.clone().unwrap();
    let left_l = 1000.0 - 23.0 * 42.0;
    let saved_kw = (166.8 - left_l) / 42.0 / 0.2;
    assert!(near(economy.t3_limit_kw, 50.0 - saved_kw), "{economy:?}");
    assert!(economy.keeps_reserve);
}

#[test]
fn with_deliveries_in_time_the_reserve_is_not_touched() {
    let mut problem = with_fuel(24, 4000.0);
    for day in 0..20 {
        deliver(&mut problem, 24 * 3 * day, 2000.0);
    }
    let depot = plan(&problem).fuel_store["depot"].clone();
    assert_eq!((depot.endurance_p90_d, depot.reserve_touched_at), (None, None));
    assert_eq!((depot.order_by_at, depot.economy), (None, None));
}

/// The model takes all stores for one; the books fill each to its own rim.
#[test]
fn a_full_store_takes_no_delivery_for_an_empty_one() {
    let mut problem = with_fuel(24, 100.0);
    let mut barrel = problem.site.fuel_store["depot"].clone();
    (barrel.capacity_l, barrel.start_l, barrel.reserve_l) = (100.0, 0.0, 0.0);
    problem.site.fuel_store.insert("barrel".to_owned(), barrel);
    let expected_at = problem.grid.start - TimeDelta::hours(11);
    let state =
        FuelStart { level_l: 90.0, deliveries: vec![Delivery { expected_at, volume_l: 500.0 }] };
    problem.start.fuel_store.insert("barrel".to_owned(), state);
    for plan in [plan(&problem), rule_based(&problem)] {
        assert_eq!(verify(&problem, &plan), []);
        assert!(plan.fuel_l <= 220.0 && plan.fuel_l > 150.0, "{}", plan.fuel_l);
    }
}
