//! Readings of a stretch of time, as means of 5 minutes of every point: what all reports are made from.

use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::profile::utc_offset_minutes;
use crate::domain::reading::Bucket;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// Length of a slot, s: that of the store's means, which outlive the values.
pub const SLOT_S: i64 = 300;
/// The same, h.
pub const SLOT_H: f64 = 1.0 / 12.0;
/// A value holds for the usual distance of its point's values, but no longer than an hour.
const LONGEST_HELD: usize = 12;
const DAY_S: i64 = 86_400;

/// Means by point; an empty slot had no good value.
#[derive(Debug, Clone)]
pub struct Measured {
    start_s: i64,
    slots: usize,
    zone: Tz,
    series: BTreeMap<String, Vec<Option<f64>>>,
}

/// Kinds of equipment, as the points are named.
#[derive(Debug, Clone, Copy)]
pub struct Kinds(pub &'static [&'static str]);

impl Kinds {
    /// Every kind that a day of the camp is made of.
    pub const ALL: Self = Self(&[
        "load",
        "genset",
        "solar",
        "battery",
        "well",
        "treatment",
        "tank",
        "taps",
        "wastewater",
        "thermal_store",
        "batch",
    ]);
}

/// A slot's mean.
pub type Slots = [Option<f64>];

impl Measured {
    /// An empty stretch from `from` to `to`, cut to whole slots.
    pub fn empty(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let start_s = from.timestamp().div_euclid(SLOT_S) * SLOT_S;
        let slots = usize::try_from((to.timestamp() - start_s) / SLOT_S).unwrap_or(0);
        Self { start_s, slots, zone, series: BTreeMap::new() }
    }

    /// Reads the points of some kinds of equipment, counters of energy left out.
    ///
    /// # Errors
    /// The store's.
    pub fn read(
        points: &PointMap,
        zone: Tz,
        store: &dyn ReadingStore,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        kinds: Kinds,
    ) -> Result<Self, StoreError> {
        let mut measured = Self::empty(zone, from, to);
        let (first, last) = (measured.time(0), measured.time(measured.slots));
        let wanted = |id: &PointId| {
            let point = points.get(*id)?;
            (kinds.0.contains(&point.kind) && !point.quantity.ends_with("_kwh")).then_some(point)
        };
        for (id, _) in points.iter() {
            let Some(point) = wanted(&id) else { continue };
            let means = store.aggregate(id, first, last, TimeDelta::seconds(SLOT_S))?;
            measured.put(&point.to_string(), &means);
        }
        Ok(measured)
    }

    /// Puts the means of a point in their slots; what lies outside is left out.
    pub fn put(&mut self, point: &str, means: &[Bucket]) {
        if means.is_empty() {
            return;
        }
        let slots = self.slots;
        let series = self.series.entry(point.to_owned()).or_insert_with(|| vec![None; slots]);
        for bucket in means {
            let slot = (bucket.start.timestamp() - self.start_s).div_euclid(SLOT_S);
            if let Some(place) = usize::try_from(slot).ok().and_then(|i| series.get_mut(i)) {
                *place = Some(bucket.mean);
            }
        }
    }

    /// Takes over the means of another stretch where the two overlap.
    pub fn take(&mut self, other: &Self) {
        let shift = (other.start_s - self.start_s).div_euclid(SLOT_S);
        let slots = self.slots;
        for (point, means) in &other.series {
            let series = self.series.entry(point.clone()).or_insert_with(|| vec![None; slots]);
            for (i, mean) in means.iter().enumerate() {
                let at = i64::try_from(i).unwrap_or(i64::MAX).saturating_add(shift);
                let place = usize::try_from(at).ok().and_then(|at| series.get_mut(at));
                if let (Some(place), Some(mean)) = (place, mean) {
                    *place = Some(*mean);
                }
            }
        }
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots
    }

    /// Whether there is no slot.
    pub fn is_empty(&self) -> bool {
        self.slots == 0
    }

    /// Start of a slot; that of the one behind the last is the end.
    pub fn time(&self, slot: usize) -> DateTime<Utc> {
        let after = i64::try_from(slot).unwrap_or(i64::MAX / SLOT_S - 1) * SLOT_S;
        DateTime::from_timestamp(self.start_s + after, 0).unwrap_or_default()
    }

    /// The local day of a slot, counted from 1970-01-01, and its local second of the day.
    pub fn local(&self, slot: usize) -> (i64, i64) {
        let time = self.time(slot);
        let local_s = time.timestamp() + 60 * i64::from(utc_offset_minutes(self.zone, time));
        (local_s.div_euclid(DAY_S), local_s.rem_euclid(DAY_S))
    }

    /// The means as they are; nothing for a point that was never heard of.
    pub fn raw(&self, kind: &str, id: &str, quantity: &str) -> Option<&Slots> {
        self.series.get(&format!("{kind}.{id}.{quantity}")).map(Vec::as_slice)
    }

    /// The means, each held until the next for as long as its point's values are usually apart.
    pub fn held(&self, kind: &str, id: &str, quantity: &str) -> Option<Vec<Option<f64>>> {
        self.raw(kind, id, quantity).map(hold)
    }

    /// Whether a point was heard of at all.
    pub fn has(&self, kind: &str, id: &str, quantity: &str) -> bool {
        self.raw(kind, id, quantity).is_some()
    }
}

/// A local day, from its number.
pub fn date_of(day: i64) -> NaiveDate {
    NaiveDate::default() + TimeDelta::days(day)
}

fn hold(series: &Slots) -> Vec<Option<f64>> {
    let known: Vec<usize> = (0..series.len()).filter(|i| series[*i].is_some()).collect();
    let mut apart: Vec<usize> = known.windows(2).map(|w| w[1] - w[0]).collect();
    apart.sort_unstable();
    let usual = apart.get(apart.len() / 2).copied().unwrap_or(1).min(LONGEST_HELD);
    let mut held = series.to_vec();
    for i in known {
        for j in i + 1..(i + usual).min(series.len()) {
            if held[j].is_none() {
                held[j] = held[i];
            }
        }
    }
    held
}
