//! Baselines by name, each with thresholds that its source gives or that are usual; docs/backtest.md names the
//! sources.

use crate::twin::{
    ChargeState, CycleCharging, ForPeak, LoadFollowing, LocalPolicy, Reserve, Strategy,
};
use camp_solver::Site;
use std::str::FromStr;

/// A baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Baseline {
    kind: Kind,
    secured: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AllOn,
    ForPeak,
    Reserve,
    LoadFollowing,
    CycleCharging,
    ChargeState,
}

const KINDS: &[(Kind, &str, &str)] = &[
    (Kind::AllOn, "all-on", "every set runs"),
    (
        Kind::ForPeak,
        "for-peak",
        "the sets for yesterday's peak and a tenth, the largest lost, run all day",
    ),
    (
        Kind::Reserve,
        "reserve",
        "sets start under a reserve of 15 % of the largest, and stop where 45 % are left",
    ),
    (
        Kind::LoadFollowing,
        "load-following",
        "sets run where sun and battery do not do, and follow the load",
    ),
    (
        Kind::CycleCharging,
        "cycle-charging",
        "sets run where sun and battery do not do, at full output, up to 80 % of the battery's window",
    ),
    (
        Kind::ChargeState,
        "charge-state",
        "sets run at 75 % from 15 % up to 65 % of the battery's window",
    ),
];

/// Ends the name of a baseline that is repaired to the site's security.
const SECURED: &str = "-secured";
/// Delays of the order that manuals show: seconds to start, minutes to stop.
const START_DELAY_H: f64 = 0.5 / 60.0;
const STOP_DELAY_H: f64 = 5.0 / 60.0;

impl Default for Baseline {
    /// What a well-set power management does, with the security that the site asks for.
    fn default() -> Self {
        Self { kind: Kind::Reserve, secured: true }
    }
}

impl FromStr for Baseline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.strip_suffix(SECURED);
        let name = plain.unwrap_or(text);
        let known = KINDS.iter().find(|(_, known, _)| *known == name);
        known.map(|(kind, ..)| Self { kind: *kind, secured: plain.is_some() }).ok_or_else(|| {
            let names: Vec<_> = KINDS.iter().map(|(_, name, _)| *name).collect();
            format!("{text}: must be one of {}, each also with {SECURED}", names.join(", "))
        })
    }
}

impl Baseline {
    fn entry(self) -> (&'static str, &'static str) {
        KINDS
            .iter()
            .find(|(k, ..)| *k == self.kind)
            .map_or(("", ""), |(_, name, about)| (name, about))
    }

    /// Its name.
    pub fn name(self) -> String {
        format!("{}{}", self.entry().0, if self.secured { SECURED } else { "" })
    }

    /// What it is, in words.
    pub fn about(self, site: &Site) -> String {
        let mut about = self.entry().1.to_owned();
        if self.secured {
            about += "; further sets run where the site's reserve or N-1 would be short";
        }
        if self.policy(site).strategy.needs_battery() && !has_battery(site) {
            about += "; without a battery that forms the grid it means little here";
        }
        about
    }

    /// What its controllers do in a camp.
    pub fn policy(self, site: &Site) -> LocalPolicy {
        let strategy = match self.kind {
            Kind::AllOn => Strategy::AllOn,
            Kind::ForPeak => Strategy::ForPeak(ForPeak { margin_frac: 0.1 }),
            Kind::Reserve => Strategy::Reserve(Reserve {
                start_frac: 0.15,
                stop_frac: 0.45,
                start_delay_h: START_DELAY_H,
                stop_delay_h: STOP_DELAY_H,
            }),
            Kind::LoadFollowing => Strategy::LoadFollowing(LoadFollowing { min_run_h: 0.25 }),
            Kind::CycleCharging => Strategy::CycleCharging(CycleCharging {
                set_point_frac: Some(along_window(site, 0.8)),
                min_run_h: 0.25,
            }),
            Kind::ChargeState => Strategy::ChargeState(ChargeState {
                start_frac: along_window(site, 0.15),
                stop_frac: along_window(site, 0.65),
                load_frac: 0.75,
            }),
        };
        LocalPolicy { strategy, secured: self.secured }
    }
}

fn has_battery(site: &Site) -> bool {
    site.battery.values().any(|b| b.grid_forming)
}

/// The state of charge so far along the window of the site's batteries.
fn along_window(site: &Site, share: f64) -> f64 {
    let sum =
        |of: fn(&camp_solver::site::Battery) -> f64| site.battery.values().map(of).sum::<f64>();
    let room = sum(|b| b.energy_kwh).max(1e-9);
    let (low, high) = (
        sum(camp_solver::site::Battery::min_kwh) / room,
        sum(camp_solver::site::Battery::max_kwh) / room,
    );
    low + share * (high - low)
}
