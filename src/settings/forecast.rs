//! Settings of the forecasts.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The forecasts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastSettings {
    /// CSV file of what is known ahead and moves demand: temperature, people, events.
    #[serde(default)]
    pub drivers_file: Option<PathBuf>,
}
