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
    /// What each kWh that is missing from the top of its window at the end of the horizon will cost, L of
    /// fuel; the running loop weighs it against burning now. What the best set burns for a kWh, times the
    /// efficiency of discharge, is a good one. Without it only `end_state_of_charge_min_frac` holds.
    #[serde(default)]
    pub end_l_per_kwh: Option<f64>,
    /// How long the energy kept above the window's lower end must carry its share of the most load of
    /// T0 and T1, h: 0.5 for half an hour. The share is that of its discharge power among the
    /// batteries that state this. What is kept carries no reserve. Without it nothing is kept.
    #[serde(default)]
    pub critical_floor_h: Option<f64>,
    /// What heat and cold take from charging; without it nothing.
    #[serde(default)]
    pub charge_temperature: Option<ChargeTemperature>,
}

/// What heat and cold take from charging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeTemperature {
    /// In air colder than this the battery takes no charge, degrees C; 0 for LFP cells.
    pub none_below_c: f64,
    /// In air hotter than this it takes less, degrees C; 45 for LFP cells.
    pub derate_above_c: f64,
    /// Share of its charging power that it loses for each 10 degrees above.
    pub derate_frac_per_10c: f64,
}

impl ChargeTemperature {
    /// Share of the charging power that is left in air of `air_c`.
    fn heat_share(&self, air_c: f64) -> f64 {
        let above = (air_c - self.derate_above_c).max(0.0);
        (1.0 - self.derate_frac_per_10c * above / 10.0).max(0.0)
    }
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

    /// Share of the charging power in air of `air_c`; where that is not known, of `design_c`, which
    /// speaks of heat only.
    pub fn charge_share(&self, air_c: Option<f64>, design_c: Option<f64>) -> f64 {
        let Some(limits) = &self.charge_temperature else { return 1.0 };
        match air_c {
            Some(c) if c < limits.none_below_c => 0.0,
            Some(c) => limits.heat_share(c),
            None => design_c.map_or(1.0, |c| limits.heat_share(c)),
        }
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
        let kept_h = self.critical_floor_h.unwrap_or(0.0);
        faults.within(format!("{path}.critical_floor_h"), kept_h, 0.0, 24.0);
        if let Some(limits) = &self.charge_temperature {
            let path = format!("{path}.charge_temperature");
            let (cold, hot) = (limits.none_below_c, limits.derate_above_c);
            faults.within(format!("{path}.none_below_c"), cold, -60.0, 30.0);
            faults.within(format!("{path}.derate_above_c"), hot, cold.clamp(-60.0, 30.0), 70.0);
            let frac = limits.derate_frac_per_10c;
            faults.within(format!("{path}.derate_frac_per_10c"), frac, 0.0, 1.0);
        }
        let worth = self.end_l_per_kwh.unwrap_or(0.0);
        faults.within(format!("{path}.end_l_per_kwh"), worth, 0.0, 10.0);
        if let Some(end) = self.end_state_of_charge_min_frac {
            let path = format!("{path}.end_state_of_charge_min_frac");
            faults.within(path, end, low, high.clamp(low, 1.0));
        }
    }
}
