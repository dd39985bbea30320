//! What the store promises, tried on real files.

mod keeping;
mod moving;

use super::*;
use crate::domain::ports::{Action, RecordStore};

fn points() -> PointMap {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    crate::site_file::read(&path, None).unwrap().points
}

fn store(folder: &tempfile::TempDir) -> EmbeddedStore {
    EmbeddedStore::open(&folder.path().join("camp.db"), &points()).unwrap()
}

fn reading(point: u32, second: i64, value: f64) -> Reading {
    Reading { point: PointId(point), time_ms: second * 1000, value, reason: None }
}

fn all(store: &EmbeddedStore, point: u32) -> Vec<(i64, f64)> {
    let (from, to) = (time_of_ms(0), time_of_ms(1 << 50));
    let samples = store.range(PointId(point), from, to, usize::MAX).unwrap();
    samples.iter().map(|s| (s.time.timestamp(), s.value)).collect()
}

#[test]
fn the_same_reading_twice_counts_once_and_the_last_value_stands() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    store.append(&[reading(0, 10, 1.0), reading(0, 20, 2.0), reading(0, 10, 3.0)], &[]).unwrap();
    assert_eq!(all(&store, 0), [(10, 3.0), (20, 2.0)]);
    store.seal().unwrap();
    assert_eq!(all(&store, 0), [(10, 3.0), (20, 2.0)]);
    // A late one over a sealed one, and one before everything.
    store.append(&[reading(0, 20, 5.0), reading(0, 5, 0.5)], &[]).unwrap();
    assert_eq!(all(&store, 0), [(5, 0.5), (10, 3.0), (20, 5.0)]);
    store.seal().unwrap();
    assert_eq!(all(&store, 0), [(5, 0.5), (10, 3.0), (20, 5.0)]);
}

#[test]
fn what_was_appended_is_there_after_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(&folder);
    first.append(&[reading(1, 10, 1.5)], &[]).unwrap();
    first.seal().unwrap();
    first.append(&[reading(1, 20, 2.5), reading(2, 20, 7.0)], &[]).unwrap();
    // Without an orderly end: the second opening reads what is committed.
    drop(first);
    let second = store(&folder);
    assert_eq!(all(&second, 1), [(10, 1.5), (20, 2.5)]);
    assert_eq!(all(&second, 2), [(20, 7.0)]);
    assert!((second.newest(PointId(1)).unwrap().unwrap().value - 2.5).abs() < 1e-12);
}

#[test]
fn aggregates_take_good_values_by_stretches_counted_from_1970() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut batch: Vec<Reading> = (0..120).map(|i| reading(3, 30 + i, i as f64)).collect();
    batch[5].reason = Some(Reason::Range);
    batch[5].value = 1e9;
    store.append(&batch[..60], &[]).unwrap();
    store.seal().unwrap();
    store.append(&batch[60..], &[]).unwrap();
    let buckets = store
        .aggregate(PointId(3), time_of_ms(0), time_of_ms(1 << 40), TimeDelta::minutes(1))
        .unwrap();
    let starts: Vec<_> = buckets.iter().map(|b| (b.start.timestamp(), b.count)).collect();
    assert_eq!(starts, [(0, 29), (60, 60), (120, 30)]);
    assert!((buckets[1].mean - 59.5).abs() < 1e-9);
    assert!(buckets[0].max < 1e6);
}

#[test]
fn a_full_tail_is_sealed_by_itself_and_small_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut value = 100.0;
    for block in 0..70_i64 {
        let batch: Vec<Reading> = (0..5000_i64)
            .map(|i| {
                value += 0.1 * ((i * 7919) % 3 - 1) as f64;
                reading(4, block * 5000 + i, (value * 10.0_f64).round() / 10.0)
            })
            .collect();
        store.append(&batch, &[]).unwrap();
    }
    let sealed: (i64, i64) = lock(&store.reader)
        .query_row("SELECT sum(count), sum(length(times) + length(vals)) FROM chunk", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(sealed.0 >= 300_000);
    assert!(sealed.1 < 2 * sealed.0, "{} bytes for {} values", sealed.1, sealed.0);
    assert_eq!(all(&store, 4).len(), 350_000);
}

#[test]
fn rejects_are_kept_newest_first_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let reject = |i: i64| Reject {
        at: time_of_ms(i),
        topic: "t".to_owned(),
        reason: "malformed".to_owned(),
        detail: format!("number {i}"),
        excerpt: "{".to_owned(),
    };
    for block in 0..25 {
        let list: Vec<_> = (0..450).map(|i| reject(block * 450 + i)).collect();
        store.append(&[], &list).unwrap();
    }
    assert_eq!(store.rejects(1).unwrap()[0].detail, "number 11249");
    assert_eq!(store.rejects(usize::MAX).unwrap().len(), 10_000);
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(store(&folder));
    let path = folder.path().join("camp.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = EmbeddedStore::open(&path, &points()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 7, known: 2, .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (a)").unwrap();
    assert!(matches!(EmbeddedStore::open(&path, &points()).unwrap_err(), StoreError::Foreign(_)));
    std::fs::write(&path, "this is no database, only text that is long enough").unwrap();
    assert!(matches!(EmbeddedStore::open(&path, &points()).unwrap_err(), StoreError::Foreign(_)));
}

#[test]
fn actions_are_kept_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    for i in 0..3 {
        let action = Action {
            at: time_of_ms(i),
            who: "scheduler".to_owned(),
            what: "plan.published".to_owned(),
            why: format!("reason {i}"),
        };
        store.add_action(&action).unwrap();
    }
    let why: Vec<_> = store.actions(2).unwrap().into_iter().map(|a| a.why).collect();
    assert_eq!(why, ["reason 2", "reason 1"]);
}
