//! Roll-ups: good values by stretches of 5 minutes, one row a point and day, made while sealing.
//!
//! A stretch that gets values a second time (its end lay in a later tail, or values came late) is made
//! anew from the sealed values, so that a roll-up always says what its values say. They outlive the
//! values: see `keep`.

use super::schema::error;
use super::tail::Value;
use super::{chunk, is_good};
use crate::domain::ports::StoreError;
use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// Length of a stretch, ms.
pub(super) const STEP_MS: i64 = 300_000;
/// Length of a row, ms.
pub(super) const DAY_MS: i64 = 86_400_000;

/// Good values of a stretch, taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rolled {
    pub(super) count: u32,
    pub(super) mean: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Rolled {
    fn of(value: f64) -> Self {
        Self { count: 1, mean: value, min: value, max: value }
    }

    /// Takes in another, the mean weighted by count.
    pub(super) fn add(&mut self, other: Self) {
        let count = self.count.saturating_add(other.count);
        self.mean += (other.mean - self.mean) * f64::from(other.count) / f64::from(count.max(1));
        self.count = count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

/// Stretches by their start, ms.
pub(super) type Stretches = BTreeMap<i64, Rolled>;

/// Good values by stretches of `step_ms`, counted from 1970.
pub(super) fn roll(values: &[Value], step_ms: i64) -> Stretches {
    let mut stretches = Stretches::new();
    let mut current: Option<(i64, Rolled)> = None;
    for value in values.iter().filter(|v| is_good(v)) {
        let start = value.time_ms.div_euclid(step_ms) * step_ms;
        let one = Rolled::of(value.value);
        match &mut current {
            Some((of, rolled)) if *of == start => rolled.add(one),
            _ => {
                if let Some((of, rolled)) = current.replace((start, one)) {
                    put(&mut stretches, of, rolled);
                }
            }
        }
    }
    if let Some((of, rolled)) = current {
        put(&mut stretches, of, rolled);
    }
    stretches
}

fn put(stretches: &mut Stretches, start: i64, rolled: Rolled) {
    stretches.entry(start).and_modify(|r| r.add(rolled)).or_insert(rolled);
}

/// Rolls up what was just sealed of a point: `values` are in order of time and already in their chunks.
/// A stretch before `kept_from_ms`, whose values are gone, stays as it is.
pub(super) fn write(
    db: &Connection,
    point: i64,
    values: &[Value],
    kept_from_ms: i64,
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return Ok(()) };
    let step_of = |ms: i64| ms.div_euclid(STEP_MS) * STEP_MS;
    let (from, to) = (step_of(first.time_ms), step_of(last.time_ms) + STEP_MS);
    let old = read(db, point, from, to)?;
    // The doubtful count too: a value that was good may have become doubtful.
    let touched: Vec<i64> = {
        let mut list: Vec<i64> = values.iter().map(|v| step_of(v.time_ms)).collect();
        list.dedup();
        list
    };
    let fresh = if touched.iter().any(|start| old.contains_key(start)) {
        roll(&chunk::settled(db, point, from, to)?, STEP_MS)
    } else {
        roll(values, STEP_MS)
    };
    let mut days: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let stays = |start: &i64| *start < kept_from_ms && old.contains_key(start);
    for start in touched.into_iter().filter(|start| !stays(start)) {
        days.entry(start.div_euclid(DAY_MS)).or_default().push(start);
    }
    for (day, starts) in days {
        let mut stretches = row(db, point, day)?;
        for start in starts {
            match fresh.get(&start) {
                Some(rolled) => _ = stretches.insert(start, *rolled),
                None => _ = stretches.remove(&start),
            }
        }
        put_row(db, point, day, &stretches)?;
    }
    Ok(())
}

/// The stretches of a point that begin in `from..to`.
pub(super) fn read(
    db: &Connection,
    point: i64,
    from_ms: i64,
    to_ms: i64,
) -> Result<Stretches, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT day, stretches FROM rollup WHERE point = ?1 AND day >= ?2 AND day <= ?3",
        )
        .map_err(error)?;
    let days = params![point, from_ms.div_euclid(DAY_MS), to_ms.div_euclid(DAY_MS)];
    let mut rows = select.query(days).map_err(error)?;
    let mut all = Stretches::new();
    while let Some(row) = rows.next().map_err(error)? {
        let (day, blob): (i64, Vec<u8>) = (row.get(0).map_err(error)?, row.get(1).map_err(error)?);
        let of_day = unpack(day, &blob)?.into_iter();
        all.extend(of_day.filter(|(start, _)| (from_ms..to_ms).contains(start)));
    }
    Ok(all)
}

fn row(db: &Connection, point: i64, day: i64) -> Result<Stretches, StoreError> {
    let mut select = db
        .prepare_cached("SELECT stretches FROM rollup WHERE point = ?1 AND day = ?2")
        .map_err(error)?;
    let blob: Option<Vec<u8>> =
        select.query_row([point, day], |row| row.get(0)).optional().map_err(error)?;
    blob.map_or_else(|| Ok(Stretches::new()), |blob| unpack(day, &blob))
}

pub(super) fn put_row(
    db: &Connection,
    point: i64,
    day: i64,
    stretches: &Stretches,
) -> Result<(), StoreError> {
    if stretches.is_empty() {
        db.execute("DELETE FROM rollup WHERE point = ?1 AND day = ?2", [point, day])
            .map_err(error)?;
        return Ok(());
    }
    let mut insert = db
        .prepare_cached("INSERT OR REPLACE INTO rollup (point, day, stretches) VALUES (?1, ?2, ?3)")
        .map_err(error)?;
    insert.execute(params![point, day, pack(stretches)?]).map_err(error)?;
    Ok(())
}

/// Five columns, each compressed, each behind its length: the stretch's number in the day, count, mean,
/// least, largest.
fn pack(stretches: &Stretches) -> Result<Vec<u8>, StoreError> {
    let config = ChunkConfig::default();
    let failed = |e: pco::errors::PcoError| StoreError::Other(format!("compression: {e}"));
    let slots: Vec<u32> = stretches.keys().map(|start| slot(*start)).collect();
    let counts: Vec<u32> = stretches.values().map(|r| r.count).collect();
    let column = |of: fn(&Rolled) -> f64| {
        let values: Vec<f64> = stretches.values().map(of).collect();
        simple_compress(&values, &config).map_err(failed)
    };
    let columns = [
        simple_compress(&slots, &config).map_err(failed)?,
        simple_compress(&counts, &config).map_err(failed)?,
        column(|r| r.mean)?,
        column(|r| r.min)?,
        column(|r| r.max)?,
    ];
    let mut blob = Vec::new();
    for column in columns {
        let length = u32::try_from(column.len()).unwrap_or(u32::MAX);
        blob.extend_from_slice(&length.to_le_bytes());
        blob.extend_from_slice(&column);
    }
    Ok(blob)
}

fn slot(start_ms: i64) -> u32 {
    u32::try_from(start_ms.rem_euclid(DAY_MS) / STEP_MS).unwrap_or(u32::MAX)
}

fn unpack(day: i64, blob: &[u8]) -> Result<Stretches, StoreError> {
    let broken = || StoreError::Other(format!("the roll-up of day {day} is broken"));
    let mut rest = blob;
    let mut next = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (column, after) =
            after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        rest = after;
        Some(column)
    };
    let mut columns = [&[][..]; 5];
    for column in &mut columns {
        *column = next().ok_or_else(broken)?;
    }
    let [slots, counts, means, least, largest] = columns;
    let whole = |blob: &[u8]| simple_decompress::<u32>(blob).map_err(|_| broken());
    let real = |blob: &[u8]| simple_decompress::<f64>(blob).map_err(|_| broken());
    let (slots, counts) = (whole(slots)?, whole(counts)?);
    let (means, least, largest) = (real(means)?, real(least)?, real(largest)?);
    let lengths = [counts.len(), means.len(), least.len(), largest.len()];
    if lengths.iter().any(|n| *n != slots.len()) {
        return Err(broken());
    }
    let start = |slot: u32| day * DAY_MS + i64::from(slot) * STEP_MS;
    let rolled = counts.into_iter().zip(means).zip(least.into_iter().zip(largest));
    let rolled = rolled.map(|((count, mean), (min, max))| Rolled { count, mean, min, max });
    Ok(slots.into_iter().map(start).zip(rolled).collect())
}
