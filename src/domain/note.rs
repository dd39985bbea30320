//! Notes: what happened and how complete the data are, for whoever draws them beside the readings.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Something happened.
    Event(Event),
    /// How complete and how good a point's day was.
    Completeness(Completeness),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// What, a stable word: `mode`, `alarm.silent`, `genset.start`, ...
    pub what: String,
    /// Where, `kind.id`; none where it belongs to no asset.
    pub asset: Option<String>,
    /// In a sentence.
    pub text: String,
}

/// How complete and how good a point's day was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// The point, `kind.id.quantity`.
    pub point: String,
    /// The day, UTC.
    pub day: NaiveDate,
    /// Good values, as a share of those expected, 0 to 1.
    pub good_frac: f64,
    /// Values expected of the day.
    pub expected: u64,
    /// Good values that came.
    pub good: u64,
    /// Doubtful values that came.
    pub doubtful: u64,
}
