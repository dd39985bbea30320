//! Which combinations of sets the rules may try.

use super::{CampState, SetState};
use crate::problem::Problem;
use crate::site::MinimumLoad;

/// Beyond this many sets, only the merit order is tried, not every combination.
const MOST_COMBINED: usize = 10;

/// Combinations of sets that their timers and their availability allow.
pub(super) fn combinations(problem: &Problem, t: usize, camp: &CampState) -> Vec<Vec<String>> {
    const TOLERANCE_H: f64 = 1e-9;
    let site = &problem.site;
    let passed = problem.grid.start_of(t) - problem.grid.start;
    let passed_h = passed.as_seconds_f64() / 3600.0;
    let (mut must, mut may) = (Vec::new(), Vec::new());
    for SetState { id, running, for_h, .. } in &camp.sets {
        let set = &site.genset[id];
        if !problem.set_can_run(id, t) {
            continue;
        }
        let free = if *running { set.min_up_h } else { set.min_down_h };
        let before_plan = *for_h > passed_h + TOLERANCE_H;
        let unloaded = *running && before_plan && set.min_load == MinimumLoad::Hard;
        if problem.must_run(id, t) && (*running || for_h + TOLERANCE_H >= free) {
            must.push(id.clone());
        } else if for_h + TOLERANCE_H >= free || unloaded {
            may.push(id.clone());
        } else if *running {
            must.push(id.clone());
        }
    }
    // Merit order: fewest litres per kWh at full load first.
    let full_load = |id: &String| {
        let set = &site.genset[id];
        set.fuel_curve_l_per_h.last().copied().unwrap_or(0.0) / set.rated_kw
    };
    may.sort_by(|a, b| full_load(a).total_cmp(&full_load(b)));
    let with = |chosen: Vec<String>| must.iter().cloned().chain(chosen).collect();
    if may.len() > MOST_COMBINED {
        return (0..=may.len()).map(|n| with(may[..n].to_vec())).collect();
    }
    let chosen = |mask: usize| {
        let sets = may.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
        sets.map(|(_, id)| id.clone()).collect()
    };
    (0..1_usize << may.len()).map(|mask| with(chosen(mask))).collect()
}
