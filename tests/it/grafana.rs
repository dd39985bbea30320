//! What Grafana would refuse of the dashboards, or show empty because a name is wrong.

use super::support::root;
use serde_json::Value;
use std::collections::BTreeSet;

const SOURCE: &str = "smartcamp-influxdb";
/// Grafana's own, and `suffix:` for what it has no unit for.
const UNITS: &[&str] = &[
    "kwatt",
    "kwatth",
    "litre",
    "litreh",
    "masskg",
    "m3",
    "suffix: m3/h",
    "percentunit",
    "h",
    "s",
    "none",
    "dateTimeFromNow",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Each dashboard with its file's name.
fn dashboards() -> Vec<(String, Value)> {
    let folder = std::fs::read_dir(root().join("grafana/dashboards")).unwrap();
    let names = folder.map(|f| f.unwrap().file_name().into_string().unwrap());
    let list: Vec<_> = names
        .map(|name| {
            let text = read(&format!("grafana/dashboards/{name}"));
            let board = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, board)
        })
        .collect();
    assert_eq!(list.len(), 6);
    list
}

/// Every value of a key, however deep.
fn values<'a>(of: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match of {
        Value::Object(map) => {
            found.extend(map.get(key));
            map.values().for_each(|inner| values(inner, key, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| values(inner, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What stands between `before` and the next of `ends`.
fn after<'a>(text: &'a str, before: &str, ends: &[char]) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(ends).next().unwrap()).collect()
}

#[test]
fn ids_sources_units_and_variables_are_known() {
    let mut uids = BTreeSet::new();
    for (name, board) in dashboards() {
        assert!(uids.insert(board["uid"].as_str().unwrap().to_owned()), "{name}: uid twice");
        let mut ids = BTreeSet::new();
        for panel in board["panels"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {title}: id twice");
            let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap();
            assert!(UNITS.contains(&unit), "{name}: {title}: unit {unit}");
        }
        let mut sources = Vec::new();
        values(&board, "datasource", &mut sources);
        assert!(!sources.is_empty() && sources.iter().all(|s| s["uid"] == SOURCE), "{name}");
        let list = board["templating"]["list"].as_array().unwrap();
        let known: BTreeSet<&str> = list.iter().map(|v| v["name"].as_str().unwrap()).collect();
        let mut queries = Vec::new();
        values(&board, "query", &mut queries);
        for query in queries {
            for used in after(query.as_str().unwrap(), "${", &[':', '}']) {
                assert!(known.contains(used), "{name}: variable {used}");
            }
        }
    }
    for (name, board) in dashboards() {
        for link in board["links"].as_array().unwrap() {
            let to = link["url"].as_str().unwrap().strip_prefix("/d/").unwrap();
            assert!(uids.contains(to), "{name} links to {to}");
        }
    }
    assert!(read("grafana/provisioning/datasources/smartcamp.yaml").contains(SOURCE));
}

#[test]
fn queries_ask_for_names_of_the_schema() {
    let schema = read("docs/influxdb.md") + &read("docs/payloads.md");
    let mut texts = vec![read("grafana/provisioning/alerting/smartcamp.yaml")];
    for (_, board) in dashboards() {
        let mut queries = Vec::new();
        values(&board, "query", &mut queries);
        texts.extend(queries.iter().map(|q| q.as_str().unwrap().to_owned()));
    }
    let mut seen = BTreeSet::new();
    for text in &texts {
        for word in after(text, "_measurement == \"", &['"']) {
            seen.insert(word.to_owned());
            let is_told =
                schema.contains(&format!("`{word}`")) || schema.contains(&format!("`{word}.ID."));
            assert!(is_told, "measurement {word}");
        }
        for word in after(text, "_field == \"", &['"']) {
            let class = word.strip_prefix("shortfall_");
            let told = format!("`{word}`");
            let is_told = schema.contains(&told) || schema.contains(&format!(".ID.{word}`"));
            let classes = read("solver/src/rank.rs");
            let is_class = class.is_some_and(|c| classes.contains(&format!("\"{c}\"")));
            assert!(is_told || is_class, "field {word}");
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}
