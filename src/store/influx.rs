//! InfluxDB 2 as the store of readings, with the embedded store as its journal.
//!
//! A reading is durable in the embedded store before it is acknowledged; the [`Forwarder`] gives it to
//! InfluxDB afterwards. Questions go to InfluxDB where it has everything but the unsealed tail, else to
//! the embedded store.

mod client;
#[cfg(test)]
mod double;
mod fault;
mod flux;
mod forward;
mod line;
mod lines;
mod pause;
mod plan_lines;
mod questions;
mod sets;
mod setup;
mod status;
mod target;

pub use forward::Forwarder;
pub use status::InfluxStatus;
pub use target::InfluxTarget;

use super::EmbeddedStore;
use crate::domain::clock::Clock;
use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::{Bucket, Reading, Reject, Sample};
use chrono::{DateTime, TimeDelta, Utc};
use client::Client;
use status::Shared;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::watch;

impl EmbeddedStore {
    /// Keeps from `now` on for an InfluxDB what comes, until a service gives it there.
    pub fn keep_for(&self, target: &InfluxTarget, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.forward_to(&target.name(), now.timestamp_millis())
    }
}

/// Readings in InfluxDB 2.
#[derive(Debug)]
pub struct InfluxStore {
    store: Arc<EmbeddedStore>,
    client: Arc<Client>,
    shared: Arc<Shared>,
    bucket: String,
    site: String,
    points: PointMap,
    clock: Clock,
    runtime: Handle,
}

impl InfluxStore {
    /// The store and its forwarder, which is to be run. To be called within a tokio runtime.
    pub fn open(
        store: Arc<EmbeddedStore>,
        target: InfluxTarget,
        site: &str,
        points: &PointMap,
    ) -> Result<(Self, Forwarder), StoreError> {
        let clock = Clock::system();
        store.keep_for(&target, clock.now())?;
        let (client, shared) = (Arc::new(Client::new(&target)?), Arc::new(Shared::default()));
        let runtime = Handle::try_current().map_err(|e| StoreError::Other(e.to_string()))?;
        let forwarder = Forwarder {
            store: Arc::clone(&store),
            client: Arc::clone(&client),
            shared: Arc::clone(&shared),
            target: target.clone(),
            site: site.to_owned(),
            points: points.clone(),
            clock: clock.clone(),
            is_set_up: false,
            is_idle: false,
        };
        let (site, points) = (site.to_owned(), points.clone());
        let bucket = target.bucket;
        let store = Self { store, client, shared, bucket, site, points, clock, runtime };
        Ok((store, forwarder))
    }

    /// How it goes, now and in future.
    pub fn status(&self) -> watch::Receiver<InfluxStatus> {
        self.shared.status.subscribe()
    }

    /// Values and notes that wait.
    pub fn waiting(&self) -> Result<u64, StoreError> {
        self.store.count_waiting()
    }
}

impl ReadingStore for InfluxStore {
    fn append(&self, readings: &[Reading], rejects: &[Reject]) -> Result<(), StoreError> {
        self.store.append(readings, rejects)?;
        self.shared.news.notify_one();
        Ok(())
    }

    fn range(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let asked = self.askable(point, from, to)?;
        match asked.and_then(|asked| self.range_there(&asked, limit)) {
            Some(samples) => Ok(samples),
            None => self.store.range(point, from, to, limit),
        }
    }

    fn held(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.store.range(point, from, to, limit)
    }

    fn aggregate(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<Bucket>, StoreError> {
        let step_ms = step.num_milliseconds().max(1);
        if let Some(asked) = self.askable(point, from, to)?
            && let Some(buckets) = self.aggregate_there(point, &asked, step_ms)?
        {
            return Ok(buckets);
        }
        self.store.aggregate(point, from, to, step)
    }

    fn newest(&self, point: PointId) -> Result<Option<Sample>, StoreError> {
        self.store.newest(point)
    }

    fn rejects(&self, limit: usize) -> Result<Vec<Reject>, StoreError> {
        self.store.rejects(limit)
    }
}
