//! Heaters and batches by the rules: heat is held at what is asked for at its hour, batches start as
//! early as their window allows. Both wait while load or reserve would fall short.

use super::{CampState, push};
use crate::account::Decisions;
use crate::problem::Problem;
use crate::site::ById;

/// What heaters and batches do in one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Placed {
    heater_kw: ById<f64>,
    started: ById<u32>,
    /// Power of the batches that run, without those that start now, kW.
    running_kw: ById<f64>,
    /// The same with those that start now, kW.
    batch_kw: ById<f64>,
}

impl Placed {
    /// What a well-set thermostat and an eager laundry would do.
    pub(super) fn control(problem: &Problem, t: usize, camp: &CampState) -> Self {
        let (site, dt) = (&problem.site, problem.grid.dt_h(t));
        let mut placed = Self::default();
        for (id, store) in &site.thermal_store {
            let end = problem.end.heat_kwh.get(id).copied().unwrap_or(0.0);
            let target = (store.held_frac() * store.store_kwh).max(end);
            let kept = store.after(camp.heat_kwh[id], dt);
            let wanted = (target - kept) / dt + problem.series.heat_kw[id][t];
            let usable = problem.is_available("thermal_store", id, t);
            let most = if usable { store.heater_kw } else { 0.0 };
            placed.heater_kw.insert(id.clone(), wanted.clamp(0.0, most));
        }
        for (id, batch) in &site.batch {
            let running = &camp.batch_share[id];
            let running_kw = batch.batch_kw * running[t].0;
            let day = camp.batch_days[id].iter().find(|d| d.steps.contains(&t));
            let runs = problem.batch_runs_in(id, t);
            // Machines that are free for the whole of a batch.
            let busy = runs.iter().map(|(of, _)| running[*of].1).fold(0.0, f64::max);
            let free = f64::from(batch.max_at_once) - busy;
            let left = day.map_or(0, |d| d.left);
            let started = (0..=left).rev().find(|n| f64::from(*n) <= free).unwrap_or(0);
            let share = runs.first().map_or(0.0, |(_, share)| *share);
            let starting_kw = f64::from(started) * share * batch.batch_kw;
            placed.running_kw.insert(id.clone(), running_kw);
            placed.batch_kw.insert(id.clone(), running_kw + starting_kw);
            placed.started.insert(id.clone(), started);
        }
        placed
    }

    /// The same with heaters off and no new batch.
    pub(super) fn waiting(self) -> Self {
        let none = self.heater_kw.keys().map(|id| (id.clone(), 0.0)).collect();
        Self {
            heater_kw: none,
            started: self.started.keys().map(|id| (id.clone(), 0)).collect(),
            batch_kw: self.running_kw.clone(),
            running_kw: self.running_kw,
        }
    }

    /// Power of heaters and batches, kW.
    pub(super) fn demand_kw(&self) -> f64 {
        self.heater_kw.values().chain(self.batch_kw.values()).sum()
    }

    /// Power that cannot wait: of batches that run already, kW.
    pub(super) fn running_kw(&self) -> f64 {
        self.running_kw.values().sum()
    }

    /// Writes the step down; `short_kw` is what batches do not get. Gives back what is still short.
    pub(super) fn apply(
        &self,
        problem: &Problem,
        t: usize,
        camp: &mut CampState,
        d: &mut Decisions,
        mut short_kw: f64,
    ) -> f64 {
        let dt = problem.grid.dt_h(t);
        for (id, store) in &problem.site.thermal_store {
            let asked = problem.series.heat_kw[id][t];
            let kept = store.after(camp.heat_kwh[id], dt);
            // The last tenth stays in the store: taps run cold before it is empty.
            let spare = kept + dt * self.heater_kw[id] - store.least_kwh().min(kept);
            let drawn = if store.is_cold() { asked } else { asked.min(spare / dt).max(0.0) };
            if let Some(heat) = camp.heat_kwh.get_mut(id) {
                *heat = kept + dt * (self.heater_kw[id] - drawn);
            }
            push(&mut d.heater_kw, id, self.heater_kw[id]);
            push(&mut d.heat_unserved_kw, id, asked - drawn);
        }
        for id in problem.site.batch.keys() {
            let started = self.started[id];
            if let Some(running) = camp.batch_share.get_mut(id).filter(|_| started > 0) {
                for (of, share) in problem.batch_runs_in(id, t) {
                    running[of].0 += f64::from(started) * share;
                    running[of].1 += f64::from(started);
                }
            }
            for day in camp.batch_days.get_mut(id).into_iter().flatten() {
                if day.steps.contains(&t) {
                    day.left -= started;
                }
            }
            let unserved = short_kw.min(self.batch_kw[id]);
            short_kw -= unserved;
            push(&mut d.batch_started, id, f64::from(started));
            push(&mut d.batch_unserved_kw, id, unserved);
        }
        short_kw
    }
}
