//! Water by the rules: every tank is held at its target by what fills it.

use super::{CampState, push};
use crate::account::Decisions;
use crate::problem::Problem;
use crate::site::ById;

/// The water plant in one step, m3/h.
#[derive(Debug, Clone)]
pub(super) struct Water {
    well: ById<f64>,
    line: ById<f64>,
    delivered: ById<f64>,
}

impl Water {
    /// No flow at all.
    pub(super) fn closed(problem: &Problem) -> Self {
        let site = &problem.site;
        let none = |id: &String| (id.clone(), 0.0);
        Self {
            well: site.well.keys().map(none).collect(),
            line: site.treatment.keys().map(none).collect(),
            delivered: site.taps.keys().map(none).collect(),
        }
    }

    /// The same without wells and treatment: the taps take what the tanks can give.
    pub(super) fn taps_only(self, problem: &Problem, t: usize, camp: &CampState) -> Self {
        let mut water = Self { delivered: self.delivered, ..Self::closed(problem) };
        water.keep_between_floor_and_rim(problem, t, camp);
        water
    }

    pub(super) fn demand_kw(&self, problem: &Problem) -> f64 {
        let site = &problem.site;
        let wells = self.well.iter().map(|(id, f)| f * site.well[id].energy_kwh_per_m3());
        let lines = self.line.iter().map(|(id, f)| f * site.treatment[id].energy_kwh_per_m3);
        let taps = self.delivered.iter().map(|(id, f)| f * site.taps[id].booster_kwh_per_m3);
        wells.chain(lines).chain(taps).sum()
    }

    /// Net flow into a tank, m3/h.
    fn net(&self, problem: &Problem, tank: &str) -> f64 {
        let site = &problem.site;
        let mut net = 0.0;
        for (id, flow) in &self.well {
            net += if site.well[id].to_tank == tank { *flow } else { 0.0 };
        }
        for (id, flow) in &self.line {
            let line = &site.treatment[id];
            net += if line.to_tank == tank { *flow } else { 0.0 };
            net -= if line.from_tank == tank { flow / line.recovery_frac } else { 0.0 };
        }
        for (id, flow) in &self.delivered {
            net -= if site.taps[id].from_tank == tank { *flow } else { 0.0 };
        }
        net
    }

    /// What a tank cannot give is not drawn, less treatment first, then less at the taps; what it
    /// cannot hold is not pumped.
    fn keep_between_floor_and_rim(&mut self, problem: &Problem, t: usize, camp: &CampState) {
        let dt = problem.grid.dt_h(t);
        // A cut moves on along the chain of tanks, one tank a pass.
        for _ in 0..=problem.site.tank.len() {
            for (tank, spec) in &problem.site.tank {
                let level = camp.level_m3[tank];
                let floor = spec.floor_m3().min(level);
                limit_fills(problem, self, tank, (spec.capacity_m3 - level) / dt);
                limit_draws(problem, self, tank, (level - floor) / dt);
            }
        }
    }

    pub(super) fn apply(
        &self,
        problem: &Problem,
        t: usize,
        camp: &mut CampState,
        d: &mut Decisions,
    ) {
        for tank in problem.site.tank.keys() {
            let change = problem.grid.dt_h(t) * self.net(problem, tank);
            if let Some(level) = camp.level_m3.get_mut(tank) {
                *level += change;
            }
        }
        for (id, flow) in &self.well {
            push(&mut d.well_m3_per_h, id, *flow);
        }
        for (id, flow) in &self.line {
            push(&mut d.treatment_m3_per_h, id, *flow);
        }
        for (id, flow) in &self.delivered {
            let asked = problem.series.taps_m3_per_h[id][t];
            push(&mut d.taps_unserved_m3_per_h, id, asked - flow);
        }
    }
}

/// The level that the rules hold: the end target, or half way between floor and rim.
fn target_m3(problem: &Problem, tank: &str) -> f64 {
    let t = &problem.site.tank[tank];
    let end = problem.end.tank_m3.get(tank).copied().unwrap_or(0.0);
    end.max(0.5 * (t.floor_m3() + t.capacity_m3)).min(t.capacity_m3)
}

/// Decides the flows of a step.
pub(super) fn control(problem: &Problem, t: usize, camp: &CampState) -> Water {
    let (site, dt) = (&problem.site, problem.grid.dt_h(t));
    let mut water = Water::closed(problem);
    for (id, taps) in &site.taps {
        let asked = problem.series.taps_m3_per_h[id][t];
        water.delivered.insert(id.clone(), asked.min(taps.max_m3_per_h()));
    }
    // A day's quota is made evenly.
    for (id, line) in &site.treatment {
        if let (Some(daily), true) =
            (line.daily_product_m3, problem.is_available("treatment", id, t))
        {
            water.line.insert(id.clone(), (daily / 24.0).min(line.max_m3_per_h()));
        }
    }
    let missing = |water: &Water, tank: &str| {
        let gap = target_m3(problem, tank) - camp.level_m3[tank];
        (gap / dt - water.net(problem, tank)).max(0.0)
    };
    for (id, line) in site.treatment.iter().filter(|(_, l)| l.daily_product_m3.is_none()) {
        if problem.is_available("treatment", id, t) {
            let wanted = missing(&water, &line.to_tank);
            water.line.insert(id.clone(), wanted.min(line.max_m3_per_h()));
        }
    }
    for (id, well) in &site.well {
        if problem.well_may_run(id, t) {
            let wanted = missing(&water, &well.to_tank);
            water.well.insert(id.clone(), wanted.min(well.flow_m3_per_h));
        }
    }
    water.keep_between_floor_and_rim(problem, t, camp);
    water
}

/// Cuts what fills a tank beyond its room: wells first, then treatment.
fn limit_fills(problem: &Problem, water: &mut Water, tank: &str, room_m3_per_h: f64) {
    let site = &problem.site;
    let over = |water: &Water| (water.net(problem, tank) - room_m3_per_h).max(0.0);
    for (id, _) in site.well.iter().filter(|(_, w)| w.to_tank == tank) {
        let cut = over(water);
        if let Some(flow) = water.well.get_mut(id) {
            *flow = (*flow - cut).max(0.0);
        }
    }
    // A line that draws from the tank it fills does not fill it.
    for (id, _) in site.treatment.iter().filter(|(_, l)| l.to_tank == tank && l.from_tank != tank) {
        let cut = over(water);
        if let Some(flow) = water.line.get_mut(id) {
            *flow = (*flow - cut).max(0.0);
        }
    }
}

fn limit_draws(problem: &Problem, water: &mut Water, tank: &str, spare_m3_per_h: f64) {
    let site = &problem.site;
    let over = |water: &Water| (-water.net(problem, tank) - spare_m3_per_h).max(0.0);
    for (id, line) in site.treatment.iter().filter(|(_, l)| l.from_tank == tank) {
        // A line that fills the tank it draws from gives most of its draw back.
        let gives_back = if line.to_tank == tank { 1.0 } else { 0.0 };
        let net_draw_per_product = 1.0 / line.recovery_frac - gives_back;
        let cut = over(water);
        if let (Some(flow), true) = (water.line.get_mut(id), net_draw_per_product > 0.0) {
            *flow = (*flow - cut / net_draw_per_product).max(0.0);
        }
    }
    for (id, _) in site.taps.iter().filter(|(_, x)| x.from_tank == tank) {
        let cut = over(water);
        if let Some(flow) = water.delivered.get_mut(id) {
            *flow = (*flow - cut).max(0.0);
        }
    }
}
