//! Wide, long and JSON; what is refused, with its line; and a store that refuses.

use super::*;
use crate::domain::reading::Reading;
use crate::site_file::SiteFile;
use std::path::Path;

fn camp() -> SiteFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    crate::site_file::read(&path, None).unwrap()
}

/// What is told, and what was kept in how many commits.
fn take(text: &[u8], is_json: bool) -> (Result<Imported, String>, Vec<Reading>, usize) {
    let camp = camp();
    let now = "2026-03-10T06:00:00Z".parse().unwrap();
    let (mut kept, mut commits) = (Vec::new(), 0);
    let batch = Batch::new((&camp.site, &camp.points), now, "test", |found: &Found| {
        kept.extend(found.readings.iter().copied());
        commits += 1;
        Ok(())
    });
    let told = if is_json { batch.json(text) } else { batch.csv(text) };
    (told.map_err(|e| e.to_string()), kept, commits)
}

fn refusals(told: &Imported) -> Vec<(Option<u64>, &str)> {
    told.refusals.iter().map(|r| (r.line, r.reason.as_str())).collect()
}

#[test]
fn wide_files_are_taken_in_line_by_line() {
    let text = "timestamp,genset.g1.power_kw,quality,colour,tank.raw.level_m3\n\
        2026-03-09T06:00:00Z,120,good,red,12.5\n\
        2026-03-09T08:15:00+02:00,,good,red,12.25\n\
        yesterday,1,,,1\n\
        2026-03-09T06:30:00Z,much,,,99999\n\
        2028-03-10T07:00:00Z,1,,,\n";
    let (told, kept, commits) = take(text.as_bytes(), false);
    let told = told.unwrap();
    assert_eq!((told.readings, told.suspect, told.refused, commits), (4, 1, 4, 1));
    let wanted = [(1, "unmapped"), (4, "malformed"), (5, "not_a_number"), (6, "future")];
    assert_eq!(refusals(&told), wanted.map(|(line, reason)| (Some(line), reason)));
    assert_eq!(told.refusals[2].detail, "genset.g1.power_kw has no value: much");
    assert_eq!(kept.len(), 4);
    assert_eq!(kept[2].time_ms - kept[0].time_ms, 900_000);
}

#[test]
fn long_files_and_json_are_the_same_readings() {
    let long = "value,timestamp,point\n120,2026-03-09T06:00:00Z,genset.g1.power_kw\n\
        120,2026-03-09T06:00:00Z,genset.g1.power_kw\n1,2026-03-09T06:00:00Z,genset.g99.power_kw\n";
    let (told, from_csv, _) = take(long.as_bytes(), false);
    let told = told.unwrap();
    assert_eq!((told.readings, told.repeated, told.refused), (1, 1, 1));
    let json = br#"{"timestamp":"2026-03-09T06:00:00Z",
        "values":{"genset.g1.power_kw":120,"genset.g99.power_kw":1}}"#;
    let (told, from_json, _) = take(json, true);
    assert_eq!(refusals(&told.unwrap()), [(None, "unmapped")]);
    assert_eq!(from_csv, from_json);
}

#[test]
fn what_cannot_be_a_batch_is_told() {
    for (text, part) in [
        ("", "has no column named timestamp"),
        ("time,genset.g1.power_kw\n", "has no column named timestamp"),
        ("timestamp,colour\n", "no column names a point"),
        ("timestamp,tank.raw.level_m3,tank.raw.level_m3\n", "names a point a second time"),
    ] {
        let (told, kept, _) = take(text.as_bytes(), false);
        let fault = told.unwrap_err();
        assert!(fault.contains(part) && kept.is_empty(), "{text}: {fault}");
    }
    assert!(take(b"{}", true).0.unwrap_err().starts_with("malformed: "));
    let (told, kept, _) = take(
        b"timestamp,tank.raw.level_m3\n2026-03-09T06:00:00Z,\xff\n2026-03-09T06:01:00Z,12\n",
        false,
    );
    assert_eq!(refusals(&told.unwrap()), [(Some(2), "malformed")]);
    assert_eq!(kept.len(), 1, "a line that is no text spoils no other");
}

#[test]
fn a_large_file_is_kept_in_parts_and_refusals_are_listed_up_to_a_hundred() {
    let mut text = "timestamp,tank.raw.level_m3\n".to_owned();
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    for n in 0..60_000 {
        let time = start + chrono::TimeDelta::seconds(n);
        text += &format!("{},{}\n", time.to_rfc3339(), if n % 100 == 0 { "x" } else { "12" });
    }
    let (told, kept, commits) = take(text.as_bytes(), false);
    let told = told.unwrap();
    assert_eq!((told.readings, told.refused, told.refusals.len()), (59_400, 600, 100));
    assert_eq!((kept.len(), commits), (59_400, 2));
}

#[test]
fn a_store_that_refuses_is_no_success() {
    let camp = camp();
    let now = "2026-03-10T06:00:00Z".parse().unwrap();
    let full = |_: &Found| Err(StoreError::Full("no room".to_owned()));
    let batch = Batch::new((&camp.site, &camp.points), now, "test", full);
    let fault = batch.csv(&b"timestamp,tank.raw.level_m3\n2026-03-09T06:00:00Z,12\n"[..]);
    assert!(matches!(fault.unwrap_err(), BatchFault::Store(StoreError::Full(_))));
}

/// Files that were hit by chance: nothing panics, and what is taken is a number at a time that can be.
#[test]
fn files_that_were_hit_by_chance_are_taken_or_refused() {
    const CSV: &[u8] = b"timestamp,genset.g1.power_kw,tank.raw.level_m3\n\
        2026-03-09T06:00:00Z,120,12.5\n2026-03-09T08:15:00+02:00,,12.25\n";
    const LONG: &[u8] = b"point,timestamp,value\ngenset.g1.power_kw,2026-03-09T06:00:00Z,120\n";
    const JSON: &[u8] = br#"{"readings":[{"timestamp":"2026-03-09T06:00:00Z",
        "values":{"genset.g1.power_kw":120}}]}"#;
    let mut rng = fastrand::Rng::with_seed(4);
    let (mut taken, mut refused) = (0, 0);
    for (file, is_json) in [(CSV, false), (LONG, false), (JSON, true)] {
        for _ in 0..100 {
            let (told, kept, _) = take(&super::super::decode::tests::hit(&mut rng, file), is_json);
            assert!(kept.iter().all(|reading| reading.value.is_finite()));
            taken += usize::from(!kept.is_empty());
            refused += usize::from(told.is_err() || told.is_ok_and(|told| told.refused > 0));
        }
    }
    assert!(taken > 20 && refused > 20, "{taken} and {refused}: chance hits both");
}
