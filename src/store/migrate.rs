//! From one format of the file to the next, each step in a transaction of its own.

use super::schema::{FORMAT, error};
use super::{chunk, rollup};
use crate::domain::ports::StoreError;
use rusqlite::Connection;

/// Format 2: roll-ups, months, notes about the file, what waits for InfluxDB, and explanations, which late
/// files of format 1 have.
pub(super) const SINCE_2: &str = "
CREATE TABLE IF NOT EXISTS explanation (plan INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE rollup (
    point INTEGER NOT NULL,
    day INTEGER NOT NULL,
    stretches BLOB NOT NULL,
    PRIMARY KEY (point, day)
) WITHOUT ROWID;
CREATE TABLE month (
    point INTEGER NOT NULL,
    month INTEGER NOT NULL,
    count INTEGER NOT NULL,
    mean REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    PRIMARY KEY (point, month)
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forwarding (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    target TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    plan INTEGER NOT NULL,
    late_ms INTEGER
);
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    last_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    batch BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS forwarded_run (
    asset TEXT PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    running INTEGER NOT NULL
);
";

/// Brings a file to the newest format. A file that is cut off on the way is as it was before.
pub(super) fn migrate(db: &mut Connection, found: i64) -> Result<(), StoreError> {
    if found < 2 {
        tracing::info!("the store is brought from format {found} to {FORMAT}: roll-ups are made");
        let transaction = db.transaction().map_err(error)?;
        transaction.execute_batch(SINCE_2).map_err(error)?;
        roll_up_all(&transaction)?;
        transaction.pragma_update(None, "user_version", 2).map_err(error)?;
        transaction.commit().map_err(error)?;
    }
    Ok(())
}

/// Makes the roll-ups of every chunk there is.
pub(super) fn roll_up_all(db: &Connection) -> Result<(), StoreError> {
    let mut select = db.prepare("SELECT DISTINCT point FROM chunk").map_err(error)?;
    let points: Result<Vec<i64>, _> =
        select.query_map([], |row| row.get(0)).map_err(error)?.collect();
    for point in points.map_err(error)? {
        let (first, last): (i64, i64) = db
            .query_row(
                "SELECT min(first_ms), max(last_ms) FROM chunk WHERE point = ?1",
                [point],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(error)?;
        // A week at a time: a point may have a hundred million values.
        let week = 7 * rollup::DAY_MS;
        let mut from = first.div_euclid(rollup::STEP_MS) * rollup::STEP_MS;
        while from <= last {
            let values = chunk::settled(db, point, from, from + week)?;
            rollup::write(db, point, &values, i64::MIN)?;
            from += week;
        }
    }
    Ok(())
}
