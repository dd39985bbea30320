//! Mutations of what a plan says of itself.

use super::{Mutation, miscounted, mutation, undeclared};
use camp_solver::plan::Status;
use camp_solver::site::NotHonoured;
use camp_solver::verify::Rule;
use camp_solver::{Plan, ShortfallClass as Class};

pub(super) const MUTATIONS: &[Mutation] = &[
    undeclared(Class::LoadT3, "an unserved load is not declared", |_, p| {
        unserved(p, "load.tents");
    }),
    undeclared(Class::Reserve, "reserve falls short and nobody says so", |q, p| {
        q.site.reserve.load_frac = 2.0;
        p.reserve.required_kw.iter_mut().for_each(|v| *v *= 20.0);
    }),
    undeclared(Class::MinimumLoad, "sets run below their minimum unsaid", |q, _| {
        q.site.genset.values_mut().for_each(|g| g.min_load_frac = 1.0);
    }),
    undeclared(Class::EndStockBattery, "a battery ends below its end stock unsaid", |q, _| {
        q.end.battery_kwh.insert("bess".to_owned(), 190.0);
    }),
    undeclared(Class::EndStockTank, "a tank ends below its end stock unsaid", |q, _| {
        q.end.tank_m3.insert("treated".to_owned(), 100.0);
    }),
    undeclared(Class::TankFloor, "a tank stands below its floor all the time unsaid", |q, p| {
        // All its levels lie 50 m3 lower, so its stock still follows from the flows.
        q.start.tank.get_mut("treated").unwrap().level_m3 -= 50.0;
        let levels = &mut p.tank.get_mut("treated").unwrap().level_m3;
        for m3 in levels {
            *m3 = (*m3 - 50.0).max(0.0);
        }
    }),
    undeclared(Class::Water, "the taps run dry unsaid", |_, p| {
        let taps = p.taps.get_mut("camp").unwrap();
        taps.delivered_m3_per_h[6] -= 0.5;
        taps.unserved_m3_per_h[6] += 0.5;
    }),
    undeclared(Class::LoadT0, "the theatre goes dark unsaid", |_, p| unserved(p, "load.theatre")),
    undeclared(Class::LoadT1, "the clinic goes dark unsaid", |_, p| unserved(p, "load.clinic")),
    undeclared(Class::LoadT2, "the kitchen stays cold unsaid", |_, p| {
        unserved(p, "load.kitchen");
    }),
    undeclared(Class::Water, "a day's drinking water is not made", |q, _| {
        q.site.treatment.get_mut("ro").unwrap().daily_product_m3 = Some(23.0);
    }),
    miscounted(Class::LoadT3, "a shortfall is declared smaller than it is", |_, p| {
        short(p, 1.0, 0.5);
    }),
    miscounted(Class::Reserve, "a shortfall is declared that is none", |_, p| {
        p.shortfalls.push(camp_solver::plan::Shortfall {
            class: Class::Reserve,
            asset: "bus".to_owned(),
            unit: "kWh".to_owned(),
            total: 3.0,
            by_step: {
                let mut steps = vec![0.0; p.grid.len()];
                steps[1] = 3.0;
                steps
            },
        });
    }),
    miscounted(Class::LoadT3, "a total is not the sum of its steps", |_, p| {
        short(p, 1.0, 1.0);
        p.shortfalls[0].total = 9.0;
    }),
    mutation(Rule::FuelTotal, "litres are left out", |_, p| p.fuel_l *= 0.9),
    mutation(Rule::FuelTotal, "a start costs more fuel", |q, p| {
        q.site.genset.values_mut().for_each(|g| g.start_fuel_l = 50.0);
        p.genset.values_mut().for_each(|g| g.starts = 1);
    }),
    mutation(Rule::LedgerTotal, "fuel costs more", |q, _| q.site.money.fuel_price_per_l = 2.0),
    mutation(Rule::LedgerTotal, "a start wears more", |q, p| {
        q.site.genset.values_mut().for_each(|g| g.start_cost = 50.0);
        p.genset.values_mut().for_each(|g| g.starts = 1);
    }),
    mutation(Rule::LedgerTotal, "an hour wears more", |q, _| {
        q.site.genset.values_mut().for_each(|g| g.running_cost_per_h += 1.0);
    }),
    mutation(Rule::LedgerTotal, "a battery wears more", |q, p| {
        q.site.battery.get_mut("bess").unwrap().wear_cost_per_kwh = 9.0;
        p.battery.get_mut("bess").unwrap().discharge_kw[2] += 10.0;
    }),
    mutation(Rule::LedgerTotal, "the penalty is that of another ranking", |q, p| {
        short(p, 1.0, 1.0);
        q.site.ranking.order.reverse();
    }),
    mutation(Rule::CostTotal, "the cost is made smaller", |_, p| p.cost *= 0.9),
    mutation(Rule::CostTotal, "the cost is in another currency", |q, _| {
        q.site.money.currency = "EUR".to_owned();
    }),
    mutation(Rule::FuelTotal, "what refilling takes is left out", |q, _| {
        q.end.battery_l_per_kwh.insert("bess".to_owned(), 0.3);
    }),
    mutation(Rule::LedgerTotal, "what refilling takes is not in the money", |q, p| {
        q.end.battery_l_per_kwh.insert("bess".to_owned(), 0.3);
        let battery = &q.site.battery["bess"];
        let end_kwh = p.battery["bess"].stored_kwh.last().unwrap();
        p.refill_l = 0.3 * (battery.max_kwh() - end_kwh);
    }),
    mutation(Rule::BoundAndGap, "the bound lies above the cost", |_, p| {
        p.bound = Some(p.cost + 1.0);
    }),
    mutation(Rule::BoundAndGap, "the gap is made smaller", |_, p| {
        p.bound = Some(0.5 * p.cost);
        p.gap_frac = Some(0.01);
    }),
    mutation(Rule::StatusClaim, "a plan is called proven with a gap", |_, p| {
        p.status = Status::Proven;
        p.bound = Some(0.9 * p.cost);
        p.gap_frac = Some((p.cost - 0.9 * p.cost) / p.cost);
    }),
    mutation(Rule::NotHonouredListed, "an excuse for what is honoured", |_, p| {
        let (field, instead) = ("genset.g1.min_up_h".to_owned(), "ignored".to_owned());
        p.not_honoured.push(NotHonoured { field, instead });
    }),
];

/// Leaves 5 kW of a consumer unserved in step 6.
fn unserved(p: &mut Plan, path: &str) {
    let consumer = p.consumer.get_mut(path).unwrap();
    consumer.served_kw[6] -= 5.0;
    consumer.unserved_kw[6] += 5.0;
}

/// Leaves `kw` of T3 unserved in step 6 and declares `said` of it.
fn short(p: &mut Plan, kw: f64, said: f64) {
    let tents = p.consumer.get_mut("load.tents").unwrap();
    tents.served_kw[6] -= kw;
    tents.unserved_kw[6] += kw;
    let mut by_step = vec![0.0; p.grid.len()];
    by_step[6] = 0.25 * said;
    p.shortfalls.push(camp_solver::plan::Shortfall {
        class: Class::LoadT3,
        asset: "load.tents".to_owned(),
        unit: "kWh".to_owned(),
        total: 0.25 * said,
        by_step,
    });
}
