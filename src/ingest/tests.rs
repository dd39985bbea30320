//! Bad input of every kind: each gets a clear answer and loses nothing.

use super::*;
use crate::domain::ports::ReadingStore;
use crate::domain::quality::Reason;
use crate::domain::reading::time_of_ms;
use crate::site_file::SiteFile;
use std::path::Path;

const NOW: i64 = 1_773_100_000_000;

fn camp() -> SiteFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    crate::site_file::read(&path, None).unwrap()
}

fn ingest(payloads: &[&str]) -> Found {
    let file = camp();
    let mut judge = Judge::of(&file.site, &file.points);
    let mut found = Found::default();
    for payload in payloads {
        let now = time_of_ms(NOW);
        ingest_one("t", payload.as_bytes(), now, &file.points, &mut judge, &mut found);
    }
    found
}

fn at(offset_s: i64, values: &str) -> String {
    let time = time_of_ms(NOW + 1000 * offset_s).to_rfc3339();
    format!(r#"{{"timestamp":"{time}","values":{{{values}}}}}"#)
}

fn reasons(found: &Found) -> Vec<&str> {
    found.rejects.iter().map(|r| r.reason.as_str()).collect()
}

#[test]
fn a_good_value_beside_bad_ones_is_kept() {
    let found = ingest(&[&at(
        0,
        r#""genset.g1.power_kw":120,"genset.g9.power_kw":1,"tank.raw.level_m3":null"#,
    )]);
    assert_eq!(found.readings.len(), 1);
    assert_eq!(reasons(&found), ["unmapped", "not_a_number"]);
    assert!(found.rejects[0].detail.contains("genset.g9.power_kw"));
}

#[test]
fn a_value_that_cannot_be_true_is_kept_as_suspect() {
    let found = ingest(&[&at(0, r#""battery.bess.state_of_charge_frac":55"#)]);
    assert_eq!(found.readings[0].reason, Some(Reason::Range));
    let found = ingest(&[&at(0, r#""genset.g1.power_kw":-3"#)]);
    assert_eq!(found.readings[0].reason, Some(Reason::Range));
}

#[test]
fn late_readings_are_good_and_future_ones_doubtful_or_refused() {
    let found = ingest(&[
        &at(-86_400, r#""tank.raw.level_m3":50"#),
        &at(299, r#""tank.raw.level_m3":51"#),
        &at(301, r#""tank.raw.level_m3":52"#),
        &at(366 * 86_400 + 1, r#""tank.raw.level_m3":52"#),
        r#"{"timestamp":"1970-01-01T00:00:00Z","values":{"tank.raw.level_m3":53}}"#,
    ]);
    let kept: Vec<_> = found.readings.iter().map(|r| r.reason).collect();
    assert_eq!((kept, found.late.len()), (vec![None, None, Some(Reason::Future)], 0));
    assert_eq!(reasons(&found), ["future", "too_old"]);
}

#[test]
fn a_redelivered_reading_is_not_new() {
    let one = at(0, r#""tank.raw.level_m3":50"#);
    let found = ingest(&[&one, &one, &at(0, r#""tank.raw.level_m3":50.5"#)]);
    assert_eq!((found.readings.len(), found.late.len(), found.repeated), (1, 1, 1));
}

#[test]
fn what_comes_again_clears_no_doubt() {
    let file = camp();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camp.db");
    let store = crate::store::EmbeddedStore::open(&path, &file.points).unwrap();
    let point = file.points.resolve("genset.g1.power_kw").unwrap();
    let said = |time_ms, value, reason| Reading { point, time_ms, value, reason };
    store.append(&[said(1000, 80.0, Some(Reason::Spike)), said(2000, 30.0, None)], &[]).unwrap();
    let mut found = Found::default();
    found.readings.push(said(5000, 31.0, Some(Reason::Unit)));
    // What is stored, what stands in the same batch, another value, and a time that was never heard of.
    let late = [said(1000, 80.0, None), said(5000, 31.0, None), said(2000, 30.5, None)];
    found.late.extend(late);
    found.late.push(said(1500, 29.0, None));
    late::settle(&store, &mut found);
    let times: Vec<_> = found.readings.iter().map(|r| (r.time_ms, r.reason)).collect();
    assert_eq!(times, [(5000, Some(Reason::Unit)), (2000, None), (1500, None)]);
    assert_eq!((found.late.len(), found.repeated), (0, 2));
}

#[test]
fn an_oversized_payload_is_refused_by_its_size() {
    let big = at(0, &format!(r#""{}":1"#, "x".repeat(MOST_PAYLOAD)));
    let found = ingest(&[&big]);
    assert_eq!(reasons(&found), ["oversized"]);
    assert!(found.rejects[0].excerpt.chars().count() <= 200);
}
