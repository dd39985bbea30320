//! A wastewater plant with its equalisation tank.

use super::{ById, Equipment, Site};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Least power of aeration where the site does not state it, share of the most.
const LEAST_POWER_FRAC: f64 = 0.1;

/// A wastewater plant, tier T2. Without a power supply it treats nothing, and what its equalisation
/// tank cannot take flows out untreated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wastewater {
    /// Wastewater of the typical day, m3; usual: 80 % of the water. It comes as water is drawn.
    pub daily_m3: f64,
    /// Most that all plants together treat in a day, m3; at any time a 24th of it an hour; hard.
    pub plant_m3_per_day: f64,
    /// Electricity, kWh/m3.
    pub energy_kwh_per_m3: f64,
    /// Most power, kW; hard.
    pub max_kw: f64,
    /// Least power while it aerates, kW; hard. A tenth of `max_kw` if it is not said.
    #[serde(default)]
    pub min_kw: Option<f64>,
    /// Volume of the equalisation tank, m3; hard.
    pub equalisation_m3: f64,
    /// Level of the equalisation tank in the start state, unless that names it, m3.
    #[serde(default)]
    pub start_equalisation_m3: f64,
    /// Level that the running loop leaves in the equalisation tank at most at the end of its horizon,
    /// m3; `start_equalisation_m3` if it is not said. Plans from files ask for the start state.
    #[serde(default)]
    pub end_equalisation_max_m3: Option<f64>,
    /// Least share of the aeration energy of a local day's wastewater that is spent on that day,
    /// 0 to 1; soft. Usual: 0.6.
    pub aeration_min_frac: f64,
    /// Longest pause of aeration, h; soft. Usual: 1 to 1.5.
    pub max_pause_h: f64,
}

impl Wastewater {
    /// Least power while it aerates, kW.
    pub fn least_kw(&self) -> f64 {
        self.min_kw.unwrap_or(LEAST_POWER_FRAC * self.max_kw)
    }

    /// Most that it treats, m3/h: its plants', or what its power allows.
    pub fn max_m3_per_h(&self) -> f64 {
        (self.plant_m3_per_day / 24.0).min(self.max_kw / self.energy_kwh_per_m3)
    }
}

impl Site {
    /// Wastewater that comes to each plant, m3/h: its typical day's, as and where water is drawn.
    pub fn wastewater_m3_per_h(&self, taps_m3_per_h: &ById<Vec<f64>>) -> ById<Vec<f64>> {
        let daily_m3: f64 = self.taps.values().map(|x| x.daily_m3).sum();
        let steps = taps_m3_per_h.values().map(Vec::len).max().unwrap_or(0);
        let drawn = |t: usize| taps_m3_per_h.values().map(|s| s[t]).sum::<f64>();
        let plants = self.wastewater.iter();
        plants
            .map(|(id, plant)| {
                let of_drawn = if daily_m3 > 0.0 { plant.daily_m3 / daily_m3 } else { 0.0 };
                (id.clone(), (0..steps).map(|t| of_drawn * drawn(t)).collect())
            })
            .collect()
    }
}

impl Equipment for Wastewater {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.not_negative(format!("{path}.daily_m3"), self.daily_m3);
        faults.positive(format!("{path}.plant_m3_per_day"), self.plant_m3_per_day);
        faults.positive(format!("{path}.energy_kwh_per_m3"), self.energy_kwh_per_m3);
        faults.positive(format!("{path}.max_kw"), self.max_kw);
        faults.within(format!("{path}.min_kw"), self.min_kw.unwrap_or(0.0), 0.0, self.max_kw);
        faults.not_negative(format!("{path}.equalisation_m3"), self.equalisation_m3);
        for (name, level) in [
            ("start_equalisation_m3", self.start_equalisation_m3),
            ("end_equalisation_max_m3", self.end_equalisation_max_m3.unwrap_or(0.0)),
        ] {
            faults.within(format!("{path}.{name}"), level, 0.0, self.equalisation_m3);
        }
        faults.within(format!("{path}.aeration_min_frac"), self.aeration_min_frac, 0.0, 1.0);
        faults.within(format!("{path}.max_pause_h"), self.max_pause_h, 0.0, 24.0);
    }
}
