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
    /// Where it comes from: `learnt by the hour, ...`, `same time of day, ...`, `typical day of the site file`.
    pub source: String,
    /// True where it falls back on the site file because there is no history.
    pub degraded: bool,
    /// 1 - RMSE over that of the better of repeating the last day and the last week (of the sun: of
    /// yesterday's clearness), as replayed on past days; up to 1, less than 0 where it was worse.
    #[serde(default)]
    pub skill_frac: Option<f64>,
    /// Start of its first step.
    pub start: DateTime<Utc>,
    /// Length of each step, min.
    pub step_minutes: Vec<u32>,
    /// Mean of each step.
    pub values: Vec<f64>,
    /// How far the mean of each hour may lie off, where it was learnt.
    #[serde(default)]
    pub quantiles: Option<HourlyQuantiles>,
}

/// Quantiles of hourly means, in the unit of the point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HourlyQuantiles {
    /// Start of the first hour, a whole hour in UTC.
    pub start: DateTime<Utc>,
    /// Share of outcomes at or below, 0 to 1, one a level.
    #[schema(example = json!([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]))]
    pub level_frac: Vec<f64>,
    /// By level, then by hour.
    pub values: Vec<Vec<f64>>,
}
