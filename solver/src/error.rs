//! Why there is no plan from the optimiser. The caller then publishes the rule-based one.

use crate::fault::Fault;
use crate::verify::Violation;
use thiserror::Error;

/// What a back end can answer instead of a solution.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BackendFailure {
    /// No point satisfies every row: a fault in data or code, because service levels are soft.
    #[error("the model has no solution")]
    Infeasible,
    /// The objective has no lower limit: a fault in code.
    #[error("the model is unbounded")]
    Unbounded,
    /// The time limit came before the first solution.
    #[error("no solution within the time limit")]
    NoSolutionInTime,
    /// Anything else, in the solver's words.
    #[error("solver error: {0}")]
    Other(String),
}

/// Why [`crate::solve()`] gives no plan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SolveError {
    /// The problem breaks its own rules; every fault is listed.
    #[error("the problem has {} fault(s); first: {}", .0.len(), first(.0))]
    Problem(Vec<Fault>),
    /// A stage of the optimisation gave no solution.
    #[error("stage {stage}: {failure}")]
    Stage {
        /// The stage: `shortfall`, `cost` or `preference`.
        stage: String,
        /// What the back end said.
        failure: BackendFailure,
    },
    /// The optimiser's plan broke a rule of the independent checker.
    #[error("the checker refused the plan: {} violation(s); first: {}", .0.len(), first(.0))]
    Refused(Vec<Violation>),
}

fn first<T: ToString>(list: &[T]) -> String {
    list.first().map(ToString::to_string).unwrap_or_default()
}
