//! The closed loop over a course of days: the real scheduler and control, or a strategy that a camp might
//! run today, against the simulated camp; and the books of each, so that they can be compared.
//!
//! What a policy knows is what the meters have shown: nothing here hands it the truth. docs/backtest.md
//! tells the method.

mod bound;
mod course;
mod memory;
mod operator;
mod outcome;
mod policy;
mod post;
mod runs;
mod tune;

pub use crate::twin::Roughness;
pub use bound::{Bound, BoundOptions, bound};
pub use course::{Course, true_problem};
pub use memory::{MemoryReadings, MemoryRecords};
pub use operator::{Operator, PlanCounts};
pub use outcome::{Day, Outcome};
pub use policy::{Baseline, Cause, Policy};
pub use runs::{Progress, Run, run_all};

/// How the optimiser plans in a backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Planning {
    /// Minutes between plans.
    pub every_min: u32,
    /// Hours that a plan looks ahead.
    pub horizon_h: u32,
    /// Minutes of a step of a plan.
    pub step_min: u32,
    /// Whether plans minimise litres in place of operating cost.
    pub fuel_only: bool,
    /// Gap at which the solver stops, share of the cost.
    pub gap_frac: f64,
    /// Seconds that a solve may take.
    pub time_limit_s: f64,
    /// Past days whose sun a plan weighs beside the forecast; 0: none.
    pub traces: u32,
}

impl Default for Planning {
    /// Hourly; otherwise as the service has it.
    fn default() -> Self {
        let service = crate::scheduler::SchedulerSettings::default();
        Self {
            every_min: 60,
            horizon_h: service.horizon_h,
            step_min: service.step_min,
            fuel_only: false,
            gap_frac: service.gap_frac,
            time_limit_s: service.time_limit_s,
            traces: service.traces,
        }
    }
}

#[cfg(test)]
mod tests;
