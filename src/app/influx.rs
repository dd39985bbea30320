//! InfluxDB 2 beside the embedded store, where one is set up.

use super::tasks::Tasks;
use super::{AppSettings, completeness};
use crate::domain::alarm::Severity;
use crate::domain::ports::ReadingStore;
use crate::domain::stop::Stop;
use crate::live::Live;
use crate::store::{EmbeddedStore, Forwarder, InfluxStatus, InfluxStore};
use anyhow::Context;
use std::sync::Arc;
use tokio::sync::watch;

/// What keeps InfluxDB up to date, and how it goes.
pub(super) struct Influx {
    forwarder: Forwarder,
    status: watch::Receiver<InfluxStatus>,
}

/// The store of readings: the embedded one, with InfluxDB before it where one is set up.
pub(super) fn open(
    store: &Arc<EmbeddedStore>,
    settings: &AppSettings,
) -> anyhow::Result<(Arc<dyn ReadingStore>, Option<Influx>)> {
    let embedded = Arc::clone(store);
    let Some(target) = settings.influx.clone() else {
        store.forward_nowhere().context("the store")?;
        return Ok((embedded, None));
    };
    let file = &settings.file;
    let (readings, forwarder) = InfluxStore::open(embedded, target, &file.site.name, &file.points)?;
    let status = readings.status();
    Ok((Arc::new(readings), Some(Influx { forwarder, status })))
}

/// Starts what keeps it up to date.
pub(super) fn start(
    influx: Option<Influx>,
    live: &Arc<Live>,
    store: &Arc<EmbeddedStore>,
    tasks: &mut Tasks,
) {
    if let Some(influx) = influx {
        let stop = tasks.stop();
        let complete = completeness::run(Arc::clone(live), Arc::clone(store), stop.clone());
        tasks.spawn("completeness", complete);
        tasks.spawn("InfluxDB status", watch_influx(Arc::clone(live), influx.status, stop.clone()));
        tasks.spawn("InfluxDB", influx.forwarder.run(stop));
    }
}

/// Turns what the forwarder tells into metrics and alarms.
async fn watch_influx(live: Arc<Live>, mut status: watch::Receiver<InfluxStatus>, mut stop: Stop) {
    let mut before = InfluxStatus::default();
    loop {
        let now = status.borrow_and_update().clone();
        let metrics = &live.metrics;
        metrics.influxdb_reached.set(i64::from(now.reached));
        metrics.influxdb_waiting.set(i64::try_from(now.waiting).unwrap_or(i64::MAX));
        metrics.influxdb_sent.inc_by(now.sent - before.sent);
        metrics.influxdb_refused.inc_by(now.refused - before.refused);
        metrics.influxdb_expired.inc_by(now.expired - before.expired);
        match &now.away {
            None => live.clear("influxdb_away", ""),
            Some(why) => {
                let message = format!("nothing can be given to InfluxDB; it is kept here: {why}");
                live.raise("influxdb_away", "", Severity::Warning, &message);
            }
        }
        match &now.not_set_up {
            None => live.clear("influxdb_setup", ""),
            Some(why) => {
                let message =
                    format!("buckets or tasks of InfluxDB are not as they should be: {why}");
                live.raise("influxdb_setup", "", Severity::Warning, &message);
            }
        }
        before = now;
        tokio::select! {
            changed = status.changed() => if changed.is_err() { return },
            () = stop.asked() => return,
        }
    }
}
