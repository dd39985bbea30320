//! Traces: the sun as it came on each of the last days, each as likely as the forecast. What a plan decides
//! now must be good in the sum of them, not for a mean that never comes.

use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use camp_solver::TimeGrid;
use camp_solver::problem::Trace;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Means that are read.
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// One trace for each of the last `days` days whose sun was measured: each array as it was so many days
/// before, and before that where the horizon is longer than so many days. Demand and water are those of
/// the forecast.
pub fn past_suns(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
    days: u32,
) -> Result<Vec<Trace>, StoreError> {
    let mut traces: Vec<Trace> = Vec::new();
    if file.site.solar.is_empty() {
        return Ok(traces);
    }
    let mut measured = BTreeMap::new();
    for id in file.site.solar.keys() {
        measured.insert(id, quarters(file, store, grid, id, days)?);
    }
    for day in 1..=i64::from(days) {
        let of_array = |(id, quarters): (&&String, &BTreeMap<i64, f64>)| {
            let most_kw = file.site.solar.get(*id)?.inverter_kw;
            let at = |t: usize| past_mean(quarters, grid, t, day).map(|kw| kw.min(most_kw));
            let values: Option<Vec<f64>> = (0..grid.len()).map(at).collect();
            Some(((*id).clone(), values?))
        };
        let arrays: Option<BTreeMap<String, Vec<f64>>> = measured.iter().map(of_array).collect();
        if let Some(solar_available_kw) = arrays {
            traces.push(Trace { solar_available_kw, ..Trace::default() });
        }
    }
    let weight_frac = 1.0 / (traces.len() + 1) as f64;
    for trace in &mut traces {
        trace.weight_frac = weight_frac;
    }
    Ok(traces)
}

/// What the sun offered, by quarter of an hour since 1970.
fn quarters(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
    id: &str,
    days: u32,
) -> Result<BTreeMap<i64, f64>, StoreError> {
    let from = grid.start - TimeDelta::days(i64::from(days) + 1);
    for quantity in ["available_kw", "power_kw"] {
        let Some(point) = file.points.id("solar", id, quantity) else { continue };
        let buckets = store.aggregate(point, from, grid.start, QUARTER)?;
        if !buckets.is_empty() {
            return Ok(buckets.iter().map(|b| (quarter_of(b.start), b.mean)).collect());
        }
    }
    Ok(BTreeMap::new())
}

fn quarter_of(time: DateTime<Utc>) -> i64 {
    time.timestamp().div_euclid(QUARTER.num_seconds())
}

/// The mean over a step as it was `day` days before, or as many days more as it takes to be past.
/// Meters by the hour stand for their hour.
fn past_mean(quarters: &BTreeMap<i64, f64>, grid: &TimeGrid, t: usize, day: i64) -> Option<f64> {
    let mut back = TimeDelta::days(day);
    while grid.start_of(t + 1) - back > grid.start {
        back += TimeDelta::days(day);
    }
    let (from, to) = (quarter_of(grid.start_of(t) - back), quarter_of(grid.start_of(t + 1) - back));
    let of_quarter = |q: i64| quarters.range(q - 3..=q).next_back().map(|(_, kw)| *kw);
    let values: Option<Vec<f64>> = (from..to.max(from + 1)).map(of_quarter).collect();
    let values = values?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}
