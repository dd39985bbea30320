//! The rule-based plan: no foresight, no solver, always there.
//!
//! What a well-set controller would do: in each step the cheapest lawful combination of sets that
//! carries load and reserve, batteries filled by surplus sun and emptied down to their target,
//! tanks held at theirs. It is the announced fallback and the yardstick of what a plan is worth.

mod choice;
mod combinations;
mod dispatch;
mod fuel;
mod mean_load;
mod placed;
mod shortfall;
mod water;

use crate::account::{Decisions, hold_to_agreed, settle};
use crate::plan::{Plan, Stage};
use crate::problem::{BatchDay, Problem};
use crate::site::{ById, Tier};
use placed::Placed;
use std::time::Instant;

/// Power below this is the arithmetic, not a shortfall, kW.
const LEAST_KW: f64 = 1e-6;

/// A set while the rules run.
#[derive(Debug, Clone)]
struct SetState {
    id: String,
    running: bool,
    for_h: f64,
    starts_today: u32,
    /// What the last 24 h leave above the mean load that it may have, kWh.
    mean_room_kwh: f64,
}

/// The camp while the rules run.
#[derive(Debug, Clone)]
struct CampState {
    sets: Vec<SetState>,
    stored_kwh: ById<f64>,
    level_m3: ById<f64>,
    /// Energy that each battery keeps; it never changes.
    kept_kwh: ById<f64>,
    heat_kwh: ById<f64>,
    /// For each step, how many batches run: by their share of it, and whole.
    batch_share: ById<Vec<(f64, f64)>>,
    batch_days: ById<Vec<BatchDay>>,
    fuel_l: ById<f64>,
    plant: water::Plant,
}

/// Makes the rule-based plan of a checked problem.
pub fn rule_based(problem: &Problem) -> Plan {
    let began = Instant::now();
    let (asked, problem) = (problem, &problem.with_upkeep());
    let mut camp = start(problem);
    let mut decisions = Decisions::default();
    for t in 0..problem.grid.len() {
        step(problem, t, &mut camp, &mut decisions);
    }
    let mut plan = settle(problem, &decisions);
    hold_to_agreed(asked, &mut plan);
    let seconds = began.elapsed().as_secs_f64();
    plan.build_s = seconds;
    plan.stages = vec![Stage { name: "rules".to_owned(), seconds, value: plan.cost, bound: None }];
    plan
}

fn start(problem: &Problem) -> CampState {
    let (site, start) = (&problem.site, &problem.start);
    let set = |id: &String| {
        let state = start.genset(id);
        SetState {
            id: id.clone(),
            running: state.running,
            for_h: state.for_h,
            starts_today: state.starts_today,
            mean_room_kwh: 0.0,
        }
    };
    CampState {
        sets: site.genset.keys().map(set).collect(),
        stored_kwh: site
            .battery
            .keys()
            .map(|id| (id.clone(), start.battery_kwh(site, id)))
            .collect(),
        kept_kwh: problem.battery_kept_kwh(),
        level_m3: site.tank.keys().map(|id| (id.clone(), start.tank_m3(site, id))).collect(),
        heat_kwh: site
            .thermal_store
            .keys()
            .map(|id| (id.clone(), start.heat_kwh(site, id)))
            .collect(),
        batch_share: site.batch.keys().map(|id| (id.clone(), problem.batches_before(id))).collect(),
        fuel_l: problem.fuel_start(),
        batch_days: site.batch.keys().map(|id| (id.clone(), problem.batch_days(id))).collect(),
        plant: water::Plant::new(problem),
    }
}

fn step(problem: &Problem, t: usize, camp: &mut CampState, d: &mut Decisions) {
    let dt = problem.grid.dt_h(t);
    if t > 0 && problem.grid.local_day(t) != problem.grid.local_day(t - 1) {
        camp.sets.iter_mut().for_each(|set| set.starts_today = 0);
    }
    for set in &mut camp.sets {
        set.mean_room_kwh = mean_load::room_kwh(problem, t, &set.id, d);
    }
    let mut water = water::control(problem, t, camp);
    let consumers = problem.site.consumers();
    let demand = |path: &String| problem.series.demand_kw[path][t];
    let feeders_kw: f64 = consumers.iter().map(|(path, ..)| demand(path)).sum();
    let mut placed = Placed::control(problem, t, camp);
    let of_tier = |wanted: Tier| {
        let of = consumers.iter().filter(|(_, tier, _)| *tier == wanted);
        of.map(|(path, ..)| demand(path)).sum::<f64>()
    };
    let (t3_kw, t2_kw) = (of_tier(Tier::T3) + placed.running_kw(), of_tier(Tier::T2));
    let asked = |base_kw: f64, water_kw: f64| choice::Asked {
        all_kw: base_kw + water_kw,
        t3_kw: of_tier(Tier::T3) + base_kw - feeders_kw,
        critical_kw: of_tier(Tier::T0) + of_tier(Tier::T1),
        level: problem.site.security.as_ref().map(|s| s.level_in(&problem.grid, t)),
    };
    let all_kw = feeders_kw + placed.demand_kw();
    let mut choice = dispatch::choose(problem, t, camp, asked(all_kw, water.demand_kw(problem)));
    if choice.falls_short(&problem.site.ranking) {
        // Before anything goes short, heaters and new batches wait.
        placed = placed.waiting();
        let base_kw = feeders_kw + placed.demand_kw();
        choice = dispatch::choose(problem, t, camp, asked(base_kw, water.demand_kw(problem)));
    }
    let base_kw = feeders_kw + placed.demand_kw();
    if choice.unserved_kw > t3_kw + LEAST_KW {
        // Before T2 goes short the pumps wait: the taps live on what the tanks hold.
        water = water.taps_only(problem, t, camp);
        choice = dispatch::choose(problem, t, camp, asked(base_kw, water.demand_kw(problem)));
    }
    if choice.dark || choice.unserved_kw > t3_kw + t2_kw + LEAST_KW {
        // Before T1 goes short the boosters wait too.
        water = water::Water::closed(problem);
        choice = dispatch::choose(problem, t, camp, asked(base_kw, 0.0));
    }
    fuel::burn(problem, t, camp, &choice);
    for set in &mut camp.sets {
        let on = choice.running.contains(&set.id);
        set.starts_today += u32::from(on && !set.running);
        set.for_h = if on == set.running { set.for_h + dt } else { dt };
        set.running = on;
        let rated = problem.site.genset[&set.id].rated_kw;
        push(&mut d.running, &set.id, on);
        push(&mut d.power_kw, &set.id, if on { rated * choice.load_frac } else { 0.0 });
    }
    for (id, kw) in &choice.solar_kw {
        push(&mut d.solar_kw, id, *kw);
    }
    for (id, (charge, discharge)) in &choice.battery_kw {
        let battery = &problem.site.battery[id];
        push(&mut d.charge_kw, id, *charge);
        push(&mut d.discharge_kw, id, *discharge);
        let gain = charge * battery.charge_efficiency_frac;
        let loss = discharge / battery.discharge_efficiency_frac;
        if let Some(stored) = camp.stored_kwh.get_mut(id) {
            *stored += dt * (gain - loss);
        }
    }
    water.apply(problem, t, camp, d);
    let short_kw = choice.unserved_kw.min(base_kw);
    let loads_of = |wanted: Tier| consumers.iter().filter(move |(_, tier, _)| *tier == wanted);
    let t3_loads_kw: f64 = loads_of(Tier::T3).map(|(path, ..)| demand(path)).sum();
    // Of T3 a batch that runs goes last.
    let beyond_kw = (short_kw - t3_loads_kw).max(0.0);
    let mut short_kw = short_kw.min(t3_loads_kw) + placed.apply(problem, t, camp, d, beyond_kw);
    for tier in [Tier::T3, Tier::T2, Tier::T1, Tier::T0] {
        for (path, ..) in loads_of(tier) {
            let unserved = short_kw.min(demand(path));
            short_kw -= unserved;
            d.unserved_kw.entry(path.clone()).or_default().push(unserved);
        }
    }
}

fn push<T>(series: &mut ById<Vec<T>>, id: &str, value: T) {
    series.entry(id.to_owned()).or_default().push(value);
}
