//! Worth of stocks at the ends of a horizon, and the bound of a long time by its windows.

use crate::camp::{bare, charge, full_site, typical};
use camp_solver::{
    Chain, Ends, Objective, Plan, Problem, SolveError, SolveOptions, StockPrices, Stocks, solve,
    verify, window_bound, windows,
};

const GAP: f64 = 1e-4;

fn options() -> SolveOptions {
    let time_limit_s = 300.0;
    SolveOptions { objective: Objective::FuelL, gap_frac: GAP, time_limit_s, seed: 0 }
}

fn plan(problem: &Problem) -> Plan {
    let plan = solve(problem, &options()).unwrap().plan;
    assert_eq!(verify(problem, &plan), []);
    plan
}

/// One set of 60 kW and a battery of 80 kWh, half full, through so many days of six dear night hours.
fn village(days: usize) -> Problem {
    let day = |h: usize| if h < 6 { 8.0 } else { 25.0 };
    let load: Vec<f64> = (0..24 * days).map(|t| day(t % 24) + (t / 24) as f64).collect();
    let mut problem = bare(&[60.0], &load);
    let site = full_site();
    let mut battery = site.battery["bess"].clone();
    (battery.energy_kwh, battery.critical_floor_h) = (80.0, None);
    battery.wear_cost_per_kwh = 0.0;
    battery.end_state_of_charge_min_frac = None;
    problem.site.battery.insert("bess".to_owned(), battery);
    problem.site.solar.insert("pv".to_owned(), site.solar["pv"].clone());
    let sun = |t: usize| if (9..15).contains(&(t % 24)) { 40.0 } else { 0.0 };
    let sun = (0..24 * days).map(sun).collect();
    problem.series.solar_available_kw.insert("pv".to_owned(), sun);
    charge(&mut problem, "bess", 0.5);
    problem.end.battery_kwh.insert("bess".to_owned(), 40.0);
    problem
}

#[test]
fn a_battery_that_is_worth_something_at_the_end_is_not_emptied() {
    let mut problem = village(1);
    problem.end.battery_kwh.clear();
    let empties = plan(&problem);
    problem.end.battery_l_per_kwh.insert("bess".to_owned(), 1.0);
    let keeps = plan(&problem);
    let end = |plan: &Plan| *plan.battery["bess"].stored_kwh.last().unwrap();
    let battery = &problem.site.battery["bess"];
    assert!((end(&empties) - battery.min_kwh()).abs() < 1e-3, "{}", end(&empties));
    assert!(end(&keeps) > end(&empties) + 20.0, "{}", end(&keeps));
    let missing_kwh = battery.max_kwh() - end(&keeps);
    assert!(empties.refill_l == 0.0 && (keeps.refill_l - missing_kwh).abs() < 1e-6);
    assert!(keeps.fuel_l > empties.fuel_l + 1.0);
    // At a worth below what a kWh costs it is emptied still, and what it lacks is told.
    problem.end.battery_l_per_kwh.insert("bess".to_owned(), 0.01);
    let empties = plan(&problem);
    let missing_kwh = battery.max_kwh() - end(&empties);
    assert!((empties.refill_l - 0.01 * missing_kwh).abs() < 1e-6);
    assert!((empties.cost - empties.fuel_l - empties.refill_l).abs() < 1e-6);
}

#[test]
fn a_worth_must_name_a_battery() {
    let mut problem = village(1);
    problem.end.battery_l_per_kwh.insert("bank".to_owned(), 0.3);
    let Err(SolveError::Problem(faults)) = solve(&problem, &options()) else {
        panic!("taken");
    };
    assert_eq!(faults[0].path, "end.battery_l_per_kwh.bank");
}

fn price(l_per_kwh: f64) -> StockPrices {
    StockPrices {
        battery_l_per_kwh: [("bess".to_owned(), l_per_kwh)].into(),
        ..StockPrices::default()
    }
}

#[test]
fn windows_bound_the_whole_at_any_prices_and_more_tightly_at_better_ones() {
    let whole = village(3);
    let best = plan(&whole);
    let parts = windows(&whole, 24.0);
    assert_eq!(parts.iter().map(|w| w.grid.len()).collect::<Vec<_>>(), [24, 24, 24]);
    assert!(parts[1].end.battery_kwh.is_empty() && !parts[2].end.battery_kwh.is_empty());
    for first in [0.2, 2.0] {
        let mut chain = Chain::new(&whole.site, parts.len(), &price(first));
        let mut first_l = None;
        for _ in 0..12 {
            let prices = chain.prices();
            let of = |(i, part)| window_bound(part, chain.ends(&prices, i), &options()).unwrap();
            let found: Vec<_> = parts.iter().enumerate().map(of).collect();
            let round_l = chain.learn(&found).unwrap();
            assert!(round_l <= best.fuel_l + 1e-6, "{round_l} {}", best.fuel_l);
            first_l.get_or_insert(round_l);
        }
        let share = chain.bound_l() / best.fuel_l;
        if (0.1..1.0).contains(&first) {
            // A set of 60 kW and a battery of 80 kWh: the rest is what windows cannot see of each other.
            assert!(share > 0.95, "{share} from {first}");
            assert!(chain.bound_l() > first_l.unwrap(), "{} {first_l:?}", chain.bound_l());
        }
    }
}

#[test]
fn a_window_with_every_stock_begins_and_ends_as_it_likes() {
    let mut whole = typical(full_site(), 48);
    whole.grid = camp_solver::TimeGrid::uniform(whole.grid.start, 60, 48, 120);
    for series in [
        &mut whole.series.demand_kw,
        &mut whole.series.solar_available_kw,
        &mut whole.series.taps_m3_per_h,
        &mut whole.series.wastewater_m3_per_h,
        &mut whole.series.heat_kw,
    ] {
        for values in series.values_mut() {
            *values = values.iter().copied().step_by(4).collect();
        }
    }
    let parts = windows(&whole, 24.0);
    let all = |l: f64| StockPrices {
        battery_l_per_kwh: [("bess".to_owned(), 0.27 * l)].into(),
        tank_l_per_m3: [("raw".to_owned(), 0.1 * l), ("treated".to_owned(), 0.3 * l)].into(),
        heat_l_per_kwh: [("hot".to_owned(), 0.27 * l)].into(),
        wastewater_room_l_per_m3: [("plant".to_owned(), 0.4 * l)].into(),
    };
    let options = SolveOptions { gap_frac: 0.01, ..options() };
    let ends = |start, end| Ends { start, end };
    let (dear, cheap) = (all(4.0), all(0.0));
    let begins_full = window_bound(&parts[1], ends(Some(&cheap), None), &options).unwrap();
    let begins_low = window_bound(&parts[1], ends(Some(&dear), None), &options).unwrap();
    // What costs nothing is taken, what is dear is not.
    let kwh = |stocks: &Stocks| stocks.battery_kwh["bess"];
    assert!(kwh(&begins_full.start) > kwh(&begins_low.start) + 1.0);
    let m3 = |stocks: &Stocks| stocks.tank_m3["treated"];
    assert!(m3(&begins_full.start) > m3(&begins_low.start) + 1.0);
    let leaves_low = window_bound(&parts[0], ends(None, Some(&cheap)), &options).unwrap();
    let leaves_full = window_bound(&parts[0], ends(None, Some(&dear)), &options).unwrap();
    assert!(leaves_full.missing.battery_kwh["bess"] < leaves_low.missing.battery_kwh["bess"] - 1.0);
    assert!(leaves_full.start == Stocks::default());
}
