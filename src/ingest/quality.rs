//! Whether a reading can be true, and what stands in for one that cannot.
//!
//! One rule a file. A point is judged by itself from a small state ([`Track`]), in O(1) a value and
//! without allocation; then meters that see the same thing are held against each other: a power and its
//! counter, the meters of the bus, a tank and its flows. A late reading is not doubtful: a device that
//! was cut off sends good data afterwards.

mod arrival;
mod bus;
mod counter;
mod energy;
mod interval;
mod profile;
mod range;
mod site;
mod step;
mod stuck;
mod tank;
mod track;
mod unit;
mod usual;
mod word;

pub use profile::{Nature, Profile};
pub use track::{Judged, Revised, Track};

use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::quality::{Quality, Reason};
use crate::domain::reading::{Reading, Sample};
use camp_solver::Site;
use chrono::{DateTime, TimeDelta, Utc};
use energy::Blamed;
use site::Books;
use word::{Word, Words};

/// What becomes of a reading.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is kept, with its reason.
    Keep(Reading),
    /// It is kept where it is not stored already: it is older than the newest of its point.
    Late(Reading),
    /// It says what was said before, of the same point and time.
    Repeated,
    /// It is not kept: the reason in one word, and in a sentence.
    Refuse(&'static str, String),
}

/// What a reading says of others.
#[derive(Debug, Default)]
pub struct Others {
    /// Readings that are thought of otherwise now, and what was thought of them.
    pub revised: Vec<(Reading, Option<Reason>)>,
    /// What doubted meters should have said, found from others.
    pub substitutes: Vec<Reading>,
}

/// Judges the readings of a site.
#[derive(Debug, Default)]
pub struct Judge {
    tracks: Vec<(Profile, Track)>,
    books: Books,
}

/// So much of the stored past is read at the start, for what is usual; the less, the denser it is.
const RECALLED: [TimeDelta; 3] = [TimeDelta::hours(12), TimeDelta::hours(1), TimeDelta::minutes(5)];
/// And no more values of a point than this.
const MOST_RECALLED: usize = 5000;

impl Judge {
    /// A judge that has heard nothing yet.
    pub fn of(site: &Site, points: &PointMap) -> Self {
        let profile = |point| (site::profile(site, point), Track::default());
        let tracks = points.iter().map(|(_, point)| profile(point)).collect();
        Self { tracks, books: site::books(site, points) }
    }

    /// Learns from the newest hours of a store what is usual.
    pub fn recall(
        &mut self,
        store: &dyn ReadingStore,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        for (i, (profile, track)) in self.tracks.iter_mut().enumerate() {
            let point = PointId(u32::try_from(i).unwrap_or(u32::MAX));
            let Some(newest) = store.newest(point)?.filter(|s| s.time <= now) else { continue };
            for sample in newest_of(store, point, newest.time)? {
                if sample.quality == Quality::Good {
                    track.judge(profile, sample.time.timestamp_millis(), sample.value);
                }
            }
        }
        Ok(())
    }

    /// How a point behaves.
    pub fn nature(&self, point: PointId) -> Option<Nature> {
        self.tracks.get(point.0 as usize).map(|(profile, _)| profile.nature)
    }

    /// The usual distance between the values of a point, ms.
    pub fn usual_ms(&self, point: PointId) -> Option<i64> {
        self.tracks.get(point.0 as usize)?.1.usual_ms()
    }

    /// Judges a reading. A reason that it comes with stays where nothing speaks against it; one that is
    /// stale already, such as a retained one, is kept as it is and teaches nothing.
    pub fn judge(
        &mut self,
        mut reading: Reading,
        now: DateTime<Utc>,
        points: &PointMap,
        others: &mut Others,
    ) -> Verdict {
        if let Some((reason, detail)) = arrival::refuses(&reading, now, points) {
            return Verdict::Refuse(reason, detail);
        }
        if reading.quality() != Quality::Stale && arrival::is_ahead(&reading, now) {
            reading.reason = Some(Reason::Future);
            return Verdict::Keep(reading);
        }
        let held = self.by_others(reading.point);
        let Some((profile, track)) = self.tracks.get_mut(reading.point.0 as usize) else {
            return Verdict::Keep(reading);
        };
        if reading.quality() == Quality::Stale {
            return Verdict::Keep(reading);
        }
        if held.is_some() {
            track.let_go();
        }
        let usual_ms = track.usual_ms().unwrap_or(0);
        match track.judge(profile, reading.time_ms, reading.value) {
            Judged::Repeated => Verdict::Repeated,
            Judged::Late(reason) => {
                reading.reason = reason.or(reading.reason);
                Verdict::Late(reading)
            }
            Judged::Newest(reason, revised) => {
                if let Some(revised) = revised {
                    let Revised { time_ms, value, was, reason } = revised;
                    others.revised.push((Reading { time_ms, value, reason, ..reading }, was));
                }
                let own = reason;
                let is_own = own.is_some_and(|r| r.quality() == Quality::Suspect);
                reading.reason = if is_own { own } else { held.or(own).or(reading.reason) };
                self.compare(&reading, own, usual_ms, others);
                Verdict::Keep(reading)
            }
        }
    }

    /// What stands against a point from before, by other meters.
    fn by_others(&self, point: PointId) -> Option<Reason> {
        let places = self.books.places.get(point.0 as usize)?;
        let tanks = &self.books.tanks;
        let balance = places.on_bus.is_some_and(|i| self.books.bus.holds_at_fault(i))
            || places.level_of.is_some_and(|t| tanks[t].holds_level_at_fault())
            || places.flow_of.iter().any(|(t, f)| tanks[*t].holds_flow_at_fault(*f));
        if balance {
            return Some(Reason::Balance);
        }
        let (number, is_counter) = places.energy?;
        let blamed = self.books.energy.get(number)?.blamed()?;
        (is_counter == (blamed == Blamed::Counter)).then_some(Reason::Energy)
    }

    /// Enters a reading in the books, and takes down what they say.
    fn compare(
        &mut self,
        reading: &Reading,
        own: Option<Reason>,
        usual_ms: i64,
        others: &mut Others,
    ) {
        let Some(places) = self.books.places.get(reading.point.0 as usize) else { return };
        let (time_ms, value) = (reading.time_ms, reading.value);
        let is_doubted = own.is_some_and(|r| r.quality() == Quality::Suspect);
        if let Some((number, is_counter)) = places.energy
            && let Some(book) = self.books.energy.get_mut(number)
        {
            if is_counter {
                book.count(time_ms, value, own.is_none());
            } else {
                book.power(time_ms, value, usual_ms, is_doubted);
            }
        }
        for (tank, flow) in &places.flow_of {
            self.books.tanks[*tank].flow(*flow, time_ms, value, usual_ms, is_doubted);
        }
        let mut said: [Words; 2] = [[None; 2]; 2];
        if let Some(tank) = places.level_of {
            said[0] = self.books.tanks[tank].level(time_ms, value, usual_ms, is_doubted);
        }
        if let Some(member) = places.on_bus {
            said[1] = self.books.bus.take(member, time_ms, value, is_doubted);
        }
        for word in said.into_iter().flatten().flatten() {
            let reading = |point, time_ms, value, reason| Reading { point, time_ms, value, reason };
            match word {
                Word::Doubt(point, time_ms, value) => {
                    others
                        .revised
                        .push((reading(point, time_ms, value, Some(Reason::Balance)), None));
                }
                Word::Acquit(point, time_ms, value) => {
                    others
                        .revised
                        .push((reading(point, time_ms, value, None), Some(Reason::Balance)));
                }
                Word::Substitute(point, time_ms, value) => {
                    others.substitutes.push(reading(
                        point,
                        time_ms,
                        value,
                        Some(Reason::Redundancy),
                    ));
                }
            }
        }
    }

    /// Where meters do not fit together and none explains it alone: the asset, or nothing for the bus, and
    /// the difference in a sentence.
    pub fn unclear(&self, points: &PointMap) -> Vec<(String, String)> {
        let bus = self.books.bus.unclear_kw().map(|kw| {
            let words = format!(
                "sources less consumers are off by {kw:.1} kW, and no meter explains it alone"
            );
            (String::new(), words)
        });
        let tanks = self.books.tanks.iter().filter_map(|tank| {
            let m3 = tank.unclear_m3()?;
            let asset = points.get(tank.level_point())?.asset();
            Some((asset, format!("its level is {m3:.1} m3 off its flows within the hour: a leak, or a meter that drifts")))
        });
        bus.into_iter().chain(tanks).collect()
    }
}

/// The newest values of a point, no more than can be read in passing.
fn newest_of(
    store: &dyn ReadingStore,
    point: PointId,
    newest: DateTime<Utc>,
) -> Result<Vec<Sample>, StoreError> {
    let to = newest + TimeDelta::milliseconds(1);
    let mut found = Vec::new();
    for length in RECALLED {
        found = store.held(point, newest - length, to, MOST_RECALLED)?;
        if found.len() < MOST_RECALLED {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
