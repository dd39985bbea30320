//! Starts and stops of a fleet, and its least times on and off.

use super::{Committed, TOLERANCE_H, upkeep};
use crate::lowered::Unit;
use crate::model::Model;
use good_lp::Expression;

impl Committed {
    /// Starts, stops, and the least times on and off.
    pub(super) fn transitions(&self, model: &mut Model) {
        let (fleet, most) = (self.fleet(), self.most());
        for (t, step) in self.columns.steps.iter().enumerate() {
            if t > 0 || !fleet.any_start {
                model.burn(t, fleet.start_fuel_l, step.started);
                model.ledger.other_cost.add_mul(fleet.start_cost, step.started);
            }
            let before = match t {
                0 => Expression::from(fleet.running_at_start() as f64),
                _ => self.on[t - 1].clone(),
            };
            let change = self.on[t].clone() - before - step.started + step.stopped;
            model.row(format!("{}.change[{t}]", fleet.name), change.eq(0.0));
        }
        let steps = &self.columns.steps;
        upkeep::starts(model, fleet, &steps.iter().map(|s| s.started).collect::<Vec<_>>());
        let offset_h = model.offset_h.clone();
        // What changes where any start will do is no start, and owes nothing.
        let owing = usize::from(fleet.any_start);
        for t in 0..model.steps() {
            let since = |tau: usize| offset_h[t] - offset_h[tau];
            if fleet.available[t] {
                // A start before the set went out of reach binds nothing after it.
                let first =
                    fleet.available[..t].iter().rposition(|ok| !ok).map_or(0, |out| out + 1);
                let recent =
                    (first.max(owing)..=t).filter(|tau| since(*tau) + TOLERANCE_H < fleet.min_up_h);
                let mut row = self.on[t].clone();
                for tau in recent {
                    row.add_mul(-1.0, steps[tau].started);
                }
                let carried = if first == 0 { self.young(true, offset_h[t]) } else { 0.0 };
                model.row(format!("{}.min_up[{t}]", fleet.name), row.geq(carried));
            }
            let recent = (owing..=t).filter(|tau| since(*tau) + TOLERANCE_H < fleet.min_down_h);
            let mut row = self.on[t].clone();
            for tau in recent {
                row.add_mul(1.0, steps[tau].stopped);
            }
            let free = most - self.young(false, offset_h[t]);
            model.row(format!("{}.min_down[{t}]", fleet.name), row.leq(free));
        }
    }

    /// Sets that still owe their least time on (or off) from before the horizon, at `offset_h`. A set
    /// that may not run below its least load owes none on: there may be no load to keep it on.
    fn young(&self, running: bool, offset_h: f64) -> f64 {
        if self.fleet().any_start || running && self.fleet().min_load_hard {
            return 0.0;
        }
        let least = if running { self.fleet().min_up_h } else { self.fleet().min_down_h };
        let owes = |u: &&Unit| {
            u.start.running == running && u.start.for_h + offset_h + TOLERANCE_H < least
        };
        self.fleet().units.iter().filter(owes).count() as f64
    }
}
