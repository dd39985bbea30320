//! The file: its tables, its version, and how it is opened.

use super::migrate::{SINCE_2, migrate};
use crate::domain::ports::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;

/// Marks a file as ours.
const APPLICATION_ID: i64 = 0x534D_4341;
/// The newest format that this program reads and writes.
pub(super) const FORMAT: i64 = 2;

const TABLES: &str = "
CREATE TABLE point (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE journal (id INTEGER PRIMARY KEY, batch BLOB NOT NULL);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    point INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    times BLOB NOT NULL,
    vals BLOB NOT NULL,
    qualities BLOB NOT NULL
);
CREATE INDEX chunk_by_time ON chunk (point, last_ms, first_ms);
CREATE TABLE reject (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    excerpt TEXT NOT NULL
);
CREATE TABLE plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    published INTEGER NOT NULL,
    summary TEXT NOT NULL,
    record BLOB NOT NULL
);
CREATE TABLE instruction (sequence INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE action (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    why TEXT NOT NULL
);
";

/// An error of SQLite in our words.
#[expect(clippy::needless_pass_by_value, reason = "taken by `map_err` as it is")]
pub(super) fn error(error: rusqlite::Error) -> StoreError {
    let full = matches!(
        &error,
        rusqlite::Error::SqliteFailure(e, _)
            if e.code == ErrorCode::DiskFull
    );
    if full { StoreError::Full(error.to_string()) } else { StoreError::Other(error.to_string()) }
}

/// Opens the file for reading and writing; makes it where it is missing.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let foreign = |e: rusqlite::Error| {
        StoreError::Foreign(format!("{}: cannot be used as a store: {e}", path.display()))
    };
    let mut connection = Connection::open(path).map_err(foreign)?;
    let pragma = |name: &str| -> Result<i64, StoreError> {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).map_err(foreign)
    };
    let (id, found) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(foreign)?;
    if id != APPLICATION_ID && tables > 0 {
        let path = path.display();
        return Err(StoreError::Foreign(format!("{path}: is a database of another program")));
    }
    if found > FORMAT {
        let path = path.display().to_string();
        return Err(StoreError::Newer { path, found, known: FORMAT });
    }
    // Full: a commit is on the disk when it returns. A rare checkpoint keeps commits short.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 8000; PRAGMA busy_timeout = 5000;
             PRAGMA foreign_keys = ON;",
        )
        .map_err(foreign)?;
    if tables == 0 {
        connection
            .execute_batch(&format!(
                "BEGIN; {TABLES} {SINCE_2} PRAGMA application_id = {APPLICATION_ID};
                 PRAGMA user_version = {FORMAT}; COMMIT;"
            ))
            .map_err(error)?;
    } else {
        migrate(&mut connection, found)?;
    }
    Ok(connection)
}

/// Opens the file a second time, for questions only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(error)?;
    connection.execute_batch("PRAGMA busy_timeout = 5000;").map_err(error)?;
    Ok(connection)
}

/// Refuses a file that is no store of this program, or of a newer one. Nothing is changed.
pub(super) fn must_be_ours(path: &Path) -> Result<(), StoreError> {
    let no = |why: String| StoreError::Foreign(format!("{}: {why}", path.display()));
    if !path.is_file() {
        return Err(no("is no file".to_owned()));
    }
    let db = open_reader(path)?;
    let pragma = |name: &str| -> Result<i64, StoreError> {
        let ask = format!("PRAGMA {name}");
        db.query_row(&ask, [], |row| row.get(0)).map_err(|e| no(format!("cannot be used: {e}")))
    };
    if pragma("application_id")? != APPLICATION_ID {
        return Err(no("is no store of this program".to_owned()));
    }
    match pragma("user_version")? {
        FORMAT => Ok(()),
        found if found > FORMAT => {
            let path = path.display().to_string();
            Err(StoreError::Newer { path, found, known: FORMAT })
        }
        found => Err(no(format!(
            "is of format {found}; a service that is started with it brings it to {FORMAT}"
        ))),
    }
}
