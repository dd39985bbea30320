//! Whether a store is whole: the database, every chunk, every roll-up, the journal.

use super::schema::{self, error};
use super::{chunk, journal, rollup};
use crate::domain::ports::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// Most faults that are told.
const MOST: usize = 50;

/// Everything that is wrong with a store; nothing if it is whole. The service may go on meanwhile.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    schema::must_be_ours(path)?;
    let db = schema::open_reader(path)?;
    let mut found = Vec::new();
    // One instant: what is sealed meanwhile is not seen in halves.
    db.execute_batch("BEGIN").map_err(error)?;
    let mut select = db.prepare("PRAGMA integrity_check").map_err(error)?;
    let words: Result<Vec<String>, _> =
        select.query_map([], |row| row.get(0)).map_err(error)?.collect();
    found.extend(words.map_err(error)?.into_iter().filter(|w| w != "ok"));
    drop(select);
    if let Err(fault) = journal::load(&db) {
        found.push(fault.to_string());
    }
    chunks(&db, &mut found)?;
    rollups(&db, &mut found)?;
    found.truncate(MOST);
    Ok(found)
}

fn chunks(db: &Connection, found: &mut Vec<String>) -> Result<(), StoreError> {
    let mut select = db
        .prepare("SELECT times, vals, qualities, id, count, first_ms, last_ms FROM chunk")
        .map_err(error)?;
    let mut rows = select.query([]).map_err(error)?;
    while let Some(row) = rows.next().map_err(error)? {
        let number = |i: usize| row.get::<_, i64>(i).map_err(error);
        let (id, count, first, last) = (number(3)?, number(4)?, number(5)?, number(6)?);
        let values = match chunk::unpack(row) {
            Ok(values) => values,
            Err(fault) => {
                found.push(format!("chunk {id}: {fault}"));
                continue;
            }
        };
        if i64::try_from(values.len()) != Ok(count) {
            found.push(format!("chunk {id}: {} values, {count} are told", values.len()));
        }
        let ends = (values.first().map(|v| v.time_ms), values.last().map(|v| v.time_ms));
        if ends != (Some(first), Some(last)) {
            found.push(format!("chunk {id}: its ends are not those told"));
        }
        if !values.is_sorted_by(|a, b| a.time_ms < b.time_ms) {
            found.push(format!("chunk {id}: its times are not in order"));
        }
    }
    Ok(())
}

/// Every roll-up can be read, and says what its values say where they are still there.
fn rollups(db: &Connection, found: &mut Vec<String>) -> Result<(), StoreError> {
    let kept_from = super::kept_from(db)?;
    let mut select = db.prepare("SELECT point, day FROM rollup").map_err(error)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(error)?;
    for row in rows {
        let (point, day): (i64, i64) = row.map_err(error)?;
        let (from, to) = (day * rollup::DAY_MS, (day + 1) * rollup::DAY_MS);
        let told = match rollup::read(db, point, from, to) {
            Ok(told) => told,
            Err(fault) => {
                found.push(format!("point {point}: {fault}"));
                continue;
            }
        };
        if from < kept_from {
            continue;
        }
        let values = rollup::roll(&chunk::settled(db, point, from, to)?, rollup::STEP_MS);
        let same = told.len() == values.len()
            && told.iter().zip(&values).all(|((s, a), (t, b))| {
                s == t
                    && a.count == b.count
                    && (a.mean - b.mean).abs() <= 1e-9 * (1.0 + b.mean.abs())
            });
        if !same {
            found
                .push(format!("point {point}: the roll-up of day {day} is not that of its values"));
        }
    }
    Ok(())
}
