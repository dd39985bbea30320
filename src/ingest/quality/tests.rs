//! Each rule on a hand-made case; how often they are right on measured series, `make torture` tells.

use super::*;
use crate::domain::reading::time_of_ms;
use crate::site_file::{SiteFile, read};
use std::path::Path;

const START: i64 = 1_773_100_000_000;

/// A judge of the medium camp, and what became of the readings put before it.
struct Case {
    file: SiteFile,
    judge: Judge,
    others: Others,
}

impl Case {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
        let file = read(&path, None).unwrap();
        let judge = Judge::of(&file.site, &file.points);
        Self { file, judge, others: Others::default() }
    }

    fn id(&self, point: &str) -> PointId {
        self.file.points.resolve(point).unwrap()
    }

    /// What is thought of a value of a minute; `None` where it repeats.
    fn say(&mut self, point: &str, minute: i64, value: f64) -> Option<Reading> {
        let time_ms = START + 60_000 * minute;
        let reading = Reading { point: self.id(point), time_ms, value, reason: None };
        let now = time_of_ms(START + 60_000 * 1_000_000);
        match self.judge.judge(reading, now, &self.file.points, &mut self.others) {
            Verdict::Keep(reading) | Verdict::Late(reading) => Some(reading),
            Verdict::Repeated => None,
            Verdict::Refuse(reason, detail) => panic!("{reason}: {detail}"),
        }
    }

    fn reason(&mut self, point: &str, minute: i64, value: f64) -> Option<Reason> {
        self.say(point, minute, value).unwrap().reason
    }

    /// A lively load of 50 kW, by the minute, for so long.
    fn lively(&mut self, point: &str, minutes: i64) {
        for minute in 0..minutes {
            assert_eq!(self.reason(point, minute, live(minute)), None, "minute {minute}");
        }
    }
}

/// Noise that repeats itself never.
fn live(minute: i64) -> f64 {
    50.0 + 3.0 * (minute as f64 * 1.7).sin() + 0.001 * (minute % 97) as f64
}

const LOAD: &str = "load.accommodation.demand_kw";

#[test]
fn a_jump_is_doubted_and_known_as_a_spike_when_all_is_as_before() {
    let mut case = Case::new();
    case.lively(LOAD, 600);
    assert_eq!(case.reason(LOAD, 600, 140.0), Some(Reason::Rate));
    assert_eq!(case.reason(LOAD, 601, live(601)), None);
    let (revised, was) = case.others.revised[0];
    assert_eq!(
        (revised.reason, was, revised.time_ms),
        (Some(Reason::Spike), Some(Reason::Rate), START + 36_000_000)
    );
}

#[test]
fn a_new_level_is_believed_at_the_second_value() {
    let mut case = Case::new();
    case.lively(LOAD, 600);
    assert_eq!(case.reason(LOAD, 600, 150.0), Some(Reason::Rate));
    assert_eq!(case.reason(LOAD, 601, 151.0), None);
    assert_eq!(case.reason(LOAD, 602, 149.0), None);
    assert!(case.others.revised.is_empty());
}

#[test]
fn a_spike_that_steps_hide_is_known_one_value_later() {
    let mut case = Case::new();
    // Steps of 200 are usual, but never there and back; 2 % of the range is 47 kW.
    let stairs = |m: i64| live(m) + if (m / 20) % 2 == 0 { 0.0 } else { 200.0 };
    for minute in 0..605 {
        case.say(LOAD, minute, stairs(minute));
    }
    case.others.revised.clear();
    assert_eq!(case.reason(LOAD, 605, stairs(605) + 200.0), None);
    assert_eq!(case.reason(LOAD, 606, stairs(606)), None);
    let (revised, was) = case.others.revised[0];
    assert_eq!((revised.reason, was), (Some(Reason::Spike), None));
}

#[test]
fn a_lively_meter_that_stands_still_is_stuck_until_it_moves() {
    let mut case = Case::new();
    case.lively(LOAD, 600);
    let reasons: Vec<_> = (600..610).map(|m| case.reason(LOAD, m, 51.0)).collect();
    let first = reasons.iter().position(|r| *r == Some(Reason::Stuck)).unwrap();
    assert!((3..=6).contains(&first), "{reasons:?}");
    assert!(reasons[first..].iter().all(|r| *r == Some(Reason::Stuck)));
    assert_eq!(case.reason(LOAD, 610, live(610)), None);
}

/// A logger's quarter hours come first, then the meter by the minute, which holds a value for eight.
#[test]
fn runs_of_values_that_come_denser_are_learnt_anew() {
    let mut case = Case::new();
    for quarter in 0..600 {
        assert_eq!(case.reason(LOAD, 15 * quarter, live(quarter)), None);
    }
    for minute in 0..1000 {
        let value = live(minute / 8);
        assert_eq!(case.reason(LOAD, 9000 + minute, value), None, "minute {minute}");
    }
}

#[test]
fn a_coarse_meter_and_a_stock_may_stand_still() {
    let mut case = Case::new();
    for minute in 0..2000 {
        let coarse = (50 + (minute / 7) % 3) as f64;
        assert_eq!(case.reason(LOAD, minute, coarse), None, "minute {minute}");
        assert_eq!(case.reason("tank.raw.level_m3", minute, 40.0), None);
    }
}

#[test]
fn watts_for_kilowatts_and_percent_for_a_fraction() {
    let mut case = Case::new();
    case.lively(LOAD, 600);
    assert_eq!(case.reason(LOAD, 600, 1000.0 * live(600)), Some(Reason::Unit));
    assert_eq!(case.reason(LOAD, 601, 0.001 * live(601)), Some(Reason::Unit));
    assert_eq!(case.reason(LOAD, 602, live(602)), None);
    let charge = "battery.bess.state_of_charge_frac";
    assert_eq!(case.reason(charge, 0, 0.55), None);
    assert_eq!(case.reason(charge, 1, 55.2), Some(Reason::Unit));
}

#[test]
fn a_stock_moves_no_faster_than_the_equipment() {
    let mut case = Case::new();
    let charge = "battery.bess.state_of_charge_frac";
    assert_eq!(case.reason(charge, 0, 0.5), None);
    assert_eq!(case.reason(charge, 1, 0.505), None);
    assert_eq!(case.reason(charge, 2, 0.7), Some(Reason::Rate));
    assert_eq!(case.reason(charge, 3, 0.51), None);
    // Fuel is delivered at once, and burnt no faster than all sets burn.
    assert_eq!(case.reason("fuel_store.depot.level_l", 0, 5000.0), None);
    assert_eq!(case.reason("fuel_store.depot.level_l", 1, 15_000.0), None);
    assert_eq!(case.reason("fuel_store.depot.level_l", 2, 9000.0), Some(Reason::Rate));
}

#[test]
fn counters_begin_anew_roll_over_and_fall() {
    let mut case = Case::new();
    let counter = "genset.g1.energy_kwh";
    assert_eq!(case.reason(counter, 0, 65_534.0), None);
    assert_eq!(case.reason(counter, 1, 0.5), Some(Reason::CounterRollOver));
    assert_eq!(case.reason(counter, 2, 2.0), None);
    assert_eq!(case.reason(counter, 300, 800.0), None);
    assert_eq!(case.reason(counter, 301, 500.0), Some(Reason::CounterFell));
    assert_eq!(case.reason(counter, 302, 803.0), None);
    assert_eq!(case.reason(counter, 303, 1.0), Some(Reason::CounterReset));
    assert_eq!(case.reason(counter, 304, 90_000.0), Some(Reason::Rate));
}

#[test]
fn late_is_not_doubtful_and_a_repetition_counts_once() {
    let mut case = Case::new();
    case.lively(LOAD, 100);
    assert_eq!(case.say(LOAD, 99, live(99)), None);
    assert_eq!(case.say(LOAD, 95, live(95)), None);
    assert_eq!(case.reason(LOAD, -500, 90.0), None);
    assert_eq!(case.reason(LOAD, 100, live(100)), None);
}

#[test]
fn a_retained_value_is_kept_and_teaches_nothing() {
    let mut case = Case::new();
    case.lively(LOAD, 600);
    let point = case.id(LOAD);
    let time_ms = START + 60_000 * 700;
    let old = Reading { point, time_ms, value: 500.0, reason: Some(Reason::Retained) };
    let now = time_of_ms(time_ms);
    let verdict = case.judge.judge(old, now, &case.file.points, &mut case.others);
    assert_eq!(verdict, Verdict::Keep(old));
    assert_eq!(case.reason(LOAD, 600, live(600)), None, "it is not late against a retained one");
}

#[test]
fn a_power_that_its_counter_belies_is_doubted() {
    let mut case = Case::new();
    let counter = "load.accommodation.energy_kwh";
    let mut kwh = 1000.0;
    let mut reasons = Vec::new();
    for minute in 0..240 {
        let true_kw = live(minute);
        kwh += true_kw / 60.0;
        let said = if minute < 120 { true_kw } else { 0.7 * true_kw };
        reasons.push(case.reason(LOAD, minute, said));
        assert_eq!(case.reason(counter, minute, (kwh * 10.0_f64).round() / 10.0), None);
    }
    assert!(reasons[..120].iter().all(Option::is_none));
    let first = reasons.iter().position(|r| *r == Some(Reason::Energy)).unwrap();
    assert!((121..=132).contains(&first), "{first}");
}
