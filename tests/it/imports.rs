//! Readings by the batch: over REST, and from files into the store of a service that does not run.

use super::support::{Mosquitto, Service, Setup, run};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const TANK: &str = "tank.raw.level_m3";

#[test]
fn a_program_sends_csv_and_json_and_hears_what_became_of_it() {
    let camp = Setup::small().start();
    let wide = format!(
        "timestamp,{TANK},genset.g1.power_kw\n2026-03-10T05:00:00Z,11,20\n2026-03-10T05:15:00Z,12,\n\
         2026-03-10T05:30:00Z,-4,x\n"
    );
    let told = camp.http.send("/readings", "text/csv; charset=utf-8", &wide);
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    let count = |field: &str| told[field].as_u64().unwrap();
    assert_eq!(["readings", "suspect", "repeated", "refused"].map(count), [4, 1, 0, 1]);
    assert_eq!(told["refusals"][0]["line"], 4);
    assert_eq!(told["refusals"][0]["reason"], "not_a_number");

    let long = format!("timestamp,point,value\n2026-03-10T05:45:00Z,{TANK},13\n");
    assert_eq!(camp.http.send("/readings", "text/csv", &long).json()["readings"], 1);
    let json = format!(r#"{{"timestamp":"2026-03-10T05:59:00Z","values":{{"{TANK}":14}}}}"#);
    assert_eq!(camp.http.post("/readings", &json).json()["readings"], 1);

    // At once: in the store, in the state, among the refusals, in the record of actions.
    let samples = camp.http.ok(&format!("/readings/{TANK}"));
    let values: Vec<f64> = samples["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["value"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [11.0, 12.0, -4.0, 13.0, 14.0]);
    assert_eq!(camp.http.ok("/state")["values"][TANK]["value"], 14.0);
    let reject = &camp.http.ok("/rejects")[0];
    assert_eq!(
        (&reject["topic"], &reject["reason"]),
        (&"rest:engineer".into(), &"not_a_number".into())
    );
    let actions = camp.http.ok("/actions");
    let mut actions = actions.as_array().unwrap().iter();
    assert!(actions.any(|a| a["who"] == "engineer" && a["what"] == "readings.imported 4"));
}

#[test]
fn what_is_no_batch_is_refused_whole() {
    let camp = Setup::small().start();
    let refused = |kind: &str, body: &str, part: &str| {
        let answer = camp.http.send("/readings", kind, body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{part} in {detail}");
    };
    refused("text/csv", "", "has no column named timestamp");
    refused("text/csv", "timestamp,colour\n", "no column names a point of the site");
    refused("application/json", "{", "malformed");
    refused("text/plain", "timestamp,point,value\n", "must be text/csv or application/json");
    refused("text/csv", &"x".repeat((8 << 20) + 1), "the body cannot be read");
    let answer = camp.reader().send("/readings", "text/csv", "timestamp,point,value\n");
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    let answer = camp.http.with_token("x").send("/readings", "text/csv", "timestamp,point,value\n");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"));
    assert!(camp.http.ok("/rejects").as_array().unwrap().is_empty());
}

/// Settings that name a store in a folder, and a file of two hundred good lines and one bad one.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let settings = folder.join("import.toml");
    let store = folder.join("store.db");
    std::fs::write(&settings, format!("[store]\nfile = \"{}\"\n", store.display())).unwrap();
    let mut text = format!("timestamp,{TANK}\n");
    for n in 0..200 {
        writeln!(
            text,
            "2026-03-09T{:02}:{:02}:00Z,{:.2}",
            n / 60,
            n % 60,
            10.0 + 0.005 * f64::from(n)
        )
        .unwrap();
    }
    text += "2026-03-09T25:00:00Z,1\n";
    let file = folder.join("tank.csv");
    std::fs::write(&file, text).unwrap();
    (settings, file)
}

fn import(settings: &Path, file: &Path) -> super::support::Ran {
    let (settings, file) = (settings.to_str().unwrap(), file.to_str().unwrap());
    run(&["import", "--site", "camps/small.toml", "--settings", settings, file])
}

#[test]
fn files_are_taken_into_a_store_that_a_service_then_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, file) = files(folder.path());
    let ran = import(&settings, &file);
    assert_eq!(ran.code, 3, "what was refused is no success: {}", ran.err);
    assert!(
        ran.out.contains("200 readings, 0 of them suspect; 0 repeated, 1 refused"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("tank.csv:202: malformed: timestamp 2026-03-09T25"), "{}", ran.out);
    // Once more is nothing more: point and time are the key.
    assert_eq!(import(&settings, &file).code, 3);
    let camp = Setup { folder, ..Setup::small() }.start();
    let path = format!("/readings/{TANK}?from=2026-03-09T00:00:00Z&limit=1000");
    assert_eq!(camp.http.ok(&path)["samples"].as_array().unwrap().len(), 200);
    let gone =
        run(&["import", "--site", "camps/small.toml", "--settings", "nowhere.toml", "x.csv"]);
    assert_eq!(gone.code, 3, "{}", gone.err);
}

#[test]
fn a_file_that_is_no_table_of_readings_is_told_as_wrong_input() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, file) = files(folder.path());
    std::fs::write(&file, "when,what\n1,2\n").unwrap();
    let ran = import(&settings, &file);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("timestamp"), "{}", ran.err);
}

#[test]
fn a_store_in_use_is_left_alone() {
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let (settings, file) = files(folder.path());
    let service = Service::start(&broker, folder.path());
    let ran = import(&settings, &file);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("another process works with it"), "{}", ran.err);
    // The lock ends with its process, however that ends.
    service.kill();
    assert_eq!(import(&settings, &file).code, 3);
}
