//! Readings: a value of a point at a time, with what is thought of it.

use super::point::PointId;
use super::quality::{Quality, Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A reading. Point and time are its key: the same key twice counts once, the last value stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The point.
    pub point: PointId,
    /// Time of the measurement, ms since 1970.
    pub time_ms: i64,
    /// The value, in the unit of the point's name.
    pub value: f64,
    /// Why it is not simply good, or what is to be known of it.
    pub reason: Option<Reason>,
}

impl Reading {
    /// What is thought of it.
    pub fn quality(&self) -> Quality {
        Reason::quality_of(self.reason)
    }
}

/// A value at a time, as it comes out of a store.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// Time of the measurement.
    pub time: DateTime<Utc>,
    /// The value.
    pub value: f64,
    /// What is thought of it.
    pub quality: Quality,
    /// Why, where there is more to say.
    pub reason: Option<Reason>,
}

impl Sample {
    /// A value with what is thought of it.
    pub fn new(time: DateTime<Utc>, value: f64, reason: Option<Reason>) -> Self {
        Self { time, value, quality: Reason::quality_of(reason), reason }
    }
}

/// Good values of a stretch of time, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bucket {
    /// Start of the stretch.
    pub start: DateTime<Utc>,
    /// Number of good values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// Something that arrived and could not be used, with why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reject {
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// The topic it came on; for imports `rest:` and whose token, or the file.
    pub topic: String,
    /// Why, in one word: `malformed`, `oversized`, `unmapped`, `future`, `not_a_number`, `too_old`.
    #[schema(example = "unmapped")]
    pub reason: String,
    /// Why, in a sentence.
    pub detail: String,
    /// Its beginning, as text.
    pub excerpt: String,
}

/// Milliseconds since 1970 as a time; the ends of time where they do not fit.
pub fn time_of_ms(ms: i64) -> DateTime<Utc> {
    let end = if ms < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_millis(ms).unwrap_or(end)
}
