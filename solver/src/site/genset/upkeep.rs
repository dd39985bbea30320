//! What keeps a set in order: its service by run hours, and the burn-off after long low load.

use super::Genset;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A run at high load after long running at low load, against wet stacking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BurnOff {
    /// Load below which running counts as low, share of the rating; wet stacking is told for
    /// prolonged running below 0.40.
    #[serde(default = "below_frac")]
    pub below_frac: f64,
    /// Hours at low load, since the last burn-off, after which one is owed, h.
    #[serde(default = "after_h")]
    pub after_h: f64,
    /// Load of a burn-off or more, share of the rating.
    #[serde(default = "at_frac")]
    pub at_frac: f64,
    /// Its least length without a break, h.
    #[serde(default = "for_h")]
    pub for_h: f64,
    /// Time within which it is to be run once it is owed, h; each hour more is a shortfall.
    #[serde(default = "within_h")]
    pub within_h: f64,
}

fn below_frac() -> f64 {
    0.40
}
fn after_h() -> f64 {
    8.0
}
fn at_frac() -> f64 {
    0.70
}
fn for_h() -> f64 {
    1.0
}
fn within_h() -> f64 {
    24.0
}

impl Default for BurnOff {
    fn default() -> Self {
        Self {
            below_frac: below_frac(),
            after_h: after_h(),
            at_frac: at_frac(),
            for_h: for_h(),
            within_h: within_h(),
        }
    }
}

/// Hours between services where the site names none: 250 h is common for prime duty.
const SERVICE_INTERVAL_H: f64 = 250.0;

/// Less than this share of the rating burns nothing off.
const LEAST_AT_FRAC: f64 = 0.05;

impl Genset {
    /// Run hours between services, h.
    pub fn service_every_h(&self) -> f64 {
        self.service_interval_h.unwrap_or(SERVICE_INTERVAL_H)
    }

    /// How much earlier or later than due a service may be, h.
    pub fn service_slack_h(&self) -> f64 {
        self.service_tolerance_frac * self.service_every_h()
    }

    pub(super) fn check_upkeep(&self, path: &str, faults: &mut Faults) {
        for (name, value) in
            [("run_hours_h", self.run_hours_h), ("service_due_h", self.service_due_h)]
        {
            faults.within(format!("{path}.{name}"), value.unwrap_or(0.0), 0.0, 1e6);
        }
        if self.service_due_h.is_some() && self.run_hours_h.is_none() {
            faults.add(format!("{path}.run_hours_h"), "", "must be stated where a service is due");
        }
        let every_h = self.service_every_h();
        faults.within(format!("{path}.service_interval_h"), every_h, 10.0, 1e5);
        faults.within(format!("{path}.service_duration_h"), self.service_duration_h, 0.25, 24.0);
        let slack = self.service_tolerance_frac;
        faults.within(format!("{path}.service_tolerance_frac"), slack, 0.0, 0.5);
        let Some(burn_off) = &self.burn_off else {
            return;
        };
        let path = format!("{path}.burn_off");
        faults.within(format!("{path}.below_frac"), burn_off.below_frac, 0.0, 1.0);
        let (least, at) = (burn_off.below_frac.clamp(LEAST_AT_FRAC, 1.0), burn_off.at_frac);
        faults.within(format!("{path}.at_frac"), at, least, 1.0);
        faults.within(format!("{path}.after_h"), burn_off.after_h, 0.25, 1e4);
        faults.within(format!("{path}.for_h"), burn_off.for_h, 0.25, 12.0);
        faults.within(format!("{path}.within_h"), burn_off.within_h, 1.0, 1e4);
    }
}
