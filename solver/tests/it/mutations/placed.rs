//! Mutations of loads that the plan places: heaters and batches.

use super::{Mutation, mutation, undeclared};
use camp_solver::plan::{BatchPlan, ThermalPlan};
use camp_solver::site::Holds;
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class};

fn hot(p: &mut Plan) -> &mut ThermalPlan {
    p.thermal_store.get_mut("hot").unwrap()
}

fn laundry(p: &mut Plan) -> &mut BatchPlan {
    p.batch.get_mut("laundry").unwrap()
}

/// The first step in which a batch starts.
fn first_start(p: &Plan) -> usize {
    p.batch["laundry"].started.iter().position(|n| *n > 0).unwrap()
}

fn store(q: &mut Problem) -> &mut camp_solver::site::ThermalStore {
    q.site.thermal_store.get_mut("hot").unwrap()
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::HeaterPower, "a heater gives more than it can", |_, p| {
        hot(p).heater_kw[3] = 21.0;
    }),
    mutation(Rule::HeaterPower, "a heater that is out heats", |q, p| {
        q.unavailable.insert("thermal_store.hot".to_owned(), vec![true; p.grid.len()]);
    }),
    mutation(Rule::HeatDrawn, "heat is not drawn and nobody says so", |_, p| {
        hot(p).drawn_kw[5] -= 1.0;
    }),
    mutation(Rule::HeatDrawn, "a cold store loses no cold", |q, p| {
        store(q).holds = Holds::Cold;
        hot(p).drawn_kw[5] -= 1.0;
        hot(p).unserved_kw[5] += 1.0;
    }),
    mutation(Rule::HeatStock, "a heat store is warmer than its band", |_, p| {
        hot(p).warm_kwh[5] += 1.0;
    }),
    mutation(Rule::HeatStock, "a cold store is full and too warm at once", |q, p| {
        store(q).holds = Holds::Cold;
        hot(p).stored_kwh.iter_mut().for_each(|kwh| *kwh += 5.0);
        hot(p).warm_kwh.iter_mut().for_each(|kwh| *kwh += 5.0);
    }),
    undeclared(Class::Cold, "a cold store leaves its band unsaid", |q, p| {
        store(q).holds = Holds::Cold;
        hot(p).warm_kwh[5] += 1.0;
    }),
    mutation(Rule::HeatStock, "heat comes from nowhere", |_, p| hot(p).stored_kwh[4] += 1.0),
    mutation(Rule::HeatStock, "the store holds more than it can", |q, p| {
        store(q).store_kwh = 20.0;
        q.start.thermal_store.clear();
        hot(p).stored_kwh[0] = 30.0;
    }),
    mutation(Rule::HeatStock, "losses are forgotten", |q, _| store(q).loss_frac_per_h = 0.0),
    mutation(Rule::HeatStock, "the store starts fuller", |q, _| {
        q.start.thermal_store.get_mut("hot").unwrap().fill_frac = 0.6;
    }),
    mutation(Rule::HeatStock, "the fill is that of another store", |_, p| {
        hot(p).fill_frac[2] += 0.1;
    }),
    undeclared(Class::Heat, "a store is below its least unsaid", |q, _| {
        store(q).min_frac = 0.99;
    }),
    undeclared(Class::Heat, "a store is not ready at its hour unsaid", |q, _| {
        store(q).ready_frac = 1.0;
    }),
    undeclared(Class::EndStockHeat, "heat is missing at the end unsaid", |q, _| {
        q.end.heat_kwh.insert("hot".to_owned(), 80.0);
    }),
    mutation(Rule::BatchStart, "a batch starts before its window opens", |_, p| {
        laundry(p).started[8] = 1;
    }),
    mutation(Rule::BatchStart, "a batch runs over the end of the horizon", |_, p| {
        let last = p.grid.len() - 1;
        laundry(p).started[last] = 1;
    }),
    mutation(Rule::BatchStart, "a batch runs while its machines are out", |q, p| {
        q.unavailable.insert("batch.laundry".to_owned(), vec![true; p.grid.len()]);
    }),
    mutation(Rule::BatchAtOnce, "more batches run than there are machines", |_, p| {
        let t = first_start(p);
        laundry(p).started[t] = 3;
    }),
    mutation(Rule::BatchAtOnce, "fewer batches are told than run", |_, p| {
        let t = first_start(p);
        laundry(p).running[t + 1] = 0;
    }),
    mutation(Rule::BatchPerDay, "more batches start than are left of the day", |q, _| {
        q.start.batch.get_mut("laundry").unwrap().done_today = 6;
    }),
    mutation(Rule::BatchServed, "a batch is broken off", |_, p| {
        let t = first_start(p);
        laundry(p).served_kw[t + 2] = 0.0;
    }),
    mutation(Rule::BatchServed, "a batch draws more", |q, _| {
        q.site.batch.get_mut("laundry").unwrap().batch_kw = 9.0;
    }),
    mutation(Rule::BatchServed, "a batch from before the plan is forgotten", |q, _| {
        q.start.batch.get_mut("laundry").unwrap().running_left_h = vec![1.0];
    }),
    undeclared(Class::LoadT3, "a day's laundry is not done unsaid", |_, p| {
        let t = first_start(p);
        laundry(p).started[t] = 0;
    }),
];
