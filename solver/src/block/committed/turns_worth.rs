//! What the run hours of like sets are worth at the end of a plan; less is better.

use crate::lowered::{Fleet, Unit};
use crate::site::Rotation;

/// Running hours that keep two services out of the same week, h.
const WEEK_H: f64 = 168.0;

/// Of the hours that each set runs in the plan, h2.
pub(super) fn turns_h2(fleet: &Fleet, ran_h: &[f64]) -> f64 {
    let sets = || fleet.units.iter().zip(ran_h);
    match fleet.rotation {
        Rotation::None => 0.0,
        // Of sets whose hours have a fixed sum, the squares are least where the hours are alike.
        Rotation::Equalise => {
            let first_h = fleet.units[0].run_hours_h;
            sets().map(|(unit, ran_h)| (unit.run_hours_h + ran_h - first_h).powi(2)).sum()
        }
        Rotation::Stagger => {
            let of = |(i, (a, a_h)): (usize, (&Unit, &f64))| -> f64 {
                let others = sets().skip(i + 1);
                others.map(|(b, b_h)| (WEEK_H - apart_h(a, *a_h, b, *b_h)).max(0.0).powi(2)).sum()
            };
            sets().enumerate().map(of).sum()
        }
    }
}

/// Running hours between the next services of two sets, whichever comes first.
fn apart_h(a: &Unit, a_ran_h: f64, b: &Unit, b_ran_h: f64) -> f64 {
    let every_h = a.service_every_h.min(b.service_every_h);
    let left_h = (a.service_left_h - a_ran_h) - (b.service_left_h - b_ran_h);
    let later_h = left_h.rem_euclid(every_h);
    later_h.min(every_h - later_h)
}
