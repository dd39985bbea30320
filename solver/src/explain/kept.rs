//! What the plan in force comes to in a newer problem: its sets run on as it has them, everything else
//! is dispatched anew. Beside the new plan it tells whether a change pays.

use super::held::Held;
use super::pumps;
use crate::account::hold_to_agreed;
use crate::error::{BackendFailure, SolveError};
use crate::plan::Plan;
use crate::problem::Problem;
use std::time::{Duration, Instant};

/// The new problem with the sets of the plan in force, settled by the same books as every plan; nothing
/// where they cannot run on so (hardware never gives).
///
/// A step takes the sets of the step of `running` that holds its middle, and beyond the end of
/// `running` those of `new`, a plan of this problem. Wells and trains run in any portion, and least
/// times are not asked of the seam between the two: what is found is at most what keeping would cost.
pub fn keep(
    problem: &Problem,
    new: &Plan,
    running: &Plan,
    time_limit_s: f64,
) -> Result<Option<Plan>, SolveError> {
    let of_stage = |failure| SolveError::Stage { stage: "the plan in force".to_owned(), failure };
    let deadline = Instant::now() + Duration::from_secs_f64(time_limit_s.clamp(0.0, 600.0));
    let (agreed, problem) =
        (problem, &problem.with_upkeep().with_burn_offs_run(|id, t| new.running_kw(id, t)));
    let asked = pumps::in_any_portion(problem);
    let Some(both) = with_sets_of(problem, new, running) else { return Ok(None) };
    let mut held = Held::new(&asked, &both, 0).map_err(of_stage)?;
    match held.solve(None, deadline) {
        Ok(answer) => {
            let mut kept = answer.plan;
            hold_to_agreed(agreed, &mut kept);
            Ok(Some(kept))
        }
        Err(BackendFailure::Infeasible) => Ok(None),
        Err(failure) => Err(of_stage(failure)),
    }
}

/// `new` with the sets of `running` for as long as that lasts; nothing where one of them is out of use.
fn with_sets_of(problem: &Problem, new: &Plan, running: &Plan) -> Option<Plan> {
    let mut both = new.clone();
    let grid = &new.grid;
    for t in 0..grid.len() {
        let middle = grid.start_of(t) + (grid.start_of(t + 1) - grid.start_of(t)) / 2;
        let Some(step) = running.grid.index_at(middle) else { continue };
        for (id, set) in &mut both.genset {
            let Some(old) = running.genset.get(id) else { continue };
            if old.running[step] && !problem.set_can_run(id, t) {
                return None;
            }
            set.running[t] = old.running[step];
            set.power_kw[t] = old.power_kw[step];
        }
    }
    Some(both)
}
