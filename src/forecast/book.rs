//! What the store said of each point by the hour, and what was learnt from it, kept from plan to plan.
//! The store is asked for the newest days each hour, and for everything once a day.

use super::drivers::Drivers;
use super::held::{HeldHours, limited};
use super::learn::{Demand, Foresight, HOUR_S, Hourly, Sun, foresee};
use super::solar::clear_hours;
use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use camp_solver::site::Solar;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Days that are looked back on: what regressions learn from, and what their features look back on.
const DAYS: i64 = 280;
/// Hours that are read again each hour: readings may come late.
const LATE_H: i64 = 48;
/// Hours that must be known before anything is learnt.
const LEAST_KNOWN_H: usize = 72;
/// The newest hour must not be older than this, h.
const OLDEST_H: i64 = 168;

/// One point.
#[derive(Debug, Default)]
struct Kept {
    hourly: Hourly,
    /// Origin of the last reading of the store, and of the last of everything.
    read_at: Option<i64>,
    whole_at: i64,
    clear: Hourly,
    told: Option<(i64, Arc<Foresight>)>,
}

/// All points by name.
#[derive(Debug, Default)]
pub(super) struct Book {
    kept: BTreeMap<String, Kept>,
    pub(super) held: HeldHours,
    /// What is known ahead.
    pub(super) drivers: Drivers,
}

/// A forecast by the hour from an origin.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    /// The first hour, counted from 1970 in UTC.
    pub(super) origin: i64,
    pub(super) told: Arc<Foresight>,
}

/// The first moment of an hour.
pub(super) fn start_of(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(hour * HOUR_S, 0).unwrap_or_default()
}

impl Kept {
    /// Reads what is new. `without` tells of hours that say nothing.
    fn refresh(
        &mut self,
        store: &dyn ReadingStore,
        point: PointId,
        origin: i64,
        without: impl Fn(i64, i64) -> Result<BTreeSet<i64>, StoreError>,
    ) -> Result<(), StoreError> {
        if self.read_at == Some(origin) {
            return Ok(());
        }
        let whole =
            self.read_at.is_none_or(|read_at| origin < read_at) || origin >= self.whole_at + 24;
        let newest = self.read_at.unwrap_or(origin) - LATE_H;
        let from = if whole { origin - 24 * DAYS } else { newest };
        let buckets =
            store.aggregate(point, start_of(from), start_of(origin), TimeDelta::hours(1))?;
        let mut means: BTreeMap<i64, f64> = buckets
            .iter()
            .map(|bucket| (bucket.start.timestamp().div_euclid(HOUR_S), bucket.mean))
            .collect();
        if !means.is_empty() {
            for hour in without(from, origin)? {
                means.remove(&hour);
            }
        }
        let old = if whole { Hourly::default() } else { self.hourly.before(from) };
        let first = if old.known() > 0 { Some(old.first()) } else { means.keys().next().copied() };
        let mean = |hour: i64| means.get(&hour).copied().unwrap_or(old.at(hour));
        self.hourly = first.map(|first| Hourly::of(first, origin, mean)).unwrap_or_default();
        self.read_at = Some(origin);
        if whole {
            self.whole_at = origin;
            self.clear = Hourly::default();
        }
        Ok(())
    }

    fn says_enough(&self, origin: i64) -> bool {
        let is_new = (origin - OLDEST_H..origin).any(|hour| self.hourly.at(hour).is_finite());
        is_new && self.hourly.known() >= LEAST_KNOWN_H
    }

    /// The forecast that is kept, or one that is made now.
    fn learnt(
        &mut self,
        origin: i64,
        leads: usize,
        make: impl FnOnce(&Hourly, &Hourly) -> Option<Foresight>,
    ) -> Option<Learnt> {
        let fits = |told: &Foresight| told.values.len() >= leads;
        let told = match &self.told {
            Some((at, told)) if *at == origin && fits(told) => Arc::clone(told),
            _ => Arc::new(make(&self.hourly, &self.clear)?),
        };
        self.told = Some((origin, Arc::clone(&told)));
        Some(Learnt { origin, told })
    }
}

impl Book {
    /// Lets go what was held back so long ago that nobody looks at it.
    pub(super) fn forget(&mut self, origin: i64) {
        for hours in self.held.values_mut() {
            *hours = hours.split_off(&(origin - 24 * DAYS));
        }
    }

    /// A demand, by the hour from `origin` on; nothing where too little is known.
    pub(super) fn demand(
        &mut self,
        file: &SiteFile,
        store: &dyn ReadingStore,
        point: PointId,
        (origin, leads): (i64, usize),
        utc_offset_h: i64,
    ) -> Result<Option<Learnt>, StoreError> {
        let Some(named) = file.points.get(point) else { return Ok(None) };
        let held = self.held.get(&named.asset()).cloned().unwrap_or_default();
        let kept = self.kept.entry(named.to_string()).or_default();
        kept.refresh(store, point, origin, |_, _| Ok(held.clone()))?;
        if !kept.says_enough(origin) {
            return Ok(None);
        }
        let drivers = &self.drivers.hourly;
        Ok(kept.learnt(origin, leads, |hourly, _| {
            foresee(&Demand::new(hourly, drivers, utc_offset_h), origin, leads)
        }))
    }

    /// The sun on an array, by the hour: from what it offered where a meter shows it, else from what it
    /// gave in hours that did not hold it back.
    pub(super) fn sun(
        &mut self,
        file: &SiteFile,
        store: &dyn ReadingStore,
        (id, array): (&str, &Solar),
        (origin, leads): (i64, usize),
    ) -> Result<Option<Learnt>, StoreError> {
        let asset = format!("solar.{id}");
        let held = self.held.get(&asset).cloned().unwrap_or_default();
        for quantity in ["available_kw", "power_kw"] {
            let Some(point) = file.points.id("solar", id, quantity) else { continue };
            let kept = self.kept.entry(format!("{asset}.{quantity}")).or_default();
            kept.refresh(store, point, origin, |from, to| {
                if quantity == "available_kw" {
                    return Ok(BTreeSet::new());
                }
                let mut without = limited(file, store, start_of(from), start_of(to))?;
                without.extend(&held);
                Ok(without)
            })?;
            if !kept.says_enough(origin) {
                continue;
            }
            let until = i64::try_from(leads).unwrap_or(i64::MAX).saturating_add(origin);
            if kept.clear.end() < until {
                // Enough for the day until everything is read again.
                kept.clear = clear_hours(&file.site.place, array, &kept.hourly, leads + 25);
            }
            return Ok(kept.learnt(origin, leads, |hourly, clear| {
                foresee(&Sun::new(hourly, clear), origin, leads)
            }));
        }
        Ok(None)
    }
}
