//! The camp with pumps and trains that give any flow: one m3 more is then worth what it takes on the
//! average, not a run more or none, and no difference between two dispatches is one of rounding.

use crate::problem::Problem;
use crate::site::PumpControl;

/// The same problem, its water to be had in any portion. Days and limits stay as m3.
pub(super) fn in_any_portion(problem: &Problem) -> Problem {
    let mut problem = problem.clone();
    for well in problem.site.well.values_mut() {
        well.control = Some(PumpControl::Variable);
        let rest_h = well.min_rest_h.take().unwrap_or(0.0);
        let most_h = well.max_hours_per_day.take().unwrap_or(24.0).min(24.0 - rest_h);
        let most_m3 = most_h * well.flow_m3_per_h;
        well.daily_cap_m3 = Some(well.daily_cap_m3.unwrap_or(f64::INFINITY).min(most_m3));
    }
    for line in problem.site.treatment.values_mut() {
        line.min_product_frac = Some(0.0);
        line.min_run_h = Some(0.0);
        line.max_starts_per_day = None;
        line.flush_m3_per_stop = Some(0.0);
    }
    for plant in problem.site.wastewater.values_mut() {
        plant.min_kw = Some(0.0);
    }
    problem
}
