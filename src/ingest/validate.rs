//! Whether a reading can be true.
//!
//! A late reading is not doubtful: a device that was cut off sends good data afterwards.

use crate::domain::point::PointMap;
use crate::domain::quality::Reason;
use crate::domain::reading::{Reading, time_of_ms};
use chrono::{DateTime, TimeDelta, Utc};

/// How far ahead of our clock a device's may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// No camp measured before this: 2000-01-01.
const EARLIEST_MS: i64 = 946_684_800_000;

/// What is to become of a reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Keep(Reading),
    /// It says what the last one of its point said, of the same time.
    Repeated,
    /// The reason in one word, and in a sentence.
    Refuse(&'static str, String),
}

/// Judges readings; remembers the last of each point.
#[derive(Debug, Default)]
pub struct Validator {
    last: Vec<Option<(i64, f64)>>,
}

impl Validator {
    pub(super) fn judge(
        &mut self,
        mut reading: Reading,
        now: DateTime<Utc>,
        points: &PointMap,
    ) -> Verdict {
        let name = || points.get(reading.point).map(ToString::to_string).unwrap_or_default();
        if reading.time_ms > (now + AHEAD).timestamp_millis() {
            let time = time_of_ms(reading.time_ms);
            let detail =
                format!("{}: measured at {time}, which is {now} plus more than 5 min", name());
            return Verdict::Refuse("future", detail);
        }
        if reading.time_ms < EARLIEST_MS {
            let detail = format!("{}: measured before the year 2000", name());
            return Verdict::Refuse("too_old", detail);
        }
        let index = reading.point.0 as usize;
        if self.last.len() <= index {
            self.last.resize(index + 1, None);
        }
        let this = (reading.time_ms, reading.value);
        let is_same = |last: &(i64, f64)| last.0 == this.0 && last.1.to_bits() == this.1.to_bits();
        if self.last[index].as_ref().is_some_and(is_same) {
            return Verdict::Repeated;
        }
        self.last[index] = Some(this);
        if let Some(point) = points.get(reading.point)
            && !(point.min..=point.max).contains(&reading.value)
        {
            reading.reason = Some(Reason::Range);
        }
        Verdict::Keep(reading)
    }
}
