//! The journal: every commit of readings as one blob.
//!
//! A blob is a byte of version, then for each reading the point's number (u32), the time in ms
//! since 1970 (i64), the value (f64) and the reason (u8), little endian, 21 bytes in all.

use super::schema::error;
use super::tail::{Tail, Value};
use crate::domain::point::PointMap;
use crate::domain::ports::StoreError;
use rusqlite::Connection;

const VERSION: u8 = 1;
const ENTRY: usize = 21;

/// Gives every point of a site its number in this file.
pub(super) fn number_points(db: &Connection, points: &PointMap) -> Result<Vec<i64>, StoreError> {
    let mut numbers = Vec::new();
    for (_, point) in points.iter() {
        let name = point.to_string();
        db.execute("INSERT OR IGNORE INTO point (name) VALUES (?1)", [&name]).map_err(error)?;
        let number = db
            .query_row("SELECT number FROM point WHERE name = ?1", [&name], |row| row.get(0))
            .map_err(error)?;
        numbers.push(number);
    }
    Ok(numbers)
}

/// Writes a batch.
pub(super) fn write(db: &Connection, readings: &[(i64, Value)]) -> Result<(), StoreError> {
    if readings.is_empty() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(1 + ENTRY * readings.len());
    batch.push(VERSION);
    for (number, value) in readings {
        let number = u32::try_from(*number)
            .map_err(|_| StoreError::Other(format!("point number {number} is too large")))?;
        batch.extend_from_slice(&number.to_le_bytes());
        batch.extend_from_slice(&value.time_ms.to_le_bytes());
        batch.extend_from_slice(&value.value.to_le_bytes());
        batch.push(value.reason);
    }
    let mut insert = db.prepare_cached("INSERT INTO journal (batch) VALUES (?1)").map_err(error)?;
    insert.execute([batch]).map_err(error)?;
    Ok(())
}

/// Empties the journal, once its content is sealed.
pub(super) fn clear(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM journal", []).map_err(error)?;
    Ok(())
}

/// Reads the whole journal back.
pub(super) fn load(db: &Connection) -> Result<Tail, StoreError> {
    let mut tail = Tail::default();
    for (point, value) in after(db, 0, usize::MAX)?.0 {
        tail.push(point, value);
    }
    Ok(tail)
}

/// Values with the number of their point.
pub(super) type Numbered = Vec<(i64, Value)>;

/// What came after a row, in the order it came: whole rows, until `most` values are reached; and the
/// last row read.
pub(super) fn after(db: &Connection, row: i64, most: usize) -> Result<(Numbered, i64), StoreError> {
    let (mut list, mut last) = (Vec::new(), row);
    let mut select = db
        .prepare_cached("SELECT id, batch FROM journal WHERE id > ?1 ORDER BY id")
        .map_err(error)?;
    let mut rows = select.query([row]).map_err(error)?;
    while let Some(row) = rows.next().map_err(error)? {
        let id: i64 = row.get(0).map_err(error)?;
        let batch: Vec<u8> = row.get(1).map_err(error)?;
        let broken = || StoreError::Other(format!("journal entry {id} cannot be read"));
        let (version, entries) = batch.split_first().ok_or_else(broken)?;
        if *version != VERSION || entries.len() % ENTRY != 0 {
            return Err(broken());
        }
        for entry in entries.chunks_exact(ENTRY) {
            list.push(decode(entry).ok_or_else(broken)?);
        }
        last = id;
        if list.len() >= most {
            break;
        }
    }
    Ok((list, last))
}

/// How many values came after a row.
pub(super) fn count_after(db: &Connection, row: i64) -> Result<u64, StoreError> {
    let bytes = "SELECT coalesce(sum(length(batch) - 1), 0) FROM journal WHERE id > ?1";
    let bytes: i64 = db.query_row(bytes, [row], |row| row.get(0)).map_err(error)?;
    Ok(u64::try_from(bytes).unwrap_or(0) / ENTRY as u64)
}

fn decode(entry: &[u8]) -> Option<(i64, Value)> {
    let number = u32::from_le_bytes(entry.get(0..4)?.try_into().ok()?);
    let time_ms = i64::from_le_bytes(entry.get(4..12)?.try_into().ok()?);
    let value = f64::from_le_bytes(entry.get(12..20)?.try_into().ok()?);
    let reason = *entry.get(20)?;
    Some((i64::from(number), Value { time_ms, value, reason }))
}
