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
    /// Folder for problems whose plan was refused.
    #[serde(default)]
    pub cases_folder: Option<PathBuf>,
}

fn store_file() -> PathBuf {
    PathBuf::from("smart-camp.db")
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { file: store_file(), cases_folder: None }
    }
}
