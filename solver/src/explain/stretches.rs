//! Blocks of hours through which a set runs, stands in or outside quiet hours, or is out of reach.

use crate::plan::Plan;
use crate::problem::Problem;

/// A block of hours of one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) set: String,
    pub(super) first: usize,
    /// The step after its last.
    pub(super) after: usize,
    pub(super) on: bool,
    pub(super) available: bool,
}

/// The blocks of all sets, the earliest first.
pub(super) fn stretches(problem: &Problem, plan: &Plan) -> Vec<Stretch> {
    let mut list: Vec<Stretch> = Vec::new();
    for (id, set) in &plan.genset {
        // A set may stand for another reason in quiet hours than outside them.
        let quiet = |t: usize| !set.running[t] && problem.quiet_sets(t).is_some();
        let state = |t: usize| (set.running[t], problem.set_can_run(id, t), quiet(t));
        let mut first = 0;
        for after in 1..=plan.grid.len() {
            if after == plan.grid.len() || state(after) != state(first) {
                let (on, available, _) = state(first);
                list.push(Stretch { set: id.clone(), first, after, on, available });
                first = after;
            }
        }
    }
    list.sort_by_key(|s| s.first);
    list
}
