//! Which sets run by the rules, and what batteries and sun do beside them.

use super::mean_load::above_kw;
use super::{CampState, SetState};
use crate::account::{fuel_l_per_h, start_of};
use crate::problem::Problem;
use crate::site::{ById, MinimumLoad};

/// Beyond this many sets, only the merit order is tried, not every combination.
const MOST_COMBINED: usize = 10;
/// Sets charge a battery that stands below its target up to this share of their rating.
const CHARGING_LOAD_FRAC: f64 = 0.85;

/// What the rules do in one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub(super) running: Vec<String>,
    pub(super) load_frac: f64,
    pub(super) solar_kw: ById<f64>,
    pub(super) battery_kw: ById<(f64, f64)>,
    pub(super) unserved_kw: f64,
    pub(super) dark: bool,
    reserve_short_kw: f64,
    /// Sets beyond those that quiet hours allow.
    loud_sets: f64,
    /// Starts beyond those of the day.
    starts_over: f64,
    under_kw: f64,
    /// Energy above what sets may give in their 24 h, kWh.
    mean_over_kwh: f64,
    /// Power taken from batteries below their targets, kW.
    dip_kw: f64,
    cost: f64,
}

impl Choice {
    /// Less is better: load, reserve, quiet hours, minimum load, starts, what batteries keep, then
    /// cost.
    fn is_better_than(&self, other: &Self) -> bool {
        let ranks = [
            (self.unserved_kw, other.unserved_kw),
            (self.reserve_short_kw, other.reserve_short_kw),
            (self.loud_sets, other.loud_sets),
            (self.under_kw, other.under_kw),
            (self.mean_over_kwh, other.mean_over_kwh),
            (self.starts_over, other.starts_over),
            (self.dip_kw, other.dip_kw),
        ];
        for (mine, theirs) in ranks {
            if (mine - theirs).abs() > 1e-6 {
                return mine < theirs;
            }
        }
        self.cost < other.cost
    }
}

/// The best lawful combination of sets for `load_kw`.
pub(super) fn choose(problem: &Problem, t: usize, camp: &CampState, load_kw: f64) -> Choice {
    let mut best: Option<Choice> = None;
    for running in combinations(problem, t, camp) {
        let Some(choice) = evaluate(problem, t, camp, load_kw, &running) else {
            continue;
        };
        if best.as_ref().is_none_or(|b| choice.is_better_than(b)) {
            best = Some(choice);
        }
    }
    best.unwrap_or_else(|| dark(problem, load_kw))
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

/// Combinations of sets that their timers and their availability allow.
fn combinations(problem: &Problem, t: usize, camp: &CampState) -> Vec<Vec<String>> {
    const TOLERANCE_H: f64 = 1e-9;
    let site = &problem.site;
    let passed = problem.grid.start_of(t) - problem.grid.start;
    let passed_h = passed.as_seconds_f64() / 3600.0;
    let (mut must, mut may) = (Vec::new(), Vec::new());
    for SetState { id, running, for_h, .. } in &camp.sets {
        let set = &site.genset[id];
        if !problem.is_available("genset", id, t) {
            continue;
        }
        let free = if *running { set.min_up_h } else { set.min_down_h };
        let before_plan = *for_h > passed_h + TOLERANCE_H;
        let unloaded = *running && before_plan && set.min_load == MinimumLoad::Hard;
        if problem.must_run(id, t) && (*running || for_h + TOLERANCE_H >= free) {
            must.push(id.clone());
        } else if for_h + TOLERANCE_H >= free || unloaded {
            may.push(id.clone());
        } else if *running {
            must.push(id.clone());
        }
    }
    // Merit order: fewest litres per kWh at full load first.
    let full_load = |id: &String| {
        let set = &site.genset[id];
        set.fuel_curve_l_per_h.last().copied().unwrap_or(0.0) / set.rated_kw
    };
    may.sort_by(|a, b| full_load(a).total_cmp(&full_load(b)));
    let with = |chosen: Vec<String>| must.iter().cloned().chain(chosen).collect();
    if may.len() > MOST_COMBINED {
        return (0..=may.len()).map(|n| with(may[..n].to_vec())).collect();
    }
    let chosen = |mask: usize| {
        let sets = may.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
        sets.map(|(_, id)| id.clone()).collect()
    };
    (0..1_usize << may.len()).map(|mask| with(chosen(mask))).collect()
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
        let target = problem.end.battery_kwh.get(id).copied().unwrap_or(0.0).max(b.min_kwh());
        let usable = f64::from(u8::from(problem.is_available("battery", id, t)));
        let into = |kwh: f64| (kwh.max(0.0) / b.charge_efficiency_frac / dt).min(b.charge_max_kw);
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
    load_kw: f64,
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

    let (least_kw, residual_kw) = (least_frac * rated_kw, load_kw - sun_kw);
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
    let mut choice = Choice {
        running: running.to_vec(),
        load_frac,
        unserved_kw,
        dip_kw,
        loud_sets: problem
            .quiet_sets(t)
            .map_or(0.0, |most| (running.len() as f64 - f64::from(most)).max(0.0)),
        starts_over: starts_over(problem, camp, running),
        mean_over_kwh: mean_over_kwh(problem, t, camp, running, load_frac),
        under_kw: sets.iter().map(|g| (g.min_load_frac - load_frac).max(0.0) * g.rated_kw).sum(),
        ..Choice::default()
    };
    spread(problem, t, &rooms, (charge_kw, discharge_kw, curtailed_kw), &mut choice);
    let served_kw = load_kw - unserved_kw;
    let required_kw =
        site.reserve.load_frac * served_kw + site.reserve.solar_frac * (sun_kw - curtailed_kw);
    let required_kw = required_kw + problem.reserve_kw(t);
    let could_kw: f64 = running.iter().map(available_kw).sum();
    let carried_kw = could_kw - sets_kw + battery_reserve_kw(problem, t, camp, &choice);
    if problem.reserve_is_asked() {
        choice.reserve_short_kw = (required_kw - carried_kw).max(0.0);
    }
    choice.cost = cost(problem, t, camp, &choice);
    Some(choice)
}

/// Starts of this combination beyond those of the day, set by set and together.
fn starts_over(problem: &Problem, camp: &CampState, running: &[String]) -> f64 {
    let site = &problem.site;
    let started: Vec<_> =
        camp.sets.iter().filter(|s| !s.running && running.contains(&s.id)).collect();
    let spent = |s: &&&SetState| {
        site.genset[&s.id].max_starts_per_day.is_some_and(|most| s.starts_today >= most)
    };
    let of_sets = started.iter().filter(spent).count() as f64;
    let before = camp.sets.iter().map(|s| s.starts_today).sum::<u32>();
    let together = site.plant.max_starts_per_day.map_or(0.0, |most| {
        let left = f64::from(most.saturating_sub(before));
        (started.len() as f64 - left).max(0.0)
    });
    of_sets + together
}

/// Energy above the mean load of 24 h that sets at `load_frac` may have, kWh.
fn mean_over_kwh(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    running: &[String],
    load_frac: f64,
) -> f64 {
    let over = |set: &SetState| {
        let kw = load_frac * problem.site.genset[&set.id].rated_kw;
        let above_kw = above_kw(problem, &set.id, kw)?;
        Some((problem.grid.dt_h(t) * above_kw - set.mean_room_kwh.max(0.0)).max(0.0))
    };
    camp.sets.iter().filter(|s| running.contains(&s.id)).filter_map(over).sum()
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

fn stored_after(problem: &Problem, t: usize, camp: &CampState, choice: &Choice, id: &str) -> f64 {
    let battery = &problem.site.battery[id];
    let (charge, discharge) = choice.battery_kw[id];
    camp.stored_kwh[id]
        + problem.grid.dt_h(t)
            * (charge * battery.charge_efficiency_frac
                - discharge / battery.discharge_efficiency_frac)
}

fn battery_reserve_kw(problem: &Problem, t: usize, camp: &CampState, choice: &Choice) -> f64 {
    let site = &problem.site;
    if !problem.reserve_is_asked() {
        return 0.0;
    }
    let usable = site.battery.iter().filter(|(id, _)| problem.is_available("battery", id, t));
    usable
        .map(|(id, b)| {
            let after = stored_after(problem, t, camp, choice, id);
            let energy = (camp.stored_kwh[id].min(after) - b.min_kwh()).max(0.0);
            let sustained = energy * b.discharge_efficiency_frac / site.reserve.battery_sustain_h;
            let (charge, discharge) = choice.battery_kw[id];
            sustained.min(b.discharge_max_kw) + charge - discharge
        })
        .sum()
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
