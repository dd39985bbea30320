//! `smart-camp backtest` from outside.

use super::support::{data, run};
use serde_json::Value;

#[test]
fn baselines_are_run_tuned_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder_arg = folder.path().to_str().unwrap();
    let args = ["backtest", "--site", "camps/el_espino.toml", "--days", "2", "--seed", "4"];
    let more = ["--policy", "cycle-charging", "--policy", "charge-state", "--report", folder_arg];
    let ran = run(&[&args[..], &more[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let policies = report["policies"].as_array().unwrap();
    let names: Vec<_> = policies.iter().map(|p| p["policy"].as_str().unwrap()).collect();
    assert_eq!(names, ["cycle-charging", "charge-state"]);
    for policy in policies {
        assert!(policy["fuel_l"].as_f64().unwrap() > 0.0);
        assert!(policy["unserved_kwh"].as_f64().unwrap() < 1e-6);
        assert!(policy["unserved_m3"].as_f64().unwrap() < 1e-6);
        assert!(policy.get("regret_frac").is_some());
        assert!(policy["thresholds"].as_str().unwrap().contains("best of"));
        let days: f64 =
            policy["days"].as_array().unwrap().iter().map(|d| d["burnt_l"].as_f64().unwrap()).sum();
        assert!((days - policy["burnt_l"].as_f64().unwrap()).abs() < 1e-6);
    }
    let kept: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("backtest.json")).unwrap())
            .unwrap();
    assert_eq!(kept["policies"], report["policies"]);
    let days = std::fs::read_to_string(folder.path().join("days.csv")).unwrap();
    assert_eq!(days.lines().count(), 1 + 2 * 2);
    // The same seed is the same camp.
    let again = run(&[&args[..], &["--policy", "cycle-charging", "--json"]].concat());
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["policies"][0], report["policies"][0]);
}

#[test]
fn every_fault_of_a_backtest_is_told_at_once() {
    let ran = run(&[
        "backtest",
        "--site",
        "camps/small.toml",
        "--variant",
        "D",
        "--policy",
        "charge-state",
        "--policy",
        "magic",
        "--days",
        "0",
        "--gap",
        "2",
    ]);
    assert_eq!(ran.code, 3);
    for word in ["charge-state: the camp has no battery", "--policy magic", "--days 0", "--gap 2"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    let ran = run(&["backtest", "--site", "camps/small.toml", "--every", "7min"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

/// The measured quarter of a real village, by strategies that it might run.
#[test]
fn the_measured_quarter_of_el_espino_is_served_by_baselines() {
    let Some(data) = data("the baselines of El Espino") else { return };
    let series = data.join("espino_dispatch_hourly_2017q1.csv");
    let ran = run(&[
        "backtest",
        "--site",
        "camps/el_espino.toml",
        "--series",
        series.to_str().unwrap(),
        "--policy",
        "load-following",
        "--policy",
        "cycle-charging",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["days"], 90);
    for policy in report["policies"].as_array().unwrap() {
        assert!(policy["unserved_kwh"].as_f64().unwrap() < 1e-6, "{policy}");
        // No policy can burn less than the proven bound of the same hours at equal end stock.
        let litres = policy["fuel_l"].as_f64().unwrap();
        assert!((1245.0..1700.0).contains(&litres), "{litres}");
    }
}

/// Nobody is below the bound, and it is near what can be had: El Espino's first three weeks.
#[test]
fn the_bound_lies_below_every_policy_and_not_far() {
    let Some(data) = data("the bound of El Espino") else { return };
    let series = data.join("espino_dispatch_hourly_2017q1.csv");
    let ran = run(&[
        "backtest",
        "--site",
        "camps/el_espino.toml",
        "--series",
        series.to_str().unwrap(),
        "--days",
        "21",
        "--policy",
        "charge-state",
        "--policy",
        "bound",
        "--bound-rounds",
        "12",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let bound_l = report["bound_l"].as_f64().unwrap();
    let policy = &report["policies"][0];
    let (fuel_l, regret) = (policy["fuel_l"].as_f64(), policy["regret_frac"].as_f64());
    let (fuel_l, regret) = (fuel_l.unwrap(), regret.unwrap());
    assert!(bound_l > 0.5 * fuel_l && bound_l < fuel_l, "{bound_l} {fuel_l}");
    assert!((regret - (fuel_l - bound_l) / bound_l).abs() < 1e-9);
    assert!(report["bound"]["rounds"].as_u64().unwrap() <= 12);
}
