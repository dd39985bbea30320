//! Reports from a store's file, for the command line: the service may go on meanwhile.

use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use crate::store::{EmbeddedStore, backup};
use chrono::{DateTime, Utc};
use std::path::Path;

/// Asks a copy of a store, which is gone afterwards; `ask` also gets the time of its newest reading.
///
/// # Errors
/// Where the store cannot be copied or read, or holds no reading of the site's points.
pub fn with_copy<T>(
    store: &Path,
    file: &SiteFile,
    ask: impl FnOnce(&dyn ReadingStore, DateTime<Utc>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let other = |e: std::io::Error| StoreError::Other(format!("a folder for a copy: {e}"));
    let folder = tempfile::tempdir().map_err(other)?;
    let copy = folder.path().join("copy.db");
    backup(store, &copy)?;
    let store = EmbeddedStore::open(&copy, &file.points)?;
    let mut newest = None;
    for (id, _) in file.points.iter() {
        newest = newest.max(store.newest(id)?.map(|sample| sample.time));
    }
    let newest = newest.ok_or_else(|| {
        StoreError::Foreign("the store has no reading of this site's points".to_owned())
    })?;
    ask(&store, newest)
}
