//! What is doubted never makes a plan bolder: the state that the solver is given is the safe assumption.

use super::support::site;
use camp_solver::TimeGrid;
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::quality::Reason;
use smart_camp::domain::reading::Reading;
use smart_camp::domain::state::CampState;
use smart_camp::forecast::outlook;
use smart_camp::scheduler::assemble::{Assembled, Past, assemble};
use smart_camp::site_file::SiteFile;
use smart_camp::store::EmbeddedStore;
use std::collections::BTreeMap;

fn now() -> DateTime<Utc> {
    "2026-03-10T06:00:00Z".parse().unwrap()
}

fn reading(
    file: &SiteFile,
    point: &str,
    minutes_ago: i64,
    value: f64,
    reason: Option<Reason>,
) -> Reading {
    let time_ms = (now() - TimeDelta::minutes(minutes_ago)).timestamp_millis();
    Reading { point: file.points.resolve(point).unwrap(), time_ms, value, reason }
}

/// The problem of the medium camp after these readings; its first set is known to run.
fn assembled(readings: &[(&str, i64, f64, Option<Reason>)]) -> Assembled {
    let file = site("medium");
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("s.db"), &file.points).unwrap();
    let grid = TimeGrid::uniform(now(), 15, 24, 0);
    let outlook = outlook(&file, &store, &grid).unwrap();
    let mut state = CampState::default();
    state.take(&file.points, &[reading(&file, "genset.g1.is_running", 0, 1.0, None)]);
    for (point, ago, value, reason) in readings {
        state.take(&file.points, &[self::reading(&file, point, *ago, *value, *reason)]);
    }
    assemble(&file, &state, &outlook, grid, Past::default(), &BTreeMap::new()).unwrap()
}

fn is_told(assembled: &Assembled, words: &str) -> bool {
    assembled.degraded.iter().any(|d| d.contains(words))
}

#[test]
fn a_doubted_tank_has_lost_what_its_taps_could_have_drawn() {
    let file = site("medium");
    let most = |profile: [f64; 24]| profile.into_iter().fold(0.0, f64::max);
    let taps = file.site.taps.values().filter(|x| x.from_tank == "treated");
    let most_m3_per_h: f64 = taps.map(|x| most(x.typical())).sum();
    let level = "tank.treated.level_m3";
    for doubt in [Reason::Rate, Reason::Spike, Reason::Stuck, Reason::Balance, Reason::Retained] {
        let made = assembled(&[(level, 60, 40.0, None), (level, 0, 70.0, Some(doubt))]);
        let start = made.problem.start.tank["treated"].level_m3;
        assert!((start - (40.0 - most_m3_per_h)).abs() < 1e-9, "{doubt:?}: {start}");
        assert!(is_told(&made, "tank.treated: level not known"), "{:?}", made.degraded);
    }
}

#[test]
fn a_doubted_state_of_charge_is_the_lower_end_of_the_window() {
    let charge = "battery.bess.state_of_charge_frac";
    let floor = site("medium").site.battery["bess"].state_of_charge_min_frac;
    for doubt in [Reason::Range, Reason::Rate, Reason::Unit, Reason::Retained] {
        let made = assembled(&[(charge, 16, 0.8, None), (charge, 0, 0.9, Some(doubt))]);
        let start = made.problem.start.battery["bess"].state_of_charge_frac;
        assert!((start - floor).abs() < 1e-9, "{doubt:?}: {start}");
        assert!(is_told(&made, "battery.bess: state of charge not known"));
    }
}

#[test]
fn a_set_of_doubted_status_counts_nothing_and_is_not_commanded() {
    for doubt in [Reason::Range, Reason::Retained] {
        let made = assembled(&[("genset.g2.is_running", 0, 1.0, Some(doubt))]);
        assert!(made.left_out.contains_key("genset.g2"), "{:?}", made.left_out);
        assert!(made.problem.unavailable["genset.g2"].iter().all(|out| *out));
        assert!(!made.problem.start.genset.contains_key("g2"));
        assert!(is_told(&made, "genset.g2: out of reach"));
    }
}

#[test]
fn a_doubted_equalisation_tank_is_full_and_a_doubted_heat_store_at_its_least() {
    let file = site("medium");
    let made = assembled(&[
        ("wastewater.plant.level_m3", 0, 1.0, Some(Reason::Rate)),
        ("thermal_store.hot_water.fill_frac", 0, 0.9, Some(Reason::Stuck)),
    ]);
    let level = made.problem.start.wastewater["plant"].level_m3;
    assert!((level - file.site.wastewater["plant"].equalisation_m3).abs() < 1e-9);
    let fill = made.problem.start.thermal_store["hot_water"].fill_frac;
    assert!((fill - file.site.thermal_store["hot_water"].min_frac).abs() < 1e-9);
}

#[test]
fn what_other_meters_tell_stands_in_and_is_told() {
    let level = "tank.treated.level_m3";
    let made = assembled(&[
        (level, 60, 40.0, None),
        (level, 0, 70.0, Some(Reason::Balance)),
        (level, 0, 37.0, Some(Reason::Redundancy)),
    ]);
    assert!((made.problem.start.tank["treated"].level_m3 - 37.0).abs() < 1e-9);
    assert!(is_told(&made, "tank.treated.level_m3: doubted; 37.000 found from other meters"));
}

#[test]
fn a_value_that_is_doubted_afterwards_is_taken_back() {
    let charge = "battery.bess.state_of_charge_frac";
    let made = assembled(&[
        (charge, 5, 0.6, None),
        (charge, 4, 0.9, None),
        (charge, 4, 0.9, Some(Reason::Spike)),
    ]);
    assert!((made.problem.start.battery["bess"].state_of_charge_frac - 0.6).abs() < 1e-9);
}
