//! Messages of sources: devices that the site file describes because they do not speak our JSON.
//!
//! What they send without a time of its own is stamped on arrival; where the broker had kept it, nobody
//! knows how old it is. A device that says it has no value, or that is gone, is told apart from one
//! that says nothing.

use super::decode::{DecodeFault, Told, Venus, decode_mapping, decode_victron};
use super::quarantine::reject;
use super::{Found, Judge, weigh};
use crate::domain::alarm::Severity;
use crate::domain::point::{PointId, PointMap};
use crate::domain::quality::Reason;
use crate::domain::reading::Reading;
use crate::domain::source::venus::Coding;
use crate::domain::source::{Hit, MappedPoint, Mapping, Sources, VenusPoint};
use crate::live::Live;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Why a point has no value, by its device's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// The device is there and has no value.
    NoValue,
    /// The device is gone.
    Gone,
}

impl Absence {
    /// The word that it is counted by.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoValue => "no_value",
            Self::Gone => "gone",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::NoValue => "its device says that it has no value",
            Self::Gone => "its device went away",
        }
    }
}

/// A message of a source.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its payload.
    pub payload: &'a [u8],
    /// True if the broker kept it from before we came.
    pub retained: bool,
    /// When it arrived.
    pub now: DateTime<Utc>,
}

impl Arrived<'_> {
    /// The time of a value and what is to be known of it.
    fn stamp(&self, own_ms: Option<i64>) -> (i64, Option<Reason>) {
        match own_ms {
            Some(time_ms) => (time_ms, None),
            None if self.retained => (self.now.timestamp_millis(), Some(Reason::Retained)),
            None => (self.now.timestamp_millis(), Some(Reason::Arrival)),
        }
    }

    fn refuse(&self, reason: &str, detail: &str, found: &mut Found) {
        found.rejects.push(reject(self.now, self.topic, self.payload, reason, detail));
    }
}

/// A term older than this is not known any more, ms: the keep-alive asks for all of them every few minutes.
const TERM_MS: i64 = 15 * 60_000;

/// Reads messages of sources; remembers terms of sums, and which points have no value.
#[derive(Debug, Default)]
pub struct SourceReader {
    /// The last number of each term of a sum that has several.
    /// With the time at which each came, ms since 1970.
    terms: BTreeMap<PointId, Vec<Option<(i64, f64)>>>,
    absent: BTreeMap<PointId, Absence>,
    /// Points whose absence began or ended since it was last told.
    news: BTreeMap<PointId, Option<Absence>>,
}

impl SourceReader {
    /// Reads a message. False where it is of no source.
    pub fn read(
        &mut self,
        message: Arrived<'_>,
        sources: &Sources,
        points: &PointMap,
        judge: &mut Judge,
        found: &mut Found,
    ) -> bool {
        if sources.is_empty() {
            return false;
        }
        let Some(hit) = sources.find(message.topic) else { return false };
        let mut readings = Vec::new();
        let done = match hit {
            Hit::Victron(device, at) => {
                let at = at.iter().filter_map(|(p, t)| Some((device.points.get(*p)?, *t)));
                self.venus(message, at, points, found, &mut readings)
            }
            Hit::Mapping(mapping, of) => {
                self.mapped(message, (mapping, of), points, found, &mut readings)
            }
        };
        if let Err(fault) = done {
            message.refuse(fault.reason(), &fault.to_string(), found);
        }
        for reading in readings {
            self.speaks(reading.point);
            weigh(reading, message, points, judge, found);
        }
        true
    }

    fn venus<'a>(
        &mut self,
        message: Arrived<'_>,
        at: impl Iterator<Item = (&'a VenusPoint, usize)>,
        points: &PointMap,
        found: &mut Found,
        readings: &mut Vec<Reading>,
    ) -> Result<(), DecodeFault> {
        let told = decode_victron(message.payload)?;
        for (point, term) in at {
            let number = match &told {
                Venus::Number(number) => *number,
                Venus::NoValue | Venus::Gone => {
                    let gone = matches!(told, Venus::Gone);
                    let absence = if gone { Absence::Gone } else { Absence::NoValue };
                    self.lacks(point.point, absence, found);
                    self.set_term(point, term, None, message.now);
                    continue;
                }
                Venus::NoNumber(shown) => {
                    let name = name_of(points, point.point);
                    message.refuse("not_a_number", &format!("{name}: {shown}"), found);
                    continue;
                }
            };
            let Some(wanted) = point.terms.get(term) else { continue };
            let number = match wanted.coding {
                Coding::Plain | Coding::IntoBattery => number,
                Coding::OneOf(codes) => {
                    let is_one = codes.iter().any(|c| (number - *c as f64).abs() < 1e-9);
                    f64::from(u8::from(is_one))
                }
            };
            let value = Some(wanted.conversion.apply(number));
            let Some(sum) = self.set_term(point, term, value, message.now) else { continue };
            if !sum.is_finite() {
                let name = name_of(points, point.point);
                message.refuse("not_a_number", &format!("{name}: too large"), found);
                continue;
            }
            let (time_ms, reason) = message.stamp(None);
            let value = point.take.of(sum);
            readings.push(Reading { point: point.point, time_ms, value, reason });
        }
        Ok(())
    }

    fn mapped(
        &mut self,
        message: Arrived<'_>,
        (mapping, of): (&Mapping, &[MappedPoint]),
        points: &PointMap,
        found: &mut Found,
        readings: &mut Vec<Reading>,
    ) -> Result<(), DecodeFault> {
        if of.is_empty() {
            let detail = "the source has no asset of the site for this device";
            message.refuse("unmapped", detail, found);
            return Ok(());
        }
        if message.payload.is_empty() {
            for point in of {
                self.lacks(point.point, Absence::Gone, found);
            }
            return Ok(());
        }
        let mapped = decode_mapping(message.payload, mapping, of, message.now)?;
        if mapped.values.is_empty() {
            let detail = "has nothing where the source looks for values";
            message.refuse("unmapped", detail, found);
        }
        let (time_ms, reason) = message.stamp(mapped.time_ms);
        for (point, told) in mapped.values {
            match told {
                Told::Number(value) => {
                    readings.push(Reading { point: point.point, time_ms, value, reason });
                }
                Told::NoValue => self.lacks(point.point, Absence::NoValue, found),
                Told::NoNumber(shown) => {
                    let name = name_of(points, point.point);
                    let detail = format!("{name}: {shown} at {}", point.pointer);
                    message.refuse("not_a_number", &detail, found);
                }
            }
        }
        Ok(())
    }

    /// Notes a term, and gives the sum where every term is known and none is old: of two chargers one may
    /// fall silent without a word.
    fn set_term(
        &mut self,
        point: &VenusPoint,
        term: usize,
        value: Option<f64>,
        now: DateTime<Utc>,
    ) -> Option<f64> {
        if point.terms.len() == 1 {
            return value;
        }
        let now_ms = now.timestamp_millis();
        let none = || vec![None; point.terms.len()];
        let terms = self.terms.entry(point.point).or_insert_with(none);
        if let Some(place) = terms.get_mut(term) {
            *place = value.map(|value| (now_ms, value));
        }
        let fresh = |(time_ms, value): (i64, f64)| (now_ms - time_ms <= TERM_MS).then_some(value);
        terms.iter().map(|term| term.and_then(fresh)).sum()
    }

    fn lacks(&mut self, point: PointId, absence: Absence, found: &mut Found) {
        found.absences.push(absence);
        if self.absent.insert(point, absence) != Some(absence) {
            self.news.insert(point, Some(absence));
        }
    }

    fn speaks(&mut self, point: PointId) {
        if self.absent.remove(&point).is_some() {
            self.news.insert(point, None);
        }
    }

    /// Raises and ends the alarms of points whose device says that they have no value.
    pub(super) fn tell(&mut self, live: &Live) {
        for (point, absence) in std::mem::take(&mut self.news) {
            let name = name_of(&live.file.points, point);
            match absence {
                None => live.clear("silent", &name),
                Some(absence) => {
                    live.raise("silent", &name, Severity::Warning, absence.sentence());
                }
            }
        }
    }
}

fn name_of(points: &PointMap, point: PointId) -> String {
    points.get(point).map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests;
