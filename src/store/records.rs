//! Rejects, plans, instructions and actions.

use super::schema::error;
use super::{EmbeddedStore, lock, spool};
use crate::domain::instruction::InstructionRecord;
use crate::domain::note::{Event, Note};
use crate::domain::plan_record::{PlanRecord, PlanSummary, Verdict};
use crate::domain::ports::{Action, RecordStore, StoreError};
use crate::domain::reading::{Reject, time_of_ms};
use camp_solver::Explanation;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};

/// Adds rejects and drops the oldest beyond `keep`.
pub(super) fn add_rejects(db: &Connection, list: &[Reject], keep: i64) -> Result<(), StoreError> {
    if list.is_empty() {
        return Ok(());
    }
    let mut insert = db
        .prepare_cached(
            "INSERT INTO reject (at_ms, topic, reason, detail, excerpt) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .map_err(error)?;
    for r in list {
        let at_ms = r.at.timestamp_millis();
        insert.execute(params![at_ms, r.topic, r.reason, r.detail, r.excerpt]).map_err(error)?;
    }
    let oldest = "DELETE FROM reject WHERE id <= (SELECT max(id) FROM reject) - ?1";
    db.execute(oldest, [keep]).map_err(error)?;
    Ok(())
}

/// The newest rejects.
pub(super) fn rejects(db: &Connection, limit: usize) -> Result<Vec<Reject>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT at_ms, topic, reason, detail, excerpt FROM reject ORDER BY id DESC LIMIT ?1",
        )
        .map_err(error)?;
    let rows = select
        .query_map([count(limit)], |row| {
            Ok(Reject {
                at: time_of_ms(row.get(0)?),
                topic: row.get(1)?,
                reason: row.get(2)?,
                detail: row.get(3)?,
                excerpt: row.get(4)?,
            })
        })
        .map_err(error)?;
    rows.collect::<Result<_, _>>().map_err(error)
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Other(format!("cannot be written: {e}")))
}

fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Other(format!("cannot be read: {e}")))
}

/// A plan is some hundred kilobytes of numbers that repeat: deflated it is a tenth.
pub(super) fn pack(text: &str) -> Result<Vec<u8>, StoreError> {
    let packed = |e: std::io::Error| StoreError::Other(format!("compression: {e}"));
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).map_err(packed)?;
    encoder.finish().map_err(packed)
}

pub(super) fn unpack(blob: &[u8]) -> Result<String, StoreError> {
    let mut text = String::new();
    DeflateDecoder::new(blob)
        .read_to_string(&mut text)
        .map_err(|e| StoreError::Other(format!("a plan cannot be read: {e}")))?;
    Ok(text)
}

fn plan_of(
    db: &Connection,
    blob: Option<(i64, Vec<u8>)>,
) -> Result<Option<PlanRecord>, StoreError> {
    let Some((id, blob)) = blob else { return Ok(None) };
    let mut record: PlanRecord = of_json(&unpack(&blob)?)?;
    record.id = id;
    record.explanation = explanation(db, id)?;
    Ok(Some(record))
}

fn explanation(db: &Connection, plan: i64) -> Result<Option<Explanation>, StoreError> {
    let found: Option<Vec<u8>> = db
        .query_row("SELECT record FROM explanation WHERE plan = ?1", [plan], |row| row.get(0))
        .optional()
        .map_err(error)?;
    found.map(|blob| of_json(&unpack(&blob)?)).transpose()
}

impl RecordStore for EmbeddedStore {
    fn add_plan(&self, record: &PlanRecord) -> Result<i64, StoreError> {
        let published = i64::from(record.verdict != Verdict::Kept);
        let blob = pack(&to_json(record)?)?;
        let summary = to_json(&record.summary())?;
        let writer = lock(&self.writer);
        writer
            .execute(
                "INSERT INTO plan (published, summary, record) VALUES (?1, ?2, ?3)",
                params![published, summary, blob],
            )
            .map_err(error)?;
        Ok(writer.last_insert_rowid())
    }

    fn put_explanation(&self, plan: i64, told: &Explanation) -> Result<(), StoreError> {
        let blob = pack(&to_json(told)?)?;
        let insert = "INSERT OR REPLACE INTO explanation (plan, record) VALUES (?1, ?2)";
        lock(&self.writer).execute(insert, params![plan, blob]).map_err(error)?;
        Ok(())
    }

    fn explanation(&self, plan: i64) -> Result<Option<Explanation>, StoreError> {
        explanation(&lock(&self.reader), plan)
    }

    fn plan(&self, id: i64) -> Result<Option<PlanRecord>, StoreError> {
        let reader = lock(&self.reader);
        let found = reader
            .query_row("SELECT id, record FROM plan WHERE id = ?1", [id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(error)?;
        plan_of(&reader, found)
    }

    fn plans(&self, before: Option<i64>, limit: usize) -> Result<Vec<PlanSummary>, StoreError> {
        let reader = lock(&self.reader);
        let mut select = reader
            .prepare_cached("SELECT id, summary FROM plan WHERE id < ?1 ORDER BY id DESC LIMIT ?2")
            .map_err(error)?;
        let rows = select
            .query_map(params![before.unwrap_or(i64::MAX), count(limit)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(error)?;
        let mut list = Vec::new();
        for row in rows {
            let (id, text) = row.map_err(error)?;
            list.push(PlanSummary { id, ..of_json(&text)? });
        }
        Ok(list)
    }

    fn put_instruction(&self, record: &InstructionRecord) -> Result<(), StoreError> {
        lock(&self.writer)
            .execute(
                "INSERT INTO instruction (sequence, record) VALUES (?1, ?2)
                 ON CONFLICT (sequence) DO UPDATE SET record = excluded.record",
                params![record.instruction.sequence, to_json(record)?],
            )
            .map_err(error)?;
        Ok(())
    }

    fn instructions(&self, limit: usize) -> Result<Vec<InstructionRecord>, StoreError> {
        let reader = lock(&self.reader);
        let mut select = reader
            .prepare_cached("SELECT record FROM instruction ORDER BY sequence DESC LIMIT ?1")
            .map_err(error)?;
        let rows =
            select.query_map([count(limit)], |row| row.get::<_, String>(0)).map_err(error)?;
        rows.map(|text| of_json(&text.map_err(error)?)).collect()
    }

    fn last_sequence(&self) -> Result<i64, StoreError> {
        let last: Option<i64> = lock(&self.reader)
            .query_row("SELECT max(sequence) FROM instruction", [], |row| row.get(0))
            .map_err(error)?;
        Ok(last.unwrap_or(0))
    }

    fn add_action(&self, action: &Action) -> Result<(), StoreError> {
        let at_ms = action.at.timestamp_millis();
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction().map_err(error)?;
        transaction
            .execute(
                "INSERT INTO action (at_ms, who, what, why) VALUES (?1, ?2, ?3, ?4)",
                params![at_ms, action.who, action.what, action.why],
            )
            .map_err(error)?;
        if self.is_forwarding() {
            spool::keep_notes(&transaction, &[Note::Event(event_of(action))])?;
        }
        transaction.commit().map_err(error)
    }

    fn actions(&self, limit: usize) -> Result<Vec<Action>, StoreError> {
        let reader = lock(&self.reader);
        let mut select = reader
            .prepare_cached("SELECT at_ms, who, what, why FROM action ORDER BY id DESC LIMIT ?1")
            .map_err(error)?;
        let rows = select
            .query_map([count(limit)], |row| {
                Ok(Action {
                    at: time_of_ms(row.get(0)?),
                    who: row.get(1)?,
                    what: row.get(2)?,
                    why: row.get(3)?,
                })
            })
            .map_err(error)?;
        rows.collect::<Result<_, _>>().map_err(error)
    }

    fn note(&self, notes: &[Note]) -> Result<(), StoreError> {
        if notes.is_empty() || !self.is_forwarding() {
            return Ok(());
        }
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction().map_err(error)?;
        spool::keep_notes(&transaction, notes)?;
        transaction.commit().map_err(error)
    }
}

/// An entry of the record of actions as an event; every change of the mode is one word.
fn event_of(action: &Action) -> Event {
    let (what, text) = match action.what.strip_prefix("mode.") {
        Some(mode) => ("mode", format!("{mode}: {} ({})", action.why, action.who)),
        None => (action.what.as_str(), format!("{} ({})", action.why, action.who)),
    };
    Event { at: action.at, what: what.to_owned(), asset: None, text }
}
