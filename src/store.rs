//! The embedded store: readings, plans, instructions and actions in one SQLite file.
//!
//! Readings go into a journal, one blob a commit, and from there into sealed chunks, one a point,
//! compressed. The journal's content is held in memory as well, so that a question asks the chunks
//! and the tail alike. The same point and time twice counts once; the last value stands.

mod aggregate;
mod backup;
mod check;
mod chunk;
mod influx;
mod journal;
mod keep;
mod migrate;
mod only_one;
mod records;
mod rollup;
mod schema;
mod spool;
mod tail;
mod transfer;

pub use backup::{backup, restore};
pub use check::check;
pub use keep::{LetGo, Retention};
pub use transfer::{Exported, export, import};

pub use influx::{Forwarder, InfluxStatus, InfluxStore, InfluxTarget};

use crate::domain::point::{PointId, PointMap};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::quality::{Quality, Reason};
use crate::domain::reading::{Bucket, Reading, Reject, Sample, time_of_ms};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tail::{Tail, Value};

/// Readings in the tail before they are sealed.
const SEAL_AT: usize = 300_000;
/// With so many that cannot be sealed nothing more is taken: memory has an end, and the alarm is heard.
const MOST_TAIL: usize = 4 * SEAL_AT;
/// Rejects kept; older ones go.
const MOST_REJECTS: i64 = 10_000;
/// Rejects of one commit that are kept; all are counted.
const MOST_REJECTS_A_COMMIT: usize = 500;

/// The store.
#[derive(Debug)]
pub struct EmbeddedStore {
    /// All writes go through one connection.
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    tail: Mutex<Tail>,
    /// The store's own number of each point.
    numbers: Vec<i64>,
    _alone: only_one::OnlyOne,
    /// What is sealed before it was forwarded is kept for the forwarder.
    forwarding: AtomicBool,
    /// Values in the tail at which it is sealed next.
    seal_at: AtomicUsize,
}

/// A thread that panicked while it held the lock left nothing half done: SQLite rolls back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EmbeddedStore {
    /// Opens a file, or makes it.
    pub fn open(path: &Path, points: &PointMap) -> Result<Self, StoreError> {
        let alone = only_one::take(path)?;
        let writer = schema::open(path)?;
        let reader = schema::open_reader(path)?;
        let numbers = journal::number_points(&writer, points)?;
        let tail = journal::load(&writer)?;
        // Whoever opens it, what is sealed goes on being kept for a second store that has not got it.
        let forwarding = AtomicBool::new(spool::Cursor::is_set(&writer)?);
        let store = Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            tail: Mutex::new(tail),
            numbers,
            _alone: alone,
            forwarding,
            seal_at: AtomicUsize::new(SEAL_AT),
        };
        Ok(store)
    }

    fn number(&self, point: PointId) -> Result<i64, StoreError> {
        let number = self.numbers.get(point.0 as usize).copied();
        number.ok_or_else(|| StoreError::Other(format!("point {} is unknown", point.0)))
    }

    /// Moves the tail into chunks, in one transaction with the end of its journal.
    pub fn seal(&self) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        self.seal_with(&mut writer)
    }

    /// Seals, and brings everything into the one file, so that a copy of it is whole.
    pub fn settle(&self) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        self.seal_with(&mut writer)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = writer.query_row(checkpoint, [], |r| r.get(0)).map_err(schema::error)?;
        if busy == 0 {
            return Ok(());
        }
        let words = "somebody else reads the file: its newest part stays in the file with -wal";
        Err(StoreError::Other(words.to_owned()))
    }

    /// Lets go what is over its time.
    pub fn keep(&self, retention: Retention, now: DateTime<Utc>) -> Result<LetGo, StoreError> {
        keep::keep(&mut lock(&self.writer), retention, now)
    }

    fn seal_with(&self, writer: &mut Connection) -> Result<(), StoreError> {
        // Only a holder of the writer changes the tail, so this copy stays whole.
        let tail = lock(&self.tail).clone();
        if tail.is_empty() {
            return Ok(());
        }
        let transaction = writer.transaction().map_err(schema::error)?;
        chunk::write(&transaction, &tail, kept_from(&transaction)?)?;
        if self.is_forwarding() {
            spool::take_over(&transaction)?;
        }
        journal::clear(&transaction)?;
        transaction.commit().map_err(schema::error)?;
        lock(&self.tail).clear();
        self.seal_at.store(SEAL_AT, Ordering::Relaxed);
        Ok(())
    }

    fn is_forwarding(&self) -> bool {
        self.forwarding.load(Ordering::Relaxed)
    }

    /// Every value of a point in `from..to`, oldest first, each time once.
    fn merged(&self, point: PointId, from_ms: i64, to_ms: i64) -> Result<Vec<Value>, StoreError> {
        let number = self.number(point)?;
        // The tail first: what is sealed in between is then seen twice, never not at all.
        let newest = lock(&self.tail).range(number, from_ms, to_ms);
        let mut values = chunk::read(&lock(&self.reader), number, from_ms, to_ms)?;
        values.extend(newest);
        tail::settle(&mut values);
        Ok(values)
    }
}

/// From when on values are kept, ms; all are where nothing was let go yet.
fn kept_from(db: &Connection) -> Result<i64, StoreError> {
    let ask = "SELECT value FROM meta WHERE key = 'values_from_ms'";
    let found = db.query_row(ask, [], |row| row.get(0)).optional().map_err(schema::error)?;
    Ok(found.unwrap_or(i64::MIN))
}

fn sample(value: Value) -> Sample {
    Sample::new(time_of_ms(value.time_ms), value.value, Reason::of_code(value.reason))
}

fn is_good(value: &Value) -> bool {
    Reason::quality_of(Reason::of_code(value.reason)) == Quality::Good
}

impl ReadingStore for EmbeddedStore {
    fn append(&self, readings: &[Reading], rejects: &[Reject]) -> Result<(), StoreError> {
        if readings.is_empty() && rejects.is_empty() {
            return Ok(());
        }
        let mut numbered = Vec::with_capacity(readings.len());
        for reading in readings {
            numbered.push((self.number(reading.point)?, Value::of(reading)));
        }
        let mut writer = lock(&self.writer);
        if lock(&self.tail).len() >= MOST_TAIL {
            self.seal_with(&mut writer)?;
        }
        let transaction = writer.transaction().map_err(schema::error)?;
        journal::write(&transaction, &numbered)?;
        let kept = &rejects[..rejects.len().min(MOST_REJECTS_A_COMMIT)];
        records::add_rejects(&transaction, kept, MOST_REJECTS)?;
        transaction.commit().map_err(schema::error)?;
        let full = {
            let mut tail = lock(&self.tail);
            for (number, value) in numbered {
                tail.push(number, value);
            }
            tail.len() >= self.seal_at.load(Ordering::Relaxed)
        };
        // What is committed is durable; that it could not be sealed is tried again a good deal later.
        if full && let Err(error) = self.seal_with(&mut writer) {
            self.seal_at.fetch_add(SEAL_AT / 4, Ordering::Relaxed);
            tracing::warn!("readings could not be sealed yet: {error}");
        }
        Ok(())
    }

    fn range(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let values = self.merged(point, from.timestamp_millis(), to.timestamp_millis())?;
        Ok(values.into_iter().take(limit).map(sample).collect())
    }

    fn aggregate(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<Bucket>, StoreError> {
        let range = (from.timestamp_millis(), to.timestamp_millis());
        aggregate::aggregate(self, point, range, step.num_milliseconds())
    }

    fn newest(&self, point: PointId) -> Result<Option<Sample>, StoreError> {
        let number = self.number(point)?;
        let in_tail = lock(&self.tail).range(number, i64::MIN, i64::MAX);
        let in_tail = in_tail.into_iter().rev().filter(is_good).max_by_key(|v| v.time_ms);
        let in_chunks = chunk::newest(&lock(&self.reader), number, is_good)?;
        Ok(in_tail.into_iter().chain(in_chunks).max_by_key(|v| v.time_ms).map(sample))
    }

    fn rejects(&self, limit: usize) -> Result<Vec<Reject>, StoreError> {
        records::rejects(&lock(&self.reader), limit)
    }
}

#[cfg(test)]
mod tests;
