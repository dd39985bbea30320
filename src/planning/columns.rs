//! Any CSV file with a column of times: each other column as a regular series by its header.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use std::collections::BTreeMap;
use std::path::Path;

/// Headers of the column of times.
const TIMES: [&str; 4] = ["timestamp", "time", "datetime", "date"];
/// Cells that say that nothing is known.
const GAPS: [&str; 5] = ["", "na", "nan", "null", "none"];
/// Most rows that are read: ten years of minutes.
const MOST_ROWS: usize = 5_300_000;
/// Most faults that are told.
const MOST_FAULTS: usize = 20;

/// Columns on equal intervals; `None` is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Start of the first interval, s from 1970.
    pub start_s: i64,
    /// Length of an interval, s: the most frequent one of the file.
    pub interval_s: i64,
    /// Values by header, in the order of the file.
    pub columns: Vec<(String, Vec<Option<f64>>)>,
    /// Headers of columns that hold no number.
    pub without_numbers: Vec<String>,
}

/// A time as files write it: RFC 3339, or without a zone, which is UTC.
fn time_s(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    let plain = text.replace('T', " ");
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(&plain, form).ok());
    let day = || NaiveDate::parse_from_str(&plain, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    time.or_else(day).map(|time| time.and_utc().timestamp())
}

/// Reads a file; every fault is told, up to a score. Rows may come in any order; several in one interval
/// are averaged.
///
/// # Errors
/// What is wrong with the file, each with its line.
pub fn read(path: &Path) -> Result<Columns, Vec<String>> {
    let name = path.display();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|e| vec![format!("{name}: cannot be read: {e}")])?;
    let headers = reader.headers().map_err(|e| vec![format!("{name}: {e}")])?.clone();
    let is_time = |header: &str| TIMES.iter().any(|time| header.eq_ignore_ascii_case(time));
    let Some(time_column) = headers.iter().position(is_time) else {
        return Err(vec![format!("{name}: has no column of times named {}", TIMES.join(", "))]);
    };
    let mut faults = Vec::new();
    let mut times = Vec::new();
    let mut columns: Vec<Column> = headers.iter().map(Column::new).collect();
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
        let text = record.get(time_column).unwrap_or_default();
        let Some(time) = time_s(text) else {
            faults.push(format!("{name}: line {line}: {text}: must be a time (RFC 3339)"));
            continue;
        };
        times.push(time);
        for (i, column) in columns.iter_mut().enumerate() {
            column.take(line, record.get(i).unwrap_or_default());
        }
    }
    columns.remove(time_column);
    let (with, without): (Vec<Column>, Vec<Column>) =
        columns.into_iter().partition(|column| column.values.iter().any(Option::is_some));
    for (column, line, cell) in with.iter().filter_map(Column::fault) {
        faults.push(format!("{name}: line {line}: {column} = {cell}: must be a number"));
    }
    if times.is_empty() || with.is_empty() {
        faults.push(format!("{name}: has no rows with numbers"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let without_numbers = without.into_iter().map(|column| column.header).collect();
    Ok(regular(&times, with, without_numbers))
}

struct Column {
    header: String,
    values: Vec<Option<f64>>,
    wrong: Option<(usize, String)>,
}

impl Column {
    fn new(header: &str) -> Self {
        Self { header: header.to_owned(), values: Vec::new(), wrong: None }
    }

    fn take(&mut self, line: usize, cell: &str) {
        let value = cell.parse::<f64>().ok().filter(|v| v.is_finite());
        let is_gap = GAPS.iter().any(|gap| cell.eq_ignore_ascii_case(gap));
        if value.is_none() && !is_gap && self.wrong.is_none() {
            self.wrong = Some((line, cell.to_owned()));
        }
        self.values.push(value);
    }

    fn fault(&self) -> Option<(&str, usize, &str)> {
        let (line, cell) = self.wrong.as_ref()?;
        Some((&self.header, *line, cell))
    }
}

fn regular(times: &[i64], columns: Vec<Column>, without_numbers: Vec<String>) -> Columns {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|i| times[*i]);
    let mut intervals: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in order.windows(2) {
        let interval_s = times[pair[1]] - times[pair[0]];
        if interval_s > 0 {
            *intervals.entry(interval_s).or_default() += 1;
        }
    }
    let interval_s = intervals.iter().max_by_key(|(_, n)| **n).map_or(3600, |(s, _)| *s);
    let start_s = order.first().map_or(0, |i| times[*i]);
    let slot = |time: i64| usize::try_from((time - start_s) / interval_s).unwrap_or(usize::MAX);
    // A far stray time does not buy room for all the time between: what lies beyond is cut off.
    let slots = order.last().map_or(0, |i| slot(times[*i])).min(MOST_ROWS) + 1;
    let on_slots = |column: Column| {
        let mut sums = vec![(0.0, 0.0); slots];
        for (time, value) in times.iter().zip(column.values) {
            if let (Some(value), Some((sum, count))) = (value, sums.get_mut(slot(*time))) {
                *sum += value;
                *count += 1.0;
            }
        }
        let means = sums.into_iter().map(|(sum, n)| (n > 0.0).then(|| sum / n));
        (column.header, means.collect())
    };
    let columns = columns.into_iter().map(on_slots).collect();
    Columns { start_s, interval_s, columns, without_numbers }
}

impl Columns {
    /// The values of a column by its header.
    pub fn get(&self, header: &str) -> Option<&[Option<f64>]> {
        let found = self.columns.iter().find(|(name, _)| name == header);
        found.map(|(_, values)| values.as_slice())
    }

    /// The time after the last interval, as far as the calendar reaches.
    pub fn end(&self) -> DateTime<Utc> {
        let slots = self.columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
        let slots = i64::try_from(slots).unwrap_or(i64::MAX);
        let end_s = self.start_s.saturating_add(slots.saturating_mul(self.interval_s));
        DateTime::from_timestamp(end_s, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Columns, Vec<String>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path())
    }

    #[test]
    fn columns_are_read_with_gaps_and_in_any_order() {
        let text = "Time,load kw,who\n2026-01-01 01:00,2,x\n2026-01-01T00:00:00Z,1.5,y\n\
                    2026-01-01 02:00:00,NaN,z\n2026-01-01T02:00:00Z,-4,z\n2026-01-01T04:00:00Z,,z\n";
        let read = parse(text).unwrap();
        assert_eq!((read.start_s, read.interval_s), (1_767_225_600, 3600));
        let values = [Some(1.5), Some(2.0), Some(-4.0), None, None];
        assert_eq!(read.get("load kw").unwrap(), values);
        assert_eq!(read.without_numbers, ["who"]);
        assert_eq!(read.end().to_rfc3339(), "2026-01-01T05:00:00+00:00");
    }

    #[test]
    fn every_fault_is_told() {
        let faults = parse("timestamp,a,b\nsoon,1,2\n2026-01-01,1,two\n2026-01-02,many,2\n");
        let faults = faults.unwrap_err().join("\n");
        for part in ["line 2: soon", "line 4: a = many", "line 3: b = two"] {
            assert!(faults.contains(part), "{part} is not in:\n{faults}");
        }
        assert!(parse("when,a\n2026-01-01,1\n").unwrap_err()[0].contains("column of times"));
        assert!(parse("timestamp,a\n").unwrap_err()[0].contains("no rows"));
    }
}
