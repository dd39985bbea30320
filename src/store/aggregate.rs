//! Stretches of time from roll-ups where they say it, and from the values themselves where they do not.

use super::rollup::{self, STEP_MS, Stretches, roll};
use super::{EmbeddedStore, lock};
use crate::domain::point::PointId;
use crate::domain::ports::StoreError;
use crate::domain::reading::{Bucket, time_of_ms};

/// Good values of a point in `from..to` by stretches of `step_ms`, counted from 1970.
pub(super) fn aggregate(
    store: &EmbeddedStore,
    point: PointId,
    (from_ms, to_ms): (i64, i64),
    step_ms: i64,
) -> Result<Vec<Bucket>, StoreError> {
    let step_ms = step_ms.max(1);
    let stretches = if step_ms % STEP_MS == 0 {
        of_rollups(store, point, (from_ms, to_ms), step_ms)?
    } else {
        roll(&store.merged(point, from_ms, to_ms)?, step_ms)
    };
    let bucket = |(start, rolled): (i64, rollup::Rolled)| Bucket {
        start: time_of_ms(start),
        count: u64::from(rolled.count),
        mean: rolled.mean,
        min: rolled.min,
        max: rolled.max,
    };
    Ok(stretches.into_iter().map(bucket).collect())
}

/// Whole stretches of 5 minutes come from roll-ups as far as nothing of the tail lies in them; the rest,
/// and the ends that are cut, from the values.
fn of_rollups(
    store: &EmbeddedStore,
    point: PointId,
    (from_ms, to_ms): (i64, i64),
    step_ms: i64,
) -> Result<Stretches, StoreError> {
    if from_ms >= to_ms {
        return Ok(Stretches::new());
    }
    let number = store.number(point)?;
    // The tail first: what is sealed in between is then in both, and the values are asked.
    let oldest = lock(&store.tail).oldest(number).unwrap_or(i64::MAX);
    let first_whole = from_ms.div_euclid(STEP_MS) * STEP_MS
        + if from_ms.rem_euclid(STEP_MS) == 0 { 0 } else { STEP_MS };
    let rolled_to = to_ms.min(oldest).div_euclid(STEP_MS) * STEP_MS;
    if first_whole >= rolled_to {
        return Ok(roll(&store.merged(point, from_ms, to_ms)?, step_ms));
    }
    let mut all = Stretches::new();
    let mut take = |part: Stretches| {
        for (start, rolled) in part {
            let start = start.div_euclid(step_ms) * step_ms;
            all.entry(start).and_modify(|r| r.add(rolled)).or_insert(rolled);
        }
    };
    take(roll(&store.merged(point, from_ms, first_whole)?, STEP_MS));
    take(rollup::read(&lock(&store.reader), number, first_whole, rolled_to)?);
    take(roll(&store.merged(point, rolled_to, to_ms)?, STEP_MS));
    Ok(all)
}
