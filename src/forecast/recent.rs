//! Demand and water: the mean of the same time of day over recent days.

use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::profile;
use crate::site_file::SiteFile;
use camp_solver::TimeGrid;
use chrono::TimeDelta;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Days that are looked back on.
const DAYS: i32 = 7;
/// Quarters of an hour in a day.
const QUARTERS: i64 = 96;

/// Values, source, and whether it is only a fallback.
pub(super) type Made = (Vec<f64>, String, bool);

/// The site file's typical day.
pub(super) fn typical_day(file: &SiteFile, grid: &TimeGrid, typical: &[f64; 24]) -> Made {
    let values = profile::on_grid(typical, file.zone, grid);
    (values, "typical day of the site file".to_owned(), true)
}

/// The mean of the same local quarter of an hour over the last days; the site file's typical day
/// where a quarter has never been measured.
pub(super) fn same_hour(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
    point: &str,
    typical: &[f64; 24],
) -> Result<Made, StoreError> {
    let Some(id) = file.points.resolve(point) else { return Ok(typical_day(file, grid, typical)) };
    let from = grid.start - TimeDelta::days(1) * DAYS;
    let buckets = store.aggregate(id, from, grid.start, TimeDelta::minutes(15))?;
    let quarter = |time: chrono::DateTime<chrono::Utc>| {
        let offset_s = i64::from(profile::utc_offset_minutes(file.zone, time)) * 60;
        (time.timestamp() + offset_s).div_euclid(900).rem_euclid(QUARTERS)
    };
    let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for bucket in &buckets {
        let (sum, count) = sums.entry(quarter(bucket.start)).or_default();
        *sum += bucket.mean;
        *count += 1.0;
    }
    let borrowed = Cell::new(false);
    let at = |time: chrono::DateTime<chrono::Utc>| match sums.get(&quarter(time)) {
        Some((sum, count)) => sum / count,
        None => {
            borrowed.set(true);
            profile::at(typical, file.zone, time)
        }
    };
    let values: Vec<f64> = (0..grid.len())
        .map(|t| profile::mean(grid.start_of(t), grid.start_of(t + 1), at))
        .collect();
    let measured = buckets.len() as f64 / QUARTERS as f64;
    let known = format!("same time of day, mean of {measured:.1} day(s) out of the last {DAYS}");
    Ok(if !borrowed.get() {
        (values, known, false)
    } else if buckets.is_empty() {
        (values, "typical day of the site file".to_owned(), true)
    } else {
        (values, format!("{known}; typical day of the site file where never measured"), true)
    })
}
