//! What makers and camps ask of the running of sets: heat, quiet hours, starts, the preferred band.

use crate::camp::{bare, running};
use camp_solver::rules::rule_based;
use camp_solver::site::{Derating, QuietHours, Rotation};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};
use chrono::NaiveTime;

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

fn lawful_by_rules(problem: &Problem) -> Plan {
    let plan = rule_based(problem);
    assert_eq!(verify(problem, &plan), []);
    plan
}

fn quiet(problem: &mut Problem, from: u32, to: u32, max_running_sets: u32) {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let hours = QuietHours { from: clock(from), to: clock(to), max_running_sets };
    problem.site.quiet_hours = Some(hours);
}

/// Two sets of 100 kW that lose a tenth for each 10 K above 40, and one load.
fn hot(load_kw: &[f64], temperature_c: Vec<f64>) -> Problem {
    let mut problem = bare(&[100.0, 100.0], load_kw);
    for set in problem.site.genset.values_mut() {
        let (above_c, above_m) = (40.0, 1000.0);
        let derating = Derating { above_c, frac_per_10c: 0.1, above_m, frac_per_300m: 0.02 };
        set.derating = Some(derating);
    }
    problem.site.place.design_temperature_c = None;
    problem.series.temperature_c = temperature_c;
    problem
}

#[test]
fn a_hot_hour_needs_a_second_set() {
    let problem = hot(&[95.0, 95.0], vec![40.0, 50.0]);
    let plan = plan(&problem);
    assert_eq!([plan.running_sets(0), plan.running_sets(1)], [1, 2]);
    assert_eq!(lawful_by_rules(&problem).running_sets(1), 2);
}

#[test]
fn what_heat_takes_is_unserved_and_not_planned() {
    let problem = hot(&[250.0, 250.0], vec![40.0, 60.0]);
    let plan = plan(&problem);
    // 200 kW at 40 degrees, 160 at 60.
    assert!(near(plan.shortfall_total(Class::LoadT2), 50.0 + 90.0));
    assert!(near(lawful_by_rules(&problem).shortfall_total(Class::LoadT2), 140.0));
}

#[test]
fn height_takes_from_a_set_for_which_no_temperature_is_known() {
    let mut problem = hot(&[250.0], vec![]);
    problem.site.place.altitude_m = 2500.0;
    // 1,500 m above the limit: five times 2 %.
    assert!(near(plan(&problem).shortfall_total(Class::LoadT2), 70.0));
}

#[test]
fn reserve_counts_what_heat_leaves() {
    let mut problem = hot(&[170.0], vec![50.0]);
    problem.site.reserve.load_frac = 0.1;
    problem.site.reserve.battery_sustain_h = 0.5;
    let plan = plan(&problem);
    // 180 kW there are, 187 kW are asked for.
    assert!(near(plan.shortfall_total(Class::Reserve), 7.0));
    assert!(near(plan.reserve.carried_kw[0], 10.0));
}

#[test]
fn quiet_hours_hold_one_set_and_shed_what_ranks_below_them() {
    let mut problem = bare(&[100.0, 100.0], &[110.0, 110.0, 110.0]);
    problem.site.load.values_mut().for_each(|l| l.tier = camp_solver::site::Tier::T3);
    quiet(&mut problem, 1, 2, 1);
    let plan = plan(&problem);
    // T3 gives before the quiet of the night does, and only in it.
    assert!(near(plan.shortfall_total(Class::LoadT3), 10.0), "{:?}", plan.shortfalls);
    assert_eq!(plan.shortfall_total(Class::QuietHours), 0.0);
    assert_eq!(plan.running_sets(1), 1);
    lawful_by_rules(&problem);
}

#[test]
fn quiet_hours_give_before_a_kitchen_goes_dark() {
    let mut problem = bare(&[100.0, 100.0], &[110.0, 110.0, 110.0]);
    quiet(&mut problem, 23, 2, 1);
    let plan = plan(&problem);
    // The first two hours after midnight are quiet, with one set too many.
    assert!(near(plan.shortfall_total(Class::QuietHours), 2.0), "{:?}", plan.shortfalls);
    assert_eq!(plan.shortfall_total(Class::LoadT2), 0.0);
    assert!(near(lawful_by_rules(&problem).shortfall_total(Class::QuietHours), 2.0));
}

/// A load that one set carries in even hours and two in odd ones.
fn up_and_down(hours: usize) -> Problem {
    let load: Vec<f64> = (0..hours).map(|t| if t % 2 == 0 { 60.0 } else { 140.0 }).collect();
    let mut problem = bare(&[100.0, 100.0], &load);
    running(&mut problem, "g1", 5.0);
    problem.site.genset.values_mut().for_each(|g| g.min_load_frac = 0.0);
    problem
}

#[test]
fn starts_beyond_those_of_the_day_are_not_made() {
    let free = plan(&up_and_down(8));
    assert_eq!(free.genset.values().map(|g| g.starts).sum::<u32>(), 4);
    let mut problem = up_and_down(8);
    problem.site.genset.values_mut().for_each(|g| g.max_starts_per_day = Some(1));
    let held = plan(&problem);
    assert!(held.genset.values().all(|g| g.starts <= 1), "{:?}", held.genset);
    assert_eq!(held.shortfall_total(Class::Starts), 0.0);
    // A set on for an hour more burns its no-load litres: 10 L, twice.
    assert!(near(held.fuel_l, free.fuel_l + 20.0), "{} {}", held.fuel_l, free.fuel_l);
    lawful_by_rules(&problem);
}

#[test]
fn starts_of_all_sets_are_counted_with_those_of_the_morning() {
    let mut problem = up_and_down(8);
    problem.site.plant.max_starts_per_day = Some(3);
    running(&mut problem, "g2", 5.0);
    let state = problem.start.genset.get_mut("g2").unwrap();
    (state.running, state.starts_today) = (false, 2);
    let plan = plan(&problem);
    assert_eq!(plan.genset.values().map(|g| g.starts).sum::<u32>(), 1);
    assert_eq!(plan.shortfall_total(Class::Starts), 0.0);
    lawful_by_rules(&problem);
}

#[test]
fn a_start_that_the_load_needs_is_made_and_told() {
    let mut problem = bare(&[100.0], &[50.0]);
    problem.site.genset.values_mut().for_each(|g| g.max_starts_per_day = Some(0));
    problem.site.plant.max_starts_per_day = Some(0);
    let plan = plan(&problem);
    // Of the set and of the plant.
    assert!(near(plan.shortfall_total(Class::Starts), 2.0), "{:?}", plan.shortfalls);
    assert!(near(lawful_by_rules(&problem).shortfall_total(Class::Starts), 2.0));
}

#[test]
fn load_outside_the_band_costs_its_price() {
    let mut problem = bare(&[100.0], &[40.0, 60.0, 95.0]);
    for set in problem.site.genset.values_mut() {
        set.outside_band_cost_per_kwh = 0.2;
    }
    let plan = plan(&problem);
    // 10 kWh below 50 %, 10 kWh above 85 %.
    assert!(near(plan.ledger.band_cost, 4.0), "{:?}", plan.ledger);
    assert!(near(plan.cost, 1.2 * plan.fuel_l + 4.0));
    assert!(near(plan.bound.unwrap(), plan.cost));
}

#[test]
fn a_dear_band_starts_a_second_set() {
    let mut problem = bare(&[100.0, 100.0], &[100.0; 3]);
    assert_eq!(plan(&problem).running_sets(1), 1);
    problem.site.genset.values_mut().for_each(|g| g.outside_band_cost_per_kwh = 2.0);
    let kept = plan(&problem);
    assert_eq!(kept.running_sets(1), 2);
    assert_eq!(kept.ledger.band_cost, 0.0);
}

/// Sets of 100 kW that may have a mean load of 70 %.
fn mean_load(sets: usize, load_kw: &[f64]) -> Problem {
    let mut problem = bare(&vec![100.0; sets], load_kw);
    problem.site.genset.values_mut().for_each(|g| g.mean_load_24h_max_frac = Some(0.7));
    problem
}

fn mean_load_kwh(problem: &Problem) -> f64 {
    let by_rules = lawful_by_rules(problem).shortfall_total(Class::MeanLoad);
    let told = plan(problem).shortfall_total(Class::MeanLoad);
    assert!(near(by_rules, told), "rules {by_rules}, plan {told}");
    told
}

#[test]
fn a_set_earns_its_high_load_by_low_load_before() {
    let problem = mean_load(2, &[80.0; 4]);
    let plan = plan(&problem);
    let sets: Vec<_> = (0..4).map(|t| plan.running_sets(t)).collect();
    // An hour at 40 kW each, then three at 80: the mean of the set that goes on is 70.
    assert_eq!(sets, [2, 1, 1, 1]);
    assert_eq!(plan.shortfall_total(Class::MeanLoad), 0.0);
    assert_eq!(lawful_by_rules(&problem).shortfall_total(Class::MeanLoad), 0.0);
}

#[test]
fn what_a_mean_load_exceeds_is_told_as_the_largest_of_its_windows() {
    assert!(near(mean_load_kwh(&mean_load(1, &[80.0; 3])), 30.0));
    // Less load afterwards takes nothing back.
    assert!(near(mean_load_kwh(&mean_load(1, &[80.0, 80.0, 50.0, 80.0])), 20.0));
    // Six hours of 95 kW after a day of 65: the last window has 18 hours of the day left.
    let load: Vec<f64> = (0..30).map(|t| if t < 24 { 65.0 } else { 95.0 }).collect();
    assert!(near(mean_load_kwh(&mean_load(1, &load)), 60.0));
}

#[test]
fn hours_before_the_plan_count_and_standstill_does_not() {
    let told = |hours: &[f64]| {
        let mut problem = mean_load(1, &[80.0; 5]);
        running(&mut problem, "g1", 1.0);
        problem.start.genset.get_mut("g1").unwrap().last_24h_kw = hours.to_vec();
        mean_load_kwh(&problem)
    };
    assert!(near(told(&[0.0; 24]), 50.0));
    // An hour at 10 kW counts as one at 30: 40 kWh below the mean.
    assert!(near(told(&[10.0]), 10.0));
    // The hour was 24 hours ago and leaves the window with the first step.
    let mut old = vec![0.0; 24];
    old[0] = 10.0;
    assert!(near(told(&old), 50.0));
    assert!(near(told(&[60.0, 60.0, 60.0, 60.0]), 10.0));
}

#[test]
fn like_sets_take_turns_as_the_site_asks() {
    let runs = |rotation: Rotation| {
        let mut problem = bare(&[100.0, 100.0], &[60.0; 4]);
        problem.site.plant.rotation = rotation;
        problem.site.genset.get_mut("g1").unwrap().run_hours_h = Some(500.0);
        problem.site.genset.get_mut("g2").unwrap().run_hours_h = Some(400.0);
        let plan = plan(&problem);
        plan.genset["g1"].running[0]
    };
    assert!(runs(Rotation::None));
    assert!(runs(Rotation::Stagger));
    assert!(!runs(Rotation::Equalise));
}

#[test]
fn levelling_run_hours_breaks_no_least_time() {
    let mut problem = up_and_down(10);
    problem.site.plant.rotation = Rotation::Equalise;
    problem.site.genset.get_mut("g1").unwrap().run_hours_h = Some(900.0);
    let plan = plan(&problem);
    let hours = |id: &str| plan.genset[id].running.iter().filter(|on| **on).count();
    assert!(hours("g2") > hours("g1"), "{} {}", hours("g2"), hours("g1"));
}
