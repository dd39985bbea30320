//! Every query of grafana/, of panels, variables, annotations and rules, asked of a real InfluxDB that the
//! service has filled from a simulated camp.

use super::support::{Influxd, Setup, TestCamp, eventually, minute, root, site};
use chrono::TimeDelta;
use serde_json::Value;
use smart_camp::domain::alarm::Severity;

const TOPIC: &str = "smartcamp/v1/medium/telemetry/power-house";

/// A query and where it stands.
struct Query {
    place: String,
    flux: String,
    /// A rule is silent while all is well.
    may_be_empty: bool,
}

fn dashboards() -> Vec<Query> {
    let mut list = Vec::new();
    for entry in std::fs::read_dir(root().join("grafana/dashboards")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let board: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut add = |place: String, flux: &Value| {
            let flux = flux.as_str().unwrap_or_else(|| panic!("{place}: no query")).to_owned();
            list.push(Query { place, flux, may_be_empty: false });
        };
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                add(format!("{name}: {}", panel["title"]), &target["query"]);
            }
        }
        for one in board["annotations"]["list"].as_array().unwrap() {
            add(format!("{name}: annotation {}", one["name"]), &one["target"]["query"]);
        }
        for one in board["templating"]["list"].as_array().unwrap() {
            if one["type"] == "query" {
                let query = &one["query"];
                let flux = if query.is_string() { query } else { &query["query"] };
                add(format!("{name}: variable {}", one["name"]), flux);
            }
        }
    }
    assert!(list.len() > 60, "{}", list.len());
    list
}

/// The queries of the alert rules: blocks of text behind `query: |`.
fn rules() -> Vec<Query> {
    let path = root().join("grafana/provisioning/alerting/smartcamp.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("query: |\n").skip(1).enumerate().map(|(n, rest)| {
        let first = rest.lines().next().unwrap();
        let depth = first.len() - first.trim_start().len();
        let inside =
            |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() >= depth;
        let flux: Vec<&str> = rest.lines().take_while(inside).collect();
        Query { place: format!("rule {n}"), flux: flux.join("\n"), may_be_empty: true }
    });
    let list: Vec<Query> = blocks.collect();
    assert!(list.len() >= 5, "{}", list.len());
    list
}

/// As Grafana would send it: variables filled in, and its `v` put before it, behind imports.
fn filled(query: &Query, bucket: &str) -> String {
    let now = minute();
    let (from, to) = (now - TimeDelta::days(2), now + TimeDelta::days(2));
    let v = format!(
        "option v = {{timeRangeStart: {}, timeRangeStop: {}, windowPeriod: 5m}}\n",
        from.format("%Y-%m-%dT%H:%M:%SZ"),
        to.format("%Y-%m-%dT%H:%M:%SZ")
    );
    let flux = query
        .flux
        .replace("${bucket}", bucket)
        .replace("bucket: \"smartcamp\"", &format!("bucket: \"{bucket}\""))
        .replace("${site}", "medium")
        .replace("${genset:regex}", "(g1|g2|g3|g4|g5)")
        .replace("${tank:regex}", "(raw|treated)");
    assert!(!flux.contains("${"), "{}: {flux}", query.place);
    let is_import = |line: &&str| line.starts_with("import ") || line.trim().is_empty();
    let imports: Vec<&str> = flux.lines().take_while(is_import).collect();
    let rest: Vec<&str> = flux.lines().skip(imports.len()).collect();
    format!("{}\n{v}{}", imports.join("\n"), rest.join("\n"))
}

/// Two hours of a camp, with what dashboards show of a bad day: a value that cannot be, a counter that
/// begins anew, an alarm.
fn lived(camp: &TestCamp) {
    let begun = camp.clock.now();
    for quarter in 1..=8 {
        let until = begun + TimeDelta::minutes(15 * quarter);
        camp.live_until("a quarter of an hour", 60, || (camp.clock.now() >= until).then_some(()));
    }
    camp.live_until("a plan is there", 20, || camp.live.plan());
    let mut meter = camp.peer("meter", &[]);
    let now = camp.clock.now();
    for (s, values) in [
        (-20, r#""load.clinic.energy_kwh":5000.0"#),
        (0, r#""load.clinic.energy_kwh":0.1,"genset.g1.power_kw":1000000.0"#),
    ] {
        let time = (now + TimeDelta::seconds(s)).to_rfc3339();
        meter.send(TOPIC, format!(r#"{{"timestamp":"{time}","values":{{{values}}}}}"#));
    }
    meter.flush();
    camp.live.raise("shortfall", "", Severity::Warning, "for the dashboards");
}

#[test]
fn every_query_finds_data_in_a_camp_that_has_lived() {
    let Some(server) = Influxd::start("the queries of Grafana") else { return };
    let target = server.target();
    let bucket = target.bucket.clone();
    let mut setup = Setup::small();
    setup.file = site("medium");
    setup.influx = Some(target);
    setup.start = minute() - TimeDelta::hours(3);
    let camp = setup.with_field().start();
    lived(&camp);
    let noted = r#"r._measurement == "noted" or r._measurement == "doubtful""#;
    eventually("InfluxDB has the last of it", || {
        let rows = server.rows(&bucket, noted);
        let has = |kind: &str| rows.iter().any(|row| row["_measurement"] == kind);
        (has("noted") && has("doubtful") && camp.live.metrics.influxdb_waiting.get() == 0)
            .then_some(())
    });
    let mut faults = Vec::new();
    for query in dashboards().into_iter().chain(rules()) {
        // `ask` fails for what InfluxDB does not take.
        let rows = server.ask(&filled(&query, &bucket));
        if rows.is_empty() && !query.may_be_empty {
            faults.push(format!("{}\n{}", query.place, query.flux));
        }
    }
    assert!(faults.is_empty(), "{} find nothing:\n{}", faults.len(), faults.join("\n\n"));
}
