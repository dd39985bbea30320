//! Work done in batches that run to their end: laundry.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Work done in batches that are not to be interrupted, tier T3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Batches asked for each local day; what is not run is a shortfall of tier T3.
    pub per_day: u32,
    /// Power of a running batch, kW.
    pub batch_kw: f64,
    /// Length of a batch, h.
    pub batch_h: f64,
    /// Most batches at once; hard.
    pub max_at_once: u32,
    /// Local hour before which no batch starts; hard.
    pub from_h: f64,
    /// Local hour by which every batch has ended; hard.
    pub to_h: f64,
}

impl Batch {
    /// Energy of a batch, kWh.
    pub fn energy_kwh(&self) -> f64 {
        self.batch_kw * self.batch_h
    }

    /// The typical day's power by local hour, spread evenly over the window, kW: for overviews only,
    /// since a plan places the batches.
    pub fn typical(&self) -> [f64; 24] {
        let kw = f64::from(self.per_day) * self.energy_kwh() / (self.to_h - self.from_h);
        std::array::from_fn(|h| {
            let start = h as f64;
            kw * ((start + 1.0).min(self.to_h) - start.max(self.from_h)).max(0.0)
        })
    }
}

impl Equipment for Batch {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.batch_kw"), self.batch_kw);
        faults.within(format!("{path}.batch_h"), self.batch_h, 0.01, 24.0);
        faults.within(format!("{path}.from_h"), self.from_h, 0.0, 24.0);
        faults.within(format!("{path}.to_h"), self.to_h, self.from_h + self.batch_h, 24.0);
        if self.per_day > 1000 {
            faults.add(format!("{path}.per_day"), self.per_day, "must be 1000 or less");
        }
        if self.max_at_once == 0 {
            faults.add(format!("{path}.max_at_once"), 0, "must be 1 or more");
        }
    }
}
