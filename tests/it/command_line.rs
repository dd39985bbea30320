//! The command line: what a user types, what comes back, and with which exit code.

use super::support::{root, run};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let ran = run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn fault(arguments: &[&str], code: i32) -> String {
    let ran = run(arguments);
    assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.out, ran.err);
    assert!(ran.out.is_empty(), "an error leaves standard output alone: {}", ran.out);
    ran.err
}

#[test]
fn a_plan_says_what_it_promises() {
    let plan =
        json(&["plan", "--site", "camps/small.toml", "--hours", "12", "--gap", "0.02", "--json"]);
    for field in ["status", "fuel_l", "cost", "bound", "gap_frac", "build_s", "solve_s", "verified"]
    {
        assert!(!plan[field].is_null(), "{field} is missing");
    }
    assert_eq!(plan["verified"], true);
    assert!(["proven", "within_gap"].contains(&plan["status"].as_str().unwrap()));
    let (cost, bound) = (plan["cost"].as_f64().unwrap(), plan["bound"].as_f64().unwrap());
    assert!(((cost - bound) / cost - plan["gap_frac"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(plan["not_honoured"].as_array().unwrap().len(), 0, "every stated rule is honoured");
    assert!(plan["worth"]["baseline"].as_str().unwrap().contains("rule-based"));
}

#[test]
fn litres_are_what_fuel_only_minimises() {
    let common = ["plan", "--site", "camps/small.toml", "--hours", "4", "--json", "--gap", "0"];
    let cheap = json(&common);
    let lean = json(&[&common[..], &["--fuel-only"]].concat());
    assert_eq!(lean["objective"], "fuel_l");
    let litres = |plan: &Value| plan["fuel_l"].as_f64().unwrap();
    assert!(litres(&lean) <= litres(&cheap) + 0.01, "{} {}", litres(&lean), litres(&cheap));
    assert!((lean["cost"].as_f64().unwrap() - lean["fuel_l"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn every_reference_camp_and_variant_is_planned() {
    for camp in ["small", "medium", "large"] {
        let path = format!("camps/{camp}.toml");
        for variant in ["D", "P", "H", "H+"] {
            let site = ["plan", "--site", &path, "--variant", variant];
            let plan = json(&[&site[..], &["--hours", "4", "--gap", "0.02", "--json"]].concat());
            assert_eq!(plan["verified"], true, "{camp}-{variant}");
            assert!(plan["shortfalls"].as_array().unwrap().is_empty(), "{camp}-{variant}");
        }
    }
}

#[test]
fn every_event_and_any_seed_is_planned() {
    for day in [
        "typical",
        "heat-wave",
        "cloudy",
        "set-trip",
        "set-tagged-out",
        "convoy-late",
        "borehole-dry",
        "tank-leak",
        "population",
        "meter-dropout",
        "link-lost",
        "mass-casualty",
        "quiet-hours",
        "fuel-theft",
        "seed-1",
        "seed-2",
    ] {
        let common = ["plan", "--site", "camps/small.toml", "--hours", "24", "--json"];
        let plan = json(&[&common[..], &["--gap", "0.05", "--day", day]].concat());
        assert_eq!(plan["verified"], true, "{day}");
        assert_ne!(plan["status"], "fallback", "{day}");
    }
    let text = fault(&["plan", "--site", "camps/small.toml", "--day", "doomsday"], 2);
    assert!(text.contains("heat-wave") && text.contains("seed-N"), "{text}");
}

#[test]
fn the_model_can_be_taken_to_another_solver() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.mps");
    let plan = ["plan", "--site", "camps/small.toml", "--hours", "2", "--json", "--mps"];
    json(&[&plan[..], &[path.to_str().unwrap()]].concat());
    let mps = std::fs::read_to_string(path).unwrap();
    for part in ["ROWS", "COLUMNS", "RHS", "BOUNDS", "ENDATA", "MARKER"] {
        assert!(mps.contains(part), "{part}");
    }
}

#[test]
fn a_site_is_summed_up_on_one_screen() {
    let ran = run(&["check-site", "camps/medium.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().count() <= 60 && ran.out.contains("850 persons"), "{}", ran.out);
    assert!(ran.out.contains("all honoured"), "{}", ran.out);
}

#[test]
fn the_description_is_printed() {
    let ran = run(&["openapi"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out.trim(),
        std::fs::read_to_string(root().join("openapi/openapi.json")).unwrap().trim()
    );
}

#[test]
fn a_token_is_made_with_its_line_for_the_settings() {
    let (one, two) = {
        let make = || run(&["token", "--name", "me", "--role", "read"]);
        (make(), make())
    };
    assert_eq!((one.code, two.code), (0, 0), "{}", one.err);
    assert!(one.out != two.out && one.out.contains("sha256"), "{}", one.out);
    let token = one.out.split_whitespace().find(|w| w.len() == 64).unwrap();
    assert!(token.chars().all(|c| c.is_ascii_hexdigit()));
}

#[test]
fn forecasts_of_a_series_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("series.csv");
    // Half hours of sixty days with a rhythm, a noise that repeats every 37 values, and a gap.
    let start: chrono::DateTime<chrono::Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let rows = (0..60 * 48).map(|n| {
        let time = start + chrono::TimeDelta::minutes(30 * n);
        let load = 40.0 + 10.0 * f64::from(u8::from(n % 48 > 30)) + (n * 7919 % 37) as f64 / 9.0;
        let sun = 5.0 * ((n % 48) - 24).abs() as f64 * (1.0 + (n / 48 % 3) as f64) / 24.0;
        let load = if (900..1000).contains(&n) { String::new() } else { load.to_string() };
        format!("{},{load},{},calm\n", time.to_rfc3339(), 5.0 - sun / 3.0)
    });
    let text: String = rows.collect();
    std::fs::write(&file, format!("timestamp,load.camp.demand_kw,roof,wind\n{text}")).unwrap();
    let file = file.to_str().unwrap();
    let all = json(&["forecast", "--evaluate", "--series", file, "--days", "20", "--json"]);
    assert_eq!(
        (&all[0]["column"], &all[1]["column"]),
        (&"load.camp.demand_kw".into(), &"roof".into())
    );
    let load = &all[0];
    assert_eq!((load["origins"].as_u64(), load["hours"].as_u64()), (Some(20), Some(20 * 48 - 24)));
    assert!(load["skill_frac"].as_f64().unwrap() > 0.1, "{load}");
    assert_eq!(load["off_by_block_frac"].as_array().unwrap().len(), 8);
    let told =
        run(&["forecast", "--evaluate", "--series", file, "--column", "roof", "--days", "9"]);
    for part in
        ["roof (demand)", "weekly naive", "persistence", "all leads", "without numbers: wind"]
    {
        assert!(told.out.contains(part), "{part} is not in:\n{}{}", told.out, told.err);
    }
    let text = fault(&["forecast", "--evaluate", "--series", file, "--column", "rof"], 3);
    assert!(text.contains("rof") && text.contains("roof"), "{text}");
    let text = fault(&["forecast", "--figures", folder.path().to_str().unwrap()], 3);
    assert!(text.contains("espino_load_5min_2016.csv"), "{text}");
    fault(&["forecast", "--evaluate"], 2);
    fault(&["forecast"], 2);
}

#[test]
fn wrong_usage_and_wrong_input_differ() {
    fault(&["plan"], 2);
    fault(&["plan", "--site", "camps/small.toml", "--colour"], 2);
    let text = fault(&["plan", "--site", "camps/nowhere.toml"], 3);
    assert!(text.contains("camps/nowhere.toml"), "{text}");
    let text = fault(&["plan", "--site", "camps/small.toml", "--variant", "Z"], 3);
    assert!(text.contains('Z') && text.contains("H+"), "{text}");
    let text = fault(&["plan", "--site", "camps/small.toml", "--hours", "10000"], 3);
    assert!(text.contains("--hours 10000") && text.contains("336"), "{text}");
    let text = fault(&["demo", "--bind", "0.0.0.0:8080"], 3);
    assert!(text.contains("loopback"), "{text}");
    let text = fault(&["demo", "--speed=-1"], 3);
    assert!(text.contains("--speed"), "{text}");
}
