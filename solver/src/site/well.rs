//! A well with its pump.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A well with its pump, tier T2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Well {
    /// Tank that the pump fills.
    pub to_tank: String,
    /// Flow of the running pump, m3/h; hard.
    pub flow_m3_per_h: f64,
    /// Total dynamic head, m.
    pub head_m: f64,
    /// Efficiency from wire to water, 0 to 1.
    pub pump_efficiency_frac: f64,
    /// True if the pump runs only while a well on duty is unavailable.
    #[serde(default)]
    pub standby: bool,
    /// How the pump is controlled; `variable` if it is not said.
    #[serde(default)]
    pub control: Option<PumpControl>,
    /// Most water in a local day, m3; hard. Usual: 0.7 of the tested yield.
    #[serde(default)]
    pub daily_cap_m3: Option<f64>,
    /// Most pumping hours in a local day, h; hard. Usual: 16.
    #[serde(default)]
    pub max_hours_per_day: Option<f64>,
    /// Least rest in a local day, h, without a break; hard. Usual: 4, for the level to recover.
    #[serde(default)]
    pub min_rest_h: Option<f64>,
}

/// How a pump is controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PumpControl {
    /// Full flow or none.
    OnOff,
    /// Any flow up to the full one.
    Variable,
}

impl Well {
    /// Electricity for a cubic metre, kWh/m3: `rho g H / (3.6e6 eta)`, 0.002725 H / eta.
    pub fn energy_kwh_per_m3(&self) -> f64 {
        0.002_725 * self.head_m / self.pump_efficiency_frac
    }

    /// Whether the pump gives its full flow or none.
    pub fn is_on_off(&self) -> bool {
        self.control == Some(PumpControl::OnOff)
    }
}

impl Equipment for Well {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.flow_m3_per_h"), self.flow_m3_per_h);
        faults.not_negative(format!("{path}.head_m"), self.head_m);
        let efficiency = self.pump_efficiency_frac;
        faults.within(format!("{path}.pump_efficiency_frac"), efficiency, 0.05, 1.0);
        faults.not_negative(format!("{path}.daily_cap_m3"), self.daily_cap_m3.unwrap_or(0.0));
        let hours = self.max_hours_per_day.unwrap_or(24.0);
        faults.within(format!("{path}.max_hours_per_day"), hours, 0.0, 24.0);
        faults.within(format!("{path}.min_rest_h"), self.min_rest_h.unwrap_or(0.0), 0.0, 24.0);
    }
}
