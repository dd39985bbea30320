//! The model of the cost stage for other solvers.

use super::{Run, SolveOptions, placed};
use crate::error::SolveError;
use crate::mps;
use crate::problem::Problem;

/// Writes the model of the cost stage in free MPS format: its optimum lies between the plan's bound
/// and its cost. Shortfalls are capped, class by class, at the least that the stages before found.
pub fn write_mps(problem: &Problem, options: &SolveOptions) -> Result<String, SolveError> {
    let placed = placed(problem)?;
    let mut run = Run::prepare(problem, &placed, options);
    run.cost_stage()?;
    let cost = run.cost_expression();
    Ok(mps::write(&run.model, &problem.site.name, &cost, &run.caps, &run.bounds))
}
