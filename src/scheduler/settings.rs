//! How the scheduler works.

use super::accept::WhenToChange;
use camp_solver::Objective;
use std::path::PathBuf;

/// How the scheduler works.
#[derive(Debug, Clone, PartialEq)]
pub struct SchedulerSettings {
    /// Minutes between plans.
    pub every_min: u32,
    /// Hours that a plan looks ahead.
    pub horizon_h: u32,
    /// Minutes of a step of a plan; those after the first day of one of more than 48 h are hours.
    pub step_min: u32,
    /// What a plan minimises after its shortfalls.
    pub objective: Objective,
    /// Gap at which the solver stops, share of the cost.
    pub gap_frac: f64,
    /// Seconds that a solve may take.
    pub time_limit_s: f64,
    /// Seconds after which a solver that does not come back is left to itself.
    pub patience_s: f64,
    /// Seconds that the explanation of a plan in force may take; 0: none is made.
    pub explain_limit_s: f64,
    /// Folder for problems whose plan was refused; they become test cases.
    pub cases: Option<PathBuf>,
    /// When a new plan replaces the running one.
    pub change: WhenToChange,
    /// Past days whose sun a plan weighs beside the forecast; 0: it takes the forecast for certain.
    pub traces: u32,
    /// Minutes after which the traces part: what is decided until then is decided for all of them.
    pub traces_part_after_min: u32,
}

impl Default for SchedulerSettings {
    fn default() -> Self {
        Self {
            every_min: 15,
            horizon_h: 48,
            step_min: 15,
            objective: Objective::default(),
            gap_frac: 0.005,
            time_limit_s: 20.0,
            patience_s: 60.0,
            explain_limit_s: 10.0,
            cases: None,
            change: WhenToChange::default(),
            traces: 0,
            traces_part_after_min: 60,
        }
    }
}
