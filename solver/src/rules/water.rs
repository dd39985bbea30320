//! Water by the rules: every tank is held at its target by what fills it. Pumps and trains that are on
//! or off are switched whole, with a band against flicker.

mod control;
mod limit;
mod state;

pub(super) use control::control;
pub(super) use state::Plant;

use super::{CampState, push};
use crate::account::Decisions;
use crate::problem::Problem;
use crate::site::{ById, Treatment};

/// What a treatment line makes in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    trains: usize,
    flow_m3_per_h: f64,
}

impl Made {
    /// The most that a line can make without making more than `wanted_m3_per_h`.
    fn at_most(line: &Treatment, trains: usize, wanted_m3_per_h: f64) -> Self {
        let (train, least) = (line.train_m3_per_h, line.least_m3_per_h());
        let fits = |n: &usize| *n as f64 * least <= wanted_m3_per_h + 1e-9;
        let runs = (0..=trains).rev().find(fits).unwrap_or(0);
        let flow_m3_per_h = wanted_m3_per_h.clamp(0.0, runs as f64 * train);
        // Trains whose product nobody needs stand, where that is lawful.
        let needed = (0..=runs).find(|n| *n as f64 * train + 1e-9 >= flow_m3_per_h).unwrap_or(runs);
        Self { trains: if least > 0.0 { runs } else { needed }, flow_m3_per_h }
    }
}

/// What a wastewater plant does in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Treated {
    flow_m3_per_h: f64,
    kw: f64,
}

/// The water plant in one step, m3/h.
#[derive(Debug, Clone)]
pub(super) struct Water {
    well: ById<f64>,
    line: ById<Made>,
    sewage: ById<Treated>,
    delivered: ById<f64>,
}

impl Water {
    /// No flow at all.
    pub(super) fn closed(problem: &Problem) -> Self {
        let site = &problem.site;
        let none = |id: &String| (id.clone(), 0.0);
        Self {
            well: site.well.keys().map(none).collect(),
            line: site.treatment.keys().map(|id| (id.clone(), Made::default())).collect(),
            sewage: site.wastewater.keys().map(|id| (id.clone(), Treated::default())).collect(),
            delivered: site.taps.keys().map(none).collect(),
        }
    }

    /// The same without wells and treatment: the taps take what the tanks can give.
    pub(super) fn taps_only(self, problem: &Problem, t: usize, camp: &CampState) -> Self {
        let mut water = Self { delivered: self.delivered, ..Self::closed(problem) };
        limit::keep_between_floor_and_rim(problem, &mut water, t, camp);
        water
    }

    pub(super) fn demand_kw(&self, problem: &Problem) -> f64 {
        let site = &problem.site;
        let wells = self.well.iter().map(|(id, f)| f * site.well[id].energy_kwh_per_m3());
        let lines = self
            .line
            .iter()
            .map(|(id, made)| made.flow_m3_per_h * site.treatment[id].energy_kwh_per_m3);
        let taps = self.delivered.iter().map(|(id, f)| f * site.taps[id].booster_kwh_per_m3);
        let sewage = self.sewage.values().map(|treated| treated.kw);
        wells.chain(lines).chain(taps).chain(sewage).sum()
    }

    /// Net flow into a tank, m3/h; a start of a train takes its flush along.
    fn net(&self, problem: &Problem, t: usize, plant: &Plant, tank: &str) -> f64 {
        let site = &problem.site;
        let mut net = 0.0;
        for (id, flow) in &self.well {
            net += if site.well[id].to_tank == tank { *flow } else { 0.0 };
        }
        for (id, made) in &self.line {
            let line = &site.treatment[id];
            net += if line.to_tank == tank { made.flow_m3_per_h } else { 0.0 };
            if line.from_tank == tank {
                let starts = made.trains.saturating_sub(plant.line[id].run_h.len()) as f64;
                let flush_m3 = starts * line.flush_m3_per_stop.unwrap_or(0.0);
                net -= made.flow_m3_per_h / line.recovery_frac + flush_m3 / problem.grid.dt_h(t);
            }
        }
        for (id, flow) in &self.delivered {
            net -= if site.taps[id].from_tank == tank { *flow } else { 0.0 };
        }
        net
    }

    pub(super) fn apply(
        &self,
        problem: &Problem,
        t: usize,
        camp: &mut CampState,
        d: &mut Decisions,
    ) {
        for tank in problem.site.tank.keys() {
            let change = problem.grid.dt_h(t) * self.net(problem, t, &camp.plant, tank);
            if let Some(level) = camp.level_m3.get_mut(tank) {
                *level += change;
            }
        }
        for (id, flow) in &self.well {
            push(&mut d.well_m3_per_h, id, *flow);
        }
        for (id, made) in &self.line {
            push(&mut d.treatment_m3_per_h, id, made.flow_m3_per_h);
            push(&mut d.treatment_trains, id, made.trains as f64);
        }
        for (id, treated) in &self.sewage {
            push(&mut d.wastewater_m3_per_h, id, treated.flow_m3_per_h);
            push(&mut d.wastewater_kw, id, treated.kw);
        }
        for (id, flow) in &self.delivered {
            let asked = problem.series.taps_m3_per_h[id][t];
            push(&mut d.taps_unserved_m3_per_h, id, asked - flow);
        }
        camp.plant.pass(problem, t, self);
    }
}
