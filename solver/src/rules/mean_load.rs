//! How much the last 24 h leave of the mean load that a set may have.

use crate::account::Decisions;
use crate::problem::Problem;

/// Load under this share of the rating counts as this share (ISO 8528-1).
const LEAST_COUNTED_FRAC: f64 = 0.30;

/// Load of a running set above the mean that it may have, kW; `None`: any mean will do.
pub(super) fn above_kw(problem: &Problem, id: &str, kw: f64) -> Option<f64> {
    let set = &problem.site.genset[id];
    let most_frac = set.mean_load_24h_max_frac?;
    Some(kw.max(LEAST_COUNTED_FRAC * set.rated_kw) - most_frac * set.rated_kw)
}

/// What a set may go above its mean in step `t`, kWh: what it stayed below it in the 24 h that end
/// with the step.
pub(super) fn room_kwh(problem: &Problem, t: usize, id: &str, past: &Decisions) -> f64 {
    let grid = &problem.grid;
    let begin_h = grid.offset_h(t + 1) - 24.0;
    let mut room = 0.0;
    let told = problem.start.genset(id).last_24h_kw;
    for (i, kw) in told.iter().enumerate().filter(|(_, kw)| **kw > 0.0) {
        let end_h = (i + 1) as f64 - told.len() as f64;
        let within_h = (end_h - begin_h).clamp(0.0, 1.0);
        room -= within_h * above_kw(problem, id, *kw).unwrap_or(0.0);
    }
    let (Some(running), Some(power_kw)) = (past.running.get(id), past.power_kw.get(id)) else {
        return room;
    };
    let mut end_h = grid.offset_h(t);
    for s in (0..t).rev() {
        let within_h = (end_h - begin_h).min(grid.dt_h(s));
        if within_h <= 0.0 {
            break;
        }
        if running[s] {
            room -= within_h * above_kw(problem, id, power_kw[s]).unwrap_or(0.0);
        }
        end_h -= grid.dt_h(s);
    }
    room
}
