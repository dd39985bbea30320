//! The embedded store by itself: how fast a day and a month of 20 points at 1 Hz are told by stretches of
//! 5 minutes, and how many bytes a sealed value of measured series takes.

use super::report::{Asked, Report};
use super::root;
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::point::{PointId, PointMap};
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::store::EmbeddedStore;
use std::path::{Path, PathBuf};
use std::time::Instant;

const POINTS: u32 = 20;
const DAYS: i64 = 30;

fn start() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn points() -> PointMap {
    smart_camp::site_file::read(&root().join("camps/medium.toml"), None).unwrap().points
}

fn reading(point: u32, time_ms: i64, value: f64) -> Reading {
    Reading { point: PointId(point), time_ms, value, reason: None }
}

/// A month of random walks in tenths, a minute a commit.
fn fill(store: &EmbeddedStore) -> f64 {
    let mut random = fastrand::Rng::with_seed(3);
    let mut tenths: Vec<i64> = (0..POINTS).map(|p| 1000 + 100 * i64::from(p)).collect();
    let began = Instant::now();
    for minute in 0..DAYS * 24 * 60 {
        let mut batch = Vec::with_capacity(60 * POINTS as usize);
        for second in 0..60 {
            let time_ms = start().timestamp_millis() + 1000 * (60 * minute + second);
            for (point, value) in tenths.iter_mut().enumerate() {
                *value += random.i64(-1..=1);
                batch.push(reading(u32::try_from(point).unwrap(), time_ms, *value as f64 / 10.0));
            }
        }
        store.append(&batch, &[]).unwrap();
    }
    let values = (DAYS * 86_400 * i64::from(POINTS)) as f64;
    values / began.elapsed().as_secs_f64()
}

/// Milliseconds until stretches of 5 minutes of all points are told, and their number.
fn ask(store: &EmbeddedStore, days: i64) -> (f64, usize) {
    let to = start() + TimeDelta::days(DAYS);
    let began = Instant::now();
    let told = (0..POINTS).map(|point| {
        let (from, step) = (to - TimeDelta::days(days), TimeDelta::minutes(5));
        store.aggregate(PointId(point), from, to, step).unwrap().len()
    });
    let told = told.sum();
    (began.elapsed().as_secs_f64() * 1000.0, told)
}

/// The same asked of the values themselves, as it would be without roll-ups.
fn ask_values(store: &EmbeddedStore, days: i64) -> f64 {
    let to = start() + TimeDelta::days(DAYS);
    let began = Instant::now();
    for point in 0..POINTS {
        // No multiple of 5 minutes: no roll-up says it.
        let (from, step) = (to - TimeDelta::days(days), TimeDelta::seconds(299));
        store.aggregate(PointId(point), from, to, step).unwrap();
    }
    began.elapsed().as_secs_f64() * 1000.0
}

fn data() -> PathBuf {
    std::env::var_os("SMARTCAMP_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from)
}

/// Every number of a table of measured series, by column.
fn series(path: &Path) -> Vec<Vec<(i64, f64)>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns = reader.headers().unwrap().len() - 1;
    let mut all = vec![Vec::new(); columns];
    for row in reader.records() {
        let row = row.unwrap();
        let time: DateTime<Utc> = row[0].parse().unwrap();
        for (i, series) in all.iter_mut().enumerate() {
            if let Ok(value) = row[i + 1].parse() {
                series.push((time.timestamp_millis(), value));
            }
        }
    }
    all
}

/// Bytes of chunks for each value of the measured series, times included.
fn bytes_a_value(folder: &Path) -> (f64, i64) {
    let names = [
        "espino_load_5min_2016",
        "heed_streetlight_victron_1min",
        "ouessant_2016_hourly",
        "water_demand_hourly_2021_2022",
        "solar_surfrad_slv_1min_day",
    ];
    let file = folder.join("measured.db");
    let store = EmbeddedStore::open(&file, &points()).unwrap();
    let mut point = 0;
    for name in names {
        for series in series(&data().join(format!("{name}.csv"))) {
            let batch: Vec<_> = series.iter().map(|(t, v)| reading(point, *t, *v)).collect();
            store.append(&batch, &[]).unwrap();
            point += 1;
        }
    }
    store.settle().unwrap();
    drop(store);
    let db = rusqlite::Connection::open(&file).unwrap();
    let ask = "SELECT sum(length(times) + length(vals) + length(qualities)), sum(count) FROM chunk";
    let (bytes, values): (i64, i64) =
        db.query_row(ask, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (bytes as f64 / values as f64, values)
}

pub(crate) fn run(report: &mut Report) {
    println!("the embedded store");
    let folder = tempfile::tempdir().unwrap();
    if data().is_dir() {
        let (bytes, values) = bytes_a_value(folder.path());
        let of = format!("of {values} values of measured series, times included");
        report.add("a sealed value on disk", bytes, "bytes", Asked::AtMost(2.5), &of);
    } else {
        let why = format!("there is no data folder {} (SMARTCAMP_DATA)", data().display());
        report.skip("a sealed value on disk", &why);
    }
    let path = folder.path().join("month.db");
    let store = EmbeddedStore::open(&path, &points()).unwrap();
    let rate = fill(&store);
    let what = "a month of 20 points at 1 Hz, a minute a commit";
    report.add(what, rate, "values/s", Asked::Nothing, "sealing and roll-ups included");
    for (days, most_ms, what) in [(1, 50.0, "a day"), (30, 1000.0, "a month")] {
        let (first, told) = ask(&store, days);
        let of_values = ask_values(&store, days);
        let reference = format!("{told} stretches; without roll-ups {of_values:.0} ms");
        let what = format!("5-minute means of {what} of 20 points at 1 Hz");
        report.add(&what, first, "ms", Asked::AtMost(most_ms), &reference);
    }
    store.settle().unwrap();
    drop(store);
    let values = (DAYS * 86_400 * i64::from(POINTS)) as f64;
    let bytes = std::fs::metadata(&path).unwrap().len() as f64;
    let what = "the whole file of that month, for each value";
    report.add(what, bytes / values, "bytes", Asked::Nothing, "roll-ups and free pages included");
}
