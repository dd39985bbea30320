//! A water treatment line.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A treatment line (ultrafiltration, reverse osmosis), tier T2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// Tank that it draws from.
    pub from_tank: String,
    /// Tank that it fills; it may be the same one (polishing of treated water).
    pub to_tank: String,
    /// Number of like trains.
    #[serde(default = "one")]
    pub trains: u32,
    /// Product of one train, m3/h; hard.
    pub train_m3_per_h: f64,
    /// Share of the water drawn that becomes product, 0 to 1.
    pub recovery_frac: f64,
    /// Electricity for a cubic metre of product, kWh/m3.
    pub energy_kwh_per_m3: f64,
    /// Product that must be made in each local day, m3. A day that the horizon covers in part
    /// asks for that part.
    #[serde(default)]
    pub daily_product_m3: Option<f64>,
    /// Least product of a running train, as a share of its full one: 1 is full product or none.
    /// Without it, 1 where one of the three rules below is stated, and 0 otherwise.
    #[serde(default)]
    pub min_product_frac: Option<f64>,
    /// Least run of a train, h; soft: a shorter run counts as a start too many. Reverse osmosis: 2.
    #[serde(default)]
    pub min_run_h: Option<f64>,
    /// Most starts of a train in a local day; soft. Reverse osmosis: 2.
    #[serde(default)]
    pub max_starts_per_day: Option<u32>,
    /// Water that flushes a train after a run, from `from_tank` and lost, m3. It is booked with the
    /// start of the run: a train that starts must be able to stop. Reverse osmosis: 0.05.
    #[serde(default)]
    pub flush_m3_per_stop: Option<f64>,
}

fn one() -> u32 {
    1
}

impl Treatment {
    /// Product of all trains, m3/h.
    pub fn max_m3_per_h(&self) -> f64 {
        f64::from(self.trains) * self.train_m3_per_h
    }

    /// Least product of a running train, m3/h.
    pub fn least_m3_per_h(&self) -> f64 {
        let runs = self.min_run_h.is_some()
            || self.max_starts_per_day.is_some()
            || self.flush_m3_per_stop.is_some();
        self.min_product_frac.unwrap_or(if runs { 1.0 } else { 0.0 }) * self.train_m3_per_h
    }
}

impl Equipment for Treatment {
    fn check(&self, path: &str, faults: &mut Faults) {
        if !(1..=20).contains(&self.trains) {
            faults.add(format!("{path}.trains"), self.trains, "must lie in 1 to 20");
        }
        faults.positive(format!("{path}.train_m3_per_h"), self.train_m3_per_h);
        faults.within(format!("{path}.recovery_frac"), self.recovery_frac, 0.05, 1.0);
        faults.not_negative(format!("{path}.energy_kwh_per_m3"), self.energy_kwh_per_m3);
        if let Some(daily) = self.daily_product_m3 {
            let most = 24.0 * self.max_m3_per_h();
            faults.within(format!("{path}.daily_product_m3"), daily, 0.0, most);
        }
        let least = self.min_product_frac.unwrap_or(0.0);
        faults.within(format!("{path}.min_product_frac"), least, 0.0, 1.0);
        faults.within(format!("{path}.min_run_h"), self.min_run_h.unwrap_or(0.0), 0.0, 24.0);
        let flush = self.flush_m3_per_stop.unwrap_or(0.0);
        faults.not_negative(format!("{path}.flush_m3_per_stop"), flush);
    }
}
