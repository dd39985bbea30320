//! What binds one step of a set to another: ramps, limits of start and stop, cold starts.

use super::Genset;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a start takes once a set has been off for long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTier {
    /// Time off from which the tier holds, h.
    pub after_off_h: f64,
    /// Fuel of one start with its warm-up and cool-down, L.
    pub start_fuel_l: f64,
    /// Wear of one start, money.
    pub start_cost: f64,
}

impl Genset {
    /// Whether ramps or limits of start and stop bind one set's power in a step to that of another.
    pub(crate) fn has_power_limits(&self) -> bool {
        let limits = [
            self.ramp_up_kw_per_h,
            self.ramp_down_kw_per_h,
            self.start_up_max_kw,
            self.shut_down_max_kw,
        ];
        limits.iter().any(Option::is_some)
    }

    pub(super) fn check_limits(&self, path: &str, faults: &mut Faults) {
        for (name, ramp) in [
            ("ramp_up_kw_per_h", self.ramp_up_kw_per_h),
            ("ramp_down_kw_per_h", self.ramp_down_kw_per_h),
        ] {
            if let Some(ramp) = ramp {
                faults.positive(format!("{path}.{name}"), ramp);
            }
        }
        for (name, limit) in
            [("start_up_max_kw", self.start_up_max_kw), ("shut_down_max_kw", self.shut_down_max_kw)]
        {
            let limit = limit.unwrap_or(self.rated_kw);
            let (least, most) = (self.min_load_kw().min(self.rated_kw), self.rated_kw);
            faults.within(format!("{path}.{name}"), limit, least, most);
        }
    }

    pub(super) fn check_tiers(&self, path: &str, faults: &mut Faults) {
        let mut before = (0.0, self.start_fuel_l, self.start_cost);
        for (i, tier) in self.start_tiers.iter().enumerate() {
            let path = format!("{path}.start_tiers[{i}]");
            let values = [tier.after_off_h, tier.start_fuel_l, tier.start_cost];
            if values.iter().any(|v| !v.is_finite()) {
                faults.add(&path, format!("{values:?}"), "must hold finite values");
            } else if tier.after_off_h <= before.0 {
                let rule = "must be above 0 and above that of the tier before";
                faults.add(format!("{path}.after_off_h"), tier.after_off_h, rule);
            } else if tier.start_fuel_l < before.1 || tier.start_cost < before.2 {
                let said = format!("{} L, {}", tier.start_fuel_l, tier.start_cost);
                let rule = "a colder start takes no less fuel and costs no less than a hotter one";
                faults.add(&path, said, rule);
            }
            before = (tier.after_off_h, tier.start_fuel_l, tier.start_cost);
        }
    }
}
