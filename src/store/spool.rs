//! What a second store has not been given yet: how far it came, and what was sealed before it came so
//! far.
//!
//! The journal itself is the queue. Sealing empties it; what was not forwarded then moves to `waiting`
//! in the same transaction. Places in the journal are counted anew after each sealing, so a place
//! carries the number of the sealing (`epoch`) with it.

mod block;
mod cursor;

pub(super) use cursor::Cursor;

use super::journal::{self, Numbered};
use super::schema::error;
use super::{EmbeddedStore, lock};
use crate::domain::note::Note;
use crate::domain::plan_record::PlanRecord;
use crate::domain::ports::{RecordStore, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// What waits longer than this is dropped: the second store would not keep it.
pub(super) const KEPT_MS: i64 = 30 * 86_400_000;
/// Values of a block of `waiting`.
const MOST_BLOCK: usize = 50_000;
/// Notes kept for a second store that is away; the oldest go.
const MOST_NOTES: i64 = 1_000_000;

/// Where a batch came from, to be told once it has been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A block of what waits.
    Waiting(i64),
    /// The journal up to a row, since a sealing.
    Journal { epoch: i64, row: i64 },
}

/// Whether a set runs, as of the newest value that was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) time_ms: i64,
    pub(super) running: bool,
}

/// Moves what the journal holds and was not forwarded to `waiting`; to be followed by the journal's end.
pub(super) fn take_over(db: &Connection) -> Result<(), StoreError> {
    let cursor = Cursor::read(db)?;
    let (values, _) = journal::after(db, cursor.journal, usize::MAX)?;
    let mut insert = db
        .prepare_cached("INSERT INTO waiting (last_ms, count, batch) VALUES (?1, ?2, ?3)")
        .map_err(error)?;
    for part in values.chunks(MOST_BLOCK) {
        let last_ms = part.iter().map(|(_, v)| v.time_ms).max().unwrap_or_default();
        let count = i64::try_from(part.len()).unwrap_or(i64::MAX);
        insert.execute(params![last_ms, count, block::pack(part)?]).map_err(error)?;
    }
    db.execute("UPDATE forwarding SET journal = 0, epoch = epoch + 1", []).map_err(error)?;
    Ok(())
}

/// Lets go what waits for longer than a second store would keep it; gives the number of blocks.
pub(super) fn let_go(db: &Connection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let from_ms = now.timestamp_millis() - KEPT_MS;
    db.execute("DELETE FROM waiting WHERE last_ms < ?1", [from_ms]).map_err(error)
}

/// Keeps notes.
pub(super) fn keep_notes(db: &Connection, notes: &[Note]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached("INSERT INTO note (note) VALUES (?1)").map_err(error)?;
    for note in notes {
        let text = serde_json::to_string(note)
            .map_err(|e| StoreError::Other(format!("a note cannot be written: {e}")))?;
        insert.execute([text]).map_err(error)?;
    }
    let old = "DELETE FROM note WHERE id <= (SELECT max(id) FROM note) - ?1";
    db.execute(old, [MOST_NOTES]).map_err(error)?;
    Ok(())
}

impl EmbeddedStore {
    /// Keeps from now on what is sealed unforwarded. Another target than before begins anew, at `now_ms`.
    pub(super) fn forward_to(&self, target: &str, now_ms: i64) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction().map_err(error)?;
        Cursor::start(&transaction, target, now_ms)?;
        transaction.commit().map_err(error)?;
        self.forwarding.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends forwarding: what waits is dropped, for what comes now will be missing anyway.
    pub fn forward_nowhere(&self) -> Result<(), StoreError> {
        self.forwarding.store(false, Ordering::Relaxed);
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction().map_err(error)?;
        Cursor::clear(&transaction)?;
        transaction.commit().map_err(error)
    }

    /// How far the second store came.
    pub(super) fn cursor(&self) -> Result<Cursor, StoreError> {
        Cursor::read(&lock(&self.reader))
    }

    /// The oldest values that were not forwarded, about `most`, and where they came from.
    pub(super) fn unforwarded(&self, most: usize) -> Result<Option<(Place, Numbered)>, StoreError> {
        let reader = lock(&self.reader);
        // One look: a sealing in between would count the journal anew.
        let look = reader.unchecked_transaction().map_err(error)?;
        let oldest: Option<(i64, Vec<u8>)> = look
            .query_row("SELECT id, batch FROM waiting ORDER BY id LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(error)?;
        if let Some((id, batch)) = oldest {
            let values = block::unpack(&batch).unwrap_or_else(|e| {
                tracing::error!("{e}: its values stay in this store and are not forwarded");
                Numbered::new()
            });
            return Ok(Some((Place::Waiting(id), values)));
        }
        let cursor = Cursor::read(&look)?;
        let (values, row) = journal::after(&look, cursor.journal, most)?;
        let place = Place::Journal { epoch: cursor.epoch, row };
        Ok(Some((place, values)).filter(|_| row > cursor.journal))
    }

    /// Notes that a batch was taken, what sets do since, and the oldest time that came too late to be
    /// summed up in passing. A batch that was sealed meanwhile will be forwarded again.
    pub(super) fn forwarded(
        &self,
        place: Place,
        runs: &BTreeMap<String, Run>,
        late_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction().map_err(error)?;
        match place {
            Place::Waiting(id) => {
                transaction.execute("DELETE FROM waiting WHERE id = ?1", [id]).map_err(error)?;
            }
            Place::Journal { epoch, row } => {
                let update = "UPDATE forwarding SET journal = ?1 WHERE epoch = ?2";
                transaction.execute(update, [row, epoch]).map_err(error)?;
            }
        }
        cursor::put_runs(&transaction, runs)?;
        if let Some(late_ms) = late_ms {
            let late = "UPDATE forwarding SET late_ms = min(coalesce(late_ms, ?1), ?1)";
            transaction.execute(late, [late_ms]).map_err(error)?;
        }
        transaction.commit().map_err(error)
    }

    /// What sets do, as of the values that were forwarded.
    pub(super) fn runs(&self) -> Result<BTreeMap<String, Run>, StoreError> {
        cursor::runs(&lock(&self.reader))
    }

    /// Notes that late values from `late_ms` on were summed up.
    pub(super) fn summed_up(&self, late_ms: i64) -> Result<(), StoreError> {
        let done = "UPDATE forwarding SET late_ms = NULL WHERE late_ms >= ?1";
        lock(&self.writer).execute(done, [late_ms]).map_err(error)?;
        Ok(())
    }

    /// True while sealed values wait.
    pub(super) fn is_behind(&self) -> Result<bool, StoreError> {
        let any = "SELECT EXISTS (SELECT 1 FROM waiting)";
        lock(&self.reader).query_row(any, [], |row| row.get(0)).map_err(error)
    }

    /// Values and notes that wait.
    pub(super) fn count_waiting(&self) -> Result<u64, StoreError> {
        let reader = lock(&self.reader);
        let sealed = "SELECT coalesce(sum(count), 0) + (SELECT count(*) FROM note) FROM waiting";
        let sealed: i64 = reader.query_row(sealed, [], |row| row.get(0)).map_err(error)?;
        let cursor = Cursor::read(&reader)?;
        Ok(u64::try_from(sealed).unwrap_or(0) + journal::count_after(&reader, cursor.journal)?)
    }

    /// The oldest notes with the number of the last one; a note of a newer program is passed by.
    pub(super) fn oldest_notes(&self, most: usize) -> Result<Option<(i64, Vec<Note>)>, StoreError> {
        let reader = lock(&self.reader);
        let select = "SELECT id, note FROM note ORDER BY id LIMIT ?1";
        let mut select = reader.prepare_cached(select).map_err(error)?;
        let rows = select
            .query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(error)?;
        let (mut last, mut notes) = (None, Vec::new());
        for row in rows {
            let (id, text) = row.map_err(error)?;
            last = Some(id);
            match serde_json::from_str(&text) {
                Ok(note) => notes.push(note),
                Err(e) => tracing::warn!("note {id} cannot be read and is passed by: {e}"),
            }
        }
        Ok(last.map(|last| (last, notes)))
    }

    /// Notes that notes were taken.
    pub(super) fn notes_forwarded(&self, last: i64) -> Result<(), StoreError> {
        let taken = "DELETE FROM note WHERE id <= ?1";
        lock(&self.writer).execute(taken, [last]).map_err(error)?;
        Ok(())
    }

    /// The number of the oldest plan that was not forwarded, and the plan; none where it cannot be read.
    pub(super) fn unforwarded_plan(&self) -> Result<Option<(i64, Option<PlanRecord>)>, StoreError> {
        let next: Option<i64> = {
            let reader = lock(&self.reader);
            let next = "SELECT min(id) FROM plan WHERE id > (SELECT plan FROM forwarding)";
            reader.query_row(next, [], |row| row.get(0)).map_err(error)?
        };
        let Some(id) = next else { return Ok(None) };
        let plan = self.plan(id).unwrap_or_else(|e| {
            tracing::error!("plan {id} is not forwarded: {e}");
            None
        });
        Ok(Some((id, plan)))
    }

    /// Notes that a plan was taken.
    pub(super) fn plan_forwarded(&self, id: i64) -> Result<(), StoreError> {
        lock(&self.writer).execute("UPDATE forwarding SET plan = ?1", [id]).map_err(error)?;
        Ok(())
    }

    /// Names of points by the store's own number, those of earlier site files included.
    pub(super) fn point_names(&self) -> Result<BTreeMap<i64, String>, StoreError> {
        let reader = lock(&self.reader);
        let mut select = reader.prepare("SELECT number, name FROM point").map_err(error)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(error)?;
        rows.collect::<Result<_, _>>().map_err(error)
    }
}

#[cfg(test)]
mod tests;
