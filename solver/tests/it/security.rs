//! N-1: what the loss of one source must leave, by hour and level, and which rule gives first.

use crate::camp::{bare, charge, full_site};
use camp_solver::problem::EndStock;
use camp_solver::rules::rule_based;
use camp_solver::site::{DayWindow, Security, SecurityLevel, Surge, Tier, UnprotectedWindow};
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve, verify};

/// The plan; the rules' one must be lawful as well.
fn plan(problem: &Problem) -> Plan {
    assert_eq!(verify(problem, &rule_based(problem)), []);
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap_or_else(|e| panic!("{e}")).plan
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

/// Sets of `sizes` kW, a load of one tier, N-1 at one level all day.
fn camp(sizes: &[f64], load_kw: &[f64], tier: Tier, level: SecurityLevel) -> Problem {
    let mut problem = bare(sizes, load_kw);
    problem.site.load.get_mut("kitchen").unwrap().tier = tier;
    problem.site.security = Some(Security {
        level,
        full: Vec::new(),
        surge: Vec::new(),
        none: Vec::new(),
        none_signed_by: Some("a name".to_owned()),
    });
    problem
}

fn with_battery(mut problem: Problem, charge_frac: f64) -> Problem {
    let mut battery = full_site().battery["bess"].clone();
    battery.critical_floor_h = None;
    problem.site.battery.insert("bess".to_owned(), battery);
    charge(&mut problem, "bess", charge_frac);
    problem.end = EndStock::default();
    problem
}

fn with_sun(mut problem: Problem, sun_kw: f64) -> Problem {
    let mut array = full_site().solar["pv"].clone();
    array.inverter_kw = sun_kw;
    problem.site.solar.insert("pv".to_owned(), array);
    let steps = problem.grid.len();
    problem.series.solar_available_kw.insert("pv".to_owned(), vec![sun_kw; steps]);
    problem
}

fn running(plan: &Plan) -> Vec<usize> {
    (0..plan.grid.len()).map(|t| plan.running_sets(t)).collect()
}

#[test]
fn a_second_set_runs_so_that_the_trip_of_one_drops_no_t1() {
    let problem = camp(&[100.0, 100.0], &[60.0, 60.0], Tier::T1, SecurityLevel::Critical);
    let plan = plan(&problem);
    assert_eq!(running(&plan), [2, 2]);
    assert!(near(plan.fuel_l, 2.0 * 2.0 * (10.0 + 0.2 * 30.0)), "{}", plan.fuel_l);
    let security = plan.security.as_ref().unwrap();
    assert_eq!(security.carried_kw, [100.0, 100.0]);
    assert_eq!(security.required_kw, [60.0, 60.0]);
    assert!(security.lost[0].as_ref().unwrap().starts_with("genset."));
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
    assert_eq!(rule_based(&problem).shortfall_total(Class::SecurityCritical), 0.0);
}

#[test]
fn one_set_alone_serves_and_says_what_its_trip_would_drop() {
    let plan = plan(&camp(&[100.0], &[60.0, 80.0], Tier::T1, SecurityLevel::Critical));
    assert!(near(plan.shortfall_total(Class::SecurityCritical), 140.0));
    assert_eq!(plan.shortfall_total(Class::LoadT1), 0.0);
    assert_eq!(plan.shortfall_total(Class::SecurityFull), 0.0);
}

#[test]
fn all_load_is_guarded_in_the_hours_that_ask_for_it_and_no_other() {
    let mut problem = camp(&[100.0, 100.0], &[60.0; 3], Tier::T2, SecurityLevel::Critical);
    let window = DayWindow { from: "01:00:00".parse().unwrap(), to: "01:20:00".parse().unwrap() };
    problem.site.security.as_mut().unwrap().full.push(window);
    let plan = plan(&problem);
    assert_eq!(running(&plan), [1, 2, 1]);
    assert!(near(plan.fuel_l, 22.0 + 32.0 + 22.0), "{}", plan.fuel_l);
    let security = plan.security.unwrap();
    let levels = [SecurityLevel::Critical, SecurityLevel::Full, SecurityLevel::Critical];
    assert_eq!(security.level, levels);
    assert_eq!(security.required_kw, [0.0, 60.0, 0.0]);
}

#[test]
fn a_signed_window_that_passes_midnight_asks_for_nothing_and_a_step_half_in_it_does() {
    let mut problem = camp(&[100.0, 100.0], &[60.0; 4], Tier::T1, SecurityLevel::Critical);
    let (from, to) = ("22:00:00".parse().unwrap(), "02:30:00".parse().unwrap());
    let signed_by = "the commander".to_owned();
    problem.site.security.as_mut().unwrap().none.push(UnprotectedWindow { from, to, signed_by });
    let plan = plan(&problem);
    assert_eq!(running(&plan), [1, 1, 2, 2]);
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

#[test]
fn a_surge_asks_for_full_protection_while_it_lasts() {
    let mut problem = camp(&[100.0, 100.0], &[60.0; 4], Tier::T2, SecurityLevel::Critical);
    let from = problem.grid.start_of(1);
    let surge = Surge { from, to: problem.grid.start_of(3) };
    problem.site.security.as_mut().unwrap().surge.push(surge);
    assert_eq!(running(&plan(&problem)), [1, 2, 2, 1]);
    problem.site.security.as_mut().unwrap().surge.push(Surge { from, to: from });
    let paths: Vec<_> = problem.check().into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["security.surge[1].to"]);
}

#[test]
fn hours_without_protection_need_a_name() {
    let mut problem = camp(&[100.0], &[60.0], Tier::T1, SecurityLevel::None);
    let security = problem.site.security.as_mut().unwrap();
    security.none_signed_by = None;
    let (from, to) = ("22:00:00".parse().unwrap(), "22:00:00".parse().unwrap());
    security.none.push(UnprotectedWindow { from, to, signed_by: " ".to_owned() });
    let paths: Vec<_> = problem.check().into_iter().map(|f| f.path).collect();
    let expected = ["security.none_signed_by", "security.none[0].signed_by", "security.none[0].to"];
    assert_eq!(paths, expected);
}

#[test]
fn a_battery_alone_is_a_source_whose_loss_counts() {
    let asked = |level| with_battery(camp(&[60.0], &[20.0; 3], Tier::T1, level), 0.9);
    assert_eq!(running(&plan(&asked(SecurityLevel::None))), [0, 0, 0]);
    let critical = plan(&asked(SecurityLevel::Critical));
    assert_eq!(running(&critical), [1, 1, 1]);
    assert!(critical.shortfalls.is_empty(), "{:?}", critical.shortfalls);
}

#[test]
fn two_batteries_that_form_the_grid_stand_in_for_each_other() {
    let mut problem =
        with_battery(camp(&[100.0], &[20.0; 3], Tier::T1, SecurityLevel::Critical), 0.9);
    let twin = problem.site.battery["bess"].clone();
    problem.site.battery.insert("twin".to_owned(), twin);
    charge(&mut problem, "twin", 0.9);
    let both = plan(&problem);
    assert_eq!(running(&both), [0, 0, 0]);
    // One that is empty carries nothing, nor does one that is out.
    charge(&mut problem, "twin", 0.2);
    assert_eq!(running(&plan(&problem))[0], 1);
    problem.unavailable.insert("battery.twin".to_owned(), vec![false, true, true]);
    assert_eq!(running(&plan(&problem)), [1, 1, 1]);
}

#[test]
fn a_battery_that_only_follows_is_nothing_without_a_former() {
    let mut one = with_battery(camp(&[100.0], &[40.0; 2], Tier::T1, SecurityLevel::Critical), 0.9);
    one.site.battery.get_mut("bess").unwrap().grid_forming = false;
    assert!(near(plan(&one).shortfall_total(Class::SecurityCritical), 80.0));
    let load = [40.0; 2];
    let mut two = with_battery(camp(&[30.0, 30.0], &load, Tier::T1, SecurityLevel::Critical), 0.9);
    two.site.battery.get_mut("bess").unwrap().grid_forming = false;
    // One set forms on, and the battery follows it.
    let plan = plan(&two);
    assert_eq!(running(&plan), [2, 2]);
    assert_eq!(plan.shortfall_total(Class::SecurityCritical), 0.0);
}

#[test]
fn the_loss_of_an_array_is_carried() {
    let problem = camp(&[100.0, 100.0], &[190.0; 2], Tier::T2, SecurityLevel::Full);
    let mut problem = with_sun(with_battery(problem, 0.9), 150.0);
    problem.site.reserve.solar_frac = 0.25;
    // No reserve to speak of: the battery's 80 kW cover a quarter of the sun.
    let plan = plan(&problem);
    let security = plan.security.as_ref().unwrap();
    // One set: 100 + 80 kW without the array are less than 190. Two are enough.
    assert_eq!(running(&plan), [2, 2]);
    assert_eq!(security.lost[0].as_deref(), Some("solar.pv"));
    assert!(near(security.carried_kw[0], 280.0), "{:?}", security.carried_kw);
    assert!(plan.shortfalls.is_empty(), "{:?}", plan.shortfalls);
}

/// The default order with one class moved right above another.
fn above(problem: &mut Problem, class: Class, other: Class) {
    let order = &mut problem.site.ranking.order;
    for rank in order.iter_mut() {
        rank.retain(|c| *c != class);
    }
    let place = order.iter().position(|rank| rank.contains(&other)).unwrap();
    order.insert(place, vec![class]);
    order.retain(|rank| !rank.is_empty());
}

#[test]
fn the_site_ranks_all_load_against_the_minimum_load() {
    let mut problem = camp(&[100.0, 100.0], &[40.0; 2], Tier::T2, SecurityLevel::Full);
    let guarded = plan(&problem);
    assert_eq!(running(&guarded), [2, 2]);
    assert!(near(guarded.shortfall_total(Class::MinimumLoad), 2.0 * 20.0));
    assert_eq!(guarded.shortfall_total(Class::SecurityFull), 0.0);
    above(&mut problem, Class::MinimumLoad, Class::SecurityFull);
    let loaded = plan(&problem);
    assert_eq!(running(&loaded), [1, 1]);
    assert_eq!(loaded.shortfall_total(Class::MinimumLoad), 0.0);
    assert!(near(loaded.shortfall_total(Class::SecurityFull), 2.0 * 40.0));
    // The rules keep the same order.
    assert_eq!(running(&rule_based(&problem)), [1, 1]);
}

#[test]
fn the_site_ranks_the_reserve_against_t3() {
    let mut problem = camp(&[100.0], &[95.0], Tier::T3, SecurityLevel::None);
    problem.site.reserve.load_frac = 0.1;
    let reserve_first = plan(&problem);
    assert!(near(reserve_first.shortfall_total(Class::LoadT3), 95.0 - 100.0 / 1.1));
    assert_eq!(reserve_first.shortfall_total(Class::Reserve), 0.0);
    above(&mut problem, Class::LoadT3, Class::Reserve);
    let load_first = plan(&problem);
    assert_eq!(load_first.shortfall_total(Class::LoadT3), 0.0);
    assert!(near(load_first.shortfall_total(Class::Reserve), 4.5));
}

#[test]
fn nothing_is_shed_to_guard_all_load_against_a_trip() {
    let plan = plan(&camp(&[100.0, 100.0], &[150.0; 2], Tier::T3, SecurityLevel::Full));
    assert_eq!(plan.shortfall_total(Class::LoadT3), 0.0);
    assert!(near(plan.shortfall_total(Class::SecurityFull), 2.0 * 50.0));
    assert_eq!(plan.shortfall_total(Class::SecurityCritical), 0.0);
}
