//! Fuel in store, with the convoys that bring it.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fuel store with its deliveries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FuelStore {
    /// Volume, L; hard.
    pub capacity_l: f64,
    /// Fuel at the start where the start state does not name it, L.
    #[serde(default)]
    pub start_l: f64,
    /// Fuel of a regular delivery, L; counted where the start state names no delivery.
    pub delivery_l: f64,
    /// Days between regular deliveries, the first of them counted from the start of the plan, d.
    pub delivery_every_d: f64,
    /// Days by which a delivery may slip, d; a plan counts on it no earlier.
    #[serde(default)]
    pub delivery_slip_d: f64,
    /// Days from an order to the day on which it is expected, d.
    #[serde(default)]
    pub delivery_lead_d: f64,
    /// Days of burn, at its 90th percentile, that should not be touched, d; told, never enforced.
    pub reserve_d: f64,
    /// Fuel that should not be touched, L; told, never enforced.
    pub reserve_l: f64,
    /// By how much the 90th percentile of the burn lies above what is expected, as a share of it.
    /// Assumption.
    #[serde(default = "burn_p90_extra_frac")]
    pub burn_p90_extra_frac: f64,
}

fn burn_p90_extra_frac() -> f64 {
    0.15
}

impl Equipment for FuelStore {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.capacity_l"), self.capacity_l);
        faults.within(format!("{path}.start_l"), self.start_l, 0.0, self.capacity_l);
        faults.not_negative(format!("{path}.delivery_l"), self.delivery_l);
        faults.within(format!("{path}.delivery_every_d"), self.delivery_every_d, 0.25, 3650.0);
        faults.not_negative(format!("{path}.delivery_slip_d"), self.delivery_slip_d);
        faults.not_negative(format!("{path}.delivery_lead_d"), self.delivery_lead_d);
        faults.not_negative(format!("{path}.reserve_d"), self.reserve_d);
        faults.within(format!("{path}.burn_p90_extra_frac"), self.burn_p90_extra_frac, 0.0, 2.0);
        faults.within(format!("{path}.reserve_l"), self.reserve_l, 0.0, self.capacity_l);
    }
}
