//! What waits is given once, in order, and never lost by a sealing.

use super::*;
use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::ReadingStore;
use crate::domain::quality::Reason;
use crate::domain::reading::{Reading, time_of_ms};
use crate::store::Retention;
use crate::store::tail::Value;
use std::path::Path;

fn points() -> PointMap {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    crate::site_file::read(&path, None).unwrap().points
}

fn open(folder: &tempfile::TempDir) -> EmbeddedStore {
    EmbeddedStore::open(&folder.path().join("camp.db"), &points()).unwrap()
}

fn give(store: &EmbeddedStore, seconds: std::ops::Range<i64>) {
    for second in seconds {
        let reading = |point: u32| Reading {
            point: PointId(point),
            time_ms: second * 1000,
            value: second as f64,
            reason: (second % 7 == 0).then_some(Reason::Range),
        };
        store.append(&[reading(0), reading(1)], &[]).unwrap();
    }
}

/// Takes everything that waits, as a second store would.
fn take(store: &EmbeddedStore) -> Vec<(i64, Value)> {
    let mut taken = Vec::new();
    while let Some((place, values)) = store.unforwarded(10).unwrap() {
        taken.extend(values);
        store.forwarded(place, &BTreeMap::new(), None).unwrap();
    }
    taken
}

fn seconds(values: &[(i64, Value)]) -> Vec<i64> {
    values.iter().map(|(_, v)| v.time_ms / 1000).collect()
}

#[test]
fn everything_is_given_once_and_in_order_whether_sealed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.forward_to("a", 0).unwrap();
    give(&store, 0..20);
    // Half is taken, the rest is sealed before it was.
    let (place, first) = store.unforwarded(10).unwrap().unwrap();
    store.forwarded(place, &BTreeMap::new(), None).unwrap();
    store.seal().unwrap();
    assert!(store.is_behind().unwrap());
    give(&store, 20..30);
    assert_eq!(store.count_waiting().unwrap(), 50);
    let mut all = first;
    all.extend(take(&store));
    let right: Vec<i64> = (0..30).flat_map(|s| [s, s]).collect();
    assert_eq!(seconds(&all), right);
    assert!(all.iter().all(|(_, v)| (v.reason != 0) == ((v.time_ms / 1000) % 7 == 0)));
    assert!(all.iter().all(|(_, v)| (v.value - (v.time_ms / 1000) as f64).abs() < 1e-12));
    assert!(!store.is_behind().unwrap());
    assert_eq!(store.count_waiting().unwrap(), 0);
}

#[test]
fn what_was_sealed_on_its_way_is_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.forward_to("a", 0).unwrap();
    give(&store, 0..5);
    let (place, values) = store.unforwarded(1000).unwrap().unwrap();
    assert_eq!(values.len(), 10);
    store.seal().unwrap();
    give(&store, 5..8);
    // The place is one of before the sealing: it must not hide what came after.
    store.forwarded(place, &BTreeMap::new(), None).unwrap();
    let right: Vec<i64> = (0..8).flat_map(|s| [s, s]).collect();
    assert_eq!(seconds(&take(&store)), right);
}

#[test]
fn the_place_outlives_a_restart_and_another_target_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.forward_to("a", 5).unwrap();
    give(&store, 0..5);
    assert_eq!(take(&store).len(), 10);
    give(&store, 5..6);
    drop(store);
    let store = open(&folder);
    store.forward_to("a", 99).unwrap();
    assert_eq!(store.cursor().unwrap().since_ms, 5);
    assert_eq!(seconds(&take(&store)), [5, 5]);
    store.forward_to("b", 77).unwrap();
    assert_eq!(store.cursor().unwrap().since_ms, 77);
    // What is not sealed yet is given to the new one as well.
    assert_eq!(take(&store).len(), 12);
    store.forward_nowhere().unwrap();
    give(&store, 6..7);
    store.seal().unwrap();
    assert!(!store.is_behind().unwrap());
}

#[test]
fn whoever_seals_keeps_what_was_not_given() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.forward_to("a", 0).unwrap();
    give(&store, 0..4);
    let (place, _) = store.unforwarded(4).unwrap().unwrap();
    store.forwarded(place, &BTreeMap::new(), None).unwrap();
    drop(store);
    // A program that only writes and seals, as an import does, and names no target.
    let store = open(&folder);
    give(&store, 4..6);
    store.settle().unwrap();
    give(&store, 6..7);
    drop(store);
    let store = open(&folder);
    store.forward_to("a", 0).unwrap();
    assert_eq!(seconds(&take(&store)), [2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
}

#[test]
fn notes_are_kept_only_for_a_second_store_and_given_in_order() {
    use crate::domain::note::Event;
    let event = |n: i64| {
        Note::Event(Event {
            at: chrono::DateTime::from_timestamp(n, 0).unwrap(),
            what: "mode".to_owned(),
            asset: None,
            text: n.to_string(),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.note(&[event(1)]).unwrap();
    assert_eq!(store.oldest_notes(10).unwrap(), None);
    store.forward_to("a", 0).unwrap();
    store.note(&[event(2), event(3)]).unwrap();
    let (last, notes) = store.oldest_notes(1).unwrap().unwrap();
    assert_eq!(notes, [event(2)]);
    store.notes_forwarded(last).unwrap();
    assert_eq!(store.oldest_notes(10).unwrap().unwrap().1, [event(3)]);
}

#[test]
fn what_waits_longer_than_it_would_be_kept_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.forward_to("a", 0).unwrap();
    give(&store, 0..2);
    store.seal().unwrap();
    let later = KEPT_MS / 1000 + 10;
    give(&store, later..later + 1);
    store.seal().unwrap();
    // By the clock, not by what a device says: one whose clock is ahead must not push out the others.
    let keep = |second: i64| store.keep(Retention::default(), time_of_ms(1000 * second)).unwrap();
    assert_eq!((store.count_waiting().unwrap(), keep(100).waiting), (6, 0));
    assert_eq!(keep(later).waiting, 1);
    assert_eq!(seconds(&take(&store)), [later, later]);
}

#[test]
fn a_block_that_is_broken_is_told() {
    let values: Vec<(i64, Value)> =
        (0..100).map(|i| (i % 3, Value { time_ms: i, value: 0.5, reason: 0 })).collect();
    let block = block::pack(&values).unwrap();
    assert_eq!(block::unpack(&block).unwrap().len(), 100);
    for length in [0, 1, 3, 10, block.len() - 1] {
        assert!(block::unpack(&block[..length]).is_err(), "{length} bytes");
    }
}
