//! Starts by time off: a start is matched with the stop before it.
//!
//! Column `after[s,t]` in [0, 1], for a stop in step `s` (or before the horizon) and a start in step
//! `t` that is hotter than the coldest: 1 if the set stands from the one to the other. It saves what
//! the coldest start takes more than this one (Knueven, Ostrowski and Watson, "A novel matching
//! formulation for startup costs in unit commitment", 2020).
//!
//! ```text
//! sum over s of after[s,t] <= started[t]
//! sum over t of after[s,t] <= stopped[s]           before the horizon: 1 if it stands at the start
//! fuel += more(coldest) started[t] - sum (more(coldest) - more(time off)) after[s,t]
//! ```

use super::{FleetStep, TOLERANCE_H};
use crate::lowered::Fleet;
use crate::model::Model;
use good_lp::{Expression, Variable};

/// A time at which a set went off: before the horizon or in a step of it.
struct Stop {
    name: String,
    /// After the grid's start, h; before it: below 0.
    at_h: f64,
    column: Option<Variable>,
    first_start: usize,
}

/// Rows of a fleet of one.
pub(super) fn rows(model: &mut Model, fleet: &Fleet, steps: &[FleetStep]) {
    let Some(coldest) = fleet.start_tiers.last() else {
        return;
    };
    let mut hotter: Vec<Expression> = vec![Expression::default(); model.steps()];
    for stop in stops(model, fleet, steps) {
        let mut matched = Expression::default();
        for (t, hotter) in hotter.iter_mut().enumerate().skip(stop.first_start) {
            let off_h = model.offset_h[t] - stop.at_h + TOLERANCE_H;
            if off_h >= coldest.after_off_h {
                break;
            }
            if off_h < fleet.min_down_h {
                continue;
            }
            let tier = fleet.start_tiers.iter().rfind(|tier| off_h >= tier.after_off_h);
            let (more_fuel_l, more_cost) =
                tier.map_or((0.0, 0.0), |t| (t.more_fuel_l, t.more_cost));
            let after = model.column(format!("{}.after.{}[{t}]", fleet.name, stop.name), 0.0, 1.0);
            model.burn(t, more_fuel_l - coldest.more_fuel_l, after);
            model.ledger.other_cost.add_mul(more_cost - coldest.more_cost, after);
            matched.add_mul(1.0, after);
            hotter.add_mul(1.0, after);
        }
        let name = format!("{}.stop_matched.{}", fleet.name, stop.name);
        match stop.column {
            Some(stopped) => model.row(name, (matched - stopped).leq(0.0)),
            None => model.row(name, matched.leq(1.0)),
        }
    }
    for (t, matched) in hotter.into_iter().enumerate() {
        let started = steps[t].started;
        model.burn(t, coldest.more_fuel_l, started);
        model.ledger.other_cost.add_mul(coldest.more_cost, started);
        model.row(format!("{}.start_matched[{t}]", fleet.name), (matched - started).leq(0.0));
    }
}

fn stops(model: &Model, fleet: &Fleet, steps: &[FleetStep]) -> Vec<Stop> {
    let standing = fleet.units.iter().map(|u| &u.start).filter(|start| !start.running);
    let before = standing.map(|start| Stop {
        name: "before".to_owned(),
        at_h: -start.for_h,
        column: None,
        first_start: 0,
    });
    let within = steps.iter().enumerate().map(|(s, step)| Stop {
        name: s.to_string(),
        at_h: model.offset_h[s],
        column: Some(step.stopped),
        first_start: s + 1,
    });
    before.chain(within).collect()
}
