//! What a store remembers of a camp.

use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::Reading;
use crate::domain::state::Run;
use crate::live::Live;
use crate::site_file::SiteFile;
use crate::store::EmbeddedStore;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;

/// The time of the newest good reading of a store's file, if there is one.
pub fn newest_reading(path: &Path, file: &SiteFile) -> Result<Option<DateTime<Utc>>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let store = EmbeddedStore::open(path, &file.points)?;
    let times = file.points.iter().map(|(id, _)| store.newest(id));
    let times = times.map(|sample| sample.map(|s| s.map(|s| s.time)));
    times.collect::<Result<Vec<_>, _>>().map(|times| times.into_iter().flatten().max())
}

/// The state as the store remembers it, so that a restart knows the camp at once. What was stored
/// when the clock stood later than now says nothing, and would hold the state until then.
pub(super) fn recall(live: &Live) -> Result<(), StoreError> {
    let mut known = Vec::new();
    let latest = live.clock.now() + TimeDelta::minutes(5);
    for (id, _) in live.file.points.iter() {
        if let Some(sample) = live.readings.newest(id)?.filter(|s| s.time <= latest) {
            known.push(Reading {
                point: id,
                time_ms: sample.time.timestamp_millis(),
                value: sample.value,
                reason: sample.reason,
            });
        }
    }
    live.with_state(|state| state.take(&live.file.points, &known));
    for id in live.file.site.genset.keys() {
        let Some(point) = live.file.points.id("genset", id, "is_running") else { continue };
        let newest = live.readings.newest(point)?.filter(|s| s.time <= latest);
        let Some(newest) = newest else { continue };
        let from = newest.time - TimeDelta::hours(24);
        let past = live.readings.range(point, from, newest.time, 100_000)?;
        let running = newest.value >= 0.5;
        let last_other = past.iter().rev().find(|s| (s.value >= 0.5) != running);
        let since = last_other.map_or(from, |s| s.time);
        live.with_state(|state| {
            state.remember_run(id, Run { running, since });
        });
    }
    Ok(())
}
