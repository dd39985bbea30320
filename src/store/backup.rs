//! A copy of the store while the service works, and the way back.

use super::schema::{self, error};
use super::{check, only_one};
use crate::domain::ports::StoreError;
use std::path::{Path, PathBuf};

/// Writes a whole, compact copy of a store to a file that does not exist yet, and checks it. The service
/// may go on meanwhile: the copy is of one instant.
pub fn backup(store: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Other(format!("{}: is there already", to.display())));
    }
    schema::must_be_ours(store)?;
    let reader = schema::open_reader(store)?;
    let target = to
        .to_str()
        .ok_or_else(|| StoreError::Other(format!("{}: the path must be text", to.display())))?;
    reader.execute("VACUUM INTO ?1", [target]).map_err(error)?;
    // SQLite leaves it to the system when the copy reaches the disk.
    let io = |e: std::io::Error| StoreError::Other(format!("{}: {e}", to.display()));
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(io)?;
    sync_folder(to).map_err(io)?;
    let found = check::check(to)?;
    if found.is_empty() {
        return Ok(());
    }
    Err(StoreError::Other(format!("{}: the copy has faults: {}", to.display(), found.join("; "))))
}

/// Puts a copy in the place of a store that nobody works with. What was there stays beside it, with
/// `.before` behind its name; gives that path.
pub fn restore(from: &Path, store: &Path) -> Result<Option<PathBuf>, StoreError> {
    schema::must_be_ours(from)?;
    let found = check::check(from)?;
    if !found.is_empty() {
        let words = format!("{}: has faults: {}", from.display(), found.join("; "));
        return Err(StoreError::Other(words));
    }
    let _alone = only_one::take(store)?;
    let io = |e: std::io::Error| StoreError::Other(format!("{}: {e}", store.display()));
    let with = |end: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    // First all of the copy beside the old file, then one rename: whatever ends this, one of both is whole.
    let arriving = with(".arriving");
    std::fs::copy(from, &arriving).map_err(io)?;
    std::fs::File::open(&arriving).and_then(|f| f.sync_all()).map_err(io)?;
    let before = with(".before");
    let there = store.exists();
    if there {
        if before.exists() {
            let words = format!("{}: is there already; move it away first", before.display());
            return Err(StoreError::Other(words));
        }
        // The newest part of the old file may lie in its journal: it goes into it first. A file that is
        // broken, or of a newer version, is moved away as it is, with its journal.
        if let Err(why) = fold_journal(store) {
            tracing::warn!("{}: moved away with its journal: {why}", store.display());
        }
        std::fs::rename(store, &before).map_err(io)?;
        for end in ["-wal", "-shm"] {
            let rest = with(end);
            if rest.exists() {
                std::fs::rename(rest, with(&format!(".before{end}"))).map_err(io)?;
            }
        }
    }
    std::fs::rename(&arriving, store).map_err(io)?;
    sync_folder(store).map_err(io)?;
    Ok(there.then_some(before))
}

/// Brings the journal of a file into it.
fn fold_journal(store: &Path) -> Result<(), StoreError> {
    let old = rusqlite::Connection::open(store).map_err(error)?;
    let busy: i64 =
        old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(error)?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Other("somebody reads it".to_owned())) }
}

/// Makes the names in a file's folder durable.
fn sync_folder(of: &Path) -> std::io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
}
