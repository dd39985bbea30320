//! A problem a quarter of an hour later: the camp has done what its plan says, and the horizon ends a
//! step later.

use camp_solver::site::{BatchStart, BatteryStart, FuelStart, GensetStart, StartState, TankStart};
use camp_solver::site::{ThermalStart, TreatmentStart, WastewaterStart, WellStart};
use camp_solver::{Plan, Problem};
use chrono::TimeDelta;
use serde_json::Value;

/// Steps of a day: what comes in at the end is that of the day before.
const DAY: usize = 96;

/// The problem whose first step is `plan`'s second. Steps are quarters of an hour.
pub(crate) fn moved_on(problem: &Problem, plan: &Plan) -> Problem {
    let grid = &problem.grid;
    let steps = grid.len();
    assert!(grid.step_minutes.iter().all(|minutes| *minutes == 15), "steps are quarters");
    assert_eq!(grid.local_day(0), grid.local_day(1), "counts of the day go on");
    let mut value = serde_json::to_value(problem).unwrap();
    for part in ["grid", "series", "unavailable"] {
        move_series(&mut value[part], steps);
    }
    let mut moved: Problem = serde_json::from_value(value).unwrap();
    moved.grid.start += TimeDelta::minutes(15);
    moved.start = after_first_step(problem, plan);
    assert_eq!(moved.check(), []);
    moved
}

fn move_series(value: &mut Value, steps: usize) {
    match value {
        Value::Array(list) if list.len() == steps => {
            list.push(list[steps - DAY].clone());
            list.remove(0);
        }
        Value::Array(list) => list.iter_mut().for_each(|v| move_series(v, steps)),
        Value::Object(map) => map.values_mut().for_each(|v| move_series(v, steps)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn after_first_step(problem: &Problem, plan: &Plan) -> StartState {
    let (site, before, step_h) = (&problem.site, &problem.start, problem.grid.dt_h(0));
    let mut start = before.clone();
    for (id, set) in &plan.genset {
        let was = before.genset(id);
        let running = set.running[0];
        let for_h = if running == was.running { was.for_h + step_h } else { step_h };
        start.genset.insert(
            id.clone(),
            GensetStart {
                running,
                for_h,
                power_kw: running.then_some(set.power_kw[0]),
                starts_today: was.starts_today + u32::from(running && !was.running),
                run_hours_h: problem
                    .run_hours_h(id)
                    .map(|h| h + if running { step_h } else { 0.0 }),
                ..was
            },
        );
    }
    for (id, battery) in &plan.battery {
        let state_of_charge_frac = battery.state_of_charge_frac[0];
        start.battery.insert(id.clone(), BatteryStart { state_of_charge_frac });
    }
    for (id, tank) in &plan.tank {
        start.tank.insert(id.clone(), TankStart { level_m3: tank.level_m3[0] });
    }
    for (id, store) in &plan.thermal_store {
        start.thermal_store.insert(id.clone(), ThermalStart { fill_frac: store.fill_frac[0] });
    }
    for (id, store) in &plan.fuel_store {
        let deliveries = before.fuel_store.get(id).map(|s| s.deliveries.clone());
        let deliveries = deliveries.unwrap_or_default();
        start.fuel_store.insert(id.clone(), FuelStart { level_l: store.level_l[0], deliveries });
    }
    for (id, well) in &plan.well {
        let (was, flow) = (before.well(id), well.flow_m3_per_h[0]);
        let running = flow > 1e-6;
        let for_h = if running == was.running { was.for_h + step_h } else { step_h };
        let ran_h = if running { step_h } else { 0.0 };
        let today_rest_h = if running { was.today_rest_h } else { was.today_rest_h.max(step_h) };
        let (today_m3, today_h) = (was.today_m3 + step_h * flow, was.today_h + ran_h);
        let state = WellStart { running, for_h, today_m3, today_h, today_rest_h };
        start.well.insert(id.clone(), state);
    }
    for (id, line) in &plan.treatment {
        let (was, trains_running) = (before.treatment(id), line.trains_running[0]);
        let goes_on = trains_running == was.trains_running;
        let for_h = if goes_on { was.for_h + step_h } else { step_h };
        let more = trains_running.saturating_sub(was.trains_running);
        let today_starts = was.today_starts + more;
        start.treatment.insert(id.clone(), TreatmentStart { trains_running, for_h, today_starts });
    }
    for (id, plant) in &plan.wastewater {
        let was = before.wastewater(site, id);
        let pauses = plant.demand_kw[0] <= 0.0;
        let paused_h = if pauses { was.paused_h + step_h } else { 0.0 };
        let level_m3 = plant.level_m3[0];
        start.wastewater.insert(id.clone(), WastewaterStart { level_m3, paused_h });
    }
    for (id, batch) in &plan.batch {
        let was = before.batch(id);
        let (of_old, ended): (Vec<f64>, Vec<f64>) =
            was.running_left_h.iter().partition(|left_h| **left_h > step_h);
        let begun = vec![site.batch[id].batch_h - step_h; batch.started[0] as usize];
        let of_old = of_old.into_iter().map(|left_h| left_h - step_h);
        let running_left_h = of_old.chain(begun).collect();
        let done_today = was.done_today + u32::try_from(ended.len()).unwrap();
        start.batch.insert(id.clone(), BatchStart { done_today, running_left_h });
    }
    start
}
