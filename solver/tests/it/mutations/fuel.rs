//! Mutations of fuel in store.

use super::{Mutation, mutation};
use camp_solver::plan::{Economy, FuelPlan};
use camp_solver::site::{FuelStart, FuelStore};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem};

fn depot(p: &mut Plan) -> &mut FuelPlan {
    p.fuel_store.get_mut("depot").unwrap()
}

fn store(q: &mut Problem) -> &mut FuelStore {
    q.site.fuel_store.get_mut("depot").unwrap()
}

fn start(q: &mut Problem) -> &mut FuelStart {
    q.start.fuel_store.get_mut("depot").unwrap()
}

fn economy(p: &mut Plan) -> &mut Economy {
    depot(p).economy.as_mut().unwrap()
}

/// A delivery that comes within the horizon.
fn early(q: &mut Problem) {
    let deliveries = &mut start(q).deliveries;
    deliveries[1].expected_at = deliveries[0].expected_at;
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::FuelStock, "litres vanish from the store", |_, p| depot(p).level_l[3] -= 1.0),
    mutation(Rule::FuelStock, "the sets burn what no store gives", |_, p| {
        depot(p).drawn_l[5] = 0.0;
    }),
    mutation(Rule::FuelStock, "the store starts fuller", |q, _| start(q).level_l += 100.0),
    mutation(Rule::FuelStock, "a store that nobody names starts fuller", |q, _| {
        q.start.fuel_store.clear();
    }),
    mutation(Rule::FuelStock, "a store is below empty", |q, p| {
        start(q).level_l = 0.5;
        p.fuel_store.get_mut("depot").unwrap().level_l.iter_mut().for_each(|l| *l -= 4999.5);
    }),
    mutation(Rule::FuelDelivery, "a delivery comes without its slip", |q, p| {
        early(q);
        depot(p).delivered_l[0] = 5000.0;
    }),
    mutation(Rule::FuelDelivery, "a delivery is forgotten", |q, _| early(q)),
    mutation(Rule::FuelDelivery, "a delivery fits into a fuller store", |q, _| {
        store(q).capacity_l = 5100.0;
    }),
    mutation(Rule::FuelDelivery, "the slip is longer", |q, _| store(q).delivery_slip_d = 5.0),
    mutation(Rule::FuelDelivery, "regular deliveries come often", |q, _| {
        start(q).deliveries.clear();
        (store(q).delivery_every_d, store(q).delivery_slip_d) = (0.25, 0.0);
    }),
    mutation(Rule::FuelDelivery, "a regular delivery brings less", |q, p| {
        start(q).deliveries.clear();
        (store(q).delivery_every_d, store(q).delivery_slip_d) = (0.25, 0.0);
        store(q).delivery_l = 100.0;
        depot(p).delivered_l[24] = 5000.0;
    }),
    mutation(Rule::FuelOutlook, "the reserve is said to be smaller", |_, p| {
        depot(p).reserve_l -= 10.0;
    }),
    mutation(Rule::FuelOutlook, "the site asks for more days", |q, _| store(q).reserve_d = 30.0),
    mutation(Rule::FuelOutlook, "the site asks for more litres", |q, _| {
        store(q).reserve_l = 9000.0;
    }),
    mutation(Rule::FuelOutlook, "the fuel is said to last longer", |_, p| {
        depot(p).endurance_p90_d = Some(59.0);
        depot(p).endurance_p50_d = Some(59.5);
    }),
    mutation(Rule::FuelOutlook, "the burn may be far more", |q, _| {
        store(q).burn_p90_extra_frac = 1.5;
    }),
    mutation(Rule::FuelOutlook, "the order may come later", |q, p| {
        store(q).delivery_lead_d = 0.0;
        let late = p.grid.start + chrono::TimeDelta::days(50);
        depot(p).order_by_at = Some(late);
    }),
    mutation(Rule::FuelOutlook, "the reserve is touched and nobody says so", |_, p| {
        depot(p).reserve_touched_at = None;
        depot(p).endurance_p50_d = None;
    }),
    mutation(Rule::FuelOutlook, "a wider limit is said to keep the reserve", |_, p| {
        let economy = economy(p);
        economy.keeps_reserve = true;
        economy.t3_limit_kw += 0.5;
    }),
    mutation(Rule::FuelOutlook, "a limit below nothing is proposed", |_, p| {
        economy(p).t3_limit_kw = -1.0;
    }),
    mutation(Rule::FuelOutlook, "what keeps the reserve is said not to, or the reverse", |_, p| {
        let economy = economy(p);
        economy.keeps_reserve = !economy.keeps_reserve;
    }),
    mutation(Rule::FuelOutlook, "the proposal ends before the next delivery", |_, p| {
        economy(p).until_at -= chrono::TimeDelta::days(1);
    }),
];
