//! The books of loads that a plan places: stores of heat and cold, and batches.

use super::{Books, Decisions, NEGLIGIBLE, tidied, tidy};
use crate::plan::{BatchPlan, ThermalPlan};
use crate::rank::ShortfallClass;
use crate::site::ById;

impl Books<'_> {
    pub(super) fn heat_stores(&mut self, d: &Decisions) -> ById<ThermalPlan> {
        let problem = self.problem;
        let mut plans = ById::new();
        for (id, store) in &problem.site.thermal_store {
            let heater_kw: Vec<f64> =
                tidied(&d.heater_kw[id]).iter().map(|kw| kw.min(store.heater_kw)).collect();
            let asked = &problem.series.heat_kw[id];
            let unserved_kw: Vec<f64> = std::iter::zip(&d.heat_unserved_kw[id], asked)
                .map(|(u, asked)| if store.is_cold() { 0.0 } else { u.min(*asked) })
                .map(|u| if u > NEGLIGIBLE { tidy(u) } else { 0.0 })
                .collect();
            let drawn_kw: Vec<f64> =
                std::iter::zip(asked, &unserved_kw).map(|(a, u)| tidy(a - u)).collect();
            let mut stored = problem.start.heat_kwh(&problem.site, id);
            let (mut stored_kwh, mut warm_kwh) = (Vec::new(), Vec::new());
            for t in 0..problem.grid.len() {
                let dt = problem.grid.dt_h(t);
                stored = store.after(stored, dt) + dt * (heater_kw[t] - drawn_kw[t]);
                let warm = if store.is_cold() { (-stored).max(0.0) } else { 0.0 };
                stored_kwh.push(tidy(stored + warm));
                warm_kwh.push(tidy(warm));
            }
            let path = format!("thermal_store.{id}");
            let by_step = self.over_time(unserved_kw.iter().copied());
            self.declare(ShortfallClass::LoadT3, path.clone(), by_step);
            let below = stored_kwh.iter().map(|kwh| (store.least_kwh() - kwh).max(0.0));
            let mut missing =
                self.over_time(std::iter::zip(below, &warm_kwh).map(|(below, warm)| below + warm));
            for t in problem.heat_ready_steps(id) {
                // What is missing at its hour counts as if it were missing for an hour.
                let late = store.ready_kwh() - stored_kwh[t];
                missing[t] += if late > NEGLIGIBLE { tidy(late) } else { 0.0 };
            }
            let class = if store.is_cold() { ShortfallClass::Cold } else { ShortfallClass::Heat };
            self.declare(class, path.clone(), missing);
            let target = problem.end.heat_kwh.get(id).copied().unwrap_or(0.0);
            self.declare_end(ShortfallClass::EndStockHeat, path, target, &stored_kwh);
            let fill_frac = stored_kwh.iter().map(|kwh| tidy(kwh / store.store_kwh)).collect();
            let plan =
                ThermalPlan { heater_kw, drawn_kw, unserved_kw, stored_kwh, fill_frac, warm_kwh };
            plans.insert(id.clone(), plan);
        }
        plans
    }

    pub(super) fn batches(&mut self, d: &Decisions) -> ById<BatchPlan> {
        let problem = self.problem;
        let mut plans = ById::new();
        for (id, batch) in &problem.site.batch {
            let started: Vec<u32> = d.batch_started[id].iter().map(|n| whole(*n)).collect();
            let before = problem.batches_before(id);
            let mut asked_kw: Vec<f64> =
                before.iter().map(|(by_share, _)| batch.batch_kw * by_share).collect();
            let mut running: Vec<u32> = before.iter().map(|(_, count)| whole(*count)).collect();
            for (start, count) in started.iter().enumerate().filter(|(_, count)| **count > 0) {
                for (of, share) in problem.batch_runs_in(id, start) {
                    asked_kw[of] += f64::from(*count) * share * batch.batch_kw;
                    running[of] += *count;
                }
            }
            let unserved_kw: Vec<f64> = std::iter::zip(&d.batch_unserved_kw[id], &asked_kw)
                .map(|(u, asked)| if *u > NEGLIGIBLE { tidy(u.min(*asked)) } else { 0.0 })
                .collect();
            let served_kw =
                std::iter::zip(&asked_kw, &unserved_kw).map(|(a, u)| tidy(a - u)).collect();
            let mut by_step = self.over_time(unserved_kw.iter().copied());
            for day in problem.batch_days(id) {
                let run: u32 = day.steps.iter().map(|t| started[*t]).sum();
                let missed = f64::from(day.asked.saturating_sub(run));
                by_step[day.due] += tidy(missed * batch.energy_kwh());
            }
            self.declare(ShortfallClass::LoadT3, format!("batch.{id}"), by_step);
            plans.insert(id.clone(), BatchPlan { started, running, served_kw, unserved_kw });
        }
        plans
    }
}

/// The whole number that a solver means by `value`.
fn whole(value: f64) -> u32 {
    let near = value.round().max(0.0);
    (0..=1000).find(|n| f64::from(*n) >= near).unwrap_or(0)
}
