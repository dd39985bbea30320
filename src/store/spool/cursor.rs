//! How far a second store came.

use super::Run;
use crate::domain::ports::StoreError;
use crate::store::schema::error;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// How far a second store came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Cursor {
    /// From this time of arrival on it is given everything, ms since 1970.
    pub(in crate::store) since_ms: i64,
    /// The last row of the journal that it has.
    pub(in crate::store) journal: i64,
    /// Number of the sealing that `journal` counts from.
    pub(in crate::store) epoch: i64,
    /// The oldest time that came too late to be summed up in passing.
    pub(in crate::store) late_ms: Option<i64>,
}

impl Cursor {
    pub(super) fn read(db: &Connection) -> Result<Self, StoreError> {
        let found = db
            .query_row("SELECT since_ms, journal, epoch, late_ms FROM forwarding", [], |row| {
                Ok(Self {
                    since_ms: row.get(0)?,
                    journal: row.get(1)?,
                    epoch: row.get(2)?,
                    late_ms: row.get(3)?,
                })
            })
            .optional()
            .map_err(error)?;
        Ok(found.unwrap_or_default())
    }

    /// True if there is a second store.
    pub(in crate::store) fn is_set(db: &Connection) -> Result<bool, StoreError> {
        let any = "SELECT EXISTS (SELECT 1 FROM forwarding)";
        db.query_row(any, [], |row| row.get(0)).map_err(error)
    }

    /// Goes on where the target is the same, else begins with the journal as it is and the newest plan.
    pub(super) fn start(db: &Connection, target: &str, now_ms: i64) -> Result<(), StoreError> {
        let before: Option<String> = db
            .query_row("SELECT target FROM forwarding", [], |row| row.get(0))
            .optional()
            .map_err(error)?;
        if before.as_deref() == Some(target) {
            return Ok(());
        }
        if let Some(before) = before {
            let waiting: i64 = db
                .query_row("SELECT coalesce(sum(count), 0) FROM waiting", [], |row| row.get(0))
                .map_err(error)?;
            tracing::warn!(
                "readings go to {target} now, no more to {before}: what waited for that one, {waiting} \
                 values and what the journal holds, stays in the embedded store and is not sent"
            );
        }
        Self::clear(db)?;
        db.execute(
            "INSERT INTO forwarding (id, target, since_ms, journal, epoch, plan)
             VALUES (1, ?1, ?2, 0, 0,
                     (SELECT coalesce(max(id), 0) - 1 FROM plan WHERE published = 1))",
            params![target, now_ms],
        )
        .map_err(error)?;
        Ok(())
    }

    pub(super) fn clear(db: &Connection) -> Result<(), StoreError> {
        let all = "DELETE FROM forwarding; DELETE FROM waiting; DELETE FROM note;
                   DELETE FROM forwarded_run;";
        db.execute_batch(all).map_err(error)
    }
}

pub(super) fn put_runs(db: &Connection, runs: &BTreeMap<String, Run>) -> Result<(), StoreError> {
    let mut put = db
        .prepare_cached(
            "INSERT OR REPLACE INTO forwarded_run (asset, time_ms, running) VALUES (?1, ?2, ?3)",
        )
        .map_err(error)?;
    for (asset, run) in runs {
        put.execute(params![asset, run.time_ms, run.running]).map_err(error)?;
    }
    Ok(())
}

pub(super) fn runs(db: &Connection) -> Result<BTreeMap<String, Run>, StoreError> {
    let select = "SELECT asset, time_ms, running FROM forwarded_run";
    let mut select = db.prepare(select).map_err(error)?;
    let rows = select
        .query_map([], |row| Ok((row.get(0)?, Run { time_ms: row.get(1)?, running: row.get(2)? })))
        .map_err(error)?;
    rows.collect::<Result<_, _>>().map_err(error)
}
