//! A store that gives everything to a real InfluxDB.

use super::{eventually, root};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::app::InfluxTarget;
use smart_camp::domain::clock::Clock;
use smart_camp::domain::point::{PointId, PointMap};
use smart_camp::domain::reading::Reading;
use smart_camp::domain::stop::StopSign;
use smart_camp::site_file;
use smart_camp::store::{EmbeddedStore, InfluxStatus, InfluxStore};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// A store with InfluxDB behind it and its forwarder at work.
pub(crate) struct Fed {
    pub(crate) store: Arc<InfluxStore>,
    pub(crate) embedded: Arc<EmbeddedStore>,
    pub(crate) points: PointMap,
    status: watch::Receiver<InfluxStatus>,
    sign: StopSign,
    runtime: Runtime,
}

impl Fed {
    pub(crate) fn open(folder: &Path, target: InfluxTarget) -> Self {
        let file = site_file::read(&root().join("camps/medium.toml"), None).unwrap();
        let points = file.points.clone();
        let embedded = EmbeddedStore::open(&folder.join("camp.db"), &points).unwrap();
        let embedded = Arc::new(embedded);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let sign = StopSign::default();
        let guard = runtime.enter();
        let (store, forwarder) =
            InfluxStore::open(Arc::clone(&embedded), target, "my camp", &points).unwrap();
        let status = store.status();
        runtime.spawn(forwarder.run(sign.watch()));
        drop(guard);
        Self { store: Arc::new(store), embedded, points, status, sign, runtime }
    }

    pub(crate) fn status(&self) -> InfluxStatus {
        self.status.borrow().clone()
    }

    pub(crate) fn point(&self, kind: &str, id: &str, quantity: &str) -> PointId {
        self.points.id(kind, id, quantity).unwrap()
    }

    /// Waits until nothing waits.
    pub(crate) fn settle(&self) {
        eventually("InfluxDB has everything", || {
            (self.status().reached && self.store.waiting().unwrap() == 0).then_some(())
        });
    }

    /// Ends the forwarder.
    pub(crate) fn end(self) {
        self.sign.give();
        self.runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    }
}

/// A whole minute of now: the server keeps by real time.
pub(crate) fn minute() -> DateTime<Utc> {
    let now = Clock::system().now();
    now - TimeDelta::milliseconds(now.timestamp_millis().rem_euclid(60_000))
}

pub(crate) fn reading(point: PointId, time: DateTime<Utc>, value: f64) -> Reading {
    Reading { point, time_ms: time.timestamp_millis(), value, reason: None }
}
