//! The camp as it is now: the last value of each point that plans may rely on, what was heard last,
//! and since when each set runs.

use super::point::{PointId, PointMap};
use super::quality::{Quality, Reason};
use super::reading::{Reading, time_of_ms};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A set above this share of its rating runs, whatever its status point says or does not say.
pub const RUNNING_LOAD_FRAC: f64 = 0.02;

/// How long a set is taken to have run or stood when it is first heard of.
const LONG: TimeDelta = TimeDelta::hours(24);

/// The last value of a point that plans may rely on: good, or found from other meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latest {
    /// Its time.
    pub time: DateTime<Utc>,
    /// The value.
    pub value: f64,
    /// What is to be known of it.
    pub reason: Option<Reason>,
}

impl Latest {
    /// Whether it was found from other meters.
    pub fn is_substituted(&self) -> bool {
        Reason::quality_of(self.reason) == Quality::Substituted
    }

    fn of(reading: &Reading) -> Self {
        let (time, value) = (time_of_ms(reading.time_ms), reading.value);
        Self { time, value, reason: reading.reason }
    }
}

/// What is known of a point.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// What plans may rely on, and what it was before.
    latest: Option<Latest>,
    before: Option<Latest>,
    /// The newest value, whatever is thought of it.
    heard: Option<Latest>,
}

/// Since when a set has been running or standing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// True if it runs.
    pub running: bool,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Known {
    /// Takes in a value; true if what plans may rely on changed.
    fn take(&mut self, reading: &Reading, quality: Quality) -> bool {
        if reading.reason == Some(Reason::Future) {
            // Nobody knows when it was: it would hide all that comes until then.
            return false;
        }
        let new = Latest::of(reading);
        if quality != Quality::Substituted && self.heard.is_none_or(|h| h.time <= new.time) {
            self.heard = Some(new);
        }
        if matches!(quality, Quality::Suspect | Quality::Stale) {
            // It was relied on, and is doubted now.
            let was_wrong = self.latest.is_some_and(|l| l.time == new.time && !l.is_substituted());
            if was_wrong && quality == Quality::Suspect {
                self.latest = self.before.take();
            }
            return was_wrong && quality == Quality::Suspect;
        }
        let is_older = self
            .latest
            .is_some_and(|l| l.time > new.time || (l.time == new.time && !l.is_substituted()));
        if is_older {
            return false;
        }
        // What a substitute stood for is no value to go back to.
        if self.latest.is_none_or(|l| !l.is_substituted()) {
            self.before = self.latest;
        }
        self.latest = Some(new);
        true
    }
}

/// The camp as it is now.
#[derive(Debug, Clone, Default)]
pub struct CampState {
    known: Vec<Known>,
    runs: BTreeMap<String, Run>,
}

impl CampState {
    /// Takes in readings; older ones than those held are passed by, and doubtful ones change nothing that
    /// plans rely on. True if that changed.
    pub fn take(&mut self, points: &PointMap, readings: &[Reading]) -> bool {
        let mut taken = false;
        for reading in readings {
            let index = reading.point.0 as usize;
            if self.known.len() <= index {
                self.known.resize(index + 1, Known::default());
            }
            let quality = reading.quality();
            if self.known[index].take(reading, quality) {
                if quality == Quality::Good {
                    self.note_run(points, reading, time_of_ms(reading.time_ms));
                }
                taken = true;
            }
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

    /// The last value of a point that plans may rely on.
    pub fn latest(&self, point: PointId) -> Option<Latest> {
        self.known.get(point.0 as usize)?.latest
    }

    /// The newest value of a point, whatever is thought of it.
    pub fn heard(&self, point: PointId) -> Option<Latest> {
        self.known.get(point.0 as usize)?.heard
    }

    /// The last value of `kind.id.quantity` that plans may rely on.
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
        self.known.iter().filter_map(|known| known.latest).map(|l| l.time).max()
    }
}
