//! The camp's meters: payloads of our own format.

use super::plant::Plant;
use super::truth::{Truth, TruthSource};
use crate::site_file::SiteFile;
use camp_solver::Site;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Map, Value, json};

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// To a thousandth: meters are no finer, and the text stays short.
fn put(values: &mut Map<String, Value>, name: String, value: f64) {
    values.insert(name, json!((value * 1000.0).round() / 1000.0));
}

/// How far demand, sun, taps and blowers flicker about their mean of a quarter of an hour, share of it: what
/// people switch never stands still to the last digit, and a meter that does is taken for stuck.
const FLICKER_FRAC: f64 = 0.01;

fn outside(values: &mut Map<String, Value>, truth: &Truth, mut shown: impl FnMut(f64) -> f64) {
    for (path, kw) in &truth.demand_kw {
        put(values, format!("{path}.demand_kw"), shown(*kw));
    }
    for (id, kw) in &truth.sun_kw {
        put(values, format!("solar.{id}.available_kw"), shown(*kw));
    }
    for (id, flow) in &truth.taps_m3_per_h {
        put(values, format!("taps.{id}.demand_m3_per_h"), shown(*flow));
    }
}

/// Everything that can be measured now; a measured series is shown as it was.
pub(super) fn values(
    site: &Site,
    plant: &Plant,
    truth: &Truth,
    time: DateTime<Utc>,
    is_measured: bool,
) -> Map<String, Value> {
    let mut values = Map::new();
    // The time is the seed: the camp of a moment does not depend on how it is reached.
    let mut rng = Rng::with_seed(time.timestamp_millis().cast_unsigned());
    let flicker_frac = if is_measured { 0.0 } else { FLICKER_FRAC };
    let mut shown = |mean: f64| mean * (1.0 + flicker_frac * (2.0 * rng.f64() - 1.0));
    outside(&mut values, truth, &mut shown);
    let flag = |on: bool| if on { 1.0 } else { 0.0 };
    for (id, set) in &plant.sets {
        let mut point = |what: &str, v: f64| put(&mut values, format!("genset.{id}.{what}"), v);
        point("power_kw", set.power_kw);
        point("is_running", flag(set.running));
        point("is_available", flag(!set.is_out()));
        point("run_hours_h", set.run_hours_h);
        point("fuel_l_per_h", set.fuel_l_per_h);
        if let Some(due_h) = set.service_due_h {
            point("service_due_h", due_h);
        }
    }
    for (id, kw) in &plant.solar_kw {
        put(&mut values, format!("solar.{id}.power_kw"), *kw);
    }
    for (id, stored) in &plant.stored_kwh {
        let (charge, discharge) = plant.battery_kw.get(id).copied().unwrap_or((0.0, 0.0));
        let frac = stored / site.battery[id].energy_kwh;
        put(&mut values, format!("battery.{id}.state_of_charge_frac"), frac);
        put(&mut values, format!("battery.{id}.charge_kw"), charge);
        put(&mut values, format!("battery.{id}.discharge_kw"), discharge);
    }
    for (id, flow) in &plant.well_m3_per_h {
        put(&mut values, format!("well.{id}.flow_m3_per_h"), *flow);
    }
    for (id, flow) in &plant.line_m3_per_h {
        put(&mut values, format!("treatment.{id}.flow_m3_per_h"), *flow);
    }
    for (id, level) in &plant.level_m3 {
        put(&mut values, format!("tank.{id}.level_m3"), *level);
    }
    let placed = ["thermal_store", "batch"];
    for (path, kw) in &plant.served_kw {
        if path.split('.').next().is_some_and(|kind| placed.contains(&kind)) {
            put(&mut values, format!("{path}.demand_kw"), *kw);
        }
    }
    for (id, heat) in &plant.placed.heat_kwh {
        let frac = heat / site.thermal_store[id].store_kwh;
        put(&mut values, format!("thermal_store.{id}.fill_frac"), frac);
    }
    for (id, machines) in &plant.placed.machines {
        let left_h = machines.left_h.iter().copied().fold(0.0, f64::max);
        put(&mut values, format!("batch.{id}.left_h"), left_h);
        put(&mut values, format!("batch.{id}.done_today"), f64::from(machines.done_today));
    }
    for (id, level) in &plant.sewage_m3 {
        put(&mut values, format!("wastewater.{id}.level_m3"), *level);
    }
    for (id, kw) in &plant.sewage_kw {
        put(&mut values, format!("wastewater.{id}.demand_kw"), shown(*kw));
    }
    for (id, litres) in &plant.fuel_l {
        put(&mut values, format!("fuel_store.{id}.level_l"), *litres);
    }
    values
}

/// Values as a payload.
pub(super) fn payload(values: &Map<String, Value>, time: DateTime<Utc>) -> Vec<u8> {
    json!({ "timestamp": stamp(time), "values": values }).to_string().into_bytes()
}

/// Quarter-hourly demand, sun and water of the day that began `days_ago` days before `start`.
pub(super) fn day(
    file: &SiteFile,
    truth: &mut TruthSource,
    start: DateTime<Utc>,
    days_ago: u32,
) -> Vec<u8> {
    let first = start - TimeDelta::days(i64::from(days_ago));
    let rows = (0..96).map(|quarter| {
        let time = first + TimeDelta::minutes(15 * quarter);
        let mut values = Map::new();
        outside(&mut values, &truth.at(file, time), |mean| mean);
        json!({ "timestamp": stamp(time), "values": values })
    });
    json!({ "readings": rows.collect::<Vec<_>>() }).to_string().into_bytes()
}
