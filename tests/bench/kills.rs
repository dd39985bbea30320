//! `kill -9` a hundred times at random instants, sealing included, while readings come: what the broker
//! acknowledged to the publisher is held against an export of the store, row by row.

use super::mosquitto::Mosquitto;
use super::process::Service;
use super::report::{Asked, Report};
use super::wire;
use chrono::{DateTime, Utc};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TOPIC: &str = "smartcamp/v1/medium/telemetry/power-house";
const KILLS: u32 = 100;
/// Messages a second, of five values each.
const PACE: u64 = 6000;
const POINTS: [&str; 5] = [
    "genset.g1.power_kw",
    "genset.g2.power_kw",
    "genset.g3.power_kw",
    "solar.roof.power_kw",
    "tank.raw.level_m3",
];

fn first() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// What message `n` says of a point: to be told apart from its neighbours.
fn value(n: u64, point: usize) -> f64 {
    ((n * 7 + point as u64 * 13) % 6000) as f64 / 100.0
}

fn payload(points: &[String], n: u64, out: &mut Vec<u8>) {
    let time =
        DateTime::from_timestamp_millis(first().timestamp_millis() + i64::try_from(n).unwrap());
    let time = time.unwrap().format("%Y-%m-%dT%H:%M:%S%.3fZ");
    write!(out, r#"{{"timestamp":"{time}","values":{{"#).unwrap();
    for (i, point) in points.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(out, r#"{comma}"{point}":{:.2}"#, value(n, i)).unwrap();
    }
    write!(out, "}}}}").unwrap();
}

/// What was found of what was acknowledged.
#[derive(Debug, Default)]
struct Count {
    lost: u64,
    doubled: u64,
    wrong: u64,
}

/// Holds an export against what was sent. Knows nothing of the store.
fn count(csv: &Path, points: &[String], messages: u64) -> Count {
    let mut seen = vec![vec![false; usize::try_from(messages).unwrap()]; points.len()];
    let mut found = Count::default();
    let mut reader = csv::Reader::from_path(csv).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        let time: DateTime<Utc> = row[1].parse().unwrap();
        let n = time.timestamp_millis() - first().timestamp_millis();
        let place = points.iter().position(|p| *p == row[0]);
        let slot = place.zip(usize::try_from(n).ok());
        let Some(mark) = slot.and_then(|(p, n)| seen.get_mut(p)?.get_mut(n)) else {
            found.wrong += 1;
            continue;
        };
        found.doubled += u64::from(*mark);
        *mark = true;
        let said: f64 = row[2].parse().unwrap();
        let (point, n) = (place.unwrap(), u64::try_from(n).unwrap());
        found.wrong += u64::from((said - value(n, point)).abs() > 1e-9);
    }
    found.lost = seen.iter().flatten().filter(|s| !**s).count() as u64;
    found
}

/// Five points of the camp that no plan asks for at once.
fn points() -> Vec<String> {
    let file = smart_camp::site_file::read(&super::root().join("camps/medium.toml"), None).unwrap();
    let known: Vec<String> = file.points.iter().map(|(_, p)| p.to_string()).collect();
    let named = POINTS.iter().filter(|p| known.iter().any(|k| k == *p)).map(|p| (*p).to_owned());
    let others = known.iter().filter(|k| k.starts_with("load.")).cloned();
    named.chain(others).take(5).collect()
}

pub(crate) fn run(report: &mut Report) {
    println!("kill -9, {KILLS} times");
    let points = points();
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let kept = "values_days = 3650\n";
    // The session is made before anything is sent.
    Service::serve_with(folder.path(), &broker, kept).connected();
    let (sent, go_on) = (Arc::new(Mutex::new(0_u64)), Arc::new(AtomicBool::new(true)));
    let (counter, goes_on, address) =
        (Arc::clone(&sent), Arc::clone(&go_on), broker.address.clone());
    let of_publisher = points.clone();
    let publisher = std::thread::spawn(move || {
        // In parts, until told to end: each returns when the broker has acknowledged all of it.
        let began = Instant::now();
        while goes_on.load(Ordering::Acquire) {
            let from = *counter.lock().unwrap();
            wire::publish(&address, TOPIC, PACE, |n, out| {
                let due = Duration::from_secs_f64((from + n) as f64 / PACE as f64);
                while let Some(left) = due.checked_sub(began.elapsed()).filter(|d| !d.is_zero()) {
                    std::thread::park_timeout(left);
                }
                payload(&of_publisher, from + n, out);
            });
            *counter.lock().unwrap() = from + PACE;
        }
        began.elapsed().as_secs_f64()
    });
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..KILLS {
        let service = Service::serve_with(folder.path(), &broker, kept);
        let until = Instant::now() + Duration::from_millis(random.u64(0..1200));
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
        // Dropped: that is `kill -9`.
        drop(service);
    }
    go_on.store(false, Ordering::Release);
    let seconds = publisher.join().unwrap();
    let messages = *sent.lock().unwrap();
    let service = Service::serve_with(folder.path(), &broker, kept);
    service.drained();
    service.stop();
    let csv = folder.path().join("csv");
    let store = folder.path().join("store.db");
    let exported = Command::new(env!("CARGO_BIN_EXE_smart-camp"))
        .args(["store", "export"])
        .args([&store, &csv])
        .status();
    assert!(exported.unwrap().success());
    let looked = Command::new(env!("CARGO_BIN_EXE_smart-camp"))
        .args(["store", "check"])
        .arg(&store)
        .status();
    assert!(looked.unwrap().success(), "the store has faults");
    let found = count(&csv.join("readings.csv"), &points, messages);
    let of = format!("of {} values acknowledged", messages * points.len() as u64);
    let pace = messages as f64 / seconds;
    report.add("messages while it was killed", pace, "messages/s", Asked::AtLeast(5000.0), "");
    report.add("lost", found.lost as f64, "values", Asked::AtMost(0.0), &of);
    report.add("doubled", found.doubled as f64, "values", Asked::AtMost(0.0), &of);
    report.add("wrong or of nobody", found.wrong as f64, "values", Asked::AtMost(0.0), &of);
}
