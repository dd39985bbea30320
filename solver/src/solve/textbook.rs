//! The same problem as textbooks write it, for a solver alone: the yardstick of the fast way.
//!
//! Every set is a fleet of one, so the block of sets becomes the three-binary formulation: `on`,
//! `started` and `stopped` are 0 or 1, and least times are turn-on inequalities (Rajan and Takriti). A
//! set has one `on` for each convex piece of its fuel curve. Sets share load by
//! `block/committed/sharing.rs`; like sets are neither counted nor ordered, and no row stands here that
//! a rule does not ask for. Pumps, trains, batches and aeration are whole from the start.
//!
//! Shortfalls are capped, class by class, at those of a plan that is known. So the cost alone is left
//! to be found, the plan is one of its points, and the search for the least shortfall is a gift.

use super::{Run, SolveOptions, placed};
use crate::error::SolveError;
use crate::lowered::lower_apart;
use crate::mps;
use crate::plan::Plan;
use crate::problem::Problem;

/// Writes the textbook formulation of a problem in free MPS format: the least cost with no more
/// shortfall than `plan` has.
pub fn textbook_mps(problem: &Problem, plan: &Plan) -> Result<String, SolveError> {
    let options = SolveOptions::default();
    let placed = placed(problem)?;
    let mut run = Run::over(problem, &placed, &options, &lower_apart);
    let mut whole = Vec::new();
    for step in run.blocks.iter().filter_map(|b| b.fleet()).flat_map(|fleet| &fleet.steps) {
        whole.extend([step.started, step.stopped].map(|v| run.model.position(v)));
    }
    for at in whole {
        run.model.columns[at].integer = true;
    }
    for column in &mut run.model.columns {
        column.rounded = false;
    }
    let classes: Vec<_> = run.model.ledger.shortfall.keys().copied().collect();
    for class in classes {
        run.cap(class, plan.shortfall_total(class));
    }
    let cost = run.cost_expression();
    Ok(mps::write(&run.model, &problem.site.name, &cost, &run.caps, &run.bounds))
}
