//! The quarters of an hour of recent days: their means by time of day, which stand for demand and water
//! until enough is known to learn from, and give the shape within the hour after that.

use crate::domain::forecast::HourlyQuantiles;
use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::profile;
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use camp_solver::TimeGrid;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Days that are looked back on.
const DAYS: i32 = 7;
/// Quarters of an hour in a day.
const QUARTERS: i64 = 96;
/// Least and most that a quarter may be of its hour's mean.
const SHARE: (f64, f64) = (0.5, 2.0);

/// A forecast on the steps of a plan, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) values: Vec<f64>,
    pub(super) source: String,
    /// Whether it is only a fallback.
    pub(super) degraded: bool,
    pub(super) skill_frac: Option<f64>,
    pub(super) quantiles: Option<HourlyQuantiles>,
}

impl Made {
    /// One without quantiles.
    pub(super) fn plain(values: Vec<f64>, source: String, degraded: bool) -> Self {
        Self { values, source, degraded, skill_frac: None, quantiles: None }
    }
}

/// The site file's typical day.
pub(super) fn typical_day(file: &SiteFile, grid: &TimeGrid, typical: &[f64; 24]) -> Made {
    let values = profile::on_grid(typical, file.zone, grid);
    Made::plain(values, "typical day of the site file".to_owned(), true)
}

/// Means by local quarter of an hour.
#[derive(Debug)]
pub(super) struct Quarters {
    zone: Tz,
    means: BTreeMap<i64, f64>,
}

impl Quarters {
    pub(super) fn of(zone: Tz, buckets: &[Bucket]) -> Self {
        let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for bucket in buckets {
            let (sum, count) = sums.entry(quarter(zone, bucket.start)).or_default();
            *sum += bucket.mean;
            *count += 1.0;
        }
        Self { zone, means: sums.into_iter().map(|(q, (sum, count))| (q, sum / count)).collect() }
    }

    /// The mean of the same quarter, if it was ever measured.
    pub(super) fn usual(&self, time: DateTime<Utc>) -> Option<f64> {
        self.means.get(&quarter(self.zone, time)).copied()
    }

    /// What the quarter of a time usually is of the mean of its hour of the clock.
    pub(super) fn share_of_hour(&self, time: DateTime<Utc>) -> f64 {
        let hour = time - TimeDelta::seconds(time.timestamp().rem_euclid(3600));
        let all: Option<Vec<f64>> =
            (0..4).map(|n| self.usual(hour + TimeDelta::minutes(15 * n))).collect();
        let mean = all.map_or(0.0, |all| all.iter().sum::<f64>() / 4.0);
        let share = self.usual(time).filter(|_| mean > 1e-6).map_or(1.0, |own| own / mean);
        share.clamp(SHARE.0, SHARE.1)
    }
}

fn quarter(zone: Tz, time: DateTime<Utc>) -> i64 {
    let offset_s = i64::from(profile::utc_offset_minutes(zone, time)) * 60;
    (time.timestamp() + offset_s).div_euclid(900).rem_euclid(QUARTERS)
}

/// Quarters of an hour of a point over the last days, oldest first.
pub(super) fn last_days(
    store: &dyn ReadingStore,
    point: PointId,
    grid: &TimeGrid,
) -> Result<Vec<Bucket>, StoreError> {
    let from = grid.start - TimeDelta::days(1) * DAYS;
    store.aggregate(point, from, grid.start, TimeDelta::minutes(15))
}

/// The mean of the same local quarter of an hour over the last days; the site file's typical day
/// where a quarter has never been measured.
pub(super) fn same_hour(
    file: &SiteFile,
    grid: &TimeGrid,
    buckets: &[Bucket],
    typical: &[f64; 24],
) -> Made {
    let quarters = Quarters::of(file.zone, buckets);
    let borrowed = Cell::new(false);
    let at = |time: DateTime<Utc>| {
        quarters.usual(time).unwrap_or_else(|| {
            borrowed.set(true);
            profile::at(typical, file.zone, time)
        })
    };
    let values: Vec<f64> = (0..grid.len())
        .map(|t| profile::mean(grid.start_of(t), grid.start_of(t + 1), at))
        .collect();
    let measured = buckets.len() as f64 / QUARTERS as f64;
    let known = format!("same time of day, mean of {measured:.1} day(s) out of the last {DAYS}");
    if !borrowed.get() {
        Made::plain(values, known, false)
    } else if buckets.is_empty() {
        Made::plain(values, "typical day of the site file".to_owned(), true)
    } else {
        let source = format!("{known}; typical day of the site file where never measured");
        Made::plain(values, source, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_within_an_hour_keeps_its_mean() {
        let start: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        let bucket = |n: i32| {
            let mean = if n % 4 == 1 { 14.0 } else { 10.0 };
            let start = start + TimeDelta::minutes(15) * n;
            Bucket { start, count: 15, mean, min: mean, max: mean }
        };
        let buckets: Vec<Bucket> = (0..192).map(bucket).collect();
        let quarters = Quarters::of(chrono_tz::Asia::Kathmandu, &buckets);
        let noon: DateTime<Utc> = "2026-03-09T12:00:00Z".parse().unwrap();
        let share = |n: i32| quarters.share_of_hour(noon + TimeDelta::minutes(15) * n);
        assert!((share(1) - 14.0 / 11.0).abs() < 1e-9 && (share(0) - 10.0 / 11.0).abs() < 1e-9);
        assert!(((0..4).map(share).sum::<f64>() - 4.0).abs() < 1e-9);
        // Where a quarter was never measured, the hour is level.
        let few = Quarters::of(Tz::UTC, &buckets[..3]);
        assert!((few.share_of_hour(start) - 1.0).abs() < 1e-12);
    }
}
