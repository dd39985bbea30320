//! Why sets run and stand: each reason goes, or turns into another, with its rule.

use crate::camp::{bare, charge, full, full_site, level, running};
use camp_solver::problem::EndStock;
use camp_solver::site::{MinimumLoad, QuietHours, Security, SecurityLevel, Tier};
use camp_solver::{
    ExplainOptions, Explanation, Plan, Problem, Rule, SetReason, ShortfallClass as Class, SiteRule,
    SolveOptions, explain, solve,
};
use std::sync::atomic::AtomicBool;

const GAP: f64 = 1e-6;

fn explained(problem: &Problem) -> (Plan, Explanation) {
    let options = SolveOptions { gap_frac: GAP, ..SolveOptions::default() };
    let plan = solve(problem, &options).unwrap_or_else(|e| panic!("{e}")).plan;
    let options = ExplainOptions { time_limit_s: 60.0, gap_frac: GAP, ..ExplainOptions::default() };
    let told = explain(problem, &plan, &options, &AtomicBool::new(false)).unwrap();
    (plan, told)
}

/// The reason of a set in the hour that begins `hour` hours after midnight.
fn reason<'a>(problem: &Problem, told: &'a Explanation, set: &str, hour: usize) -> &'a SetReason {
    let at = problem.grid.start_of(hour);
    let holds = |r: &&SetReason| r.set == set && r.from <= at && at < r.to;
    let mut found = told.sets.iter().filter(holds);
    let one = found.next().unwrap_or_else(|| panic!("no reason of {set} at {hour}: {told:?}"));
    assert!(found.next().is_none(), "two reasons of {set} at {hour}");
    one
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-3 * (1.0 + b.abs())
}

/// A site rule by its cost.
fn cost(told: &Explanation, rule: SiteRule) -> Option<f64> {
    told.rules.iter().find(|r| r.rule == rule).and_then(|r| r.fuel_l_per_day)
}

/// Two unlike sets; T1 of 60 kW, which the larger one carries alone.
fn guarded(security: SecurityLevel) -> Problem {
    let mut problem = bare(&[100.0, 80.0], &[60.0; 3]);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T1;
    problem.site.security = Some(Security {
        level: security,
        full: Vec::new(),
        surge: Vec::new(),
        none: Vec::new(),
        none_signed_by: Some("a name".to_owned()),
    });
    problem
}

#[test]
fn a_set_runs_for_n_1_and_it_is_told_whose_loss_would_drop_whom() {
    let problem = guarded(SecurityLevel::Critical);
    let (plan, told) = explained(&problem);
    assert_eq!(plan.running_sets(1), 2);
    let small = reason(&problem, &told, "g2", 1);
    assert_eq!((small.on, small.rule), (true, Rule::Service));
    assert_eq!(small.class, Some(Class::SecurityCritical));
    assert_eq!(small.culprit.as_deref(), Some("genset.g1"));
    assert_eq!(small.affected, ["load.kitchen"]);
    // A set of 80 kW burns 8 L/h at no load, and both burn 0.2 L/kWh.
    assert!(near(small.costs_l.unwrap(), 3.0 * 8.0), "{small:?}");
    assert!(near(small.changes[0].total, 180.0), "{small:?}");
    assert_eq!(
        small.sentence,
        "g2 on 00:00 to 03:00: without it the loss of g1 would drop kitchen (N-1: 180 kWh short); \
         it costs 24 L"
    );
    let a_day = 24.0 / 3.0 * (plan.fuel_l - 3.0 * (8.0 + 12.0));
    assert!(near(cost(&told, SiteRule::Security).unwrap(), a_day), "{:?}", told.rules);
    assert_eq!(told.left_out, Vec::<String>::new());

    let (plan, told) = explained(&guarded(SecurityLevel::None));
    assert_eq!(plan.running_sets(1), 1);
    let large = reason(&problem, &told, "g1", 1);
    assert_eq!((large.on, large.rule, large.class), (false, Rule::Cost, None), "{large:?}");
    assert!(near(large.costs_l.unwrap(), -3.0 * 10.0), "{large:?}");
}

#[test]
fn of_like_sets_the_loss_of_the_other_one_is_told() {
    let mut problem = guarded(SecurityLevel::Critical);
    let twin = problem.site.genset["g1"].clone();
    problem.site.genset.insert("g2".to_owned(), twin);
    let (_, told) = explained(&problem);
    for (set, other) in [("g1", "genset.g2"), ("g2", "genset.g1")] {
        let r = reason(&problem, &told, set, 0);
        assert_eq!(r.culprit.as_deref(), Some(other), "{r:?}");
        assert_eq!(r.like, ["g1", "g2"]);
    }
}

#[test]
fn a_set_runs_for_the_reserve() {
    let mut problem = bare(&[100.0, 80.0], &[95.0; 2]);
    problem.site.reserve.load_frac = 0.1;
    let (_, told) = explained(&problem);
    let small = reason(&problem, &told, "g2", 0);
    assert_eq!((small.on, small.class), (true, Some(Class::Reserve)), "{small:?}");
    assert!(near(small.changes[0].total, 2.0 * 4.5) && near(small.costs_l.unwrap(), 16.0));
    assert!(small.sentence.contains("reserve would not be carried (9.0 kWh)"), "{small:?}");
    assert!(near(cost(&told, SiteRule::Reserve).unwrap(), 12.0 * 16.0), "{:?}", told.rules);
    problem.site.reserve.load_frac = 0.0;
    let (plan, told) = explained(&problem);
    assert_eq!(plan.running_sets(0), 1);
    assert!(!reason(&problem, &told, "g2", 0).on);
    assert_eq!(cost(&told, SiteRule::Reserve), None);
}

#[test]
fn a_set_stands_in_quiet_hours() {
    let mut problem = bare(&[100.0, 80.0], &[150.0; 4]);
    problem.site.load.get_mut("kitchen").unwrap().tier = Tier::T3;
    let (from, to) = ("00:00:00".parse().unwrap(), "02:00:00".parse().unwrap());
    problem.site.quiet_hours = Some(QuietHours { from, to, max_running_sets: 1 });
    let (_, told) = explained(&problem);
    let night = reason(&problem, &told, "g2", 1);
    assert_eq!(night.to, problem.grid.start_of(2), "the block ends with quiet hours");
    assert_eq!((night.on, night.class), (false, Some(Class::QuietHours)), "{night:?}");
    assert!(near(night.changes[0].total, 2.0), "{night:?}");
    assert!(night.sentence.contains("more sets would run than quiet hours allow"), "{night:?}");
    // What the rule costs is told with the service that it takes.
    let quiet = told.rules.iter().find(|r| r.rule == SiteRule::QuietHours).unwrap();
    assert!(quiet.changes.iter().any(|c| c.class == Class::LoadT3 && near(c.total, -100.0)));
    assert!(quiet.fuel_l_per_day.unwrap() < 0.0, "{quiet:?}");

    problem.site.quiet_hours = None;
    let (_, told) = explained(&problem);
    let night = reason(&problem, &told, "g2", 1);
    assert_eq!((night.on, night.class), (true, Some(Class::LoadT3)), "{night:?}");
}

/// Taps of 2 m3/h out of a tank that a well fills; the well takes more than one set can give beside
/// the kitchen.
fn watered(sizes: &[f64], fire_floor_m3: f64) -> Problem {
    let mut problem = bare(sizes, &[45.0; 4]);
    let site = full_site();
    let (mut well, mut tank, mut taps) =
        (site.well["w1"].clone(), site.tank["treated"].clone(), site.taps["camp"].clone());
    well.to_tank = "treated".to_owned();
    (well.flow_m3_per_h, well.head_m, well.pump_efficiency_frac) = (3.0, 3670.0, 0.5);
    (tank.fire_floor_m3, tank.operating_floor_m3) = (fire_floor_m3, 0.0);
    taps.booster_kwh_per_m3 = 0.0;
    problem.site.genset.values_mut().for_each(|set| set.min_load_frac = 0.0);
    problem.site.well.insert("w1".to_owned(), well);
    problem.site.tank.insert("treated".to_owned(), tank);
    problem.site.taps.insert("camp".to_owned(), taps);
    problem.series.taps_m3_per_h.insert("camp".to_owned(), vec![2.0; 4]);
    level(&mut problem, "treated", 21.0);
    problem.end = EndStock::default();
    problem
}

#[test]
fn a_set_runs_because_a_tank_must_not_go_below_its_floor() {
    let problem = watered(&[50.0, 60.0], 20.0);
    let (plan, told) = explained(&problem);
    let hour = (0..4).find(|t| plan.running_sets(*t) == 2).expect("the well runs");
    let blamed: Vec<_> = told.sets.iter().filter(|r| r.rule == Rule::TankFloor).collect();
    assert!(
        blamed.iter().any(|r| r.on && r.culprit.as_deref() == Some("tank.treated")),
        "{told:?}"
    );
    assert!(blamed[0].sentence.contains("camp would miss"), "{}", blamed[0].sentence);
    assert!(cost(&told, SiteRule::FireFloor).unwrap() > 1.0, "{:?}", told.rules);
    let problem = watered(&[50.0, 60.0], 0.0);
    let (plan, told) = explained(&problem);
    assert_eq!(plan.running_sets(hour), 1);
    assert!(told.sets.iter().all(|r| r.rule != Rule::TankFloor), "{told:?}");
}

#[test]
fn an_m3_more_burns_what_its_pump_takes() {
    let mut problem = watered(&[150.0], 0.0);
    level(&mut problem, "treated", 60.0);
    problem.end.tank_m3.insert("treated".to_owned(), 60.0);
    let (_, told) = explained(&problem);
    let kwh_per_m3 = problem.site.well["w1"].energy_kwh_per_m3();
    assert!(near(told.water[0].fuel_l_per_m3.unwrap(), 0.2 * kwh_per_m3), "{:?}", told.water);
    // The stock at the end cannot be had without the pump.
    problem.unavailable.insert("well.w1".to_owned(), vec![true; 4]);
    assert_eq!(explained(&problem).1.water[0].fuel_l_per_m3, None);
}

#[test]
fn hard_rules_are_named() {
    // Alone on the bus, and nothing else forms it.
    let problem = bare(&[100.0], &[60.0; 2]);
    let (_, told) = explained(&problem);
    assert_eq!(reason(&problem, &told, "g1", 0).rule, Rule::GridFormer);
    // Just started; the other one would carry the load.
    let mut problem = bare(&[100.0, 40.0], &[30.0; 3]);
    problem.site.genset.get_mut("g1").unwrap().min_up_h = 2.0;
    running(&mut problem, "g1", 1.0);
    problem.start.genset.insert("g2".to_owned(), problem.start.genset["g1"].clone());
    let (_, told) = explained(&problem);
    assert_eq!(reason(&problem, &told, "g1", 0).rule, Rule::MinimumUpTime, "{told:?}");
    // Out of reach.
    problem.unavailable.insert("genset.g1".to_owned(), vec![true, true, false]);
    let (_, told) = explained(&problem);
    assert_eq!(reason(&problem, &told, "g1", 1).rule, Rule::Unavailable);
    // Too little load for a second one.
    let mut problem = bare(&[100.0, 100.0], &[40.0; 2]);
    for set in problem.site.genset.values_mut() {
        set.min_load = MinimumLoad::Hard;
    }
    let (_, told) = explained(&problem);
    let stands = told.sets.iter().find(|r| !r.on).unwrap();
    assert_eq!(stands.rule, Rule::MinimumLoadHard);
    assert_eq!(stands.like, ["g1", "g2"]);
}

#[test]
fn a_kwh_more_burns_what_the_running_set_burns_and_none_of_the_sun() {
    let mut problem = bare(&[100.0], &[60.0, 90.0, 100.0]);
    let (_, told) = explained(&problem);
    let prices: Vec<_> = told.electricity.iter().map(|h| h.fuel_l_per_kwh).collect();
    assert!(near(prices[0].unwrap(), 0.2) && near(prices[1].unwrap(), 0.2), "{prices:?}");
    // The set is full: one more kWh cannot be served.
    assert_eq!(prices[2], None);
    let mut array = full_site().solar["pv"].clone();
    array.inverter_kw = 200.0;
    problem.site.solar.insert("pv".to_owned(), array);
    problem.series.solar_available_kw.insert("pv".to_owned(), vec![0.0, 90.0, 0.0]);
    problem.site.genset.get_mut("g1").unwrap().min_load_frac = 0.3;
    let (_, told) = explained(&problem);
    let noon = told.electricity[1].fuel_l_per_kwh.unwrap();
    assert!(noon.abs() < 1e-6, "sun is curtailed for the minimum load: {noon}");
}

#[test]
fn a_battery_carries_a_kwh_to_the_hour_where_it_is_cheap() {
    let mut problem = bare(&[100.0], &[60.0, 60.0]);
    let mut battery = full_site().battery["bess"].clone();
    (battery.critical_floor_h, battery.wear_cost_per_kwh) = (None, 0.0);
    problem.site.battery.insert("bess".to_owned(), battery);
    charge(&mut problem, "bess", 0.5);
    problem.end.battery_kwh.insert("bess".to_owned(), 100.0);
    let (plan, told) = explained(&problem);
    let both: f64 = told.electricity.iter().filter_map(|h| h.fuel_l_per_kwh).sum();
    assert!(both > 0.2, "{:?} {:?}", told.electricity, plan.genset);
}

#[test]
fn a_whole_camp_is_explained_block_by_block() {
    let problem = full();
    let options = SolveOptions { gap_frac: 0.01, ..SolveOptions::default() };
    let plan = solve(&problem, &options).unwrap().plan;
    let told =
        explain(&problem, &plan, &ExplainOptions::default(), &AtomicBool::new(false)).unwrap();
    for (id, set) in &plan.genset {
        for (t, on) in set.running.iter().enumerate() {
            let at = problem.grid.start_of(t);
            let mut of_set = told.sets.iter().filter(|r| r.set == *id && r.from <= at && at < r.to);
            let r = of_set.next().unwrap_or_else(|| panic!("{id} at {t}: {:?}", told.left_out));
            assert_eq!(r.on, *on);
            assert!(r.sentence.starts_with(id.as_str()) && r.sentence.contains(": "), "{r:?}");
        }
    }
    assert_eq!(told.electricity.len(), 12);
    assert_eq!(told.water.len(), 2);
    assert!(told.seconds < 12.0, "{}", told.seconds);
}

#[test]
fn what_is_stopped_says_what_it_left_out() {
    let problem = full();
    let plan = camp_solver::rules::rule_based(&problem);
    let told =
        explain(&problem, &plan, &ExplainOptions::default(), &AtomicBool::new(true)).unwrap();
    assert!(told.sets.is_empty() && told.rules.is_empty() && told.electricity.is_empty());
    assert!(told.left_out.len() >= 3, "{:?}", told.left_out);
}
