//! What a solve gives.

use crate::error::SolveError;
use crate::plan::Plan;

/// A verified plan, and the rule-based one for the same problem.
#[derive(Debug, Clone)]
pub struct Solved {
    /// The optimiser's plan, or the rules' where `failed` says so; [`crate::verify()`] has found nothing
    /// against it.
    pub plan: Plan,
    /// The rule-based plan for the same problem, for comparison.
    pub rules: Plan,
    /// Why `plan` is rule-based: a stage of the optimisation gave no solution, or the checker refused
    /// what it gave.
    pub failed: Option<SolveError>,
}
