//! The same plan on half the step.

use super::draw::{Draw, STEPS, problem};
use super::laws::Finding;
use camp_solver::verify::{Rule, Violation};
use camp_solver::{Plan, Problem, TimeGrid, verify};

fn twice(s: &[f64]) -> Vec<f64> {
    s.iter().flat_map(|v| [*v, *v]).collect()
}

/// Stocks at the ends of steps, and half way to them.
fn midway(start: f64, s: &[f64]) -> Vec<f64> {
    let before = std::iter::once(start).chain(s.iter().copied());
    before.zip(s).flat_map(|(a, b)| [0.5 * (a + b), *b]).collect()
}

/// The same plan written on half the step.
fn halved(problem: &Problem, plan: &Plan) -> (Problem, Plan) {
    let mut fine = problem.clone();
    fine.grid = TimeGrid::uniform(problem.grid.start, 15, 2 * STEPS, 120);
    for series in fine.series.demand_kw.values_mut() {
        *series = twice(series);
    }
    for series in fine.series.solar_available_kw.values_mut() {
        *series = twice(series);
    }
    for series in fine.series.taps_m3_per_h.values_mut() {
        *series = twice(series);
    }
    for series in fine.series.wastewater_m3_per_h.values_mut() {
        *series = twice(series);
    }
    for series in fine.series.heat_kw.values_mut() {
        *series = twice(series);
    }
    fine.series.temperature_c = twice(&fine.series.temperature_c);
    for series in fine.unavailable.values_mut() {
        *series = series.iter().flat_map(|v| [*v, *v]).collect();
    }
    let mut same = plan.clone();
    same.grid = fine.grid.clone();
    for g in same.genset.values_mut() {
        g.running = g.running.iter().flat_map(|v| [*v, *v]).collect();
        g.power_kw = twice(&g.power_kw);
        g.fuel_l_per_h = twice(&g.fuel_l_per_h);
    }
    for s in same.solar.values_mut() {
        s.power_kw = twice(&s.power_kw);
        s.curtailed_kw = twice(&s.curtailed_kw);
    }
    for (id, b) in &mut same.battery {
        let start = problem.start.battery_kwh(&problem.site, id);
        b.charge_kw = twice(&b.charge_kw);
        b.discharge_kw = twice(&b.discharge_kw);
        b.stored_kwh = midway(start, &b.stored_kwh);
        let energy = problem.site.battery[id].energy_kwh;
        b.state_of_charge_frac = b.stored_kwh.iter().map(|kwh| kwh / energy).collect();
    }
    for w in same.well.values_mut() {
        w.flow_m3_per_h = twice(&w.flow_m3_per_h);
        w.demand_kw = twice(&w.demand_kw);
    }
    for l in same.treatment.values_mut() {
        l.trains_running = l.trains_running.iter().flat_map(|n| [*n, *n]).collect();
        l.flow_m3_per_h = twice(&l.flow_m3_per_h);
        l.demand_kw = twice(&l.demand_kw);
    }
    for (id, w) in &mut same.wastewater {
        w.flow_m3_per_h = twice(&w.flow_m3_per_h);
        w.overflow_m3_per_h = twice(&w.overflow_m3_per_h);
        w.demand_kw = twice(&w.demand_kw);
        let start = problem.start.wastewater(&problem.site, id).level_m3;
        w.level_m3 = midway(start, &w.level_m3);
    }
    for (id, t) in &mut same.tank {
        t.level_m3 = midway(problem.start.tank_m3(&problem.site, id), &t.level_m3);
    }
    for x in same.taps.values_mut() {
        x.delivered_m3_per_h = twice(&x.delivered_m3_per_h);
        x.unserved_m3_per_h = twice(&x.unserved_m3_per_h);
        x.demand_kw = twice(&x.demand_kw);
    }
    placed_halved(problem, &mut same);
    for c in same.consumer.values_mut() {
        c.served_kw = twice(&c.served_kw);
        c.unserved_kw = twice(&c.unserved_kw);
        c.shed_kw = twice(&c.shed_kw);
    }
    (fine, same)
}

/// The same for N-1, heat stores, batches and fuel.
fn placed_halved(problem: &Problem, same: &mut Plan) {
    if let Some(s) = &mut same.security {
        s.level = s.level.iter().flat_map(|v| [*v, *v]).collect();
        s.lost = s.lost.iter().flat_map(|v| [v.clone(), v.clone()]).collect();
        for series in [&mut s.carried_kw, &mut s.required_kw, &mut s.critical_kw] {
            *series = twice(series);
        }
    }
    for (id, h) in &mut same.thermal_store {
        h.heater_kw = twice(&h.heater_kw);
        h.drawn_kw = twice(&h.drawn_kw);
        h.unserved_kw = twice(&h.unserved_kw);
        h.stored_kwh = midway(problem.start.heat_kwh(&problem.site, id), &h.stored_kwh);
        h.warm_kwh = midway(0.0, &h.warm_kwh);
        let full = problem.site.thermal_store[id].store_kwh;
        h.fill_frac = h.stored_kwh.iter().map(|kwh| kwh / full).collect();
    }
    for b in same.batch.values_mut() {
        b.started = b.started.iter().flat_map(|n| [*n, 0]).collect();
        b.running = b.running.iter().flat_map(|n| [*n, *n]).collect();
        b.served_kw = twice(&b.served_kw);
        b.unserved_kw = twice(&b.unserved_kw);
    }
    for (id, f) in &mut same.fuel_store {
        let halves = |l: &[f64]| l.iter().flat_map(|v| [v / 2.0, v / 2.0]).collect::<Vec<_>>();
        let first = |l: &[f64]| l.iter().flat_map(|v| [*v, 0.0]).collect::<Vec<_>>();
        (f.delivered_l, f.drawn_l) = (first(&f.delivered_l), halves(&f.drawn_l));
        let mut level_l = problem.start.fuel_l(&problem.site, id);
        let of_step = std::iter::zip(&f.delivered_l, &f.drawn_l);
        f.level_l = of_step
            .map(|(delivered, drawn)| {
                level_l += delivered - drawn;
                level_l
            })
            .collect();
    }
}

/// Money, litres and physics are checked anew on the finer grid; what may differ is the reserve and
/// what a battery sustains after a loss, read at finer instants, and shortfalls that the coarse series
/// did not split.
pub(crate) fn keeps_the_books(
    draw: &Draw,
    plan: impl Fn(&Problem) -> Result<Plan, String>,
) -> Finding {
    let problem = divisible(draw);
    let plan = match plan(&problem) {
        Ok(plan) => plan,
        Err(error) => return Finding::Broken(error),
    };
    let (fine, mut same) = halved(&problem, &plan);
    let kept = |v: &&Violation| {
        !matches!(
            v.rule,
            Rule::ReserveCarried
                | Rule::ReserveRequired
                | Rule::SecurityCarried
                | Rule::ShortfallCount
                | Rule::ShortfallUndeclared
        )
    };
    same.reserve.required_kw = vec![0.0; 2 * STEPS];
    same.reserve.carried_kw = vec![0.0; 2 * STEPS];
    let parts = (2 * STEPS) as f64;
    same.shortfalls.iter_mut().for_each(|s| s.by_step = vec![s.total / parts; 2 * STEPS]);
    let violations = verify(&fine, &same);
    let left: Vec<_> = violations.iter().filter(kept).collect();
    Finding::of(left.is_empty(), || format!("{:?} of {}", left.first(), left.len()))
}

/// A random camp in which nothing depends on the length of a step: heat that is lost within one does,
/// and that a cold store has run empty in one; the fuel of a start and the water of a flush lie in one
/// step, a batch ends within one that is longer than the last, and a service that finds no time may
/// find one on the finer grid.
pub(crate) fn divisible(draw: &Draw) -> Problem {
    let mut draw = draw.clone();
    (draw.extras.unequal, draw.extras.cold) = (false, false);
    let mut problem = problem(&draw);
    problem.site.genset.values_mut().for_each(|g| g.service_due_h = None);
    problem.site.thermal_store.values_mut().for_each(|s| s.loss_frac_per_h = 0.0);
    problem.site.genset.values_mut().for_each(|g| g.start_fuel_l = 0.0);
    problem.site.treatment.values_mut().for_each(|l| l.flush_m3_per_stop = None);
    let running = problem.start.batch.values_mut().flat_map(|b| &mut b.running_left_h);
    running.for_each(|left_h| *left_h = (2.0 * *left_h).ceil() / 2.0);
    problem
}
