//! The books of treatment lines: product, a day's quota, starts and short runs.

use super::{Books, Decisions, NEGLIGIBLE, tidied, tidy};
use crate::plan::TreatmentPlan;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::{ById, Treatment};

impl Books<'_> {
    pub(super) fn treatment(&mut self, d: &Decisions) -> ById<TreatmentPlan> {
        let problem = self.problem;
        let mut plans = ById::new();
        for (id, line) in &problem.site.treatment {
            let flow_m3_per_h = tidied(&d.treatment_m3_per_h[id]);
            let demand_kw =
                flow_m3_per_h.iter().map(|f| tidy(f * line.energy_kwh_per_m3)).collect();
            let whole = |n: &f64| (0..=line.trains).rev().find(|k| f64::from(*k) < n + 0.5);
            let trains = d.treatment_trains[id].iter();
            let trains_running: Vec<u32> = trains.map(|n| whole(n).unwrap_or(0)).collect();
            let path = format!("treatment.{id}");
            if let Some(daily_m3) = line.daily_product_m3 {
                let by_step = missing_product(problem, daily_m3, &flow_m3_per_h);
                self.declare(ShortfallClass::Water, path.clone(), by_step);
            }
            let mut by_step = starts_over(problem, id, line, &trains_running);
            for (t, short) in short_runs(problem, id, line, &trains_running).iter().enumerate() {
                by_step[t] += short;
            }
            self.declare(ShortfallClass::Starts, path, by_step);
            plans.insert(id.clone(), TreatmentPlan { trains_running, flow_m3_per_h, demand_kw });
        }
        plans
    }
}

fn missing_product(problem: &Problem, daily_m3: f64, flow_m3_per_h: &[f64]) -> Vec<f64> {
    let mut by_step = vec![0.0; problem.grid.len()];
    for steps in problem.grid.steps_by_day() {
        let dt = |t: &usize| problem.grid.dt_h(*t);
        let asked = daily_m3 * steps.iter().map(dt).sum::<f64>() / 24.0;
        let made: f64 = steps.iter().map(|t| dt(t) * flow_m3_per_h[*t]).sum();
        if let (Some(last), true) = (steps.last(), asked - made > NEGLIGIBLE) {
            by_step[*last] = tidy(asked - made);
        }
    }
    by_step
}

/// Starts of a local day beyond those that its trains may have, in the day's last step.
fn starts_over(problem: &Problem, id: &str, line: &Treatment, trains: &[u32]) -> Vec<f64> {
    let mut by_step = vec![0.0; trains.len()];
    let Some(most) = line.max_starts_per_day else { return by_step };
    let start = problem.start.treatment(id);
    let (mut before, mut starts) = (start.trains_running, start.today_starts);
    for steps in problem.grid.steps_by_day() {
        for t in &steps {
            starts += trains[*t].saturating_sub(before);
            before = trains[*t];
        }
        if let Some(last) = steps.last() {
            by_step[*last] = f64::from(starts.saturating_sub(most * line.trains));
        }
        starts = 0;
    }
    by_step
}

/// Runs that end before their least time, in the step of the stop. Of the trains that could stop, one
/// that has run long enough does, else the youngest. An outage ends a run without making it short.
fn short_runs(problem: &Problem, id: &str, line: &Treatment, trains: &[u32]) -> Vec<f64> {
    const NEAR_H: f64 = 1e-9;
    let mut by_step = vec![0.0; trains.len()];
    let least_h = line.min_run_h.unwrap_or(0.0);
    let start = problem.start.treatment(id);
    // Hours that each running train has run, the oldest first.
    let mut run_h = vec![start.for_h; start.trains_running as usize];
    for (t, wanted) in trains.iter().enumerate() {
        let wanted = *wanted as usize;
        while run_h.len() > wanted {
            let is_old = run_h.first().is_some_and(|h| h + NEAR_H >= least_h);
            if is_old {
                run_h.remove(0);
            } else {
                run_h.pop();
                let out = !problem.is_available("treatment", id, t);
                by_step[t] += if out { 0.0 } else { 1.0 };
            }
        }
        run_h.resize(wanted, 0.0);
        for h in &mut run_h {
            *h += problem.grid.dt_h(t);
        }
    }
    by_step
}
