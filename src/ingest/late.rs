//! Late readings, held against what is stored: a message that comes again, after a hang-up or a restart,
//! must not clear what was thought of its values the first time.

use super::Found;
use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::{Reading, time_of_ms};
use chrono::TimeDelta;
use std::collections::{BTreeMap, HashSet};

/// Keeps of the late readings those that say something new.
pub(super) fn settle(store: &dyn ReadingStore, found: &mut Found) {
    let late = std::mem::take(&mut found.late);
    if late.is_empty() {
        return;
    }
    let mut said: HashSet<(PointId, i64, u64)> = found.readings.iter().map(key).collect();
    if let Err(error) = remember(store, &late, &mut said) {
        // What is stored anew counts once all the same; only what was thought of it may be lost.
        tracing::warn!("late readings could not be held against the store: {error}");
    }
    for reading in late {
        if said.insert(key(&reading)) {
            found.readings.push(reading);
        } else {
            found.repeated += 1;
        }
    }
}

fn key(reading: &Reading) -> (PointId, i64, u64) {
    (reading.point, reading.time_ms, reading.value.to_bits())
}

/// What the store holds at the times of late readings: one question a point.
fn remember(
    store: &dyn ReadingStore,
    late: &[Reading],
    said: &mut HashSet<(PointId, i64, u64)>,
) -> Result<(), StoreError> {
    let mut spans: BTreeMap<PointId, (i64, i64)> = BTreeMap::new();
    for reading in late {
        let span = spans.entry(reading.point).or_insert((reading.time_ms, reading.time_ms));
        *span = (span.0.min(reading.time_ms), span.1.max(reading.time_ms));
    }
    for (point, (from_ms, to_ms)) in spans {
        let to = time_of_ms(to_ms) + TimeDelta::milliseconds(1);
        for sample in store.held(point, time_of_ms(from_ms), to, usize::MAX)? {
            said.insert((point, sample.time.timestamp_millis(), sample.value.to_bits()));
        }
    }
    Ok(())
}
