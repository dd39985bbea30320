//! What a tank cannot give is not drawn, and what it cannot hold is not pumped.

use super::{CampState, Made, Water};
use crate::problem::Problem;

const NEAR_M3_PER_H: f64 = 1e-9;

/// Cuts flows until every tank stays between its floor and its rim: what fills a tank beyond its
/// room, wells first, then treatment; what draws it too far, treatment first, then the taps.
pub(super) fn keep_between_floor_and_rim(
    problem: &Problem,
    water: &mut Water,
    t: usize,
    camp: &CampState,
) {
    let site = &problem.site;
    let dt = problem.grid.dt_h(t);
    // A cut moves on along the chain of tanks, one tank a pass, and may stop a pump or a train.
    let trains: usize = site.treatment.values().map(|l| l.trains as usize).sum();
    for _ in 0..=site.tank.len() + site.well.len() + trains {
        for (tank, spec) in &site.tank {
            let level = camp.level_m3[tank];
            let floor = camp.plant.floor_m3[tank].min(level);
            limit_fills(problem, water, (t, camp), tank, (spec.capacity_m3 - level) / dt);
            limit_draws(problem, water, (t, camp), tank, (level - floor) / dt);
        }
    }
}

fn limit_fills(
    problem: &Problem,
    water: &mut Water,
    (t, camp): (usize, &CampState),
    tank: &str,
    room_m3_per_h: f64,
) {
    let site = &problem.site;
    let over = |water: &Water| (water.net(problem, t, &camp.plant, tank) - room_m3_per_h).max(0.0);
    for (id, well) in site.well.iter().filter(|(_, w)| w.to_tank == tank) {
        let cut = over(water);
        if let (Some(flow), true) = (water.well.get_mut(id), cut > NEAR_M3_PER_H) {
            *flow = if well.is_on_off() { 0.0 } else { (*flow - cut).max(0.0) };
        }
    }
    // A line that draws from the tank it fills does not fill it.
    let lines = site.treatment.iter();
    for (id, line) in lines.filter(|(_, l)| l.to_tank == tank && l.from_tank != tank) {
        let cut = over(water);
        if let (Some(made), true) = (water.line.get_mut(id), cut > NEAR_M3_PER_H) {
            *made = Made::at_most(line, made.trains, made.flow_m3_per_h - cut);
        }
    }
}

fn limit_draws(
    problem: &Problem,
    water: &mut Water,
    (t, camp): (usize, &CampState),
    tank: &str,
    spare_m3_per_h: f64,
) {
    let site = &problem.site;
    let over =
        |water: &Water| (-water.net(problem, t, &camp.plant, tank) - spare_m3_per_h).max(0.0);
    for (id, line) in site.treatment.iter().filter(|(_, l)| l.from_tank == tank) {
        // A line that fills the tank it draws from gives most of its draw back.
        let gives_back = if line.to_tank == tank { 1.0 } else { 0.0 };
        let net_draw_per_product = 1.0 / line.recovery_frac - gives_back;
        let flushes = line.flush_m3_per_stop.unwrap_or(0.0) > 0.0;
        let cut = over(water);
        if cut > NEAR_M3_PER_H && (net_draw_per_product > 0.0 || flushes) {
            let cut_product = cut / net_draw_per_product.max(NEAR_M3_PER_H);
            if let Some(made) = water.line.get_mut(id) {
                *made = Made::at_most(line, made.trains, made.flow_m3_per_h - cut_product);
            }
        }
    }
    for (id, _) in site.taps.iter().filter(|(_, x)| x.from_tank == tank) {
        let cut = over(water);
        if let Some(flow) = water.delivered.get_mut(id) {
            *flow = (*flow - cut).max(0.0);
        }
    }
}
