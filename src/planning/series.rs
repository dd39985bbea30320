//! Measured or forecast series from a CSV file: a `timestamp` column and columns named by points.

use crate::domain::point::{PointId, PointMap};
use camp_solver::TimeGrid;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::path::Path;

/// Gaps up to this long are bridged by a straight line, and told.
const LONGEST_BRIDGE_H: f64 = 3.0;
/// Most rows that are read: ten years of minutes.
const MOST_ROWS: usize = 5_300_000;
/// Most faults that are told.
const MOST_FAULTS: usize = 20;

/// Regular series by point; `None` is a gap.
#[derive(Debug, Clone)]
pub struct SeriesFile {
    /// Start of the first interval.
    pub start: DateTime<Utc>,
    /// Length of an interval, s.
    pub interval_s: i64,
    columns: BTreeMap<PointId, Vec<Option<f64>>>,
    /// Columns that name no point.
    pub unused: Vec<String>,
}

/// Reads a file; every fault is told, up to a score.
pub fn read(path: &Path, points: &PointMap) -> Result<SeriesFile, Vec<String>> {
    let name = path.display();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|e| vec![format!("{name}: cannot be read: {e}")])?;
    let headers = reader.headers().map_err(|e| vec![format!("{name}: {e}")])?.clone();
    let Some(time_column) = headers.iter().position(|h| h == "timestamp") else {
        return Err(vec![format!("{name}: has no column named timestamp")]);
    };
    let mut faults = Vec::new();
    let (mut used, mut unused) = (Vec::new(), Vec::new());
    for (i, header) in headers.iter().enumerate().filter(|(i, _)| *i != time_column) {
        match points.resolve(header) {
            Some(id) if used.iter().any(|(_, other)| *other == id) => {
                faults.push(format!("{name}: column {header} names a point a second time"));
            }
            Some(id) => used.push((i, id)),
            None => unused.push(header.to_owned()),
        }
    }
    if used.is_empty() {
        let known = points.names().join(", ");
        faults.push(format!("{name}: no column names a point of the site; points: {known}"));
    }
    let mut times = Vec::new();
    let mut values: Vec<Vec<Option<f64>>> = vec![Vec::new(); used.len()];
    for (row, record) in reader.records().enumerate() {
        let line = row + 2;
        if row >= MOST_ROWS || faults.len() >= MOST_FAULTS {
            faults.push(format!("{name}: line {line}: the rest was not read"));
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                faults.push(format!("{name}: {e}"));
                continue;
            }
        };
        let time = record.get(time_column).unwrap_or_default();
        let Ok(time) = DateTime::parse_from_rfc3339(time) else {
            faults.push(format!("{name}: line {line}: timestamp {time}: must be RFC 3339"));
            continue;
        };
        let time = time.with_timezone(&Utc);
        if times.last().is_some_and(|last| time <= *last) {
            faults.push(format!(
                "{name}: line {line}: timestamp {time}: must rise from line to line"
            ));
            continue;
        }
        times.push(time);
        for ((i, id), list) in used.iter().zip(&mut values) {
            let cell = record.get(*i).unwrap_or_default();
            let value = cell.parse::<f64>().ok().filter(|v| v.is_finite());
            let point = points.get(*id);
            let refused = !cell.is_empty() && value.is_none_or(|v| v < 0.0);
            if refused {
                let point = point.map(ToString::to_string).unwrap_or_default();
                faults.push(format!("{name}: line {line}: {point} = {cell}: must be 0 or more"));
            }
            list.push(value);
        }
    }
    if times.is_empty() {
        faults.push(format!("{name}: has no rows"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let columns = used.into_iter().map(|(_, id)| id).zip(values).collect();
    Ok(regular(&times, columns, unused))
}

/// Puts rows on a regular grid of their most frequent interval; several in one are averaged.
fn regular(
    times: &[DateTime<Utc>],
    columns: BTreeMap<PointId, Vec<Option<f64>>>,
    unused: Vec<String>,
) -> SeriesFile {
    let mut intervals: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in times.windows(2) {
        *intervals.entry((pair[1] - pair[0]).num_seconds().max(1)).or_default() += 1;
    }
    let interval_s = intervals.iter().max_by_key(|(_, n)| **n).map_or(3600, |(s, _)| *s);
    let slot = |time: &DateTime<Utc>| {
        usize::try_from((*time - times[0]).num_seconds() / interval_s).unwrap_or(0)
    };
    // A far stray time does not buy room for all the time between: what lies beyond is cut off.
    let slots = times.last().map_or(0, slot).min(MOST_ROWS) + 1;
    let on_slots = |values: Vec<Option<f64>>| {
        let mut sums = vec![(0.0, 0.0); slots];
        for (time, value) in times.iter().zip(values) {
            if let Some(value) = value {
                let (sum, count) = &mut sums[slot(time)];
                *sum += value;
                *count += 1.0;
            }
        }
        sums.into_iter().map(|(sum, n)| (n > 0.0).then(|| sum / n)).collect()
    };
    let columns = columns.into_iter().map(|(id, values)| (id, on_slots(values))).collect();
    SeriesFile { start: times[0], interval_s, columns, unused }
}

impl SeriesFile {
    /// Series that are no file: a value an interval from `start` on.
    pub fn of(
        start: DateTime<Utc>,
        interval_s: i64,
        columns: BTreeMap<PointId, Vec<Option<f64>>>,
    ) -> Self {
        Self { start, interval_s, columns, unused: Vec::new() }
    }

    /// End of the last interval.
    pub fn end(&self) -> DateTime<Utc> {
        let slots = self.columns.values().map(Vec::len).max().unwrap_or(0);
        self.start + TimeDelta::seconds(self.interval_s) * i32::try_from(slots).unwrap_or(i32::MAX)
    }

    /// The raw values of a point, one an interval.
    pub fn values(&self, point: PointId) -> Option<&[Option<f64>]> {
        self.columns.get(&point).map(Vec::as_slice)
    }

    /// A point's means over the steps of a grid; `None` if the file does not have the point.
    /// Bridged gaps are told in `notes`, longer ones are faults.
    pub fn on_grid(
        &self,
        point: PointId,
        name: &str,
        grid: &TimeGrid,
        notes: &mut Vec<String>,
    ) -> Option<Result<Vec<f64>, Vec<String>>> {
        let values = self.columns.get(&point)?;
        let (bridged, gaps) = self.bridge(values, grid, name);
        if !gaps.is_empty() {
            return Some(Err(gaps));
        }
        let filled =
            values.iter().zip(&bridged).filter(|(v, b)| v.is_none() && b.is_some()).count();
        if filled > 0 {
            notes.push(format!("{name}: {filled} missing value(s) bridged by straight lines"));
        }
        let interval = TimeDelta::seconds(self.interval_s);
        let mean = |t: usize| {
            let (from, to) = (grid.start_of(t), grid.start_of(t + 1));
            let mut sum = 0.0;
            let mut slot = (from - self.start).num_seconds().div_euclid(self.interval_s);
            loop {
                let start = self.start + interval * i32::try_from(slot).unwrap_or(i32::MAX);
                if start >= to {
                    break sum / (to - from).as_seconds_f64();
                }
                let overlap = (start + interval).min(to) - start.max(from);
                let value = usize::try_from(slot).ok().and_then(|s| bridged.get(s).copied());
                sum += value.flatten().unwrap_or(0.0) * overlap.as_seconds_f64();
                slot += 1;
            }
        };
        Some(Ok((0..grid.len()).map(mean).collect()))
    }

    /// Fills short gaps within the grid's span; longer ones are told.
    fn bridge(
        &self,
        values: &[Option<f64>],
        grid: &TimeGrid,
        name: &str,
    ) -> (Vec<Option<f64>>, Vec<String>) {
        let slot_at = |time: DateTime<Utc>| {
            usize::try_from((time - self.start).num_seconds().max(0) / self.interval_s).unwrap_or(0)
        };
        let first = slot_at(grid.start);
        let last = slot_at(grid.end() - TimeDelta::seconds(1)).min(values.len().saturating_sub(1));
        let mut filled = values.to_vec();
        let mut gaps = Vec::new();
        let mut at = first;
        while at <= last {
            if values[at].is_some() {
                at += 1;
                continue;
            }
            let before = values[..at].iter().rposition(Option::is_some);
            let after = values[at..].iter().position(Option::is_some).map(|n| at + n);
            let end = after.unwrap_or(values.len());
            let begin = before.map_or(0, |b| b + 1);
            let hours = (end - begin) as f64 * self.interval_s as f64 / 3600.0;
            let neighbours = (before.and_then(|b| values[b]), after.and_then(|a| values[a]));
            if let (Some(left), Some(right), true) =
                (neighbours.0, neighbours.1, hours <= LONGEST_BRIDGE_H + 1e-9)
            {
                let span = (end - begin + 1) as f64;
                for (n, cell) in filled[begin..end].iter_mut().enumerate() {
                    *cell = Some(left + (right - left) * (n + 1) as f64 / span);
                }
            } else {
                let from = self.start
                    + TimeDelta::seconds(self.interval_s) * i32::try_from(begin).unwrap_or(0);
                gaps.push(format!(
                    "{name}: a gap of {hours} h from {from}; gaps over {LONGEST_BRIDGE_H} h are not bridged"
                ));
            }
            at = end.max(at + 1);
        }
        (filled, gaps)
    }
}
