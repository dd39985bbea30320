//! `smart-camp store`: copies, checks and CSV of a store's file.

use super::{Failure, say};
use crate::app::store_work::{self as work, Exported};
use crate::domain::ports::StoreError;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `store`.
#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    /// Copy the store, compact and checked; the service may go on meanwhile.
    Backup {
        /// The store's file.
        store: PathBuf,
        /// Where the copy goes; must not exist.
        to: PathBuf,
    },
    /// Put a copy in the place of the store of a stopped service; the old one stays, as STORE.before.
    Restore {
        /// The copy.
        from: PathBuf,
        /// The store's file.
        store: PathBuf,
    },
    /// Look whether every part of a store can be read and fits; the service may go on meanwhile.
    Check {
        /// The store's file.
        store: PathBuf,
    },
    /// Write everything as CSV into an empty folder; the service may go on meanwhile.
    Export {
        /// The store's file.
        store: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// Read an export into a new store.
    Import {
        /// The folder.
        folder: PathBuf,
        /// The store's file; made where it is missing, refused where it holds something.
        store: PathBuf,
    },
}

pub(super) fn run(args: &StoreArgs) -> Result<(), Failure> {
    match &args.work {
        Work::Backup { store, to } => {
            work::backup(store, to).map_err(|e| failed(&e))?;
            say(&format!("{}: a whole copy", to.display()));
        }
        Work::Restore { from, store } => {
            match work::restore(from, store).map_err(|e| failed(&e))? {
                None => say(&format!("{}: restored", store.display())),
                Some(old) => {
                    say(&format!(
                        "{}: restored; the old one is {}",
                        store.display(),
                        old.display()
                    ));
                }
            }
        }
        Work::Check { store } => {
            let found = work::check(store).map_err(|e| failed(&e))?;
            if !found.is_empty() {
                let list = found.join("\n  ");
                let count = found.len();
                let words = format!("{}: {count} fault(s)\n  {list}", store.display());
                return Err(Failure::input(words));
            }
            say(&format!("{}: whole", store.display()));
        }
        Work::Export { store, folder } => {
            tell(&work::export(store, folder).map_err(|e| failed(&e))?);
        }
        Work::Import { folder, store } => {
            tell(&work::import(folder, store).map_err(|e| failed(&e))?);
        }
    }
    Ok(())
}

fn tell(files: &Exported) {
    for (file, rows) in files {
        say(&format!("{file}: {rows} rows"));
    }
}

fn failed(error: &StoreError) -> Failure {
    match error {
        StoreError::Full(_) => Failure::machine(error.to_string()),
        StoreError::Newer { .. } | StoreError::Foreign(_) | StoreError::Other(_) => {
            Failure::input(error.to_string())
        }
    }
}
