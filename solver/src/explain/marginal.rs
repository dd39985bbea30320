//! What one more kWh in an hour, and one more m3 on a day, would burn: the dispatch is solved anew with
//! it, the commitment held. The draw is a consumer's: reserve and N-1 have to carry it too.

use super::Clock;
use super::answer::{Explanation, HourPrice, WaterPrice};
use super::held::{Answer, Held};
use crate::error::BackendFailure;
use crate::problem::Problem;

/// Adds the prices to what is told.
pub(super) fn prices(
    problem: &Problem,
    held: &mut Held<'_>,
    base: &Answer,
    clock: &Clock<'_>,
    told: &mut Explanation,
) {
    let grid = &problem.grid;
    let length_h = |steps: &[usize]| steps.iter().map(|t| grid.dt_h(*t)).sum::<f64>();
    let ends = |steps: &[usize]| {
        let (first, last) = (steps[0], steps[steps.len() - 1]);
        (grid.start_of(first), grid.start_of(last + 1))
    };
    let mut price = |tank: Option<&str>, steps: &[usize]| {
        if clock.is_over() {
            return Err(BackendFailure::NoSolutionInTime);
        }
        held.more_l(base, tank, steps, 1.0 / length_h(steps), clock.until)
    };
    let (mut late, mut failed) = (0, 0);
    let mut note = |failure: &BackendFailure| match failure {
        BackendFailure::NoSolutionInTime => late += 1,
        BackendFailure::Infeasible | BackendFailure::Unbounded | BackendFailure::Other(_) => {
            failed += 1;
        }
    };
    // Water first: it has a few prices only.
    for tank in problem.site.tank.keys() {
        for steps in grid.steps_by_day() {
            match price(Some(tank), &steps) {
                Ok(fuel_l_per_m3) => {
                    let ((from, to), tank) = (ends(&steps), tank.clone());
                    told.water.push(WaterPrice { tank, from, to, fuel_l_per_m3 });
                }
                Err(failure) => note(&failure),
            }
        }
    }
    for steps in hours(problem) {
        match price(None, &steps) {
            Ok(fuel_l_per_kwh) => {
                let (from, to) = ends(&steps);
                told.electricity.push(HourPrice { from, to, fuel_l_per_kwh });
            }
            Err(failure) => note(&failure),
        }
    }
    if late > 0 {
        told.left_out.push(format!("prices of a kWh or an m3: {late}"));
    }
    if failed > 0 {
        told.left_out.push(format!("prices of a kWh or an m3, for the solver failed: {failed}"));
    }
}

/// The steps of each local hour.
fn hours(problem: &Problem) -> Vec<Vec<usize>> {
    let grid = &problem.grid;
    let hour = |t: usize| grid.local_day(t) * 24 + i64::from(grid.local_minute(t) / 60);
    let mut list: Vec<Vec<usize>> = Vec::new();
    for t in 0..grid.len() {
        match list.last_mut() {
            Some(steps) if hour(steps[0]) == hour(t) => steps.push(t),
            _ => list.push(vec![t]),
        }
    }
    list
}
