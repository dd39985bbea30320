//! Sealed chunks: a point's values over a stretch of time, times and values each compressed.

use super::rollup;
use super::schema::error;
use super::tail::{Tail, Value, settle};
use crate::domain::ports::StoreError;
use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};
use rusqlite::{Connection, Row, params};

/// Most values of a chunk: a question decompresses whole chunks.
const MOST_VALUES: usize = 20_000;

/// Writes a tail as chunks, and rolls it up; `kept_from_ms` is where values are kept from.
pub(super) fn write(db: &Connection, tail: &Tail, kept_from_ms: i64) -> Result<(), StoreError> {
    let mut insert = db
        .prepare_cached(
            "INSERT INTO chunk (point, first_ms, last_ms, count, times, vals, qualities)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .map_err(error)?;
    let config = ChunkConfig::default();
    let packed = |e: pco::errors::PcoError| StoreError::Other(format!("compression: {e}"));
    for (point, values) in tail.settled() {
        for part in values.chunks(MOST_VALUES) {
            let times: Vec<i64> = part.iter().map(|v| v.time_ms).collect();
            let numbers: Vec<f64> = part.iter().map(|v| v.value).collect();
            // Almost always all good: then nothing is written.
            let doubtful = part.iter().any(|v| v.reason != 0);
            let qualities: Vec<u8> = part.iter().filter(|_| doubtful).map(|v| v.reason).collect();
            let (Some(first), Some(last)) = (times.first(), times.last()) else { continue };
            let count = i64::try_from(part.len()).unwrap_or(i64::MAX);
            let times_blob = simple_compress(&times, &config).map_err(packed)?;
            let values_blob = simple_compress(&numbers, &config).map_err(packed)?;
            insert
                .execute(params![point, first, last, count, times_blob, values_blob, qualities])
                .map_err(error)?;
        }
        rollup::write(db, point, &values, kept_from_ms)?;
    }
    Ok(())
}

/// The sealed values of a point in `from..to`, in order of time, each time once.
pub(super) fn settled(
    db: &Connection,
    point: i64,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<Value>, StoreError> {
    let mut values = read(db, point, from_ms, to_ms)?;
    settle(&mut values);
    Ok(values)
}

/// The sealed values of a point in `from..to`, in the order they were sealed.
pub(super) fn read(
    db: &Connection,
    point: i64,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<Value>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT times, vals, qualities FROM chunk
             WHERE point = ?1 AND last_ms >= ?2 AND first_ms < ?3 ORDER BY id",
        )
        .map_err(error)?;
    let mut rows = select.query(params![point, from_ms, to_ms]).map_err(error)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(error)? {
        let values = unpack(row)?;
        all.extend(values.into_iter().filter(|v| v.time_ms >= from_ms && v.time_ms < to_ms));
    }
    Ok(all)
}

/// The newest sealed value of a point that is wanted.
pub(super) fn newest(
    db: &Connection,
    point: i64,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Option<Value>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT times, vals, qualities, last_ms FROM chunk
             WHERE point = ?1 ORDER BY last_ms DESC, id DESC",
        )
        .map_err(error)?;
    let mut rows = select.query([point]).map_err(error)?;
    // Chunks overlap where readings came late: the search ends where none can be newer.
    let mut best: Option<Value> = None;
    while let Some(row) = rows.next().map_err(error)? {
        let last_ms: i64 = row.get(3).map_err(error)?;
        if best.is_some_and(|b| b.time_ms >= last_ms) {
            break;
        }
        let found = unpack(row)?.into_iter().rev().find(|v| wanted(v));
        best = match (best, found) {
            (Some(b), Some(f)) if f.time_ms > b.time_ms => Some(f),
            (b, f) => b.or(f),
        };
    }
    Ok(best)
}

pub(super) fn unpack(row: &Row<'_>) -> Result<Vec<Value>, StoreError> {
    let blob = |i: usize| row.get::<_, Vec<u8>>(i).map_err(error);
    let broken = |e: pco::errors::PcoError| StoreError::Other(format!("a chunk is broken: {e}"));
    let times: Vec<i64> = simple_decompress(&blob(0)?).map_err(broken)?;
    let values: Vec<f64> = simple_decompress(&blob(1)?).map_err(broken)?;
    let qualities = blob(2)?;
    let pairs = times.into_iter().zip(values).enumerate();
    Ok(pairs
        .map(|(i, (time_ms, value))| Value {
            time_ms,
            value,
            reason: qualities.get(i).copied().unwrap_or(0),
        })
        .collect())
}
