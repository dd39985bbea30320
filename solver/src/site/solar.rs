//! A solar array with its inverter.

use super::{Equipment, hourly};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A solar array with its inverter. It follows the grid and can be curtailed freely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Solar {
    /// Peak power of the modules under standard test conditions, kWp.
    pub peak_kwp: f64,
    /// Rating of the inverters on the AC side, kW; hard.
    pub inverter_kw: f64,
    /// Tilt from the horizontal, degrees.
    #[serde(default = "tilt")]
    pub tilt_deg: f64,
    /// Direction the modules face, degrees from north by east; without it towards the equator.
    #[serde(default)]
    pub azimuth_deg: Option<f64>,
    /// Albedo of the ground, 0 to 1.
    #[serde(default = "albedo")]
    pub albedo_frac: f64,
    /// Losses from modules to the AC side (soiling, wiring, mismatch, inverter), 0 to 1; PVWatts: 0.14.
    #[serde(default = "losses")]
    pub losses_frac: f64,
    /// Change of power with cell temperature, share per K.
    #[serde(default = "temperature_coefficient")]
    pub temperature_coefficient_per_c: f64,
    /// Power available on the typical day by local hour, kW per kWp: 24 values.
    pub typical_kw_per_kwp: Vec<f64>,
}

fn tilt() -> f64 {
    10.0
}
fn albedo() -> f64 {
    0.25
}
fn losses() -> f64 {
    0.14
}
fn temperature_coefficient() -> f64 {
    -0.0035
}

impl Solar {
    /// Power available on the typical day by local hour, kW.
    pub fn typical(&self) -> [f64; 24] {
        hourly(&self.typical_kw_per_kwp).map(|v| (v * self.peak_kwp).min(self.inverter_kw))
    }
}

impl Equipment for Solar {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.peak_kwp"), self.peak_kwp);
        faults.positive(format!("{path}.inverter_kw"), self.inverter_kw);
        faults.within(format!("{path}.tilt_deg"), self.tilt_deg, 0.0, 90.0);
        let azimuth = self.azimuth_deg.unwrap_or(0.0);
        faults.within(format!("{path}.azimuth_deg"), azimuth, 0.0, 360.0);
        faults.within(format!("{path}.albedo_frac"), self.albedo_frac, 0.0, 1.0);
        faults.within(format!("{path}.losses_frac"), self.losses_frac, 0.0, 0.9);
        let coefficient = self.temperature_coefficient_per_c;
        faults.within(format!("{path}.temperature_coefficient_per_c"), coefficient, -0.02, 0.02);
        faults.series(&format!("{path}.typical_kw_per_kwp"), &self.typical_kw_per_kwp, 24);
    }
}
