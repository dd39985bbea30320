//! Doubt on its way from a meter to the interface: judged, kept, counted, told.

use super::support::{Setup, TestCamp, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const TOPIC: &str = "smartcamp/v1/small/telemetry/power-house";
const LOAD: &str = "load.accommodation.demand_kw";

/// A lively load, a value a minute since `from`.
fn live_kw(minute: i64) -> f64 {
    let kw = 20.0 + 2.0 * (minute as f64 * 1.7).sin() + 0.001 * (minute % 97) as f64;
    (kw * 1000.0).round() / 1000.0
}

fn row(time: DateTime<Utc>, point: &str, value: f64) -> Value {
    json!({ "timestamp": time.to_rfc3339(), "values": { point: value } })
}

/// The service after five hours of a load, a spike in it, and another at its end.
fn spiky() -> (TestCamp, DateTime<Utc>) {
    let camp = Setup::small().start();
    let from = camp.clock.now() - TimeDelta::minutes(300);
    let kw = |minute: i64| match minute {
        200 | 300 => 90.0,
        _ => live_kw(minute),
    };
    let rows: Vec<Value> =
        (0..=300).map(|m| row(from + TimeDelta::minutes(m), LOAD, kw(m))).collect();
    let mut meter = camp.peer("meter", &[]);
    meter.send(TOPIC, json!({ "readings": rows }).to_string());
    meter.flush();
    eventually("all are durable", || (camp.live.metrics.readings.get() >= 301).then_some(()));
    (camp, from)
}

#[test]
fn a_doubted_value_is_kept_with_its_reason_and_does_not_become_the_state() {
    let (camp, _) = spiky();
    let samples = camp.http.ok(&format!("/readings/{LOAD}?limit=1000"));
    let samples = samples["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 301, "one that was thought of otherwise later is there once");
    let spike = &samples[200];
    assert_eq!((&spike["value"], &spike["reason"]), (&json!(90.0), &json!("spike")));
    assert_eq!(samples[300]["reason"], "rate", "nobody knows yet what comes after it");
    let good = samples.iter().filter(|s| s["quality"] == "good").count();
    assert_eq!(good, 299);

    let state = camp.http.ok("/state");
    let value = &state["values"][LOAD];
    assert_eq!(value["value"], live_kw(299));
    assert_eq!((&value["quality"], &value["doubted"]["value"]), (&json!("good"), &json!(90.0)));
    camp.clock.advance(TimeDelta::minutes(30));
    let state = camp.http.ok("/state");
    let value = &state["values"][LOAD];
    assert_eq!((&value["quality"], &value["reason"]), (&json!("stale"), &json!("silent")));
}

#[test]
fn days_are_counted_while_they_pass_and_from_the_store_after_a_start() {
    let (camp, from) = spiky();
    let day = from.date_naive();
    let path = format!("/quality?from={day}&to={day}&point={LOAD}");
    let told = camp.http.ok(&path)[0].clone();
    assert_eq!((&told["point"], &told["usual_s"]), (&json!(LOAD), &json!(60.0)));
    let counted = told["days"][0].clone();
    assert_eq!((&counted["heard"], &counted["good"]), (&json!(301), &json!(299)), "{counted}");
    assert_eq!(counted["reasons"], json!({ "rate": 1, "spike": 1 }));
    // The day began at midnight, the meter at one o'clock.
    assert_eq!(counted["expected"], 360);
    let complete_frac = counted["complete_frac"].as_f64().unwrap();
    assert!((complete_frac - 301.0 / 360.0).abs() < 1e-9);
    let text = camp.http.get("/metrics").text;
    assert!(text.contains("smartcamp_readings_suspect_total 2"), "{text}");
    assert!(text.contains("smartcamp_readings_reason_total{reason=\"spike\"} 1"), "{text}");

    let folder = camp.end();
    let camp = Setup { folder, ..Setup::small() }.start();
    let again = camp.http.ok(&path)[0]["days"][0].clone();
    assert_eq!((&again["heard"], &again["reasons"]), (&counted["heard"], &counted["reasons"]));
}

#[test]
fn an_asset_that_stopped_is_told_by_its_name() {
    let camp = Setup::small().start();
    let mut meter = camp.peer("meter", &[]);
    let both = |camp: &TestCamp| {
        let time = camp.clock.now().to_rfc3339();
        json!({ "timestamp": time, "values": { LOAD: 20.5, "tank.raw.level_m3": 12.0 } })
    };
    meter.send(TOPIC, both(&camp).to_string());
    meter.flush();
    eventually("both have spoken", || (camp.live.metrics.readings.get() >= 2).then_some(()));
    camp.clock.advance(TimeDelta::minutes(16));
    meter.send(TOPIC, row(camp.clock.now(), LOAD, 21.5).to_string());
    meter.flush();
    let silent = || {
        let alarms = camp.live.alarms();
        let silent = alarms.iter().filter(|a| a.code == "silent").map(|a| a.asset.clone());
        silent.collect::<Vec<_>>()
    };
    camp.live_until("the tank's silence is told", 5, || (silent() == ["tank.raw"]).then_some(()));
    meter.send(TOPIC, both(&camp).to_string());
    meter.flush();
    camp.live_until("it has spoken again", 5, || silent().is_empty().then_some(()));
}
