//! A store's content to CSV files; the service may go on meanwhile.

use super::super::schema::{self, error};
use super::super::tail::settle;
use super::super::{chunk, journal, keep, records, rollup};
use super::{Exported, broken};
use crate::domain::ports::StoreError;
use crate::domain::quality::Reason;
use crate::domain::reading::time_of_ms;
use chrono::{DateTime, NaiveTime, SecondsFormat, Utc};
use csv::Writer;
use rusqlite::{Connection, Row};
use std::fs::File;
use std::path::Path;

/// Writes everything to a folder that is empty or is not there yet.
pub fn export(store: &Path, folder: &Path) -> Result<Exported, StoreError> {
    schema::must_be_ours(store)?;
    std::fs::create_dir_all(folder).map_err(|e| broken(folder, e))?;
    if std::fs::read_dir(folder).map_err(|e| broken(folder, e))?.next().is_some() {
        return Err(broken(folder, "is not empty"));
    }
    let db = schema::open_reader(store)?;
    // One instant for all files.
    db.execute_batch("BEGIN").map_err(error)?;
    let text = |row: &Row<'_>, i: usize| row.get::<_, String>(i);
    let time = |row: &Row<'_>, i: usize| row.get(i).map(|ms| stamp(time_of_ms(ms)));
    let whole = |row: &Row<'_>, i: usize| row.get::<_, i64>(i).map(|n| n.to_string());
    Ok(vec![
        ("readings.csv", readings(&db, folder)?),
        ("rollups.csv", rollups(&db, folder)?),
        ("months.csv", months(&db, folder)?),
        table(
            &db,
            folder,
            ("rejects.csv", &["timestamp", "topic", "reason", "detail", "excerpt"]),
            "SELECT at_ms, topic, reason, detail, excerpt FROM reject ORDER BY id",
            |r| Ok(vec![time(r, 0)?, text(r, 1)?, text(r, 2)?, text(r, 3)?, text(r, 4)?]),
        )?,
        table(
            &db,
            folder,
            ("plans.csv", &["id", "published", "summary", "record"]),
            "SELECT id, published, summary, record FROM plan ORDER BY id",
            |r| Ok(vec![whole(r, 0)?, whole(r, 1)?, text(r, 2)?, unpacked(r, 3)?]),
        )?,
        table(
            &db,
            folder,
            ("explanations.csv", &["plan", "record"]),
            "SELECT plan, record FROM explanation ORDER BY plan",
            |r| Ok(vec![whole(r, 0)?, unpacked(r, 1)?]),
        )?,
        table(
            &db,
            folder,
            ("instructions.csv", &["sequence", "record"]),
            "SELECT sequence, record FROM instruction ORDER BY sequence",
            |r| Ok(vec![whole(r, 0)?, text(r, 1)?]),
        )?,
        table(
            &db,
            folder,
            ("actions.csv", &["timestamp", "who", "what", "why"]),
            "SELECT at_ms, who, what, why FROM action ORDER BY id",
            |r| Ok(vec![time(r, 0)?, text(r, 1)?, text(r, 2)?, text(r, 3)?]),
        )?,
    ])
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn unpacked(row: &Row<'_>, i: usize) -> rusqlite::Result<String> {
    let blob: Vec<u8> = row.get(i)?;
    records::unpack(&blob).map_err(|e| {
        rusqlite::Error::FromSqlConversionFailure(i, rusqlite::types::Type::Blob, Box::new(e))
    })
}

fn writer(folder: &Path, name: &str, header: &[&str]) -> Result<Writer<File>, StoreError> {
    let path = folder.join(name);
    let mut out = Writer::from_path(&path).map_err(|e| broken(&path, e))?;
    out.write_record(header).map_err(|e| broken(&path, e))?;
    Ok(out)
}

fn table(
    db: &Connection,
    folder: &Path,
    (name, header): (&'static str, &[&str]),
    select: &str,
    cells: impl Fn(&Row<'_>) -> rusqlite::Result<Vec<String>>,
) -> Result<(&'static str, u64), StoreError> {
    let mut out = writer(folder, name, header)?;
    let mut select = db.prepare(select).map_err(error)?;
    let mut rows = select.query([]).map_err(error)?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(error)? {
        let cells = cells(row).map_err(error)?;
        out.write_record(cells).map_err(|e| broken(folder, e))?;
        count += 1;
    }
    out.flush().map_err(|e| broken(folder, e))?;
    Ok((name, count))
}

fn points(db: &Connection) -> Result<Vec<(i64, String)>, StoreError> {
    let mut select = db.prepare("SELECT number, name FROM point ORDER BY name").map_err(error)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(error)?;
    rows.collect::<Result<_, _>>().map_err(error)
}

/// Point by point, a week at a time, each time once.
fn readings(db: &Connection, folder: &Path) -> Result<u64, StoreError> {
    let mut out = writer(folder, "readings.csv", &["point", "timestamp", "value", "reason"])?;
    let tail = journal::load(db)?;
    let mut count = 0;
    for (number, name) in points(db)? {
        let ends: (Option<i64>, Option<i64>) = db
            .query_row(
                "SELECT min(first_ms), max(last_ms) FROM chunk WHERE point = ?1",
                [number],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(error)?;
        let in_tail = tail.range(number, i64::MIN, i64::MAX);
        let times = || in_tail.iter().map(|v| v.time_ms);
        let Some(first) = ends.0.into_iter().chain(times()).min() else { continue };
        let Some(last) = ends.1.into_iter().chain(times()).max() else { continue };
        let mut from = first;
        while from <= last {
            let to = from.saturating_add(7 * rollup::DAY_MS);
            let mut values = chunk::read(db, number, from, to)?;
            values.extend(in_tail.iter().filter(|v| (from..to).contains(&v.time_ms)));
            settle(&mut values);
            for value in values {
                let reason = Reason::of_code(value.reason).map_or("", Reason::word);
                let time = stamp(time_of_ms(value.time_ms));
                let cells = [name.as_str(), &time, &value.value.to_string(), reason];
                out.write_record(cells).map_err(|e| broken(folder, e))?;
                count += 1;
            }
            from = to;
        }
    }
    out.flush().map_err(|e| broken(folder, e))?;
    Ok(count)
}

const ROLLED: [&str; 6] = ["point", "timestamp", "count", "mean", "min", "max"];

fn rolled(name: &str, time: DateTime<Utc>, r: rollup::Rolled) -> [String; 6] {
    let numbers = [r.mean, r.min, r.max].map(|v| v.to_string());
    let [mean, min, max] = numbers;
    [name.to_owned(), stamp(time), r.count.to_string(), mean, min, max]
}

fn rollups(db: &Connection, folder: &Path) -> Result<u64, StoreError> {
    let mut out = writer(folder, "rollups.csv", &ROLLED)?;
    let mut count = 0;
    for (number, name) in points(db)? {
        let mut select =
            db.prepare_cached("SELECT day FROM rollup WHERE point = ?1").map_err(error)?;
        let days: Result<Vec<i64>, _> =
            select.query_map([number], |row| row.get(0)).map_err(error)?.collect();
        for day in days.map_err(error)? {
            let (from, to) = (day * rollup::DAY_MS, (day + 1) * rollup::DAY_MS);
            for (start, r) in rollup::read(db, number, from, to)? {
                let cells = rolled(&name, time_of_ms(start), r);
                out.write_record(cells).map_err(|e| broken(folder, e))?;
                count += 1;
            }
        }
    }
    out.flush().map_err(|e| broken(folder, e))?;
    Ok(count)
}

fn months(db: &Connection, folder: &Path) -> Result<u64, StoreError> {
    let mut out = writer(folder, "months.csv", &ROLLED)?;
    let mut count = 0;
    for (number, name) in points(db)? {
        for (month, r) in keep::months_of(db, number)? {
            let cells = rolled(&name, month.and_time(NaiveTime::MIN).and_utc(), r);
            out.write_record(cells).map_err(|e| broken(folder, e))?;
            count += 1;
        }
    }
    out.flush().map_err(|e| broken(folder, e))?;
    Ok(count)
}
