//! Real input: a village plant in Bolivia with its measured load and sun, both ways.

use super::support::{Setup, data, run, site};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use smart_camp::app::FieldSettings;
use smart_camp::planning::series;
use smart_camp::scheduler::SchedulerSettings;

const SERIES: &str = "espino_dispatch_hourly_2017q1.csv";

#[test]
fn a_measured_week_is_planned_from_files() {
    let Some(data) = data("the plan of El Espino's week") else { return };
    let series = data.join(SERIES);
    let ran = run(&[
        "plan",
        "--site",
        "camps/el_espino.toml",
        "--series",
        series.to_str().unwrap(),
        "--start",
        "2017-01-09T04:00:00Z",
        "--hours",
        "168",
        "--fuel-only",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let plan: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(plan["verified"], true);
    assert_ne!(plan["status"], "fallback");
    assert!(plan["gap_frac"].as_f64().unwrap() <= 0.005);
    assert_eq!(plan["shortfalls"], serde_json::json!([]));
    // The set never runs under 14.5 kW, and the charge stays in its window.
    let set = &plan["genset"]["g1"];
    let numbers = |list: &Value| -> Vec<f64> {
        list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let power = numbers(&set["power_kw"]);
    assert_eq!(power.len(), 168);
    assert!(power.iter().all(|kw| *kw < 1e-6 || *kw > 14.5 - 1e-6));
    let charge = numbers(&plan["battery"]["bank"]["state_of_charge_frac"]);
    assert!(charge.iter().all(|c| (0.5 - 1e-6..=1.0 + 1e-6).contains(c)));
    // The site file's curve by hand: 5, 8, 12, 15 L/h at quarters of 58 kW, straight between.
    let points: [(f64, f64); 4] = [(14.5, 5.0), (29.0, 8.0), (43.5, 12.0), (58.0, 15.0)];
    let litres = |kw: f64| {
        let pair = points.windows(2).find(|p| kw <= p[1].0 + 1e-6).unwrap();
        let ((from_kw, from_l), (to_kw, to_l)) = (pair[0], pair[1]);
        from_l + (to_l - from_l) * (kw - from_kw) / (to_kw - from_kw)
    };
    let burnt: f64 = power.iter().filter(|kw| **kw > 1e-6).map(|kw| litres(*kw)).sum();
    assert!((burnt - plan["fuel_l"].as_f64().unwrap()).abs() < 0.01, "{burnt} {}", plan["fuel_l"]);
}

/// Meters show the measured series; they pass the broker, are stored, planned on and advised.
#[test]
fn the_measured_plant_runs_through_the_whole_house() {
    let Some(data) = data("the demo of El Espino") else { return };
    let file = site("el_espino");
    let measured = series::read(&data.join(SERIES), &file.points).unwrap();
    let start: DateTime<Utc> = "2017-01-09T04:00:00Z".parse().unwrap();
    let field = FieldSettings {
        seed: 1,
        until: Some(measured.end()),
        series: Some(measured.clone()),
        history_days: 0,
        every_s: 300,
    };
    // The plant is measured by the hour.
    let scheduler =
        SchedulerSettings { horizon_h: 24, every_min: 60, ..SchedulerSettings::default() };
    let setup = Setup { file, field: Some(field), scheduler, start, ..Setup::small() };
    let camp = setup.start();
    let ear = camp.peer("ear", &["smartcamp/v1/el_espino/#"]);
    for hour in 1..=12 {
        let end = start + TimeDelta::hours(hour);
        camp.live_until("an hour has passed", 20, || (camp.clock.now() >= end).then_some(()));
    }

    // Stored: each hour of the store shows the measured load.
    let point = camp.live.file.points.resolve("load_kw").unwrap();
    let hours = |h: i64| start + TimeDelta::hours(h);
    for h in 1..11 {
        let samples = camp.live.readings.range(point, hours(h), hours(h + 1), 1000).unwrap();
        let slot = usize::try_from((hours(h) - measured.start).num_hours()).unwrap();
        let expected = measured.values(point).unwrap()[slot].unwrap();
        assert!(samples.len() >= 5, "hour {h} has {} samples", samples.len());
        assert!(samples.iter().all(|s| (s.value - expected).abs() < 0.01), "hour {h}");
    }
    // The alias of the site file works over REST too.
    assert!(!camp.http.ok("/readings/load_kw")["samples"].as_array().unwrap().is_empty());
    // Planned on: the forecast has learnt from the readings.
    let plan = camp.http.ok("/plans/current");
    assert_eq!(plan["verified"], true);
    let forecasts = plan["forecasts"].as_array().unwrap();
    let sun = forecasts.iter().find(|f| f["point"] == "solar.pv.available_kw").unwrap();
    assert_eq!(sun["degraded"], false, "{}", sun["source"]);
    assert!(sun["source"].as_str().unwrap().contains("measured"), "{}", sun["source"]);
    // Advised, and nothing more.
    let advice = ear.heard("/advice");
    assert!(advice.len() >= 2, "a plan an hour at least");
    assert!(advice.last().unwrap().json()["assets"].to_string().contains("genset.g1"));
    assert!(ear.heard("/instruction").is_empty());
    assert!(camp.http.ok("/rejects").as_array().unwrap().is_empty());
}
