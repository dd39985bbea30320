//! Cases that went wrong once.

use crate::camp::{bare, charge, firm, full_site, level, running};
use camp_solver::plan::Status;
use camp_solver::problem::EndStock;
use camp_solver::rules::rule_based;
use camp_solver::site::{MinimumLoad, Tier};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify, write_mps};

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap_or_else(|e| panic!("{e}")).plan
}

/// Load of T1, sun by day, and a battery; no set at all.
fn sun_and_battery(charge_frac: f64) -> Problem {
    let hours = 24;
    let mut problem = bare(&[], &vec![10.0; hours]);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T1;
    let full = full_site();
    problem.site.solar = full.solar;
    problem.site.battery = full.battery;
    charge(&mut problem, "bess", charge_frac);
    problem.end = EndStock::default();
    let sun = |h: usize| if (6..18).contains(&h) { 25.0 } else { 0.0 };
    let sun = (0..hours).map(sun).collect();
    problem.series.solar_available_kw.insert("pv".to_owned(), sun);
    problem
}

/// The model let a battery give back at night what it took by day, below its window.
#[test]
fn a_battery_below_its_window_only_rises() {
    for charge_frac in [0.0, 0.05, 0.1, 0.19] {
        let problem = sun_and_battery(charge_frac);
        let plan = plan(&problem);
        let stored = &plan.battery["bess"].stored_kwh;
        let least = problem.site.battery["bess"].min_kwh();
        for t in 1..stored.len() {
            let fell = stored[t] < stored[t - 1] - 1e-6;
            assert!(!fell || stored[t] > least - 1e-3, "{charge_frac}: step {t}: {stored:?}");
        }
    }
}

/// What was not really below the window counted as headroom.
#[test]
fn a_battery_below_its_window_carries_no_reserve() {
    let mut problem = sun_and_battery(0.05);
    problem.site.reserve.load_frac = 0.1;
    problem.site.reserve.solar_frac = 0.25;
    let floor = problem.site.ranking.order.iter_mut().find(|r| r.contains(&Class::BatteryFloor));
    floor.unwrap().retain(|c| *c != Class::BatteryFloor);
    problem.site.ranking.order.insert(5, vec![Class::BatteryFloor]);
    let plan = plan(&problem);
    for class in [Class::Reserve, Class::BatteryFloor] {
        let found = |name: &str| plan.stages.iter().find(|s| s.name == name).map(|s| s.value);
        let rank = problem.site.ranking.order.iter().position(|r| r.contains(&class)).unwrap();
        let staged = found(&format!("shortfall.{}", rank + 1)).unwrap_or(0.0);
        let declared = plan.shortfall_total(class);
        assert!((staged - declared).abs() < 0.01, "{class}: stage {staged}, plan {declared}");
    }
}

/// The same pattern in a tank, where water at the taps ranks above the floors.
#[test]
fn a_tank_below_its_floor_only_rises() {
    let mut problem = firm();
    problem.site.ranking.order.swap(1, 2);
    level(&mut problem, "treated", 12.0);
    level(&mut problem, "raw", 2.0);
    problem.end = EndStock::default();
    let plan = plan(&problem);
    for (id, before) in [("treated", 12.0), ("raw", 2.0)] {
        let floor = problem.site.tank[id].floor_m3();
        let levels = &plan.tank[id].level_m3;
        let mut before: f64 = before;
        for now in levels {
            assert!(*now > before - 1e-3 || *now > floor - 1e-3, "{id}: {levels:?}");
            before = *now;
        }
    }
}

#[test]
fn an_empty_rank_is_a_fault_and_no_panic() {
    let mut problem = bare(&[100.0], &[50.0]);
    problem.site.ranking.order.insert(2, Vec::new());
    let faults: Vec<String> = problem.check().iter().map(ToString::to_string).collect();
    assert!(faults.iter().any(|f| f.contains("ranking.order[2]")), "{faults:?}");
}

/// The rules filled tanks while the hospital went dark.
#[test]
fn rules_let_pumps_wait_before_t1_goes_short() {
    let mut problem = firm();
    problem.unavailable.extend(
        ["genset.g1", "genset.g2", "genset.g4", "battery.bess"]
            .map(|asset| (asset.to_owned(), vec![true; problem.grid.len()])),
    );
    for values in problem.series.solar_available_kw.values_mut() {
        values.fill(0.0);
    }
    level(&mut problem, "raw", 39.0);
    running(&mut problem, "g3", 5.0);
    problem.series.demand_kw.get_mut("load.clinic").unwrap().fill(36.0);
    let plan = rule_based(&problem);
    assert!(verify(&problem, &plan).is_empty());
    for t in 0..problem.grid.len() {
        let short = plan.consumer["load.clinic"].unserved_kw[t];
        let pumps = plan.well.values().map(|w| w.demand_kw[t]).sum::<f64>()
            + plan.treatment.values().map(|l| l.demand_kw[t]).sum::<f64>();
        assert!(short < 1e-6 || pumps < 1e-6, "step {t}: {short} kW short, pumps take {pumps} kW");
    }
}

/// A daily product went on into a tank that was full.
#[test]
fn rules_do_not_fill_a_tank_over_its_rim() {
    let mut problem = firm();
    let line = problem.site.treatment.get_mut("ro").unwrap();
    line.from_tank = "raw".to_owned();
    line.daily_product_m3 = Some(20.0);
    level(&mut problem, "treated", 99.5);
    problem.series.taps_m3_per_h.values_mut().for_each(|taps| taps.fill(0.0));
    problem.end = EndStock::default();
    let plan = rule_based(&problem);
    let violations = verify(&problem, &plan);
    assert!(violations.is_empty(), "{:?}", violations.first());
}

/// A plan that costs nothing had a gap of ten thousand per cent.
#[test]
fn a_plan_that_costs_nothing_is_proven() {
    let mut problem = sun_and_battery(0.9);
    problem.site.battery.get_mut("bess").unwrap().wear_cost_per_kwh = 0.0;
    let plan = plan(&problem);
    assert_eq!((plan.status, plan.cost), (Status::Proven, 0.0));
    assert_eq!((plan.gap_frac, plan.bound), (Some(0.0), Some(0.0)));
    assert!(plan.ledger.penalty.is_sign_positive());
}

/// A set that has to run before an outage cannot be back at once: the camp is dark, and told so.
#[test]
fn least_time_off_after_an_outage_leaves_a_plan() {
    for out_at in 0..5 {
        let mut problem = bare(&[100.0], &[50.0; 6]);
        problem.site.genset.get_mut("g1").unwrap().min_down_h = 2.0;
        problem.start.genset.clear();
        let mut out = vec![false; 6];
        out[out_at] = true;
        problem.unavailable.insert("genset.g1".to_owned(), out);
        let plan = plan(&problem);
        assert!(plan.shortfall_total(Class::LoadT2) > 49.0, "out in step {out_at}");
        write_mps(&problem, &SolveOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    }
}

/// A set that owes time on, may not run below its least load, and has no load: it stops early.
#[test]
fn a_hard_minimum_load_ends_a_run_from_before_the_plan() {
    let mut problem = bare(&[100.0], &[10.0, 10.0, 80.0, 80.0]);
    let set = problem.site.genset.get_mut("g1").unwrap();
    set.min_load = MinimumLoad::Hard;
    set.min_up_h = 2.0;
    running(&mut problem, "g1", 0.25);
    let plan = plan(&problem);
    assert_eq!(plan.genset["g1"].running, [false, false, true, true]);
    assert!(verify(&problem, &rule_based(&problem)).is_empty());
}
