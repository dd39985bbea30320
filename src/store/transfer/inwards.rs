//! CSV files of an export into a store that has nothing yet: all of them, or none.

use super::super::rollup::{self, Rolled, Stretches};
use super::super::schema::{self, error};
use super::super::tail::{Tail, Value};
use super::super::{chunk, keep, only_one, records};
use super::{Exported, broken};
use crate::domain::ports::StoreError;
use crate::domain::quality::Reason;
use chrono::{DateTime, Utc};
use csv::StringRecord;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Readings that are sealed at once.
const SEALED_AT_ONCE: usize = 1_000_000;
/// Most faults that are told.
const MOST_FAULTS: usize = 50;

/// Reads an export. The store is made where it is missing; one that holds readings or plans is refused,
/// and so is an export with any fault: every one is told with its file and line, and nothing is changed.
pub fn import(folder: &Path, store: &Path) -> Result<Exported, StoreError> {
    let _alone = only_one::take(store)?;
    let mut db = schema::open(store)?;
    let held: i64 = db
        .query_row(
            "SELECT (SELECT count(*) FROM chunk) + (SELECT count(*) FROM journal)
             + (SELECT count(*) FROM plan) + (SELECT count(*) FROM instruction)",
            [],
            |row| row.get(0),
        )
        .map_err(error)?;
    if held > 0 {
        return Err(broken(store, "holds readings or plans already: import into a new one"));
    }
    let transaction = db.transaction().map_err(error)?;
    let mut import =
        Import { db: &transaction, folder, points: HashMap::new(), faults: Vec::new() };
    let done = import.all()?;
    let faults = import.faults;
    if !faults.is_empty() {
        return Err(broken(
            folder,
            format!("{} fault(s)\n  {}", faults.len(), faults.join("\n  ")),
        ));
    }
    transaction.commit().map_err(error)?;
    Ok(done)
}

struct Import<'a> {
    db: &'a Connection,
    folder: &'a Path,
    points: HashMap<String, i64>,
    faults: Vec<String>,
}

/// What is wrong with a row.
type Wrong = String;

impl Import<'_> {
    fn all(&mut self) -> Result<Exported, StoreError> {
        let mut done = Exported::new();
        done.push(("readings.csv", self.readings()?));
        done.push(("rollups.csv", self.rollups()?));
        let months =
            "INSERT INTO month (point, month, count, mean, min, max) VALUES (?, ?, ?, ?, ?, ?)";
        done.push((
            "months.csv",
            self.rows("months.csv", |import, row| {
                let (point, time, r) = import.rolled(row)?;
                let month = keep::number_of(time);
                let cells = params![point, month, r.count, r.mean, r.min, r.max];
                import.insert(months, cells)
            })?,
        ));
        let rejects =
            "INSERT INTO reject (at_ms, topic, reason, detail, excerpt) VALUES (?, ?, ?, ?, ?)";
        done.push((
            "rejects.csv",
            self.rows("rejects.csv", |import, row| {
                let cells = params![
                    time_ms(row, 0)?,
                    cell(row, 1)?,
                    cell(row, 2)?,
                    cell(row, 3)?,
                    cell(row, 4)?
                ];
                import.insert(rejects, cells)
            })?,
        ));
        let plans = "INSERT INTO plan (id, published, summary, record) VALUES (?, ?, ?, ?)";
        done.push((
            "plans.csv",
            self.rows("plans.csv", |import, row| {
                let (summary, record) = (json(row, 2)?, packed(row, 3)?);
                import.insert(plans, params![whole(row, 0)?, whole(row, 1)?, summary, record])
            })?,
        ));
        let explanations = "INSERT INTO explanation (plan, record) VALUES (?, ?)";
        done.push((
            "explanations.csv",
            self.rows("explanations.csv", |import, row| {
                import.insert(explanations, params![whole(row, 0)?, packed(row, 1)?])
            })?,
        ));
        let instructions = "INSERT INTO instruction (sequence, record) VALUES (?, ?)";
        done.push((
            "instructions.csv",
            self.rows("instructions.csv", |import, row| {
                import.insert(instructions, params![whole(row, 0)?, json(row, 1)?])
            })?,
        ));
        let actions = "INSERT INTO action (at_ms, who, what, why) VALUES (?, ?, ?, ?)";
        done.push((
            "actions.csv",
            self.rows("actions.csv", |import, row| {
                let cells = params![time_ms(row, 0)?, cell(row, 1)?, cell(row, 2)?, cell(row, 3)?];
                import.insert(actions, cells)
            })?,
        ));
        Ok(done)
    }

    /// Each row of a file; what is wrong with one is noted with its line.
    fn rows(
        &mut self,
        name: &'static str,
        mut take: impl FnMut(&mut Self, &StringRecord) -> Result<(), Wrong>,
    ) -> Result<u64, StoreError> {
        let path = self.folder.join(name);
        let mut reader = csv::Reader::from_path(&path).map_err(|e| broken(&path, e))?;
        let mut count = 0;
        for (i, row) in reader.records().enumerate() {
            let line = i + 2;
            let done = row.map_err(|e| e.to_string()).and_then(|row| take(self, &row));
            if let Err(why) = done {
                self.faults.push(format!("{name}: row {line}: {why}"));
                if self.faults.len() >= MOST_FAULTS {
                    break;
                }
            }
            count += 1;
        }
        Ok(count)
    }

    fn insert(&self, text: &str, cells: impl rusqlite::Params) -> Result<(), Wrong> {
        let mut insert = self.db.prepare_cached(text).map_err(|e| e.to_string())?;
        insert.execute(cells).map(|_| ()).map_err(|e| e.to_string())
    }

    fn point(&mut self, name: &str) -> Result<i64, Wrong> {
        if let Some(number) = self.points.get(name) {
            return Ok(*number);
        }
        if name.is_empty() || name.len() > 200 || !name.chars().all(|c| c.is_ascii_graphic()) {
            return Err(format!("{name}: a point's name has 1 to 200 printable characters"));
        }
        self.insert("INSERT OR IGNORE INTO point (name) VALUES (?)", [name])?;
        let ask = "SELECT number FROM point WHERE name = ?";
        let number = self.db.query_row(ask, [name], |row| row.get(0)).map_err(|e| e.to_string())?;
        self.points.insert(name.to_owned(), number);
        Ok(number)
    }

    fn readings(&mut self) -> Result<u64, StoreError> {
        let mut tail = Tail::default();
        let mut failed = None;
        let count = self.rows("readings.csv", |import, row| {
            let point = import.point(cell(row, 0)?)?;
            let reason = match cell(row, 3)? {
                "" => 0,
                word => {
                    let known = Reason::ALL.iter().find(|r| r.word() == word);
                    known.ok_or_else(|| format!("{word}: is no reason"))?.code()
                }
            };
            let value = Value { time_ms: time_ms(row, 1)?, value: number(row, 2)?, reason };
            tail.push(point, value);
            if tail.len() >= SEALED_AT_ONCE && failed.is_none() {
                failed = chunk::write(import.db, &tail, i64::MIN).err();
                tail.clear();
            }
            Ok(())
        })?;
        match failed {
            Some(error) => Err(error),
            None => chunk::write(self.db, &tail, i64::MIN).map(|()| count),
        }
    }

    /// Roll-ups outlive their values. Of a stretch that both the file and the values tell, the one that
    /// counts more stands: values may be gone, or may not have been sealed when the file was made.
    fn rollups(&mut self) -> Result<u64, StoreError> {
        let mut days: BTreeMap<(i64, i64), Stretches> = BTreeMap::new();
        let count = self.rows("rollups.csv", |import, row| {
            let (point, time, rolled) = import.rolled(row)?;
            let start = time.timestamp_millis();
            if start.rem_euclid(rollup::STEP_MS) != 0 {
                return Err(format!("{time}: must be a multiple of 5 minutes"));
            }
            let day = start.div_euclid(rollup::DAY_MS);
            days.entry((point, day)).or_default().insert(start, rolled);
            Ok(())
        })?;
        for ((point, day), mut stretches) in days {
            let (from, to) = (day * rollup::DAY_MS, (day + 1) * rollup::DAY_MS);
            for (start, of_values) in rollup::read(self.db, point, from, to)? {
                let stands = stretches.entry(start).or_insert(of_values);
                if of_values.count >= stands.count {
                    *stands = of_values;
                }
            }
            rollup::put_row(self.db, point, day, &stretches)?;
        }
        Ok(count)
    }

    fn rolled(&mut self, row: &StringRecord) -> Result<(i64, DateTime<Utc>, Rolled), Wrong> {
        let point = self.point(cell(row, 0)?)?;
        let count = whole(row, 2)?;
        let count = u32::try_from(count).map_err(|_| format!("{count}: is no count"))?;
        let (mean, min, max) = (number(row, 3)?, number(row, 4)?, number(row, 5)?);
        Ok((point, time(row, 1)?, Rolled { count, mean, min, max }))
    }
}

fn cell(row: &StringRecord, i: usize) -> Result<&str, Wrong> {
    row.get(i).ok_or_else(|| format!("column {} is missing", i + 1))
}

fn time(row: &StringRecord, i: usize) -> Result<DateTime<Utc>, Wrong> {
    let text = cell(row, i)?;
    let time = DateTime::parse_from_rfc3339(text).map_err(|e| format!("{text}: {e}"))?;
    Ok(time.with_timezone(&Utc))
}

fn time_ms(row: &StringRecord, i: usize) -> Result<i64, Wrong> {
    time(row, i).map(|t| t.timestamp_millis())
}

fn whole(row: &StringRecord, i: usize) -> Result<i64, Wrong> {
    let text = cell(row, i)?;
    text.parse().map_err(|_| format!("{text}: must be a whole number"))
}

fn number(row: &StringRecord, i: usize) -> Result<f64, Wrong> {
    let text = cell(row, i)?;
    let value: f64 = text.parse().map_err(|_| format!("{text}: must be a number"))?;
    if value.is_finite() { Ok(value) } else { Err(format!("{text}: must be finite")) }
}

fn json(row: &StringRecord, i: usize) -> Result<&str, Wrong> {
    let text = cell(row, i)?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|e| format!("is not JSON: {e}"))?;
    Ok(text)
}

fn packed(row: &StringRecord, i: usize) -> Result<Vec<u8>, Wrong> {
    records::pack(json(row, i)?).map_err(|e| e.to_string())
}
