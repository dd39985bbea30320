//! The time grid of a plan, and hourly profiles of a local day on it.

use camp_solver::TimeGrid;
use chrono::{DateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// Offset of local time from UTC, minutes.
pub fn utc_offset_minutes(zone: Tz, time: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc() / 60
}

/// Plans up to this length have equal steps, h.
const LONGEST_EQUAL_H: u32 = 48;
/// Longer plans have short steps for so long at least, h, and steps of an hour after it.
const SHORT_STEPS_H: i64 = 24;

/// The grid of a plan of `hours` that knows its local time. Steps end at multiples of `step_minutes`
/// of the clock; a plan of more than 48 h has whole hours after its first day.
pub fn grid(zone: Tz, start: DateTime<Utc>, step_minutes: u32, hours: u32) -> TimeGrid {
    let end = start + TimeDelta::hours(i64::from(hours));
    let short_until = start + TimeDelta::hours(SHORT_STEPS_H);
    let mut grid = TimeGrid { start, step_minutes: Vec::new(), utc_offset_minutes: Vec::new() };
    let mut time = start;
    while time < end {
        let offset = utc_offset_minutes(zone, time);
        let minute = time.timestamp().div_euclid(60) + i64::from(offset);
        let is_long = hours > LONGEST_EQUAL_H && time >= short_until && minute.rem_euclid(60) == 0;
        let step = if is_long { 60.max(step_minutes) } else { step_minutes };
        let to_stroke = i64::from(step) - minute.rem_euclid(i64::from(step));
        let minutes = to_stroke.min((end - time).num_minutes()).max(1);
        grid.step_minutes.push(u32::try_from(minutes).unwrap_or(step));
        grid.utc_offset_minutes.push(offset);
        time += TimeDelta::minutes(minutes);
    }
    grid
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
        let grid = TimeGrid::uniform(start, 60, 2, 0);
        assert_eq!(on_grid(&profile, Tz::UTC, &grid), [2.0, 2.0]);
    }

    #[test]
    fn a_week_has_quarters_for_a_day_and_then_hours() {
        let start = Utc.with_ymd_and_hms(2026, 3, 10, 6, 5, 0).unwrap();
        let week = grid(Tz::UTC, start, 15, 168);
        assert_eq!(week.end(), start + TimeDelta::days(7));
        // 10 min to the quarter, quarters to 07:00 of the next day, hours, and the last 5 min.
        assert_eq!(week.step_minutes[..2], [10, 15]);
        let first_hour = week.step_minutes.iter().position(|m| *m == 60).unwrap();
        assert_eq!(week.start_of(first_hour), start + TimeDelta::minutes(24 * 60 + 55));
        assert!(week.step_minutes[first_hour..week.len() - 1].iter().all(|m| *m == 60));
        assert_eq!(week.step_minutes.last(), Some(&5));
        // Up to two days all are quarters; in a zone off the hour they end at its strokes.
        assert_eq!(grid(Tz::UTC, start, 15, 48).len(), 193);
        let kathmandu = grid(chrono_tz::Asia::Kathmandu, start, 60, 3);
        assert_eq!(kathmandu.step_minutes, [10, 60, 60, 50]);
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
