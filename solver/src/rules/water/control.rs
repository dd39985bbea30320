//! The flows that the rules ask for in a step.

use super::{CampState, Made, Treated, Water, limit};
use crate::problem::Problem;
use crate::site::{Treatment, Wastewater};

/// What is switched on below a tank's target is switched off this share of its capacity above it.
const BAND_FRAC: f64 = 0.05;
/// An equalisation tank comes back to its target within about this time, h.
const EQUALISE_H: f64 = 12.0;

/// The level that the rules hold: the end target, or half way between floor and rim.
fn target_m3(problem: &Problem, camp: &CampState, tank: &str) -> f64 {
    let capacity_m3 = problem.site.tank[tank].capacity_m3;
    let end = problem.end.tank_m3.get(tank).copied().unwrap_or(0.0);
    end.max(0.5 * (camp.plant.floor_m3[tank] + capacity_m3)).min(capacity_m3)
}

/// Flow that a tank lacks at the end of step `t`, m3/h: to its target, and to the top of its band.
fn missing(problem: &Problem, t: usize, camp: &CampState, water: &Water, tank: &str) -> (f64, f64) {
    let capacity_m3 = problem.site.tank[tank].capacity_m3;
    let target_m3 = target_m3(problem, camp, tank);
    let top_m3 = (target_m3 + BAND_FRAC * capacity_m3).min(capacity_m3);
    let net = water.net(problem, t, &camp.plant, tank);
    let to =
        |level_m3: f64| ((level_m3 - camp.level_m3[tank]) / problem.grid.dt_h(t) - net).max(0.0);
    (to(target_m3), to(top_m3))
}

/// Decides the flows of a step.
pub(in crate::rules) fn control(problem: &Problem, t: usize, camp: &mut CampState) -> Water {
    camp.plant.begin(t);
    let site = &problem.site;
    let mut water = Water::closed(problem);
    for (id, taps) in &site.taps {
        let asked = problem.series.taps_m3_per_h[id][t];
        water.delivered.insert(id.clone(), asked.min(taps.max_m3_per_h()));
    }
    let usable = |id: &str| problem.is_available("treatment", id, t);
    for (id, line) in site.treatment.iter().filter(|(id, _)| usable(id)) {
        if let Some(daily_m3) = line.daily_product_m3 {
            let made = of_quota(problem, t, camp, (id, line), daily_m3);
            water.line.insert(id.clone(), made);
        }
    }
    for (id, line) in site.treatment.iter().filter(|(id, _)| usable(id)) {
        if line.daily_product_m3.is_none() {
            let lack = missing(problem, t, camp, &water, &line.to_tank);
            water.line.insert(id.clone(), to_level(camp, id, line, lack));
        }
    }
    for (id, well) in &site.well {
        let most = camp.plant.well_most_m3_per_h(problem, id, t);
        let (lack, lack_of_band) = missing(problem, t, camp, &water, &well.to_tank);
        let stays_on = camp.plant.well[id].on && lack_of_band > 0.0;
        let flow = match well.is_on_off() {
            true if lack > 0.0 || stays_on => most,
            true => 0.0,
            false => lack.min(most),
        };
        water.well.insert(id.clone(), flow);
    }
    for (id, plant) in &site.wastewater {
        if problem.is_available("wastewater", id, t) {
            water.sewage.insert(id.clone(), treat(problem, t, camp, (id, plant)));
        }
    }
    limit::keep_between_floor_and_rim(problem, &mut water, t, camp);
    water
}

/// A steady flow, corrected towards the tank's target; it never pauses aeration.
fn treat(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    (id, plant): (&String, &Wastewater),
) -> Treated {
    let dt = problem.grid.dt_h(t);
    let inflow = problem.series.wastewater_m3_per_h[id][t];
    let level = camp.plant.sewage_m3[id];
    let target = problem.end.wastewater_m3.get(id).copied().unwrap_or(plant.start_equalisation_m3);
    let steady = plant.daily_m3 / 24.0 + (level - target) / EQUALISE_H;
    let spill = inflow + (level - plant.equalisation_m3) / dt;
    let wanted = steady.max(spill).max(plant.aeration_min_frac * inflow);
    let there = (inflow + level / dt).max(0.0);
    let flow_m3_per_h = wanted.clamp(0.0, plant.max_m3_per_h()).min(there);
    let kw = (plant.energy_kwh_per_m3 * flow_m3_per_h).max(plant.least_kw()).min(plant.max_kw);
    Treated { flow_m3_per_h, kw }
}

/// A day's quota: evenly where any product is lawful; else as the day begins, by as many trains as
/// have a least run to do.
fn of_quota(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    (id, line): (&String, &Treatment),
    daily_m3: f64,
) -> Made {
    let trains = line.trains as usize;
    if line.least_m3_per_h() <= 0.0 {
        return Made::at_most(line, trains, (daily_m3 / 24.0).min(line.max_m3_per_h()));
    }
    let state = &camp.plant.line[id];
    let left_m3 = camp.plant.quota_m3(problem, t, daily_m3) - state.made_m3;
    let least_run_h = line.min_run_h.unwrap_or(0.0).max(problem.grid.dt_h(t));
    let of_run_m3 = line.train_m3_per_h * least_run_h;
    let wanted = (0..=trains).find(|n| *n as f64 * of_run_m3 + 1e-6 >= left_m3).unwrap_or(trains);
    let runs = wanted.max(state.young(line.min_run_h.unwrap_or(0.0)));
    let needed = left_m3 / problem.grid.dt_h(t);
    let (least, most) = (line.least_m3_per_h(), line.train_m3_per_h);
    let flow_m3_per_h = needed.clamp(runs as f64 * least, runs as f64 * most);
    Made { trains: runs, flow_m3_per_h }
}

/// A level: as much as is missing; trains that run stay on within the band.
fn to_level(
    camp: &CampState,
    id: &str,
    line: &Treatment,
    (lack, lack_of_band): (f64, f64),
) -> Made {
    let trains = line.trains as usize;
    if line.least_m3_per_h() <= 0.0 {
        return Made::at_most(line, trains, lack);
    }
    let state = &camp.plant.line[id];
    let cover = |flow: f64| {
        (0..=trains).find(|n| *n as f64 * line.train_m3_per_h >= flow).unwrap_or(trains)
    };
    let stay_on = state.run_h.len().min(cover(lack_of_band));
    let young = state.young(line.min_run_h.unwrap_or(0.0));
    let runs = cover(lack).max(stay_on).max(young).min(trains);
    let (least, most) = (line.least_m3_per_h(), line.train_m3_per_h);
    Made { trains: runs, flow_m3_per_h: lack.clamp(runs as f64 * least, runs as f64 * most) }
}
