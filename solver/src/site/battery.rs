//! A battery with its inverter.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A battery with its inverter, AC-coupled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Battery {
    /// Nameplate energy, kWh. State of charge 1 is this much.
    pub energy_kwh: f64,
    /// Most power into the battery, at its AC terminals, kW; hard.
    pub charge_max_kw: f64,
    /// Most power out of the battery, at its AC terminals, kW; hard.
    pub discharge_max_kw: f64,
    /// Share of the charging energy that is stored. 0.938 both ways is 0.88 round trip.
    #[serde(default = "efficiency")]
    pub charge_efficiency_frac: f64,
    /// Share of the energy taken from store that reaches the bus.
    #[serde(default = "efficiency")]
    pub discharge_efficiency_frac: f64,
    /// Lower end of the window of state of charge; a plan never discharges below it.
    #[serde(default = "window_min")]
    pub state_of_charge_min_frac: f64,
    /// Upper end of the window of state of charge; a plan never charges above it.
    #[serde(default = "window_max")]
    pub state_of_charge_max_frac: f64,
    /// Wear of a kWh discharged at the AC terminals, money per kWh.
    #[serde(default)]
    pub wear_cost_per_kwh: f64,
    /// True if its inverter can carry the bus with no set running.
    pub grid_forming: bool,
    /// State of charge that the running loop asks for at the end of its horizon. Plans from files
    /// ask for the start state.
    #[serde(default)]
    pub end_state_of_charge_min_frac: Option<f64>,
}

fn efficiency() -> f64 {
    0.938
}
fn window_min() -> f64 {
    0.20
}
fn window_max() -> f64 {
    0.95
}

impl Battery {
    /// Energy at the lower end of the window, kWh.
    pub fn min_kwh(&self) -> f64 {
        self.state_of_charge_min_frac * self.energy_kwh
    }

    /// Energy at the upper end of the window, kWh.
    pub fn max_kwh(&self) -> f64 {
        self.state_of_charge_max_frac * self.energy_kwh
    }
}

impl Equipment for Battery {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.energy_kwh"), self.energy_kwh);
        faults.not_negative(format!("{path}.charge_max_kw"), self.charge_max_kw);
        faults.not_negative(format!("{path}.discharge_max_kw"), self.discharge_max_kw);
        let (charge, discharge) = (self.charge_efficiency_frac, self.discharge_efficiency_frac);
        faults.within(format!("{path}.charge_efficiency_frac"), charge, 0.3, 1.0);
        faults.within(format!("{path}.discharge_efficiency_frac"), discharge, 0.3, 1.0);
        let low = self.state_of_charge_min_frac;
        faults.within(format!("{path}.state_of_charge_min_frac"), low, 0.0, 1.0);
        let low = low.clamp(0.0, 1.0);
        let high = self.state_of_charge_max_frac;
        faults.within(format!("{path}.state_of_charge_max_frac"), high, low, 1.0);
        faults.not_negative(format!("{path}.wear_cost_per_kwh"), self.wear_cost_per_kwh);
        if let Some(end) = self.end_state_of_charge_min_frac {
            let path = format!("{path}.end_state_of_charge_min_frac");
            faults.within(path, end, low, high.clamp(low, 1.0));
        }
    }
}
