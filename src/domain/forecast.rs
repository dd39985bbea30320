//! Forecasts as they are kept and shown: a series, its source and its issue time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A forecast of one quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// What is forecast, as a point: `load.clinic.demand_kw`.
    #[schema(example = "load.clinic.demand_kw")]
    pub point: String,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// Where it comes from: `same hour of 5 recent days`, `typical day of the site file`.
    pub source: String,
    /// True where it falls back on the site file because there is no history.
    pub degraded: bool,
    /// Start of its first step.
    pub start: DateTime<Utc>,
    /// Length of each step, min.
    pub step_minutes: Vec<u32>,
    /// Mean of each step.
    pub values: Vec<f64>,
}
