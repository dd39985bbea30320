//! A set's day before the plan, from stored readings by the minute: starts since local midnight, and
//! the load of the last 24 h. Each is read where a limit of the site asks for it.
//!
//! Of hours without a reading nothing is assumed that would stop a set from running: no start, and
//! standstill. A start too many wears a set, one too few leaves load unserved. It is told.

use super::assemble::{FRESH, RUNNING_LOAD_FRAC};
use super::sets_past::SetPast;
use super::water_past::local_midnight;
use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use camp_solver::site::Genset;
use chrono::{DateTime, TimeDelta, Utc};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const HOURS: i32 = 24;
/// A status above this says that a set runs.
const RUNS: f64 = 0.5;

/// What the day's limits ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SetDay {
    starts: Option<Starts>,
    load: Option<Load>,
}

/// Starts since local midnight.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Starts {
    count: u32,
    /// Hours since midnight of which nothing is known, h.
    silent_h: f64,
}

/// Load of the last hours, kW, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
struct Load {
    hours_kw: Vec<f64>,
    silent_hours: usize,
}

impl SetDay {
    /// Writes it into a set's past, with what had to be assumed.
    pub(super) fn note(self, past: &mut SetPast) {
        if let Some(starts) = self.starts {
            past.starts_today = starts.count;
            if starts.silent_h > 0.0 {
                past.assumed.push(format!(
                    "no status for {:.1} h since midnight: no start assumed in them",
                    starts.silent_h
                ));
            }
        }
        if let Some(load) = self.load {
            past.last_24h_kw = load.hours_kw;
            if load.silent_hours > 0 {
                past.assumed.push(format!(
                    "load of {} of the last {HOURS} h not known: standstill assumed",
                    load.silent_hours
                ));
            }
        }
    }
}

/// Reads a set's day; a blocking call.
pub(super) fn sets_day(
    file: &SiteFile,
    readings: &dyn ReadingStore,
    id: &str,
    set: &Genset,
    now: DateTime<Utc>,
) -> Result<SetDay, StoreError> {
    let minutes = |quantity: &str, from: DateTime<Utc>| {
        let point: Option<PointId> = file.points.id("genset", id, quantity);
        point.map_or(Ok(Vec::new()), |point| readings.aggregate(point, from, now, MINUTE))
    };
    let least_kw = RUNNING_LOAD_FRAC * set.rated_kw;
    let mut day = SetDay::default();
    if set.max_starts_per_day.is_some() || file.site.plant.max_starts_per_day.is_some() {
        let midnight = local_midnight(file, now);
        // Whether it ran into the day is known from the quarter of an hour before.
        let from = midnight - FRESH;
        let mut told = (minutes("is_running", from)?, RUNS);
        if told.0.is_empty() {
            told = (minutes("power_kw", from)?, least_kw);
        }
        day.starts = Some(starts(&told.0, told.1, midnight, now));
    }
    if set.mean_load_24h_max_frac.is_some() {
        let loads = minutes("power_kw", now - TimeDelta::hours(1) * HOURS)?;
        day.load = Some(load(&loads, least_kw, now));
    }
    Ok(day)
}

/// Counts changes from standing to running since `midnight`; above `least` a set runs. One that runs
/// when it is first heard of may have begun before.
fn starts(told: &[Bucket], least: f64, midnight: DateTime<Utc>, now: DateTime<Utc>) -> Starts {
    let (mut count, mut stood) = (0, false);
    let (mut heard, mut silent) = (midnight, TimeDelta::zero());
    let mut pause = |until: DateTime<Utc>| {
        let length = until - heard;
        if length > FRESH {
            silent += length;
        }
        heard = heard.max(until);
    };
    for minute in told {
        let runs = minute.mean > least;
        count += u32::from(stood && runs && minute.start >= midnight);
        stood = !runs;
        pause(minute.start);
    }
    pause(now);
    Starts { count, silent_h: silent.as_seconds_f64() / 3600.0 }
}

/// Mean load of each hour while the set ran in it. Hours before the first reading are left out.
fn load(loads: &[Bucket], least_kw: f64, now: DateTime<Utc>) -> Load {
    let hour = |ago: i32| {
        let (from, to) = (now - TimeDelta::hours(1) * ago, now - TimeDelta::hours(1) * (ago - 1));
        let of_hour = loads.iter().filter(|l| from <= l.start && l.start < to).map(|l| l.mean);
        let (mut minutes, mut ran, mut kw) = (0_u32, 0_u32, 0.0);
        for mean in of_hour {
            minutes += 1;
            if mean > least_kw {
                ran += 1;
                kw += mean;
            }
        }
        (minutes > 0).then(|| if ran > 0 { kw / f64::from(ran) } else { 0.0 })
    };
    let hours: Vec<Option<f64>> = (1..=HOURS).rev().map(hour).collect();
    let silent_hours = hours.iter().filter(|h| h.is_none()).count();
    let known = hours.into_iter().skip_while(Option::is_none);
    Load { hours_kw: known.map(Option::unwrap_or_default).collect(), silent_hours }
}

#[cfg(test)]
mod tests;
