//! One process at a time: two services on one file would each seal what the other holds in memory.

use crate::domain::ports::StoreError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Holds a store for as long as it lives; the lock ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct OnlyOne {
    _file: File,
}

/// Takes the store for this process.
pub(super) fn take(store: &Path) -> Result<OnlyOne, StoreError> {
    let path = beside(store);
    let other = |e: std::io::Error| StoreError::Other(format!("{}: {e}", path.display()));
    let file = File::options().create(true).append(true).open(&path).map_err(other)?;
    match file.try_lock() {
        Ok(()) => Ok(OnlyOne { _file: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::Foreign(format!(
            "{}: another process works with it: stop that service first",
            store.display()
        ))),
        Err(TryLockError::Error(error)) => Err(other(error)),
    }
}

fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
