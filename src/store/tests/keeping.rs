//! Roll-ups say what their values say, and outlive them.

use super::*;
use chrono::TimeDelta;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// The same question, asked of the values.
fn of_values(store: &EmbeddedStore, from: i64, to: i64, step_s: i64) -> Vec<(i64, u64, f64)> {
    let samples =
        store.range(PointId(3), time_of_ms(from * 1000), time_of_ms(to * 1000), usize::MAX);
    let mut found: Vec<(i64, u64, f64)> = Vec::new();
    for s in samples.unwrap().iter().filter(|s| s.quality == Quality::Good) {
        let start = s.time.timestamp().div_euclid(step_s) * step_s;
        match found.last_mut().filter(|f| f.0 == start) {
            Some(f) => {
                f.1 += 1;
                f.2 += s.value;
            }
            None => found.push((start, 1, s.value)),
        }
    }
    found.iter().map(|(start, n, sum)| (*start, *n, sum / *n as f64)).collect()
}

fn of_store(store: &EmbeddedStore, from: i64, to: i64, step_s: i64) -> Vec<(i64, u64, f64)> {
    let (from, to) = (time_of_ms(from * 1000), time_of_ms(to * 1000));
    let buckets = store.aggregate(PointId(3), from, to, TimeDelta::seconds(step_s)).unwrap();
    buckets.iter().map(|b| (b.start.timestamp(), b.count, b.mean)).collect()
}

fn same(a: &[(i64, u64, f64)], b: &[(i64, u64, f64)]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!((a.0, a.1), (b.0, b.1));
        assert!((a.2 - b.2).abs() < 1e-9, "{a:?} {b:?}");
    }
}

#[test]
fn stretches_are_those_of_the_values_whatever_is_sealed_late_or_doubtful() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..12 {
        let batch: Vec<Reading> = (0..400)
            .map(|_| {
                let second = round * 3 * HOUR_S + random.i64(-5 * HOUR_S..4 * HOUR_S);
                let mut one = reading(3, second, random.f64() * 100.0);
                one.reason = random.bool().then_some(Reason::Spike).filter(|_| random.bool());
                one
            })
            .collect();
        store.append(&batch, &[]).unwrap();
        if round % 3 != 2 {
            store.seal().unwrap();
        }
        for (from, to, step) in [
            (-DAY_S, 3 * DAY_S, 300),
            (-DAY_S, 3 * DAY_S, 900),
            (1234, 2 * DAY_S + 77, HOUR_S),
            (0, HOUR_S + 1, 300),
            (7000, 7100, 600),
        ] {
            same(&of_store(&store, from, to, step), &of_values(&store, from, to, step));
        }
    }
    assert_eq!(check(&folder.path().join("camp.db")).unwrap(), Vec::<String>::new());
}

#[test]
fn values_go_after_their_time_and_what_they_said_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    // 2026-01-01 and 100 days on, a value a quarter of an hour.
    let first: i64 = 1_767_225_600;
    for day in 0..100 {
        let batch: Vec<Reading> =
            (0..96).map(|i| reading(3, first + day * DAY_S + 900 * i, (day % 7) as f64)).collect();
        store.append(&batch, &[]).unwrap();
        store.seal().unwrap();
    }
    let (end, now) = (first + 100 * DAY_S, time_of_ms((first + 100 * DAY_S) * 1000));
    let before = of_store(&store, first, end, HOUR_S);
    let let_go = store.keep(Retention::default(), now).unwrap();
    assert_eq!((let_go.chunks, let_go.rollup_days), (70, 0));
    let left = of_values(&store, first, end, 900);
    assert_eq!(left.first().unwrap().0, first + 70 * DAY_S);
    same(&of_store(&store, first, end, HOUR_S), &before);
    // A value that comes after all: it is kept, and what was said before stands.
    store.append(&[reading(3, first + 900, 1e6)], &[]).unwrap();
    store.seal().unwrap();
    same(&of_store(&store, first, first + DAY_S, HOUR_S), &before[..24]);

    // A clock that runs a year ahead of the meters costs nothing.
    let later = now + TimeDelta::days(500);
    assert_eq!(store.keep(Retention::default(), later).unwrap().rollup_days, 0);
    assert_eq!(of_values(&store, first, end, 900).last().unwrap().0, end - 900);
    // A year later months are all that is left.
    store.append(&[reading(3, later.timestamp(), 1.0)], &[]).unwrap();
    store.seal().unwrap();
    let let_go = store.keep(Retention::default(), later).unwrap();
    assert_eq!(let_go.rollup_days, 100);
    assert_eq!(of_store(&store, first, end, HOUR_S), []);
    let number = store.number(PointId(3)).unwrap();
    let months = keep::months_of(&lock(&store.reader), number).unwrap();
    let counts: Vec<u32> = months.values().map(|m| m.count).collect();
    assert_eq!(counts, [31 * 96, 28 * 96, 31 * 96, 10 * 96]);
    assert_eq!(check(&folder.path().join("camp.db")).unwrap(), Vec::<String>::new());
}

#[test]
fn a_store_of_the_first_format_gets_its_roll_ups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camp.db");
    let first = store(&folder);
    let batch: Vec<Reading> = (0..5000).map(|i| reading(3, 60 * i, i as f64)).collect();
    first.append(&batch, &[]).unwrap();
    first.seal().unwrap();
    let before = of_store(&first, 0, 5000 * 60, 900);
    drop(first);
    let old = "DROP TABLE rollup; DROP TABLE month; DROP TABLE meta; PRAGMA user_version = 1;";
    Connection::open(&path).unwrap().execute_batch(old).unwrap();
    let migrated = store(&folder);
    same(&of_store(&migrated, 0, 5000 * 60, 900), &before);
    assert_eq!(check(&path).unwrap(), Vec::<String>::new());
}
