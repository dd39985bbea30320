//! The mean load of the running hours of any 24 h (ISO 8528-1, prime rating).
//!
//! ```text
//! counted = power + lifted,  lifted >= 0.3 rated n - power         load under 30 % counts as 30 %
//! balance[t] = balance[t-1] + dt (counted - most_frac rated n)     kWh above the mean allowed
//! peak >= balance[t] - balance 24 h earlier
//! ```
//!
//! `peak` falls short: it is the largest excess of any window that ends with a step. Inside a
//! step `balance` is a straight line, so 24 h earlier may lie within one; before the first step it is
//! what the sets' last hours tell. The rows hold for the sum of the sets of a fleet; what a single
//! set exceeds beyond that is counted when the plan is settled. Columns start at `shift`, so that
//! none falls below 0.

use crate::lowered::{Fleet, Unit};
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

/// Load under this share of the rating counts as this share (ISO 8528-1).
const LEAST_COUNTED_FRAC: f64 = 0.30;
const WINDOW_H: f64 = 24.0;

/// Adds the rows for a fleet with `on` sets running at `power` kW in each step.
pub(super) fn limit(model: &mut Model, fleet: &Fleet, on: &[Expression], power: &[Expression]) {
    let Some(most_frac) = fleet.upkeep.mean_load_max_frac else {
        return;
    };
    let sets = fleet.units.len() as f64;
    let (least_kw, most_kw) = (LEAST_COUNTED_FRAC * fleet.rated_kw, most_frac * fleet.rated_kw);
    let horizon_h = model.offset_h[model.steps()];
    let shift = sets * (most_kw - least_kw).max(0.0) * horizon_h;
    let rise = sets * (fleet.rated_kw - most_kw.min(least_kw)) * horizon_h;
    let told = |from_h: f64| {
        fleet.units.iter().map(|u| excess_kwh(u, least_kw, most_kw, from_h)).sum::<f64>()
    };
    let most_excess = sets * (fleet.rated_kw - most_kw.min(least_kw)) * 2.0 * WINDOW_H;
    let mut balance: Vec<Variable> = Vec::new();
    let peak = model.column(format!("{}.load_peak", fleet.name), 0.0, most_excess);
    model.ledger.fall_short(ShortfallClass::MeanLoad, 1.0, peak);
    for t in 0..model.steps() {
        let name = |what: &str| format!("{}.{what}[{t}]", fleet.name);
        let mut counted = power[t].clone();
        if !fleet.min_load_hard || fleet.min_load_kw < least_kw {
            let lifted = model.column(name("lifted"), 0.0, sets * least_kw);
            counted += lifted;
            let row = counted.clone() - least_kw * on[t].clone();
            model.row(name("counted"), row.geq(0.0));
        }
        let column = model.column(name("load_balance"), 0.0, shift + rise);
        let before =
            balance.last().map_or_else(|| Expression::from(shift), |b| Expression::from(*b));
        let gained = model.dt_h[t] * (counted - most_kw * on[t].clone());
        model.row(name("load_balance"), (before + gained - column).eq(0.0));
        balance.push(column);

        let since_h = model.offset_h[t + 1] - WINDOW_H;
        let (earlier, told_kwh) = if since_h <= 0.0 {
            (Expression::from(shift), told(since_h))
        } else {
            (at(&model.offset_h, &balance, shift, since_h), 0.0)
        };
        let excess = Expression::from(column) - earlier - peak;
        model.row(name("load_excess"), excess.leq(-told_kwh));
    }
}

/// The balance `at_h` after the first step's start.
fn at(offset_h: &[f64], balance: &[Variable], shift: f64, at_h: f64) -> Expression {
    let s = offset_h.partition_point(|o| *o <= at_h).saturating_sub(1).min(balance.len() - 1);
    let part = (at_h - offset_h[s]) / (offset_h[s + 1] - offset_h[s]);
    let before = if s == 0 { Expression::from(shift) } else { Expression::from(balance[s - 1]) };
    part * Expression::from(balance[s]) + (1.0 - part) * before
}

/// What the hours since `from_h`, which is before the first step, went above the mean allowed, kWh.
fn excess_kwh(unit: &Unit, least_kw: f64, most_kw: f64, from_h: f64) -> f64 {
    let newest_first = unit.start.last_24h_kw.iter().rev().enumerate();
    let of_hour = |(i, kw): (usize, &f64)| {
        let within_h = (1.0_f64).min(-(i as f64) - from_h).max(0.0);
        if *kw > 0.0 { within_h * (kw.max(least_kw) - most_kw) } else { 0.0 }
    };
    newest_first.map(of_hour).sum()
}
