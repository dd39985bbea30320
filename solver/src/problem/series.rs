//! What is expected of demand, sun, air and water.

use crate::site::ById;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Forecast series: one value a step, the mean over the step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Demand of every consumer of [`crate::Site::consumers`], by `kind.id`, kW.
    pub demand_kw: BTreeMap<String, Vec<f64>>,
    /// Solar power available at the inverters' AC side, by id, kW.
    #[serde(default)]
    pub solar_available_kw: ById<Vec<f64>>,
    /// Water asked for at the taps, by id, m3/h.
    #[serde(default)]
    pub taps_m3_per_h: ById<Vec<f64>>,
    /// Wastewater that comes, by id, m3/h.
    #[serde(default)]
    pub wastewater_m3_per_h: ById<Vec<f64>>,
    /// Air temperature outdoors, degrees C; empty where it is not known. Without it, what heat takes
    /// from equipment is that of `place.design_temperature_c`, and cold takes nothing.
    #[serde(default)]
    pub temperature_c: Vec<f64>,
    /// Operating reserve asked for beside the site's shares, kW; none if empty.
    #[serde(default)]
    pub reserve_kw: Vec<f64>,
    /// Solar power that must be taken, by id, kW: what cannot be curtailed. Not named: none.
    #[serde(default)]
    pub solar_least_kw: ById<Vec<f64>>,
    /// Sets that must run, by id: for each step, true if it must. A set out of reach need not, nor
    /// one that owes time off.
    #[serde(default)]
    pub must_run: ById<Vec<bool>>,
    /// Heat drawn from each thermal store, by id, kW.
    #[serde(default)]
    pub heat_kw: ById<Vec<f64>>,
}
