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
        // The newest part of the old file may lie in its journal: it goes into it first.
        let old = schema::open(store)?;
        old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(error)?;
        drop(old);
        std::fs::rename(store, &before).map_err(io)?;
        for end in ["-wal", "-shm"] {
            let rest = with(end);
            if rest.exists() {
                std::fs::remove_file(rest).map_err(io)?;
            }
        }
    }
    std::fs::rename(&arriving, store).map_err(io)?;
    Ok(there.then_some(before))
}
