//! The policies that can be run, by name, and the thresholds that are tried for each.

use crate::twin::{
    ChargeState, CycleCharging, ForPeak, LoadFollowing, LocalPolicy, Reserve, Strategy,
};
use camp_solver::Site;
use std::str::FromStr;

/// A baseline: a strategy of local controllers, and whether it is repaired to the site's security.
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

const KINDS: &[(Kind, &str)] = &[
    (Kind::AllOn, "all-on"),
    (Kind::ForPeak, "for-peak"),
    (Kind::Reserve, "reserve"),
    (Kind::LoadFollowing, "load-following"),
    (Kind::CycleCharging, "cycle-charging"),
    (Kind::ChargeState, "charge-state"),
];

/// Ends the name of a baseline that is repaired.
const SECURED: &str = "-secured";

/// What the service can be kept from deciding, to see what it is worth: the kinds of assets that are then left
/// to their own controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Which sets run.
    Commitment,
    /// What batteries and sets give.
    Battery,
    /// What sun is held back.
    Solar,
    /// Wells, treatment, wastewater, hot water and laundry.
    Water,
}

impl Cause {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Commitment, Self::Battery, Self::Solar, Self::Water];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commitment => "commitment",
            Self::Battery => "battery",
            Self::Solar => "solar",
            Self::Water => "water",
        }
    }

    /// The kinds that it means.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Commitment => &["genset"],
            Self::Battery => &["battery"],
            Self::Solar => &["solar"],
            Self::Water => &["well", "treatment", "wastewater", "thermal_store", "batch"],
        }
    }

    /// Whether a camp has any of it.
    pub fn is_in(self, site: &Site) -> bool {
        match self {
            Self::Commitment => !site.genset.is_empty(),
            Self::Battery => !site.battery.is_empty(),
            Self::Solar => !site.solar.is_empty(),
            Self::Water => {
                let water = !(site.well.is_empty() && site.treatment.is_empty());
                water || !(site.thermal_store.is_empty() && site.batch.is_empty())
            }
        }
    }
}

/// Begins the name of the service that is kept from something.
const WITHOUT: &str = "optimizer-without-";

/// A policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The service.
    Optimizer,
    /// The service, kept from deciding something.
    Without(Cause),
    /// What a camp might run today.
    Baseline(Baseline),
}

impl Policy {
    /// Every policy that means something in a camp: the service and all baselines, plain and secured.
    pub fn all(site: &Site) -> Vec<Self> {
        let asks = site.security.is_some() || site.reserve.is_asked();
        let secured: &[bool] = if asks { &[false, true] } else { &[false] };
        let baselines = secured.iter().flat_map(|secured| {
            KINDS.iter().map(|(kind, _)| Baseline { kind: *kind, secured: *secured })
        });
        let fit = baselines.filter(|baseline| baseline.fits(site)).map(Self::Baseline);
        std::iter::once(Self::Optimizer).chain(fit).collect()
    }

    /// Its name.
    pub fn name(self) -> String {
        match self {
            Self::Optimizer => "optimizer".to_owned(),
            Self::Without(cause) => format!("{WITHOUT}{}", cause.name()),
            Self::Baseline(Baseline { kind, secured }) => {
                let name = KINDS.iter().find(|(k, _)| *k == kind).map_or("", |(_, name)| *name);
                format!("{name}{}", if secured { SECURED } else { "" })
            }
        }
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "optimizer" {
            return Ok(Self::Optimizer);
        }
        if let Some(cause) = text.strip_prefix(WITHOUT) {
            let known = Cause::ALL.iter().find(|c| c.name() == cause);
            return known.map(|cause| Self::Without(*cause)).ok_or_else(|| {
                let names: Vec<_> = Cause::ALL.iter().map(|c| c.name()).collect();
                format!("{WITHOUT} is followed by one of {}", names.join(", "))
            });
        }
        let plain = text.strip_suffix(SECURED);
        let known = KINDS.iter().find(|(_, name)| *name == plain.unwrap_or(text));
        known.map_or_else(
            || {
                let names: Vec<_> = KINDS.iter().map(|(_, name)| *name).collect();
                let names = names.join(", ");
                Err(format!("must be all, optimizer, or one of {names}, each also with {SECURED}"))
            },
            |(kind, _)| Ok(Self::Baseline(Baseline { kind: *kind, secured: plain.is_some() })),
        )
    }
}

impl Baseline {
    /// Whether it means something in a camp.
    pub fn fits(self, site: &Site) -> bool {
        let forms = site.battery.values().any(|b| b.grid_forming);
        let first = self.candidates(site).into_iter().next();
        forms || first.is_some_and(|policy| !policy.strategy.needs_battery())
    }

    /// Start and stop by reserve, repaired where the site asks for security: what sets do by themselves
    /// where the service is kept from deciding it.
    pub(super) fn left_alone(site: &Site) -> Self {
        Self { kind: Kind::Reserve, secured: site.security.is_some() || site.reserve.is_asked() }
    }

    /// What is tried for it in a camp: its source's form with thresholds on a grid.
    pub fn candidates(self, site: &Site) -> Vec<LocalPolicy> {
        let strategies: Vec<Strategy> = match self.kind {
            Kind::AllOn => vec![Strategy::AllOn],
            Kind::ForPeak => {
                let of = |margin_frac| Strategy::ForPeak(ForPeak { margin_frac });
                [0.0, 0.1, 0.2].map(of).into()
            }
            Kind::Reserve => reserves(),
            Kind::LoadFollowing => {
                let of = |min_run_h| Strategy::LoadFollowing(LoadFollowing { min_run_h });
                [0.25, 1.0, 2.0].map(of).into()
            }
            Kind::CycleCharging => {
                let of = |set_point_frac| {
                    Strategy::CycleCharging(CycleCharging { set_point_frac, min_run_h: 0.25 })
                };
                let grid = along_window(site, &[0.1, 0.3, 0.5, 0.7, 0.9, 1.0]);
                std::iter::once(None).chain(grid.into_iter().map(Some)).map(of).collect()
            }
            Kind::ChargeState => charge_states(site),
        };
        let of = |strategy| LocalPolicy { strategy, secured: self.secured };
        strategies.into_iter().map(of).collect()
    }
}

fn reserves() -> Vec<Strategy> {
    let mut all = Vec::new();
    for start_frac in [0.05, 0.15, 0.3] {
        for above in [0.1, 0.3] {
            let stop_frac = start_frac + above;
            // Delays of the order that manuals show: seconds to start, minutes to stop.
            let (start_delay_h, stop_delay_h) = (0.5 / 60.0, 5.0 / 60.0);
            all.push(Strategy::Reserve(Reserve {
                start_frac,
                stop_frac,
                start_delay_h,
                stop_delay_h,
            }));
        }
    }
    all
}

fn charge_states(site: &Site) -> Vec<Strategy> {
    let mut all = Vec::new();
    for low in [0.02, 0.15] {
        for width in [0.05, 0.2, 0.5] {
            for load_frac in [0.5, 0.75, 0.9] {
                let bounds = along_window(site, &[low, low + width]);
                if let [start_frac, stop_frac] = bounds.as_slice() {
                    let (start_frac, stop_frac) = (*start_frac, *stop_frac);
                    all.push(Strategy::ChargeState(ChargeState {
                        start_frac,
                        stop_frac,
                        load_frac,
                    }));
                }
            }
        }
    }
    all
}

/// States of charge so far along the window of the site's batteries.
fn along_window(site: &Site, shares: &[f64]) -> Vec<f64> {
    let kwh =
        |of: fn(&camp_solver::site::Battery) -> f64| site.battery.values().map(of).sum::<f64>();
    let room = kwh(|b| b.energy_kwh).max(1e-9);
    let low = kwh(camp_solver::site::Battery::min_kwh) / room;
    let high = kwh(camp_solver::site::Battery::max_kwh) / room;
    shares.iter().map(|share| low + share * (high - low)).collect()
}

/// Thresholds in words.
pub(super) fn told(strategy: Strategy) -> String {
    match strategy {
        Strategy::LoadDependent | Strategy::AllOn => "none".to_owned(),
        Strategy::ForPeak(p) => format!("margin {:.2}", p.margin_frac),
        Strategy::Reserve(p) => {
            format!("reserve for start {:.2}, for stop {:.2}", p.start_frac, p.stop_frac)
        }
        Strategy::LoadFollowing(p) => format!("least run {} h", p.min_run_h),
        Strategy::CycleCharging(p) => match p.set_point_frac {
            Some(frac) => format!("set-point {frac:.3}"),
            None => "no set-point".to_owned(),
        },
        Strategy::ChargeState(p) => format!(
            "start at {:.3}, stop at {:.3}, load {:.2}",
            p.start_frac, p.stop_frac, p.load_frac
        ),
    }
}
