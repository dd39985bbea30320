//! What wells and treatment lines have done since local midnight, from stored readings, for the limits
//! of a day. A quarter of an hour without a reading counts neither as running nor as rest.

use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use camp_solver::site::{ById, TreatmentStart, WellStart};
use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};

const STRETCH: TimeDelta = TimeDelta::minutes(15);
/// A pump that gives more than this share of its flow runs.
const RUNNING_FRAC: f64 = 0.05;

/// The water plant's day so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WaterPast {
    /// Wells, by id.
    pub well: ById<WellStart>,
    /// Treatment lines, by id.
    pub treatment: ById<TreatmentStart>,
}

/// Reads the day so far; a blocking call. What was never heard of is left out.
pub fn water_past(
    file: &SiteFile,
    readings: &dyn ReadingStore,
    now: DateTime<Utc>,
) -> Result<WaterPast, StoreError> {
    let midnight = local_midnight(file, now);
    let flows = |kind: &str, id: &str| match file.points.id(kind, id, "flow_m3_per_h") {
        Some(point) => readings.aggregate(point, midnight, now, STRETCH),
        None => Ok(Vec::new()),
    };
    let mut past = WaterPast::default();
    for (id, well) in &file.site.well {
        let flows = flows("well", id)?;
        if !flows.is_empty() {
            past.well.insert(id.clone(), well_past(&flows, well.flow_m3_per_h, now));
        }
    }
    for (id, line) in &file.site.treatment {
        let flows = flows("treatment", id)?;
        if !flows.is_empty() {
            let start = line_past(&flows, line.train_m3_per_h, line.trains, now);
            past.treatment.insert(id.clone(), start);
        }
    }
    Ok(past)
}

/// The beginning of the local day.
pub(super) fn local_midnight(file: &SiteFile, now: DateTime<Utc>) -> DateTime<Utc> {
    let date = now.with_timezone(&file.zone).date_naive();
    let midnight = file.zone.from_local_datetime(&date.and_time(NaiveTime::MIN)).earliest();
    midnight.map_or(now, |time| time.with_timezone(&Utc))
}

/// Length of a stretch up to now, h, and whether it follows another without a break.
pub(super) fn lengths(
    flows: &[Bucket],
    now: DateTime<Utc>,
) -> impl Iterator<Item = (f64, bool, &Bucket)> {
    let mut end = None;
    flows.iter().map(move |flow| {
        let follows = end == Some(flow.start);
        let until = flow.start + STRETCH;
        end = Some(until);
        let length_h = (until.min(now) - flow.start).as_seconds_f64().max(0.0) / 3600.0;
        (length_h, follows, flow)
    })
}

fn well_past(flows: &[Bucket], most_m3_per_h: f64, now: DateTime<Utc>) -> WellStart {
    let mut start =
        WellStart { running: false, for_h: 0.0, today_m3: 0.0, today_h: 0.0, today_rest_h: 0.0 };
    for (length_h, follows, flow) in lengths(flows, now) {
        // One that ran at any time of a stretch has not rested in it.
        let running = flow.max > RUNNING_FRAC * most_m3_per_h;
        let lasts = follows && running == start.running;
        start.for_h = if lasts { start.for_h + length_h } else { length_h };
        start.running = running;
        if running {
            start.today_m3 += length_h * flow.mean;
            start.today_h += length_h;
        } else {
            start.today_rest_h = start.today_rest_h.max(start.for_h);
        }
    }
    start
}

fn line_past(flows: &[Bucket], train: f64, trains: u32, now: DateTime<Utc>) -> TreatmentStart {
    let mut start = TreatmentStart { trains_running: 0, for_h: 0.0, today_starts: 0 };
    for (i, (length_h, follows, flow)) in lengths(flows, now).enumerate() {
        let gives = flow.max / train + 0.5;
        let running = (1..=trains).rev().find(|n| gives >= f64::from(*n)).unwrap_or(0);
        let more = running.saturating_sub(start.trains_running);
        // Whether a train that runs in the first stretch of the day began in it is not known.
        start.today_starts += if i == 0 { 0 } else { more };
        let lasts = follows && more == 0;
        start.for_h = if lasts { start.for_h + length_h } else { length_h };
        start.trains_running = running;
    }
    if start.trains_running == 0 {
        start.for_h = 0.0;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters(flows: &[f64]) -> (Vec<Bucket>, DateTime<Utc>) {
        let midnight = DateTime::UNIX_EPOCH;
        let at = |i: usize| midnight + STRETCH * i32::try_from(i).expect("a day of quarters");
        let bucket = |(i, flow): (usize, &f64)| {
            let (mean, min, max) = (*flow, *flow, *flow);
            (!flow.is_nan()).then_some(Bucket { start: at(i), count: 1, mean, min, max })
        };
        (flows.iter().enumerate().filter_map(bucket).collect(), at(flows.len()))
    }

    #[test]
    fn a_well_has_pumped_and_rested() {
        let (flows, now) = quarters(&[0.0, 0.0, 0.0, 8.0, 8.0, 0.0]);
        let start = well_past(&flows, 8.0, now);
        assert!(!start.running && (start.for_h - 0.25).abs() < 1e-9);
        assert!((start.today_m3 - 4.0).abs() < 1e-9 && (start.today_h - 0.5).abs() < 1e-9);
        assert!((start.today_rest_h - 0.75).abs() < 1e-9);
    }

    #[test]
    fn silence_is_no_rest() {
        let (flows, now) = quarters(&[0.0, 0.0, f64::NAN, 0.0]);
        let start = well_past(&flows, 8.0, now);
        assert!((start.today_rest_h - 0.5).abs() < 1e-9 && (start.for_h - 0.25).abs() < 1e-9);
    }

    #[test]
    fn trains_have_started() {
        let (flows, now) = quarters(&[0.0, 6.0, 6.0, 0.0, 6.0, 12.0, 12.0]);
        let start = line_past(&flows, 6.0, 2, now);
        assert_eq!((start.trains_running, start.today_starts), (2, 3));
        assert!((start.for_h - 0.5).abs() < 1e-9);
    }
}
