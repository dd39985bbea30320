//! Hourly profiles of a local day on a time grid.

use camp_solver::TimeGrid;
use chrono::{DateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// Offset of local time from UTC, minutes.
pub fn utc_offset_minutes(zone: Tz, time: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc() / 60
}

/// A grid of equal steps that knows its local time.
pub fn grid(zone: Tz, start: DateTime<Utc>, step_minutes: u32, count: usize) -> TimeGrid {
    let time = |t: usize| {
        start + TimeDelta::minutes(i64::from(step_minutes)) * i32::try_from(t).unwrap_or(i32::MAX)
    };
    TimeGrid {
        start,
        step_minutes: vec![step_minutes; count],
        utc_offset_minutes: (0..count).map(|t| utc_offset_minutes(zone, time(t))).collect(),
    }
}

/// The value of a profile at an instant; a value holds over its local hour.
pub fn at(profile: &[f64; 24], zone: Tz, time: DateTime<Utc>) -> f64 {
    profile[time.with_timezone(&zone).hour() as usize]
}

/// The mean of a profile over each step.
pub fn on_grid(profile: &[f64; 24], zone: Tz, grid: &TimeGrid) -> Vec<f64> {
    (0..grid.len())
        .map(|t| mean(grid.start_of(t), grid.start_of(t + 1), |time| at(profile, zone, time)))
        .collect()
}

/// The mean over `from..to` of a function that is constant over quarters of an hour of the clock.
pub fn mean(from: DateTime<Utc>, to: DateTime<Utc>, value: impl Fn(DateTime<Utc>) -> f64) -> f64 {
    let mut sum = 0.0;
    let mut time = from;
    while time < to {
        let into_quarter = time.timestamp().rem_euclid(900);
        let next = (time + TimeDelta::seconds(900 - into_quarter)).min(to);
        sum += value(time) * (next - time).as_seconds_f64();
        time = next;
    }
    let length = (to - from).as_seconds_f64();
    if length > 0.0 { sum / length } else { value(from) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_longer_than_an_hour_take_the_mean() {
        let mut profile = [0.0; 24];
        profile[1] = 4.0;
        let start = Utc.with_ymd_and_hms(2026, 3, 10, 0, 30, 0).unwrap();
        let grid = grid(Tz::UTC, start, 60, 2);
        assert_eq!(on_grid(&profile, Tz::UTC, &grid), [2.0, 2.0]);
    }

    #[test]
    fn hours_are_local() {
        let mut profile = [0.0; 24];
        profile[2] = 1.0;
        let midnight_utc = Utc.with_ymd_and_hms(2026, 3, 10, 0, 0, 0).unwrap();
        let zone = chrono_tz::Africa::Juba;
        assert!((at(&profile, zone, midnight_utc) - 1.0).abs() < 1e-12);
        assert_eq!(utc_offset_minutes(zone, midnight_utc), 120);
    }
}
