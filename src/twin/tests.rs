//! The simulated camp keeps its own books.

use super::*;
use crate::domain::instruction::{DesiredState, InstructionStatus, MESSAGE_SCHEMA};
use chrono::TimeDelta;
use std::path::Path;

fn twin() -> Twin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    let file = crate::site_file::read(&path, None).unwrap();
    let start = "2026-03-09T22:00:00Z".parse().unwrap();
    Twin::new(file, TruthSource::new(1, None), start)
}

fn heartbeat(twin: &Twin) -> Heartbeat {
    Heartbeat {
        schema: MESSAGE_SCHEMA,
        site: "medium".to_owned(),
        beat: 1,
        sent_at: twin.time(),
        next_in_s: 10,
        mode: "act".to_owned(),
        plan_id: None,
    }
}

fn order(sequence: i64, running: bool) -> Instruction {
    Instruction {
        schema: MESSAGE_SCHEMA,
        asset: "genset.g3".to_owned(),
        plan_id: 1,
        sequence,
        issued_at: DateTime::UNIX_EPOCH,
        valid_for_s: 600,
        desired: DesiredState { running: Some(running), ..DesiredState::default() },
        why: String::new(),
        authority: String::new(),
    }
}

#[test]
fn left_alone_the_camp_is_served_for_a_day() {
    let mut twin = twin();
    twin.advance(twin.time() + TimeDelta::hours(24));
    let tally = twin.tally();
    assert!(tally.unserved_kwh < 1.0, "{tally:?}");
    assert!(tally.unserved_m3 < 1e-9);
    assert!((1500.0..3500.0).contains(&tally.fuel_l), "{tally:?}");
}

#[test]
fn a_controller_believes_nothing_before_a_heartbeat() {
    let mut twin = twin();
    assert_eq!(twin.instruct(&order(1, true)), None);
    twin.hear(&heartbeat(&twin));
    let answer = twin.instruct(&order(1, true)).unwrap();
    assert_eq!(answer.status, InstructionStatus::Accepted);
    assert_eq!(twin.instruct(&order(1, true)), None, "a repetition is not news");
}

#[test]
fn an_instruction_lapses_with_the_heartbeat_and_with_its_time() {
    let mut twin = twin();
    twin.hear(&heartbeat(&twin));
    twin.instruct(&order(1, true));
    twin.advance(twin.time() + TimeDelta::seconds(25));
    assert!(twin.plant.sets["g3"].running);
    // No more heartbeats: the local control stops the set it does not need, in its own time, and once
    // the hot water is hot.
    twin.advance(twin.time() + TimeDelta::hours(4));
    assert!(!twin.plant.sets["g3"].running);
    assert!(twin.tally().unserved_kwh < 1e-6);
}

#[test]
fn a_tagged_out_set_refuses_and_stands() {
    let mut twin = twin();
    twin.tag_out("g3", true);
    twin.hear(&heartbeat(&twin));
    let answer = twin.instruct(&order(1, true)).unwrap();
    assert_eq!(answer.status, InstructionStatus::Rejected);
    twin.advance(twin.time() + TimeDelta::minutes(10));
    assert!(!twin.plant.sets["g3"].running);
}

#[test]
fn a_due_set_that_stands_by_day_is_serviced() {
    let mut twin = twin();
    let set = twin.plant.sets.get_mut("g3").unwrap();
    (set.run_hours_h, set.service_due_h) = (2990.0, Some(3000.0));
    twin.tag_out("g3", true);
    twin.advance(twin.time() + TimeDelta::hours(24));
    assert_eq!(twin.plant.sets["g3"].service_due_h, Some(3240.0));
}

#[test]
fn energy_and_water_are_kept() {
    let mut twin = twin();
    for _ in 0..600 {
        let before = twin.plant.clone();
        twin.advance(twin.time() + TimeDelta::minutes(1));
        let plant = &twin.plant;
        let made: f64 = plant.sets.values().map(|s| s.power_kw).sum::<f64>()
            + plant.solar_kw.values().sum::<f64>()
            + plant.battery_kw.values().map(|(c, d)| d - c).sum::<f64>();
        let consumers: f64 = plant.served_kw.values().sum();
        let site = &twin.file.site;
        let pumps: f64 = plant
            .well_m3_per_h
            .iter()
            .map(|(id, f)| f * site.well[id].energy_kwh_per_m3())
            .chain(
                plant.line_m3_per_h.iter().map(|(id, f)| f * site.treatment[id].energy_kwh_per_m3),
            )
            .chain(plant.sewage_kw.values().copied())
            .sum();
        assert!(made + 1e-6 >= consumers + pumps, "{made} {consumers} {pumps}");
        assert!(made <= consumers + pumps + 3.0, "the booster draws no more than 3 kW");
        for (id, stored) in &plant.stored_kwh {
            let (charge, discharge) = plant.battery_kw[id];
            let battery = &site.battery[id];
            let gain = charge * battery.charge_efficiency_frac
                - discharge / battery.discharge_efficiency_frac;
            assert!((stored - before.stored_kwh[id] - gain / 60.0).abs() < 1e-6);
        }
    }
}

/// The quality rules on what the demo shows: its past by the quarter hour and every 5 minutes, then live
/// meters every 15 s for a day. Nothing is wrong with them, so nothing may be said to be stuck.
#[test]
fn the_meters_of_the_demo_live() {
    use crate::domain::quality::{Quality, Reason};
    use crate::ingest::{Judge, ingest_one};
    let mut twin = twin();
    let (file, begin) = (twin.file.clone(), twin.time());
    let mut shown = twin.history(7);
    shown.extend(twin.live_through(begin + TimeDelta::hours(24)));
    for _ in 0..24 * 60 * 4 {
        twin.advance(twin.time() + TimeDelta::seconds(15));
        shown.push(twin.telemetry());
    }
    let mut judge = Judge::of(&file.site, &file.points);
    let mut found = crate::ingest::Found::default();
    for payload in &shown {
        ingest_one("twin", payload, twin.time(), &file.points, &mut judge, &mut found);
    }
    assert!(found.rejects.is_empty());
    let revised = found.others.revised.iter().map(|(reading, _)| reading);
    let doubted: Vec<_> = found
        .readings
        .iter()
        .chain(revised)
        .filter(|r| r.quality() == Quality::Suspect)
        .map(|r| (file.points.get(r.point).unwrap().to_string(), r.time_ms, r.value, r.reason))
        .collect();
    let stuck: Vec<_> = doubted.iter().filter(|(.., r)| *r == Some(Reason::Stuck)).collect();
    assert!(stuck.is_empty(), "{} stuck, such as {:?}", stuck.len(), stuck[0]);
    let frac = doubted.len() as f64 / found.readings.len() as f64;
    assert!(frac < 0.001, "{frac}: {:?}", &doubted[..doubted.len().min(20)]);
}
