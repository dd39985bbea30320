//! What makers and camps ask of the running of a fleet of `n` like sets.
//!
//! ```text
//! power <= available n                         what heat and height leave of the rating
//! below >= band_low n - power                  priced, kWh outside the preferred band
//! above >= power - band_high n
//! starts of a day <= N max_starts_per_day      see `block/starts.rs`; the plan's own count is a set's
//! ```

use crate::block::starts::{Daily, limit};
use crate::lowered::Fleet;
use crate::model::Model;
use good_lp::{Expression, Variable};

/// The rows of one step.
pub(super) fn step(model: &mut Model, fleet: &Fleet, t: usize, n: &Expression, power: &Expression) {
    let available_kw = fleet.upkeep.available_kw[t];
    if available_kw < fleet.rated_kw {
        let slack = available_kw * n.clone() - power.clone();
        model.row(format!("{}.derated[{t}]", fleet.name), slack.geq(0.0));
    }
    band(model, fleet, t, n, power);
}

fn band(model: &mut Model, fleet: &Fleet, t: usize, n: &Expression, power: &Expression) {
    let (low_kw, high_kw) = fleet.upkeep.band_kw;
    let cost = fleet.upkeep.outside_band_cost_per_kwh * model.dt_h[t];
    if cost <= 0.0 {
        return;
    }
    let sets = fleet.units.len() as f64;
    if low_kw > 0.0 {
        let below = model.column(format!("{}.below_band[{t}]", fleet.name), 0.0, sets * low_kw);
        let row = power.clone() + below - low_kw * n.clone();
        model.row(format!("{}.band_low[{t}]", fleet.name), row.geq(0.0));
        model.ledger.other_cost.add_mul(cost, below);
    }
    if high_kw < fleet.rated_kw {
        let most = sets * (fleet.rated_kw - high_kw);
        let above = model.column(format!("{}.above_band[{t}]", fleet.name), 0.0, most);
        let row = power.clone() - above - high_kw * n.clone();
        model.row(format!("{}.band_high[{t}]", fleet.name), row.leq(0.0));
        model.ledger.other_cost.add_mul(cost, above);
    }
}

/// Hands the starts of the fleet to the plant, and limits them by day. What the sets have left of
/// the first day is counted set by set.
pub(super) fn starts(model: &mut Model, fleet: &Fleet, started: &[Variable]) {
    for (t, variable) in started.iter().enumerate() {
        model.started[t].add_mul(1.0, *variable);
    }
    let Some(most) = fleet.upkeep.max_starts_per_day else {
        return;
    };
    let had = fleet.units.iter().map(|u| u.start.starts_today.min(most)).sum::<u32>();
    let sets = fleet.units.len() as f64;
    let daily = Daily { most: sets * f64::from(most), had: f64::from(had), at_once: sets };
    let started: Vec<Expression> = started.iter().map(|s| Expression::from(*s)).collect();
    limit(model, &fleet.name, &started, &daily);
}
