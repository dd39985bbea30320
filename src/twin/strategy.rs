//! How a camp runs its plant without the service: strategies of local controllers, each as its own source
//! describes it. docs/backtest.md names the sources.

mod decide;
mod wish;

pub(super) use decide::{Decider, Sight};

/// A strategy, and whether it is repaired to the security that the site asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LocalPolicy {
    /// The strategy.
    pub strategy: Strategy,
    /// Whether further sets run where the site's operating reserve or N-1 would be short.
    pub secured: bool,
}

/// Which sets run, at what load, and what batteries do.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Strategy {
    /// Start and stop by load in a fixed order, as the controllers of the demo have it.
    #[default]
    LoadDependent,
    /// Every set that can run runs, and all share the load.
    AllOn,
    /// The sets that carry the day's peak after the loss of the largest run all day.
    ForPeak(ForPeak),
    /// Sets start and stop by the reserve that is left on the bus.
    Reserve(Reserve),
    /// Sets run when sun and batteries do not do, and give only what the load asks.
    LoadFollowing(LoadFollowing),
    /// Sets run when sun and batteries do not do, then at full output.
    CycleCharging(CycleCharging),
    /// Sets start at a low and stop at a high state of charge.
    ChargeState(ChargeState),
}

/// Sets for the peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForPeak {
    /// Added to yesterday's peak, share of it.
    pub margin_frac: f64,
}

/// Load-dependent start and stop by reserve, as ComAp's power management has it: the reserve is what
/// running sets could give above what they do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reserve {
    /// Reserve under which the next set starts, share of the largest set.
    pub start_frac: f64,
    /// Reserve that must be left after a stop, share of the largest set; more than `start_frac`.
    pub stop_frac: f64,
    /// How long the reserve must be under its bound before a start, h.
    pub start_delay_h: f64,
    /// How long it must be enough for a stop, h.
    pub stop_delay_h: f64,
}

/// HOMER's load following.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadFollowing {
    /// Least run of a set after a start, h (HOMER's minimum runtime).
    pub min_run_h: f64,
}

/// HOMER's cycle charging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CycleCharging {
    /// State of charge up to which sets go on once they charge; none: they stop when they are not needed.
    pub set_point_frac: Option<f64>,
    /// Least run of a set after a start, h.
    pub min_run_h: f64,
}

/// Generator start and stop by state of charge, as Victron's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChargeState {
    /// State of charge at which sets start.
    pub start_frac: f64,
    /// State of charge at which they stop.
    pub stop_frac: f64,
    /// Load that chargers bring the sets to, share of their ratings.
    pub load_frac: f64,
}

impl Strategy {
    /// Whether it means nothing in a camp without a battery that forms the grid.
    pub fn needs_battery(self) -> bool {
        matches!(self, Self::ChargeState(_) | Self::CycleCharging(_))
    }
}
