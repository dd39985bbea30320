//! What the past of a demand says of an hour ahead.

use super::hourly::{Hourly, hours, mean};
use super::replay::days_until_known;
use super::{Row, Rows};

/// Days whose mean of the same hour is the base.
const BASE_DAYS: i64 = 7;
/// Same hours of single days.
const LAG_DAYS: i64 = 8;
/// Same hours further back, days.
const FAR_DAYS: [i64; 3] = [14, 21, 28];
/// Newest hours whose distance from their base is averaged, h.
const NEWEST_H: [i64; 3] = [3, 6, 24];
/// Features of the series itself, before the days of the week.
const OWN: usize = 19;
/// Place of the four-week mean of the same hour of the week among them.
const WEEKLY: usize = 12;
/// Features of a driver.
const DRIVER: usize = 4;
/// Longest look ahead of the prepared means, h.
const AHEAD_H: i64 = 336;

/// A value further from nothing than so many times the most of the weeks before is a spike.
const SPIKE: f64 = 3.0;
/// Longer than this it is none, h.
const LONGEST_SPIKE_H: usize = 3;
/// What an hour keeps of the most before it: half of it in eight weeks.
const KEEP_FRAC: f64 = 0.9995;
/// Hours that are known before any is called a spike.
const LEAST_KNOWN_H: usize = 48;

/// A demand prepared for the learner.
#[derive(Debug)]
pub struct Demand<'a> {
    /// As it was measured.
    whole: &'a Hourly,
    /// Without its spikes.
    series: Hourly,
    /// Mean of the same hour over the 7 and 14 days, and the 4 weeks, before.
    days7: Hourly,
    days14: Hourly,
    weeks4: Hourly,
    /// Mean of the same hour over five weeks, where gaps leave nothing newer.
    days35: Hourly,
    /// Distance from `days7`.
    off: Hourly,
    /// Mean of the week before.
    level: Hourly,
    drivers: Vec<Driver>,
    utc_offset_h: i64,
    /// The first hour that was less than nothing.
    below_from: i64,
}

/// Something known ahead that moves the demand, in units of its own spread.
#[derive(Debug)]
struct Driver {
    now: Hourly,
    day: Hourly,
}

fn same_hours(series: &Hourly, step_h: i64, count: i64) -> Hourly {
    Hourly::of(series.first(), series.end() + AHEAD_H, |hour| {
        mean((1..=count).map(|k| series.at(hour - step_h * k)))
    })
}

/// Each hour judged by those before it only.
fn without_spikes(series: &Hourly) -> Hourly {
    let (mut most, mut known, mut run) = (0.0, 0, 0);
    let judged = series.means().iter().map(|value| {
        if value.is_nan() {
            return f64::NAN;
        }
        let is_far = known >= LEAST_KNOWN_H && most > 0.0 && value.abs() > SPIKE * most;
        run = if is_far { run + 1 } else { 0 };
        if is_far && run <= LONGEST_SPIKE_H {
            return f64::NAN;
        }
        known += 1;
        most = f64::max(most * KEEP_FRAC, value.abs());
        *value
    });
    Hourly::new(series.first(), judged.collect())
}

fn or_nothing(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

impl<'a> Demand<'a> {
    /// Prepares a series; lone spikes are told to nobody. `drivers` are known ahead, like temperature, people or announced events;
    /// `utc_offset_h` moves the days of the week to local time.
    pub fn new(whole: &'a Hourly, drivers: &[Hourly], utc_offset_h: i64) -> Self {
        let series = without_spikes(whole);
        let days7 = same_hours(&series, 24, BASE_DAYS);
        let end = series.end();
        let off = Hourly::of(series.first(), end, |h| series.at(h) - days7.at(h));
        let level = Hourly::of(series.first(), end + 1, |hour| {
            mean((hour - 168..hour).map(|h| series.at(h)))
        });
        let drivers = drivers.iter().map(|driver| {
            let spread = driver.spread();
            let (first, end) = (driver.first(), driver.end());
            let now = Hourly::of(first, end, |h| driver.at(h) / spread);
            let day = Hourly::of(first, end, |hour| mean((hour - 23..=hour).map(|h| now.at(h))));
            Driver { now, day }
        });
        let below = series.means().iter().position(|value| *value < 0.0);
        Self {
            whole,
            days14: same_hours(&series, 24, 14),
            weeks4: same_hours(&series, 168, 4),
            days35: same_hours(&series, 24, 35),
            days7,
            series,
            off,
            level,
            drivers: drivers.collect(),
            utc_offset_h,
            below_from: below.map_or(i64::MAX, |index| whole.first() + hours(index)),
        }
    }
}

impl Rows for Demand<'_> {
    fn width(&self) -> usize {
        OWN + 7 + DRIVER * self.drivers.len()
    }

    fn alike(&self) -> usize {
        OWN
    }

    fn second(&self) -> usize {
        WEEKLY
    }

    fn rivals(&self) -> [usize; 2] {
        // The last day and the last week come again.
        [2, 3]
    }

    fn first(&self) -> i64 {
        self.series.first()
    }

    fn fill(&self, origin: i64, lead: usize, row: &mut Row) -> bool {
        let hour = origin + hours(lead);
        let wait = hours(days_until_known(lead));
        // Of the same hour, seen from the last day on which it is known.
        let seen = hour - 24 * (wait - 1);
        let bases = [&self.days7, &self.days14, &self.days35].map(|means| means.at(seen));
        let Some(base) = bases.into_iter().find(|base| base.is_finite()) else { return false };
        let or = |value: f64, other: f64| if value.is_finite() { value } else { other };
        let weekly = if hour - 168 < origin { hour } else { hour - 168 };
        let yesterday = or(self.series.at(hour - 24 * wait), base);
        let last_week = or(self.series.at(weekly - 168), yesterday);
        row.simple = [base, or(self.weeks4.at(weekly), base), yesterday, last_week];
        let lags = (wait..wait + LAG_DAYS).chain(FAR_DAYS.into_iter().map(|d| d.max(wait)));
        let lags = lags.map(|days| self.series.at(hour - 24 * days) - base);
        let means = [self.days14.at(seen) - base, self.weeks4.at(weekly) - base];
        let newest = [self.off.at(origin - 1), self.off.at(origin - 2)];
        let recent = NEWEST_H.map(|n| mean((origin - n..origin).map(|h| self.off.at(h))));
        let trend = self.level.at(origin) - self.level.at(origin - 168);
        let weekday = ((hour + self.utc_offset_h).div_euclid(24) + 3).rem_euclid(7);
        let days = (0..7).map(|day| f64::from(u8::from(day == weekday)));
        let drivers = self.drivers.iter().flat_map(|driver| {
            let of = |series: &Hourly| {
                let usual = mean((wait..wait + BASE_DAYS).map(|k| series.at(hour - 24 * k)));
                [series.at(hour) - usual, series.at(hour) - series.at(hour - 24 * wait)]
            };
            of(&driver.now).into_iter().chain(of(&driver.day))
        });
        let all = lags.chain(means).chain(newest).chain(recent).chain([trend]);
        let all = all.chain(days).chain(drivers);
        for (feature, value) in row.features.iter_mut().zip(all) {
            *feature = or_nothing(value);
        }
        true
    }

    fn actual(&self, hour: i64) -> f64 {
        self.whole.at(hour)
    }

    fn bounds(&self, origin: i64, _hour: i64) -> (f64, f64) {
        (if self.below_from < origin { f64::MIN } else { 0.0 }, f64::MAX)
    }
}
