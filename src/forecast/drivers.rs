//! What is known ahead and moves demand, like temperature, people or announced events: a CSV file that
//! somebody keeps, past and future in one. It is read again when it changes.

use super::learn::Hourly;
use crate::planning::columns;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most columns that are used; each adds four features to every hour.
const MOST: usize = 6;

/// The file, as it was read last.
#[derive(Debug, Default)]
pub(super) struct Drivers {
    path: Option<PathBuf>,
    written_at: Option<SystemTime>,
    pub(super) hourly: Vec<Hourly>,
    /// Why forecasts go without it, or without its newest words.
    pub(super) fault: Option<String>,
}

impl Drivers {
    /// Takes another file, or none.
    pub(super) fn name(&mut self, path: Option<&Path>) {
        if self.path.as_deref() != path {
            *self = Self { path: path.map(Path::to_owned), ..Self::default() };
        }
    }

    /// Reads the file if it has changed. One that cannot be read leaves what was known, and tells.
    pub(super) fn refresh(&mut self) {
        let Some(path) = &self.path else { return };
        let written_at = std::fs::metadata(path).and_then(|file| file.modified()).ok();
        if written_at.is_some() && written_at == self.written_at {
            return;
        }
        self.written_at = written_at;
        match columns::read(path) {
            Ok(file) => {
                let columns = file.columns.iter().take(MOST);
                let hourly = columns.map(|(_, values)| {
                    Hourly::from_intervals(file.start_s, file.interval_s, values)
                });
                self.hourly = hourly.collect();
                let is_more = file.columns.len() > MOST;
                self.fault = is_more.then(|| format!("only the first {MOST} columns are used"));
            }
            Err(faults) => self.fault = faults.into_iter().next(),
        }
    }
}
