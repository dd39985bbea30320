//! Which sets run by the rules, and what batteries and sun do beside them.

use super::choice::{Asked, Choice};
use super::combinations::combinations;
use super::shortfall::{Totals, shortfalls};
use super::{CampState, fuel};
use crate::account::{fuel_l_per_h, start_of};
use crate::problem::Problem;
use crate::site::MinimumLoad;

/// Sets charge a battery that stands below its target up to this share of their rating.
const CHARGING_LOAD_FRAC: f64 = 0.85;

/// The best lawful combination of sets for what is asked.
pub(super) fn choose(problem: &Problem, t: usize, camp: &CampState, asked: Asked) -> Choice {
    let ranking = &problem.site.ranking;
    let mut best: Option<Choice> = None;
    for running in fuel::carried(problem, t, camp, combinations(problem, t, camp)) {
        let Some(choice) = evaluate(problem, t, camp, asked, &running) else {
            continue;
        };
        if best.as_ref().is_none_or(|b| choice.is_better_than(b, ranking)) {
            best = Some(choice);
        }
    }
    best.unwrap_or_else(|| dark(problem, asked.all_kw))
}

fn dark(problem: &Problem, load_kw: f64) -> Choice {
    let site = &problem.site;
    Choice {
        solar_kw: site.solar.keys().map(|id| (id.clone(), 0.0)).collect(),
        battery_kw: site.battery.keys().map(|id| (id.clone(), (0.0, 0.0))).collect(),
        unserved_kw: load_kw,
        dark: true,
        ..Choice::default()
    }
}

/// A battery's room in this step, kW.
struct Room {
    id: String,
    charge_kw: f64,
    /// Down to the target.
    spare_kw: f64,
    /// Down to the window's floor.
    discharge_kw: f64,
    /// Below the target, so that sets should fill it.
    wanted_kw: f64,
}

fn rooms(problem: &Problem, t: usize, camp: &CampState) -> Vec<Room> {
    let dt = problem.grid.dt_h(t);
    let site = &problem.site;
    let room = |(id, b): (&String, &crate::site::Battery)| {
        let stored = camp.stored_kwh[id];
        let target = problem.end.battery_kwh.get(id).copied().unwrap_or(0.0);
        let target = target.max(camp.kept_kwh[id]);
        let charge_max_kw = problem.battery_charge_max_kw(id, t);
        let usable = f64::from(u8::from(problem.is_available("battery", id, t)));
        let into = |kwh: f64| (kwh.max(0.0) / b.charge_efficiency_frac / dt).min(charge_max_kw);
        let out =
            |kwh: f64| (kwh.max(0.0) * b.discharge_efficiency_frac / dt).min(b.discharge_max_kw);
        Room {
            id: id.clone(),
            charge_kw: usable * into(b.max_kwh() - stored),
            spare_kw: usable * out(stored - target),
            discharge_kw: usable * out(stored - b.min_kwh()),
            wanted_kw: usable * into(target - stored),
        }
    };
    site.battery.iter().map(room).collect()
}

fn evaluate(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    asked: Asked,
    running: &[String],
) -> Option<Choice> {
    let site = &problem.site;
    let formed = !running.is_empty()
        || site
            .battery
            .iter()
            .any(|(id, b)| b.grid_forming && problem.is_available("battery", id, t));
    if !formed {
        return None;
    }
    let sets: Vec<_> = running.iter().map(|id| &site.genset[id]).collect();
    let rated_kw: f64 = sets.iter().map(|g| g.rated_kw).sum();
    // All stand at one share of their ratings: that of the set which heat and height leave least.
    let available_kw = |id: &String| problem.genset_available_kw(id, t);
    let left = running.iter().map(|id| available_kw(id) / site.genset[id].rated_kw);
    let most_frac = left.fold(1.0, f64::min);
    let most_kw = most_frac * rated_kw;
    let least_frac = sets.iter().map(|g| g.min_load_frac).fold(0.0, f64::max).min(most_frac);
    let hard = sets.iter().filter(|g| g.min_load == MinimumLoad::Hard);
    let hard_frac = hard.map(|g| g.min_load_frac).fold(0.0, f64::max);
    let sun_kw: f64 = site.solar.keys().map(|id| problem.solar_usable_kw(id, t)).sum();
    let rooms = rooms(problem, t, camp);
    let sum = |pick: fn(&Room) -> f64| rooms.iter().map(pick).sum::<f64>();

    let (least_kw, residual_kw) = (least_frac * rated_kw, asked.all_kw - sun_kw);
    let (mut charge_kw, mut discharge_kw, mut curtailed_kw) = (0.0, 0.0, 0.0);
    let mut sets_kw;
    let (mut unserved_kw, mut dip_kw) = (0.0, 0.0);
    if residual_kw < least_kw {
        let surplus_kw = least_kw - residual_kw;
        charge_kw = surplus_kw.min(sum(|r| r.charge_kw));
        let least_sun_kw: f64 = site.solar.keys().map(|id| problem.solar_least_kw(id, t)).sum();
        curtailed_kw = (surplus_kw - charge_kw).min(sun_kw - least_sun_kw);
        sets_kw = least_kw - (surplus_kw - charge_kw - curtailed_kw);
    } else {
        discharge_kw = (residual_kw - least_kw).min(sum(|r| r.spare_kw));
        sets_kw = residual_kw - discharge_kw;
        if sets_kw > most_kw {
            let more_kw = (sets_kw - most_kw).min(sum(|r| r.discharge_kw) - discharge_kw);
            dip_kw = more_kw.max(0.0);
            discharge_kw += dip_kw;
            unserved_kw = (residual_kw - discharge_kw - most_kw).max(0.0);
            sets_kw = most_kw.min(residual_kw - discharge_kw);
        } else if discharge_kw <= 0.0 {
            let mean_frac = sets.iter().filter_map(|g| g.mean_load_24h_max_frac);
            let charging_frac = mean_frac.fold(CHARGING_LOAD_FRAC.min(most_frac), f64::min);
            let room_kw = (charging_frac * rated_kw - sets_kw).max(0.0);
            charge_kw = sum(|r| r.wanted_kw).min(room_kw);
            sets_kw += charge_kw;
        }
    }
    if sets_kw + 1e-9 < hard_frac * rated_kw {
        return None;
    }
    let load_frac = if rated_kw > 0.0 { sets_kw / rated_kw } else { 0.0 };
    let mut choice =
        Choice { running: running.to_vec(), load_frac, unserved_kw, dip_kw, ..Choice::default() };
    spread(problem, t, &rooms, (charge_kw, discharge_kw, curtailed_kw), &mut choice);
    let totals = Totals { sets_kw, sun_kw: sun_kw - curtailed_kw };
    choice.short = shortfalls(problem, t, camp, asked, &choice, totals);
    choice.cost = cost(problem, t, camp, &choice);
    Some(choice)
}

/// Hands totals out to batteries and arrays, in proportion to their room.
fn spread(
    problem: &Problem,
    t: usize,
    rooms: &[Room],
    (charge_kw, discharge_kw, curtailed_kw): (f64, f64, f64),
    choice: &mut Choice,
) {
    let share = |part: f64, whole: f64, total: f64| {
        if whole > 0.0 { total * part / whole } else { 0.0 }
    };
    let into: f64 = rooms.iter().map(|r| r.charge_kw).sum();
    let out: f64 = rooms.iter().map(|r| r.discharge_kw).sum();
    for room in rooms {
        let flows =
            (share(room.charge_kw, into, charge_kw), share(room.discharge_kw, out, discharge_kw));
        choice.battery_kw.insert(room.id.clone(), flows);
    }
    let least = |id: &String| problem.solar_least_kw(id, t);
    let free = |id: &String| problem.solar_usable_kw(id, t) - least(id);
    let sun: f64 = problem.site.solar.keys().map(free).sum();
    for id in problem.site.solar.keys() {
        let kw = least(id) + share(free(id), sun, sun - curtailed_kw);
        choice.solar_kw.insert(id.clone(), kw);
    }
}

pub(super) fn stored_after(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    choice: &Choice,
    id: &str,
) -> f64 {
    let battery = &problem.site.battery[id];
    let (charge, discharge) = choice.battery_kw[id];
    camp.stored_kwh[id]
        + problem.grid.dt_h(t)
            * (charge * battery.charge_efficiency_frac
                - discharge / battery.discharge_efficiency_frac)
}

/// Cost of a step, with starts in full and stored energy at what a kWh costs at the best load.
fn cost(problem: &Problem, t: usize, camp: &CampState, choice: &Choice) -> f64 {
    let (site, dt) = (&problem.site, problem.grid.dt_h(t));
    let price = site.money.fuel_price_per_l;
    let mut cost = 0.0;
    for state in camp.sets.iter().filter(|s| choice.running.contains(&s.id)) {
        let set = &site.genset[&state.id];
        let kw = set.rated_kw * choice.load_frac;
        let litres = fuel_l_per_h(&set.fuel_curve_kw, &set.fuel_curve_l_per_h, kw);
        cost += dt * (price * litres + set.running_cost_per_h);
        if !state.running {
            let (start_fuel_l, start_cost) = start_of(set, state.for_h);
            cost += price * start_fuel_l + start_cost;
        }
    }
    let best = site.genset.values().map(|g| {
        let points = std::iter::zip(&g.fuel_curve_kw, &g.fuel_curve_l_per_h);
        points.filter(|(kw, _)| **kw > 0.0).map(|(kw, l)| l / kw).fold(f64::INFINITY, f64::min)
    });
    let best = best.fold(f64::INFINITY, f64::min);
    let worth = if best.is_finite() { price * best } else { 0.0 };
    for (id, b) in &site.battery {
        let (_, discharge) = choice.battery_kw[id];
        let change = stored_after(problem, t, camp, choice, id) - camp.stored_kwh[id];
        cost += dt * discharge * b.wear_cost_per_kwh - worth * change * b.discharge_efficiency_frac;
    }
    cost
}
