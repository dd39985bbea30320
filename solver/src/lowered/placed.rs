//! Loads that a plan places: heaters and batches.

use super::Worth;
use crate::problem::{BatchDay, Problem};

/// A store of heat or cold.
#[derive(Debug)]
pub(crate) struct HeatStore {
    pub(crate) id: String,
    pub(crate) is_cold: bool,
    pub(crate) heater_max_kw: Vec<f64>,
    pub(crate) drawn_kw: Vec<f64>,
    /// Share of the heat that is kept over each step.
    pub(crate) kept: Vec<f64>,
    pub(crate) store_kwh: f64,
    pub(crate) least_kwh: f64,
    pub(crate) ready_kwh: f64,
    /// Steps at whose end the ready heat is asked for.
    pub(crate) ready_steps: Vec<usize>,
    pub(crate) start_kwh: f64,
    pub(crate) end_kwh: f64,
    pub(crate) worth: Worth,
}

/// Batches of one kind.
#[derive(Debug)]
pub(crate) struct BatchWork {
    pub(crate) id: String,
    pub(crate) batch_kw: f64,
    pub(crate) energy_kwh: f64,
    pub(crate) max_at_once: f64,
    pub(crate) days: Vec<BatchDay>,
    /// For each step, the steps whose starts run in it, with the share of the step that they do.
    pub(crate) runs: Vec<Vec<(usize, f64)>>,
    /// For each step, how many batches from before the horizon run in it, by their share of it.
    pub(crate) before: Vec<f64>,
    /// For each step, how many of them run in it at all.
    pub(crate) before_count: Vec<f64>,
}

pub(super) fn heat_stores(problem: &Problem) -> Vec<HeatStore> {
    let steps = 0..problem.grid.len();
    let one = |(id, store): (&String, &crate::site::ThermalStore)| HeatStore {
        id: id.clone(),
        is_cold: store.is_cold(),
        heater_max_kw: problem
            .availability("thermal_store", id)
            .iter()
            .map(|ok| if *ok { store.heater_kw } else { 0.0 })
            .collect(),
        drawn_kw: problem.series.heat_kw[id].clone(),
        kept: steps.clone().map(|t| store.kept_frac(problem.grid.dt_h(t))).collect(),
        store_kwh: store.store_kwh,
        least_kwh: store.least_kwh(),
        ready_kwh: store.ready_kwh(),
        ready_steps: problem.heat_ready_steps(id),
        start_kwh: problem.start.heat_kwh(&problem.site, id),
        end_kwh: problem.end.heat_kwh.get(id).copied().unwrap_or(0.0),
        worth: Worth::default(),
    };
    problem.site.thermal_store.iter().map(one).collect()
}

pub(super) fn batch_work(problem: &Problem) -> Vec<BatchWork> {
    let grid = &problem.grid;
    let mut list = Vec::new();
    for (id, batch) in &problem.site.batch {
        let days = problem.batch_days(id);
        let mut runs = vec![Vec::new(); grid.len()];
        for start in days.iter().flat_map(|d| &d.steps) {
            for (of, share) in problem.batch_runs_in(id, *start) {
                runs[of].push((*start, share));
            }
        }
        let before = problem.batches_before(id);
        list.push(BatchWork {
            id: id.clone(),
            batch_kw: batch.batch_kw,
            energy_kwh: batch.energy_kwh(),
            max_at_once: f64::from(batch.max_at_once),
            days,
            runs,
            before: before.iter().map(|(by_share, _)| *by_share).collect(),
            before_count: before.iter().map(|(_, whole)| *whole).collect(),
        });
    }
    list
}
