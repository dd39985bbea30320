//! From forecasts by the hour to the steps of a plan: the shape of recent days within the hour, and what is
//! measured now, which fades into what was learnt.

use super::book::{Learnt, start_of};
use super::learn::{HOUR_S, LEVELS};
use super::recent::{Made, Quarters};
use super::solar::{clear_hour_kw, clear_sky_kw};
use crate::domain::forecast::HourlyQuantiles;
use crate::domain::profile;
use crate::domain::reading::Bucket;
use camp_solver::TimeGrid;
use camp_solver::site::{Place, Solar};
use chrono::{DateTime, TimeDelta, Utc};

/// What is measured now fades by 1/e in so many hours.
const FADE_H: f64 = 1.0;
/// A reading older than this does not tell of now.
const NOW: TimeDelta = TimeDelta::minutes(30);
/// Clear-sky power below this share of the peak says nothing about clouds.
const LEAST_CLEAR_FRAC: f64 = 0.05;
/// Most clearness.
const MOST_CLEARNESS: f64 = 1.3;

impl Learnt {
    /// The forecast mean of the hour that a time lies in; of the last hour beyond it.
    fn at(&self, time: DateTime<Utc>) -> f64 {
        let lead = usize::try_from(time.timestamp().div_euclid(HOUR_S) - self.origin).unwrap_or(0);
        let values = &self.told.values;
        values.get(lead).or(values.last()).copied().unwrap_or(0.0)
    }

    /// Everything that is told, with quantiles moved by hour as `moved(start of the hour, value)` says.
    fn made(
        &self,
        values: Vec<f64>,
        now: Option<String>,
        moved: impl Fn(DateTime<Utc>, f64) -> f64,
    ) -> Made {
        let told = &self.told;
        let skill = told.skill_frac.map_or(String::new(), |s| format!(", skill {s:.2}"));
        let now = now.map_or(String::new(), |now| format!(", {now}"));
        let days = told.replayed;
        let hours = (self.origin..).zip(&told.quantiles);
        let mut levels = vec![Vec::with_capacity(told.quantiles.len()); LEVELS.len()];
        for (hour, quantiles) in hours {
            for (level, value) in levels.iter_mut().zip(quantiles) {
                // To a thousandth: they are kept with every plan.
                level.push((moved(start_of(hour), *value) * 1000.0).round() / 1000.0);
            }
        }
        let quantiles = HourlyQuantiles {
            start: start_of(self.origin),
            level_frac: LEVELS.to_vec(),
            values: levels,
        };
        let source = format!("learnt by the hour, tried on {days} past day(s){skill}{now}");
        let skill_frac = told.skill_frac;
        Made { values, source, degraded: false, skill_frac, quantiles: Some(quantiles) }
    }
}

fn fade(grid: &TimeGrid, time: DateTime<Utc>) -> f64 {
    let ahead_h = (time - grid.start).as_seconds_f64().max(0.0) / 3600.0;
    (-ahead_h / FADE_H).exp()
}

/// The newest stretch, if it tells of now.
fn newest<'a>(buckets: &'a [Bucket], grid: &TimeGrid) -> Option<&'a Bucket> {
    buckets.last().filter(|bucket| grid.start - bucket.start <= NOW)
}

/// How far the newest stretch lies from what the forecast already knows: within the forecast's first hour
/// from its value, before it from the mean of the last hour, which was learnt from.
fn surprise(
    learnt: &Learnt,
    buckets: &[Bucket],
    newest: &Bucket,
    told: impl Fn(&Bucket) -> Option<f64>,
    off: impl Fn(&Bucket) -> Option<f64>,
) -> Option<f64> {
    let origin = start_of(learnt.origin);
    if newest.start >= origin {
        return Some(off(newest)? - told(newest)?);
    }
    let hour = buckets.iter().filter(|b| b.start >= origin - TimeDelta::hours(1));
    let (sum, count) =
        hour.filter_map(&off).fold((0.0, 0.0), |(sum, count), off| (sum + off, count + 1.0));
    (count > 0.0).then_some(off(newest)? - sum / count)
}

/// A demand on the steps of a plan. `buckets` are the quarters of an hour of the last days.
pub(super) fn demand(
    learnt: &Learnt,
    grid: &TimeGrid,
    buckets: &[Bucket],
    quarters: &Quarters,
    unit: &str,
) -> Made {
    let newest = newest(buckets, grid);
    let shaped = |time: DateTime<Utc>| learnt.at(time) * quarters.share_of_hour(time);
    let from_usual = |b: &Bucket| quarters.usual(b.start).map(|usual| b.mean - usual);
    let told = |b: &Bucket| quarters.usual(b.start).map(|usual| shaped(b.start) - usual);
    let off = newest.and_then(|newest| surprise(learnt, buckets, newest, told, from_usual));
    let off = off.unwrap_or(0.0);
    let at = |time: DateTime<Utc>| (shaped(time) + off * fade(grid, time)).max(0.0);
    let values = steps(grid, at);
    let now = (off.abs() > 1e-9).then(|| format!("{off:+.1} {unit} by the newest reading"));
    learnt.made(values, now, |hour, value| (value + off * fade(grid, hour)).max(0.0))
}

/// The sun on the steps of a plan.
pub(super) fn sun(
    learnt: &Learnt,
    grid: &TimeGrid,
    buckets: &[Bucket],
    place: &Place,
    array: &Solar,
) -> Made {
    let least_kw = LEAST_CLEAR_FRAC * array.peak_kwp;
    let quarter_kw = |from: DateTime<Utc>| {
        // The middle of a quarter of an hour stands for it.
        clear_sky_kw(place, array, from + TimeDelta::seconds(450))
    };
    let clearness = |time: DateTime<Utc>| {
        let clear_kw = clear_hour_kw(place, array, time.timestamp().div_euclid(HOUR_S));
        if clear_kw > 1e-6 { learnt.at(time) / clear_kw } else { 0.0 }
    };
    let measured = |b: &Bucket| {
        let clear_kw = quarter_kw(b.start);
        (clear_kw >= least_kw).then(|| (b.mean / clear_kw).clamp(0.0, MOST_CLEARNESS))
    };
    let newest = newest(buckets, grid);
    let told = |b: &Bucket| Some(clearness(b.start));
    let off = newest.and_then(|newest| surprise(learnt, buckets, newest, told, measured));
    let off = off.unwrap_or(0.0);
    let moved = |clearness: f64, time: DateTime<Utc>| {
        (clearness + off * fade(grid, time)).clamp(0.0, MOST_CLEARNESS)
    };
    let at = |time: DateTime<Utc>| {
        let clear_kw = quarter_kw(time);
        if clear_kw <= 0.0 { 0.0 } else { moved(clearness(time), time) * clear_kw }
    };
    let values = steps(grid, at).into_iter().map(|kw| kw.min(array.inverter_kw)).collect();
    let now = (off.abs() > 5e-3).then(|| format!("clearness {off:+.2} by the newest reading"));
    learnt.made(values, now, |hour, value| {
        let clear_kw = clear_hour_kw(place, array, hour.timestamp().div_euclid(HOUR_S));
        if clear_kw > 1e-6 { moved(value / clear_kw, hour) * clear_kw } else { value }
            .min(array.inverter_kw)
    })
}

/// The means of all steps.
fn steps(grid: &TimeGrid, at: impl Fn(DateTime<Utc>) -> f64) -> Vec<f64> {
    let mean = |t: usize| profile::mean(grid.start_of(t), grid.start_of(t + 1), &at);
    (0..grid.len()).map(mean).collect()
}
