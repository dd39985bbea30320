//! What is minimised while a commitment is held: the plan's objective, and shortfalls at prices that are
//! steep enough that the right service gives, and flat enough for the arithmetic.

use crate::model::Model;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::solve::Objective;
use good_lp::Expression;

/// Price of the last rank, in units of the dearest kWh.
const CHEAPEST: f64 = 30.0;
/// How many times dearer each rank is than the one below it.
const STEEP: f64 = 5.0;
/// What the plan minimises, and its shortfalls.
pub(super) fn objective(problem: &Problem, plan: &Plan, model: &Model) -> Expression {
    let site = &problem.site;
    let (mut objective, unit) = match plan.objective {
        Objective::Cost => (model.ledger.operating_cost(site.money.fuel_price_per_l), 1.0),
        Objective::FuelL => (model.ledger.fuel_l.clone(), 1.0 / site.money.fuel_price_per_l),
    };
    let mut price = CHEAPEST * unit * site.dearest_kwh_cost();
    for rank in site.ranking.order.iter().rev() {
        for class in rank {
            let weight = if *class == ShortfallClass::LoadT0 { 2.0 } else { 1.0 };
            if let Some(total) = model.ledger.shortfall.get(class) {
                objective.add_mul(price * weight, total);
            }
        }
        price *= STEEP;
    }
    objective
}
