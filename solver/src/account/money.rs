//! The money of a plan: fuel, starts, wear, what refilling will cost, and the price of what falls short.

use super::{genset, starts};
use crate::plan::{Ledger, Plan, Shortfall};
use crate::problem::Problem;

/// Closes the books of a plan whose decisions are all in it.
pub(super) fn close_ledger(problem: &Problem, plan: &mut Plan) {
    let (site, grid) = (&problem.site, &problem.grid);
    let mut ledger = Ledger::default();
    for (id, g) in &plan.genset {
        let set = &site.genset[id];
        let (start_fuel_l, start_cost) = starts::totals(problem, id, &g.running);
        plan.fuel_l += start_fuel_l;
        ledger.start_cost += start_cost;
        for t in 0..grid.len() {
            plan.fuel_l += grid.dt_h(t) * g.fuel_l_per_h[t];
            if g.running[t] {
                ledger.running_cost += grid.dt_h(t) * set.running_cost_per_h;
            }
            ledger.band_cost += grid.dt_h(t) * genset::band_cost_per_h(set, g, t);
        }
    }
    for (id, b) in &plan.battery {
        let kwh: f64 = (0..grid.len()).map(|t| grid.dt_h(t) * b.discharge_kw[t]).sum();
        ledger.battery_wear_cost += kwh * site.battery[id].wear_cost_per_kwh;
    }
    plan.refill_l = refill_l(problem, plan);
    ledger.refill_cost = plan.refill_l * site.money.fuel_price_per_l;
    ledger.fuel_cost = plan.fuel_l * site.money.fuel_price_per_l;
    ledger.penalty = penalty(problem, &plan.shortfalls);
    plan.ledger = ledger;
    plan.cost = ledger.operating_cost();
}

/// Fuel that what is missing in batteries at the end is priced at, L.
fn refill_l(problem: &Problem, plan: &Plan) -> f64 {
    let of_one = |(id, l_per_kwh): (&String, &f64)| {
        let most_kwh = problem.site.battery.get(id)?.max_kwh();
        let end_kwh = plan.battery.get(id)?.stored_kwh.last()?;
        Some(l_per_kwh * (most_kwh - end_kwh).max(0.0))
    };
    problem.end.battery_l_per_kwh.iter().filter_map(of_one).sum()
}

/// The price of what falls short, by rank.
pub(super) fn penalty(problem: &Problem, shortfalls: &[Shortfall]) -> f64 {
    let (dearest, ranking) = (problem.site.dearest_kwh_cost(), &problem.site.ranking);
    let prices =
        shortfalls.iter().map(|s| s.total * dearest * ranking.multiple_of_dearest_kwh(s.class));
    prices.fold(0.0, |sum, penalty| sum + penalty)
}
