//! Equipment that the model plans as a fixed demand so far: wastewater. Its fields are read and
//! checked; what is not honoured is listed in every plan.

use super::{Equipment, Unhonoured};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A wastewater plant, tier T2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wastewater {
    /// Wastewater of the typical day, m3.
    pub daily_m3: f64,
    /// Most that all plants together treat in a day, m3.
    pub plant_m3_per_day: f64,
    /// Electricity, kWh/m3.
    pub energy_kwh_per_m3: f64,
    /// Most power, kW.
    pub max_kw: f64,
    /// Volume of the equalisation tank, m3.
    pub equalisation_m3: f64,
    /// Level of the equalisation tank in the start state, m3.
    #[serde(default)]
    pub start_equalisation_m3: f64,
    /// Least share of the day's aeration energy.
    pub aeration_min_frac: f64,
    /// Longest pause of aeration, h.
    pub max_pause_h: f64,
}

impl Wastewater {
    /// The day's energy, spread evenly, kW.
    pub fn typical(&self) -> [f64; 24] {
        [self.daily_m3 * self.energy_kwh_per_m3 / 24.0; 24]
    }
}

impl Equipment for Wastewater {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.not_negative(format!("{path}.daily_m3"), self.daily_m3);
        faults.positive(format!("{path}.plant_m3_per_day"), self.plant_m3_per_day);
        faults.not_negative(format!("{path}.energy_kwh_per_m3"), self.energy_kwh_per_m3);
        faults.positive(format!("{path}.max_kw"), self.max_kw);
        faults.not_negative(format!("{path}.equalisation_m3"), self.equalisation_m3);
        let level = self.start_equalisation_m3;
        faults.within(format!("{path}.start_equalisation_m3"), level, 0.0, self.equalisation_m3);
        faults.within(format!("{path}.aeration_min_frac"), self.aeration_min_frac, 0.0, 1.0);
        faults.within(format!("{path}.max_pause_h"), self.max_pause_h, 0.0, 24.0);
    }

    fn not_honoured(&self) -> Vec<Unhonoured> {
        vec![(
            "equalisation_m3/start_equalisation_m3/aeration_min_frac/max_pause_h/plant_m3_per_day/max_kw",
            "aeration is a level load over the day",
        )]
    }
}
