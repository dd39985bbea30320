//! The store.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The one file that holds everything.
    #[serde(default = "store_file")]
    pub file: PathBuf,
    /// Days for which values are kept as they came, 1 to 3650.
    #[serde(default = "values_days")]
    pub values_days: u32,
    /// Months for which stretches of 5 minutes and plans are kept, 1 to 600.
    #[serde(default = "rollups_months")]
    pub rollups_months: u32,
    /// Folder for problems whose plan was refused.
    #[serde(default)]
    pub cases_folder: Option<PathBuf>,
}

fn store_file() -> PathBuf {
    PathBuf::from("smart-camp.db")
}

fn values_days() -> u32 {
    30
}
fn rollups_months() -> u32 {
    13
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            file: store_file(),
            values_days: values_days(),
            rollups_months: rollups_months(),
            cases_folder: None,
        }
    }
}
