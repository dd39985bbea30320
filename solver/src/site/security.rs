//! Which load must survive the loss of the largest source, by hour.

use super::policy::DayWindow;
use crate::fault::Faults;
use crate::time_grid::TimeGrid;
use chrono::{DateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which load must survive the loss of the largest source, by hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// Level outside the windows below: `full` (all load), `critical` (T0 and T1) or `none`.
    pub level: SecurityLevel,
    /// Windows with the level `full`; where windows overlap, `full` holds.
    #[serde(default)]
    pub full: Vec<DayWindow>,
    /// Stretches of time with the level `full`, such as a surge of the hospital.
    #[serde(default)]
    pub surge: Vec<Surge>,
    /// Windows with the level `none`, each with the name of who answers for it.
    #[serde(default)]
    pub none: Vec<UnprotectedWindow>,
    /// Who answers for `level = "none"`; needed with it.
    #[serde(default)]
    pub none_signed_by: Option<String>,
}

/// A stretch of time in which all load must survive the loss of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

/// A stretch of the local day in which the loss of a source may drop any load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnprotectedWindow {
    /// Start, local time.
    #[schema(value_type = String, example = "22:00:00")]
    pub from: NaiveTime,
    /// End, local time.
    #[schema(value_type = String, example = "05:00:00")]
    pub to: NaiveTime,
    /// The human who answers for it.
    #[schema(example = "the camp's commander")]
    pub signed_by: String,
}

/// How much load the loss of a source may not touch, the most first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SecurityLevel {
    /// All load, the water plant included.
    Full,
    /// T0 and T1.
    Critical,
    /// None.
    None,
}

impl SecurityLevel {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Critical => "critical",
            Self::None => "none",
        }
    }
}

impl Security {
    /// The level of step `t`: the highest that any minute of it asks for.
    pub fn level_in(&self, grid: &TimeGrid, t: usize) -> SecurityLevel {
        if self.surge.iter().any(|s| s.from < grid.start_of(t + 1) && s.to > grid.start_of(t)) {
            return SecurityLevel::Full;
        }
        let offset_s = i64::from(grid.utc_offset_minutes[t]) * 60;
        let first_s = grid.start_of(t).timestamp() + offset_s;
        let levels = (0..grid.step_minutes[t]).map(|minute| {
            let of_day_s = (first_s + i64::from(minute) * 60).rem_euclid(86_400);
            let time = u32::try_from(of_day_s)
                .ok()
                .and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, 0));
            time.map_or(self.level, |time| self.level_at(time))
        });
        levels.min().unwrap_or(self.level)
    }

    fn level_at(&self, time: NaiveTime) -> SecurityLevel {
        if self.full.iter().any(|w| holds(w.from, w.to, time)) {
            SecurityLevel::Full
        } else if self.none.iter().any(|w| holds(w.from, w.to, time)) {
            SecurityLevel::None
        } else {
            self.level
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        const RULE: &str = "hours without N-1 need a human's name";
        let unsigned = self.none_signed_by.as_deref().unwrap_or("").trim().is_empty();
        if self.level == SecurityLevel::None && unsigned {
            faults.add("security.none_signed_by", "", RULE);
        }
        for (i, w) in self.none.iter().enumerate() {
            if w.signed_by.trim().is_empty() {
                faults.add(format!("security.none[{i}].signed_by"), &w.signed_by, RULE);
            }
            empty(&format!("security.none[{i}].to"), w.from, w.to, faults);
        }
        for (i, s) in self.surge.iter().enumerate().filter(|(_, s)| s.to <= s.from) {
            faults.add(format!("security.surge[{i}].to"), s.to, "must be later than from");
        }
        for (i, w) in self.full.iter().enumerate() {
            empty(&format!("security.full[{i}].to"), w.from, w.to, faults);
        }
    }
}

/// Whether a window of the day, which may pass midnight, holds a time.
fn holds(from: NaiveTime, to: NaiveTime, time: NaiveTime) -> bool {
    if from < to { from <= time && time < to } else { from <= time || time < to }
}

fn empty(path: &str, from: NaiveTime, to: NaiveTime, faults: &mut Faults) {
    if from == to {
        faults.add(path, to, "must differ from the start");
    }
}
