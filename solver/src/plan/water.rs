//! The plan of the water plant.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A well's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowPlan {
    /// Water delivered into its tank, m3/h.
    pub flow_m3_per_h: Vec<f64>,
    /// Electricity drawn, kW.
    pub demand_kw: Vec<f64>,
}

/// A treatment line's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentPlan {
    /// Trains that run.
    pub trains_running: Vec<u32>,
    /// Product delivered into its tank, m3/h.
    pub flow_m3_per_h: Vec<f64>,
    /// Electricity drawn, kW.
    pub demand_kw: Vec<f64>,
}

/// A tank's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TankPlan {
    /// Level at the end of the step, m3.
    pub level_m3: Vec<f64>,
}

/// Water at the taps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TapsPlan {
    /// Water delivered, m3/h.
    pub delivered_m3_per_h: Vec<f64>,
    /// Water asked for and not delivered, m3/h.
    pub unserved_m3_per_h: Vec<f64>,
    /// Electricity of the booster, kW.
    pub demand_kw: Vec<f64>,
}

/// A wastewater plant's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WastewaterPlan {
    /// Wastewater treated, m3/h.
    pub flow_m3_per_h: Vec<f64>,
    /// Wastewater that flows out untreated, m3/h.
    pub overflow_m3_per_h: Vec<f64>,
    /// Level of the equalisation tank at the end of the step, m3.
    pub level_m3: Vec<f64>,
    /// Electricity drawn, kW: 0 while aeration pauses.
    pub demand_kw: Vec<f64>,
}
