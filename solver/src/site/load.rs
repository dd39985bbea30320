//! What the camp uses: feeders by tier, and water at the taps.

use super::{Equipment, hourly};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much a load matters. A plan never sheds T0 or T1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Tier {
    /// Own UPS or standby set; not to be switched: operating theatre, fire pump, emergency comms.
    T0,
    /// Never shed by a plan: rest of the hospital, comms, perimeter, command post.
    T1,
    /// Shed after T3: kitchens and cold stores, wells and treatment, offices.
    T2,
    /// Shed first, announced: accommodation, hot water, laundry, workshops.
    T3,
}

/// A feeder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Its tier.
    pub tier: Tier,
    /// Demand on the typical day by local hour, kW: 24 values.
    pub typical_kw: Vec<f64>,
}

impl Load {
    /// Demand on the typical day by local hour, kW.
    pub fn typical(&self) -> [f64; 24] {
        hourly(&self.typical_kw)
    }
}

impl Equipment for Load {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.series(&format!("{path}.typical_kw"), &self.typical_kw, 24);
    }
}

/// Where water is drawn, with its booster pump; tier T2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Taps {
    /// Tank that the water comes from.
    pub from_tank: String,
    /// Water drawn on the typical day, m3.
    pub daily_m3: f64,
    /// How that water spreads over the local hours: 24 shares, scaled to sum to 1.
    pub typical_share: Vec<f64>,
    /// Electricity of the booster pump, kWh/m3.
    #[serde(default)]
    pub booster_kwh_per_m3: f64,
    /// Most power of the booster pump, kW; hard.
    #[serde(default)]
    pub booster_max_kw: Option<f64>,
}

impl Taps {
    /// Demand on the typical day by local hour, m3/h.
    pub fn typical(&self) -> [f64; 24] {
        let shares = hourly(&self.typical_share);
        let sum: f64 = shares.iter().sum();
        shares.map(|s| if sum > 0.0 { self.daily_m3 * s / sum } else { self.daily_m3 / 24.0 })
    }

    /// Most that the booster lets through, m3/h.
    pub fn max_m3_per_h(&self) -> f64 {
        match self.booster_max_kw {
            Some(kw) if self.booster_kwh_per_m3 > 0.0 => kw / self.booster_kwh_per_m3,
            _ => f64::INFINITY,
        }
    }
}

impl Equipment for Taps {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.not_negative(format!("{path}.daily_m3"), self.daily_m3);
        faults.series(&format!("{path}.typical_share"), &self.typical_share, 24);
        faults.not_negative(format!("{path}.booster_kwh_per_m3"), self.booster_kwh_per_m3);
        faults.not_negative(format!("{path}.booster_max_kw"), self.booster_max_kw.unwrap_or(0.0));
    }
}
