//! Readings by the batch: files and requests, with the same checks as messages.
//!
//! CSV comes wide, a column a point, or long, a line a value; JSON is our own format.

use super::{Arrived, Found, Judge, decode, normalise, weigh};
use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::StoreError;
use crate::domain::quality::Quality;
use crate::domain::reading::Reject;
use crate::ingest::{DecodeFault, RawValue};
use camp_solver::Site;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read;
use utoipa::ToSchema;

/// Readings that are made durable at once.
const MOST_AT_ONCE: usize = 50_000;
/// Refusals that are listed; more are only counted.
const MOST_LISTED: usize = 100;
/// Most columns of a file.
const MOST_COLUMNS: usize = 5000;
/// Columns of our own export that are judged anew.
const OWN_WORDS: [&str; 2] = ["quality", "reason"];

/// A line or a value that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// Line of a CSV file, the header being 1; nothing for JSON.
    #[schema(example = 17)]
    pub line: Option<u64>,
    /// Why, in one word, as in `/rejects`.
    #[schema(example = "unmapped")]
    pub reason: String,
    /// Why, in a sentence.
    pub detail: String,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// Readings that were kept; they are on the disk.
    pub readings: u64,
    /// Of these, doubtful ones.
    pub suspect: u64,
    /// Readings that repeated the one before.
    pub repeated: u64,
    /// Lines and values that were refused.
    pub refused: u64,
    /// The first 100 of them.
    pub refusals: Vec<Refusal>,
}

/// Why a batch could not be read to its end. What was kept before stays.
#[derive(Debug)]
pub enum BatchFault {
    /// It is not what it should be.
    Input(String),
    /// The store refused it.
    Store(StoreError),
}

impl std::error::Error for BatchFault {}

impl fmt::Display for BatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(detail) => f.write_str(detail),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

/// Takes in a batch; `keep` makes readings and refusals durable.
pub struct Batch<'a, K> {
    points: &'a PointMap,
    now: DateTime<Utc>,
    /// Who sends it, in place of a topic.
    from: &'a str,
    keep: K,
    judge: Judge,
    found: Found,
    told: Imported,
}

impl<K> fmt::Debug for Batch<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("from", &self.from).finish_non_exhaustive()
    }
}

impl<'a, K: FnMut(&Found) -> Result<(), StoreError>> Batch<'a, K> {
    /// An empty batch for a site and its points. What is judged starts with it: of what the camp's meters
    /// said before nothing is known here.
    pub fn new(
        (site, points): (&Site, &'a PointMap),
        now: DateTime<Utc>,
        from: &'a str,
        keep: K,
    ) -> Self {
        let (judge, found, told) = (Judge::of(site, points), Found::default(), Imported::default());
        Self { points, now, from, keep, judge, found, told }
    }

    /// Takes in a message of our JSON.
    pub fn json(mut self, payload: &[u8]) -> Result<Imported, BatchFault> {
        let raw = decode(payload).map_err(|fault: DecodeFault| {
            BatchFault::Input(format!("{}: {fault}", fault.reason()))
        })?;
        for value in &raw {
            self.value(None, value, None);
        }
        self.end()
    }

    /// Takes in CSV. Faults of lines are refusals; one of the header ends it.
    pub fn csv(mut self, input: impl Read) -> Result<Imported, BatchFault> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(input);
        let unread = |e: csv::Error| BatchFault::Input(format!("is not CSV: {e}"));
        let header = reader.headers().map_err(unread)?.clone();
        let form = self.form(&header)?;
        let mut record = csv::StringRecord::new();
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(false) => return self.end(),
                Ok(true) => {
                    self.line(record.position().map_or(line, csv::Position::line), &record, &form);
                }
                // What is not text is a refusal of its line; a file that ends in the middle is a fault.
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    self.refuse(Some(line), "malformed", "is not text in UTF-8");
                }
                Err(error) => return Err(unread(error)),
            }
            if self.found.readings.len() + self.found.rejects.len() >= MOST_AT_ONCE {
                self.commit()?;
            }
        }
    }

    /// What the columns are.
    fn form(&mut self, header: &csv::StringRecord) -> Result<Form, BatchFault> {
        let wrong = |rule: String| Err(BatchFault::Input(format!("the header: {rule}")));
        if header.len() > MOST_COLUMNS {
            return wrong(format!("has {} columns, at most {MOST_COLUMNS}", header.len()));
        }
        let place = |name: &str| header.iter().position(|h| h == name);
        let Some(time) = place("timestamp") else {
            return wrong("has no column named timestamp".to_owned());
        };
        if let (Some(point), Some(value)) = (place("point"), place("value")) {
            return Ok(Form::Long { time, point, value });
        }
        let (mut columns, mut unknown): (Vec<(usize, PointId, String)>, Vec<&str>) =
            Default::default();
        for (i, name) in header.iter().enumerate().filter(|(i, _)| *i != time) {
            match self.points.resolve(name) {
                Some(id) if columns.iter().any(|(_, other, _)| *other == id) => {
                    return wrong(format!("column {name} names a point a second time"));
                }
                Some(id) => columns.push((i, id, name.to_owned())),
                None if OWN_WORDS.contains(&name) => {}
                None => unknown.push(name),
            }
        }
        if columns.is_empty() {
            return wrong("no column names a point of the site".to_owned());
        }
        for name in unknown {
            self.refuse(Some(1), "unmapped", &format!("column {name} names no point of the site"));
        }
        let names = columns.into_iter().map(|(i, _, name)| (i, name)).collect();
        Ok(Form::Wide { time, columns: names })
    }

    fn line(&mut self, line: u64, record: &csv::StringRecord, form: &Form) {
        let time = match form {
            Form::Wide { time, .. } | Form::Long { time, .. } => *time,
        };
        let text = record.get(time).unwrap_or_default();
        let Ok(time) = DateTime::parse_from_rfc3339(text) else {
            let shown: String = text.chars().take(60).collect();
            self.refuse(Some(line), "malformed", &format!("timestamp {shown}: must be RFC 3339"));
            return;
        };
        let time_ms = time.timestamp_millis();
        match form {
            Form::Wide { columns, .. } => {
                for (i, name) in columns {
                    // An empty cell is a meter that said nothing.
                    let cell = record.get(*i).unwrap_or_default();
                    if !cell.is_empty() {
                        self.cell(line, name, time_ms, cell);
                    }
                }
            }
            Form::Long { point, value, .. } => {
                let name = record.get(*point).unwrap_or_default();
                self.cell(line, name, time_ms, record.get(*value).unwrap_or_default());
            }
        }
    }

    fn cell(&mut self, line: u64, name: &str, time_ms: i64, cell: &str) {
        let raw = RawValue { name: name.to_owned(), time_ms, value: cell.parse().ok() };
        self.value(Some(line), &raw, Some(cell));
    }

    fn value(&mut self, line: Option<u64>, raw: &RawValue, cell: Option<&str>) {
        match normalise::normalise(raw, self.points) {
            Ok(reading) => {
                let (topic, now, before) = (self.from, self.now, self.found.rejects.len());
                let message = Arrived { topic, payload: &[], retained: false, now };
                weigh(reading, message, self.points, &mut self.judge, &mut self.found);
                // An import may bring the past in any order: its word stands.
                self.found.readings.append(&mut self.found.late);
                for reject in self.found.rejects.get(before..).unwrap_or_default() {
                    list(&mut self.told, line, reject);
                }
            }
            Err((reason, detail)) => {
                let shown: String = cell.unwrap_or_default().chars().take(60).collect();
                let detail = if shown.is_empty() { detail } else { format!("{detail}: {shown}") };
                self.refuse(line, reason, &detail);
            }
        }
    }

    fn refuse(&mut self, line: Option<u64>, reason: &str, detail: &str) {
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        let words = format!("{place}{detail}");
        let reject = super::quarantine::reject(self.now, self.from, &[], reason, &words);
        list(&mut self.told, line, &Reject { detail: detail.to_owned(), ..reject.clone() });
        self.found.rejects.push(reject);
    }

    fn commit(&mut self) -> Result<(), BatchFault> {
        let found = std::mem::take(&mut self.found);
        (self.keep)(&found).map_err(BatchFault::Store)?;
        self.told.readings += found.readings.len() as u64;
        let suspect = found.readings.iter().filter(|r| r.quality() == Quality::Suspect).count();
        self.told.suspect += suspect as u64;
        self.told.repeated += found.repeated;
        Ok(())
    }

    fn end(mut self) -> Result<Imported, BatchFault> {
        self.commit()?;
        Ok(self.told)
    }
}

/// The columns of a file.
#[derive(Debug)]
enum Form {
    /// A column a point.
    Wide { time: usize, columns: Vec<(usize, String)> },
    /// A line a value.
    Long { time: usize, point: usize, value: usize },
}

fn list(told: &mut Imported, line: Option<u64>, reject: &Reject) {
    told.refused += 1;
    if told.refusals.len() < MOST_LISTED {
        let (reason, detail) = (reject.reason.clone(), reject.detail.clone());
        told.refusals.push(Refusal { line, reason, detail });
    }
}

#[cfg(test)]
mod tests;
