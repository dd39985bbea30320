//! Arrival: times that cannot be.
//!
//! A time ahead of our clock is doubtful, not lost: ours may be the wrong one. It is kept as suspect, and
//! nothing is learnt from it.

use crate::domain::point::PointMap;
use crate::domain::reading::{Reading, time_of_ms};
use chrono::{DateTime, TimeDelta, Utc};

/// How far ahead of our clock a device's may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Further ahead than a clock is set back by a machine that was off for a season.
const FAR_AHEAD: TimeDelta = TimeDelta::days(366);
/// No camp measured before this: 2000-01-01.
const EARLIEST_MS: i64 = 946_684_800_000;

/// Why a reading is not kept, in one word and in a sentence.
pub(super) fn refuses(
    reading: &Reading,
    now: DateTime<Utc>,
    points: &PointMap,
) -> Option<(&'static str, String)> {
    let name = || points.get(reading.point).map(ToString::to_string).unwrap_or_default();
    if reading.time_ms > (now + FAR_AHEAD).timestamp_millis() {
        let time = time_of_ms(reading.time_ms);
        let detail =
            format!("{}: measured at {time}, which is {now} plus more than a year", name());
        return Some(("future", detail));
    }
    if reading.time_ms < EARLIEST_MS {
        return Some(("too_old", format!("{}: measured before the year 2000", name())));
    }
    None
}

/// Whether a reading is kept, and doubted for its time.
pub(super) fn is_ahead(reading: &Reading, now: DateTime<Utc>) -> bool {
    reading.time_ms > (now + AHEAD).timestamp_millis()
}
