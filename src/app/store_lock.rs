//! One process for a store: a second would empty the journal that the first relies on.

use anyhow::{Context, bail};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held for as long as the store is used; the operating system ends it with the process.
#[derive(Debug)]
pub(super) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the store for this process.
    pub(super) fn take(store: &Path) -> anyhow::Result<Self> {
        let mut path = store.as_os_str().to_owned();
        path.push("-lock");
        let path = Path::new(&path);
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("the store's lock {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("the store {} is in use by another process: stop it first", store.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("the store's lock {}", path.display()))
            }
        }
    }
}
