//! What the starts of a set take, hot or cold.

use crate::problem::Problem;
use crate::site::Genset;

const TOLERANCE_H: f64 = 1e-9;

/// Fuel and wear of one start after a time off: L, money.
pub(crate) fn of_one(set: &Genset, off_h: f64) -> (f64, f64) {
    let colder = set.start_tiers.iter().rfind(|tier| off_h + TOLERANCE_H >= tier.after_off_h);
    colder.map_or((set.start_fuel_l, set.start_cost), |tier| (tier.start_fuel_l, tier.start_cost))
}

/// Fuel and wear of all starts of a set in a plan: L, money.
pub(super) fn totals(problem: &Problem, id: &str, running: &[bool]) -> (f64, f64) {
    let by_step = by_step(problem, id, running);
    by_step.iter().fold((0.0, 0.0), |(l, cost), (_, one)| (l + one.0, cost + one.1))
}

/// The steps with which a set starts, each with the fuel and the wear of it: L, money.
pub(super) fn by_step(problem: &Problem, id: &str, running: &[bool]) -> Vec<(usize, (f64, f64))> {
    let set = &problem.site.genset[id];
    let start = problem.start.genset(id);
    let mut ran = start.running;
    let mut off_since_h = -start.for_h;
    let mut starts = Vec::new();
    for (t, on) in running.iter().enumerate() {
        let at_h = problem.grid.offset_h(t);
        if *on && !ran {
            starts.push((t, of_one(set, at_h - off_since_h)));
        } else if !*on && ran {
            off_since_h = at_h;
        }
        ran = *on;
    }
    starts
}
