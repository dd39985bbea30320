//! From slots to what the learners take.

use super::battery::{self, Slot, Stated};
use super::fuel_curve::{self, Curve, Draw, LearntPoint, Running};
use crate::report::balance::{self, Book};
use crate::report::estimate::Estimate;
use crate::report::measured::{Measured, SLOT_H};
use camp_solver::Site;
use camp_solver::site::{Battery, Genset};
use std::collections::BTreeMap;

/// Power from which a set without a flag is taken for running, share of its rating.
pub(crate) const RUNS_FRAC: f64 = 0.02;
/// A meter that shows the same for so many slots while its set's power moves is stuck.
const STUCK_SLOTS: usize = 6;
/// Slots of a draw on the tank: half a day.
const DRAW_SLOTS: usize = 144;
/// Slots by which a level is read at the ends of a draw.
const END_SLOTS: usize = 6;

/// The share of each slot in which a set runs; nothing where nothing is known.
pub(crate) fn running(set: &Genset, id: &str, measured: &Measured) -> Vec<Option<f64>> {
    let flags = measured.held("genset", id, "is_running");
    let power = measured.held("genset", id, "power_kw");
    (0..measured.len())
        .map(|i| {
            let flag = flags.as_ref().and_then(|f| f[i]).map(|f| f.clamp(0.0, 1.0));
            let by_power = power
                .as_ref()
                .and_then(|p| p[i])
                .map(|kw| if kw > RUNS_FRAC * set.rated_kw { 1.0 } else { 0.0 });
            flag.or(by_power)
        })
        .collect()
}

/// Slots in which the set ran all through, with those beside.
pub(super) fn runs(set: &Genset, id: &str, measured: &Measured) -> Vec<Running> {
    let (Some(power), Some(fuel)) =
        (measured.raw("genset", id, "power_kw"), measured.raw("genset", id, "fuel_l_per_h"))
    else {
        return Vec::new();
    };
    let running = running(set, id, measured);
    let runs = |i: usize| running[i].is_some_and(|share| share > 0.999);
    let mut found = Vec::new();
    for i in 1..measured.len().saturating_sub(1) {
        let (Some(power_kw), Some(fuel_l_per_h)) = (power[i], fuel[i]) else { continue };
        if runs(i - 1) && runs(i) && runs(i + 1) && fuel_l_per_h > 0.0 && !stuck(fuel, power, i) {
            found.push(Running { power_kw, fuel_l_per_h, day: measured.local(i).0 });
        }
    }
    found
}

/// Whether a meter has shown the same to the last digit while the power moved.
fn stuck(fuel: &[Option<f64>], power: &[Option<f64>], i: usize) -> bool {
    let from = (i + 1).saturating_sub(STUCK_SLOTS);
    let same = |list: &[Option<f64>]| {
        list[from..=i].iter().all(|v| v.zip(list[i]).is_some_and(|(a, b)| (a - b).abs() < 1e-9))
    };
    same(fuel) && !same(power)
}

/// What was drawn from the tank, with the sets that ran, half a day each.
pub(super) fn draws(site: &Site, measured: &Measured, book: &Book) -> Vec<Draw> {
    let level = balance::without_deliveries(book);
    let end = |at: usize| -> Option<f64> {
        let from = at.saturating_sub(END_SLOTS / 2);
        let near: Vec<f64> =
            level[from..(at + END_SLOTS / 2).min(level.len())].iter().flatten().copied().collect();
        (near.len() * 2 >= END_SLOTS).then(|| near.iter().sum::<f64>() / near.len() as f64)
    };
    let (groups, _) = groups(site);
    let sets: Vec<_> = site
        .genset
        .iter()
        .map(|(id, set)| {
            (groups[id], running(set, id, measured), measured.held("genset", id, "power_kw"))
        })
        .collect();
    let mut found = Vec::new();
    for from in (END_SLOTS..level.len().saturating_sub(DRAW_SLOTS)).step_by(DRAW_SLOTS) {
        let to = from + DRAW_SLOTS;
        let (Some(before), Some(after)) = (end(from), end(to)) else { continue };
        if book.guessed_l[from..to].iter().any(|l| *l > 0.0) {
            continue;
        }
        let mut runs = Vec::new();
        for (group, running, power) in &sets {
            for i in from..to {
                let share = running[i].unwrap_or(0.0);
                let kw = power.as_ref().and_then(|p| p[i]).unwrap_or(0.0);
                if share > 0.0 {
                    runs.push((*group, kw / share, share * SLOT_H));
                }
            }
        }
        found.push(Draw { drawn_l: before - after, runs, day: measured.local(from).0 });
    }
    found
}

/// Sets that state the same curve are one group: its number by set, and the curves.
fn groups(site: &Site) -> (BTreeMap<String, usize>, Vec<Curve>) {
    let (mut by_set, mut curves) = (BTreeMap::new(), Vec::<Curve>::new());
    for (id, set) in &site.genset {
        let curve = Curve::of(set);
        let known = curves.iter().position(|c| *c == curve);
        let number = known.unwrap_or_else(|| {
            curves.push(curve);
            curves.len() - 1
        });
        by_set.insert(id.clone(), number);
    }
    (by_set, curves)
}

/// The group of each set, and the curves of the groups where the tank tells them.
pub(super) fn by_tank(
    site: &Site,
    draws: &[Draw],
) -> (BTreeMap<String, usize>, Option<Vec<Vec<LearntPoint>>>) {
    let (by_set, curves) = groups(site);
    let learnt = fuel_curve::from_tank(&curves, draws);
    (by_set, learnt)
}

/// A battery's values.
pub(super) fn battery(spec: &Battery, id: &str, measured: &Measured) -> Option<Vec<Estimate>> {
    let charge = measured.held("battery", id, "charge_kw")?;
    let discharge = measured.held("battery", id, "discharge_kw")?;
    let state = measured.raw("battery", id, "state_of_charge_frac")?;
    let mut slots = Vec::new();
    let mut stretch = 0;
    for i in 0..measured.len() {
        // Without the power of a slot the sums since the day's start are lost.
        let (Some(charge_kw), Some(discharge_kw)) = (charge[i], discharge[i]) else {
            stretch = i;
            continue;
        };
        slots.push(Slot {
            charge_kw,
            discharge_kw,
            state_of_charge_frac: state[i],
            length_h: SLOT_H,
            day: measured.local(i).0,
            stretch,
        });
    }
    let stated = Stated {
        charge_efficiency_frac: spec.charge_efficiency_frac,
        discharge_efficiency_frac: spec.discharge_efficiency_frac,
        energy_kwh: spec.energy_kwh,
    };
    let found = battery::learn(&stated, &slots)?;
    let seen = (found.samples, found.days);
    let (charge, discharge) = (stated.charge_efficiency_frac, stated.discharge_efficiency_frac);
    let value = |name: &str, of: battery::Found, stated: f64| {
        Estimate::new(name, (of.value, of.error), Some(stated), seen)
    };
    Some(vec![
        value("round_trip_efficiency_frac", found.round_trip, charge * discharge),
        value("charge_efficiency_frac", found.charge, charge),
        value("discharge_efficiency_frac", found.discharge, discharge),
        value("energy_kwh", found.energy, stated.energy_kwh),
    ])
}
