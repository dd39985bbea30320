//! The file: its tables, its version, and how it is opened.

use crate::domain::ports::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;

/// Marks a file as ours.
const APPLICATION_ID: i64 = 0x534D_4341;
/// The newest format that this program reads and writes.
const FORMAT: i64 = 1;

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

/// What came after the first files of this format; older programs do not look at it.
const LATER: &str = "
CREATE TABLE IF NOT EXISTS explanation (plan INTEGER PRIMARY KEY, record BLOB NOT NULL);
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
    let connection = Connection::open(path).map_err(foreign)?;
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
                "BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID};
                 PRAGMA user_version = {FORMAT}; COMMIT;"
            ))
            .map_err(error)?;
    }
    connection.execute_batch(LATER).map_err(error)?;
    Ok(connection)
}

/// Opens the file a second time, for questions only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(error)?;
    connection.execute_batch("PRAGMA busy_timeout = 5000;").map_err(error)?;
    Ok(connection)
}
