//! How fast readings get from the store into a real InfluxDB: durable here first, then forwarded.

use super::eventually;
use super::influxd::Influxd;
use super::report::{Asked, Report};
use super::root;
use chrono::TimeDelta;
use smart_camp::domain::clock::Clock;
use smart_camp::domain::point::PointId;
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::domain::stop::StopSign;
use smart_camp::store::{EmbeddedStore, InfluxStore};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Values a second until InfluxDB has all, with `values` of one time at once.
fn forwarded(server: &Influxd, count: u32, values: u32) -> f64 {
    let file = smart_camp::site_file::read(&root().join("camps/medium.toml"), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("camp.db"), &file.points).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let guard = runtime.enter();
    let target = server.target();
    let (store, forwarder) =
        InfluxStore::open(Arc::new(store), target, "bench", &file.points).unwrap();
    let status = store.status();
    let sign = StopSign::default();
    let running = runtime.spawn(forwarder.run(sign.watch()));
    drop(guard);
    eventually("InfluxDB is set up", || status.borrow().reached.then_some(()));
    let from = Clock::system().now() - TimeDelta::hours(20);
    let points = 20;
    let began = Instant::now();
    for batch in 0..count / 5000 {
        let reading = |i: u32| {
            let n = batch * 5000 + i;
            let time =
                from + TimeDelta::milliseconds(50 * i64::from(n / values * values.min(points)));
            let value = 10.0 + f64::from(n % 997) / 100.0;
            Reading {
                point: PointId(n % points),
                time_ms: time.timestamp_millis(),
                value,
                reason: None,
            }
        };
        let list: Vec<Reading> = (0..5000).map(reading).collect();
        store.append(&list, &[]).unwrap();
    }
    let all = u64::from(count / 5000 * 5000);
    eventually("InfluxDB has everything", || (status.borrow().sent >= all).then_some(()));
    let rate = all as f64 / began.elapsed().as_secs_f64();
    assert_eq!((status.borrow().refused, status.borrow().expired), (0, 0));
    sign.give();
    runtime.block_on(running).unwrap();
    runtime.shutdown_timeout(Duration::from_secs(5));
    rate
}

pub(crate) fn run(report: &mut Report) {
    println!("from the store into InfluxDB");
    let Some(server) = Influxd::start("values into InfluxDB") else {
        report.skip("values into InfluxDB", "there is no influxd on PATH, and no URL of one");
        return;
    };
    for (what, count, values) in
        [("one value a time", 1_000_000, 1), ("20 values a time", 2_000_000, 20)]
    {
        let rate = forwarded(&server, count, values);
        let what = format!("into InfluxDB, {what}");
        report.add(&what, rate, "values/s", Asked::Nothing, "influxd on the same cores");
    }
}
