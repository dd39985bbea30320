//! What is asked of a solve besides the problem.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is minimised after the shortfalls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Operating cost: fuel at the site's price, starts, wear.
    #[default]
    Cost,
    /// Litres of fuel.
    FuelL,
}

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolveOptions {
    /// What is minimised after the shortfalls.
    pub objective: Objective,
    /// The gap at which to stop, as a share of the cost.
    pub gap_frac: f64,
    /// Time for all stages, s.
    pub time_limit_s: f64,
    /// Seed of the solver's own choices.
    pub seed: u32,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self { objective: Objective::Cost, gap_frac: 0.005, time_limit_s: 60.0, seed: 0 }
    }
}
