//! The camp as it is now: the last good value of each point, and since when each set runs.

use super::point::{PointId, PointMap};
use super::quality::Quality;
use super::reading::{Reading, time_of_ms};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A set above this share of its rating runs, whatever its status point says or does not say.
pub const RUNNING_LOAD_FRAC: f64 = 0.02;

/// How long a set is taken to have run or stood when it is first heard of.
const LONG: TimeDelta = TimeDelta::hours(24);

/// The last good value of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latest {
    /// Its time.
    pub time: DateTime<Utc>,
    /// The value.
    pub value: f64,
}

/// Since when a set has been running or standing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// True if it runs.
    pub running: bool,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The camp as it is now.
#[derive(Debug, Clone, Default)]
pub struct CampState {
    latest: Vec<Option<Latest>>,
    runs: BTreeMap<String, Run>,
}

impl CampState {
    /// Takes in readings; older ones than those held, and doubtful ones, are passed by. True if any
    /// was taken.
    pub fn take(&mut self, points: &PointMap, readings: &[Reading]) -> bool {
        let mut taken = false;
        for reading in readings.iter().filter(|r| r.quality() == Quality::Good) {
            let index = reading.point.0 as usize;
            if self.latest.len() <= index {
                self.latest.resize(index + 1, None);
            }
            let time = time_of_ms(reading.time_ms);
            if self.latest[index].is_some_and(|l| l.time >= time) {
                continue;
            }
            self.latest[index] = Some(Latest { time, value: reading.value });
            self.note_run(points, reading, time);
            taken = true;
        }
        taken
    }

    fn note_run(&mut self, points: &PointMap, reading: &Reading, time: DateTime<Utc>) {
        let Some(point) = points.get(reading.point).filter(|p| p.kind == "genset") else { return };
        let running = match point.quantity {
            "is_running" => reading.value >= 0.5,
            // Only where no status point speaks; a point's plausible range ends above its rating.
            "power_kw" if self.value(points, "genset", &point.id, "is_running").is_none() => {
                reading.value > RUNNING_LOAD_FRAC * point.max
            }
            _ => return,
        };
        match self.runs.get_mut(&point.id) {
            Some(run) if run.running == running => {}
            Some(run) => *run = Run { running, since: time },
            // Nobody knows how long it has been so; a stored past may tell better.
            None => {
                self.runs.insert(point.id.clone(), Run { running, since: time - LONG });
            }
        }
    }

    /// The last good value of a point.
    pub fn latest(&self, point: PointId) -> Option<Latest> {
        self.latest.get(point.0 as usize).copied().flatten()
    }

    /// The last good value of `kind.id.quantity`.
    pub fn value(&self, points: &PointMap, kind: &str, id: &str, quantity: &str) -> Option<Latest> {
        points.id(kind, id, quantity).and_then(|p| self.latest(p))
    }

    /// Since when a set has been running or standing, if it was ever heard of.
    pub fn run(&self, genset: &str) -> Option<Run> {
        self.runs.get(genset).copied()
    }

    /// Sets the beginning of a set's run, as a store remembers it.
    pub fn remember_run(&mut self, genset: &str, run: Run) {
        self.runs.insert(genset.to_owned(), run);
    }

    /// Time of the newest value, if there is any.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.latest.iter().flatten().map(|l| l.time).max()
    }
}
