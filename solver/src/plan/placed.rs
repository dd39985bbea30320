//! Loads that a plan places: heat stores and batches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A plan of a store of heat, or of cold, counted as the electricity that makes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThermalPlan {
    /// Power of the heater or refrigeration, kW.
    pub heater_kw: Vec<f64>,
    /// Heat drawn, or cold lost, kW.
    pub drawn_kw: Vec<f64>,
    /// Heat asked for and not there, kW.
    pub unserved_kw: Vec<f64>,
    /// Heat or cold in store at the end of the step, kWh.
    pub stored_kwh: Vec<f64>,
    /// The same as a share of what the full store holds.
    pub fill_frac: Vec<f64>,
    /// What takes a cold store back into its band at the end of the step, kWh; 0 within it.
    #[serde(default)]
    pub warm_kwh: Vec<f64>,
}

/// Batches of one kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchPlan {
    /// Batches that start with the step.
    pub started: Vec<u32>,
    /// Batches that run in the step, or in a part of it.
    pub running: Vec<u32>,
    /// Power served to the batches that run, kW.
    pub served_kw: Vec<f64>,
    /// Power that running batches ask for and do not get, kW.
    pub unserved_kw: Vec<f64>,
}
