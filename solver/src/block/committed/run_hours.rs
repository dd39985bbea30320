//! Run hours before a service, and the hour of a burn-off, of one set.
//!
//! ```text
//! sum of dt n over the steps before the service <= hours left with their slack + run_over
//! power + cold >= at_frac rated                      in the steps of a burn-off
//! ```
//!
//! `run_over`, h, falls short of the service; `cold`, kW, by its share of the burn-off's power, of the
//! burn-off. When they lie was chosen before (`problem/service.rs`, `problem/burn_off.rs`).

use crate::lowered::Fleet;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::Expression;

pub(super) fn rows(model: &mut Model, fleet: &Fleet, on: &[Expression], power: &[Expression]) {
    for (i, (steps, most_h)) in fleet.run_hours.limits.iter().enumerate() {
        let length_h = model.offset_h[steps.end] - model.offset_h[steps.start];
        let over = model.column(format!("{}.run_over[{i}]", fleet.name), 0.0, length_h);
        let mut hours = Expression::default();
        for t in steps.clone() {
            hours += model.dt_h[t] * on[t].clone();
        }
        model.row(format!("{}.run_hours[{i}]", fleet.name), (hours - over).leq(*most_h));
        model.ledger.fall_short(ShortfallClass::Service, 1.0, over);
    }
    for (steps, least_kw) in &fleet.run_hours.burn_offs {
        for t in steps.clone() {
            let cold = model.column(format!("{}.cold[{t}]", fleet.name), 0.0, *least_kw);
            let row = power[t].clone() + cold;
            model.row(format!("{}.burn_off[{t}]", fleet.name), row.geq(*least_kw));
            model.ledger.fall_short(ShortfallClass::BurnOff, model.dt_h[t] / least_kw, cold);
        }
    }
}
