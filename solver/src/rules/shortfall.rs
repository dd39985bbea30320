//! What a choice of the rules falls short of, class by class, in the classes' own units.

use super::choice::{Asked, Choice};
use super::dispatch::stored_after;
use super::mean_load::above_kw;
use super::{CampState, SetState};
use crate::account::security::Sources;
use crate::account::sustained_kw;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::SecurityLevel;

/// Power of a choice, kW.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals {
    pub(super) sets_kw: f64,
    /// Sun in use.
    pub(super) sun_kw: f64,
}

/// The shortfalls of a choice of sets whose flows are known.
pub(super) fn shortfalls(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    asked: Asked,
    choice: &Choice,
    totals: Totals,
) -> Vec<(ShortfallClass, f64)> {
    let (site, dt) = (&problem.site, problem.grid.dt_h(t));
    let running = &choice.running;
    let under = |id: &String| {
        let set = &site.genset[id];
        (set.min_load_frac - choice.load_frac).max(0.0) * set.rated_kw
    };
    let under_kw: f64 = running.iter().map(under).sum();
    let critical_kw = (choice.unserved_kw - (asked.all_kw - asked.critical_kw)).max(0.0);
    let t3_kw = choice.unserved_kw.min(asked.t3_kw);
    let quiet = problem.quiet_sets(t).map_or(0.0, |most| running.len() as f64 - f64::from(most));
    let mut short = vec![
        (ShortfallClass::LoadT1, dt * critical_kw),
        (ShortfallClass::LoadT2, dt * (choice.unserved_kw - critical_kw - t3_kw)),
        (ShortfallClass::LoadT3, dt * t3_kw),
        (ShortfallClass::QuietHours, dt * quiet.max(0.0)),
        (ShortfallClass::MinimumLoad, dt * under_kw),
        (ShortfallClass::MeanLoad, mean_over_kwh(problem, t, camp, choice)),
        (ShortfallClass::Starts, starts_over(problem, camp, running)),
    ];
    let served_kw = asked.all_kw - choice.unserved_kw;
    let could_kw: f64 = running.iter().map(|id| problem.genset_available_kw(id, t)).sum();
    if problem.reserve_is_asked() {
        let shares_kw =
            site.reserve.load_frac * served_kw + site.reserve.solar_frac * totals.sun_kw;
        let required_kw = shares_kw + problem.reserve_kw(t);
        let carried_kw = could_kw - totals.sets_kw + battery_reserve_kw(problem, t, camp, choice);
        short.push((ShortfallClass::Reserve, dt * (required_kw - carried_kw).max(0.0)));
    }
    if let Some(level @ (SecurityLevel::Critical | SecurityLevel::Full)) = asked.level {
        let left_kw = left_after_loss_kw(problem, t, camp, choice);
        let missing = |load_kw: f64| dt * (load_kw - left_kw).max(0.0);
        short.push((ShortfallClass::SecurityCritical, missing(asked.critical_kw - critical_kw)));
        if level == SecurityLevel::Full {
            short.push((ShortfallClass::SecurityFull, missing(served_kw)));
        }
    }
    short
}

/// Starts of this combination beyond those of the day, set by set and together.
fn starts_over(problem: &Problem, camp: &CampState, running: &[String]) -> f64 {
    let site = &problem.site;
    let started: Vec<_> =
        camp.sets.iter().filter(|s| !s.running && running.contains(&s.id)).collect();
    let spent = |s: &&&SetState| {
        site.genset[&s.id].max_starts_per_day.is_some_and(|most| s.starts_today >= most)
    };
    let of_sets = started.iter().filter(spent).count() as f64;
    let before = camp.sets.iter().map(|s| s.starts_today).sum::<u32>();
    let together = site.plant.max_starts_per_day.map_or(0.0, |most| {
        let left = f64::from(most.saturating_sub(before));
        (started.len() as f64 - left).max(0.0)
    });
    of_sets + together
}

/// Energy above the mean load of 24 h that sets at `load_frac` may have, kWh.
fn mean_over_kwh(problem: &Problem, t: usize, camp: &CampState, choice: &Choice) -> f64 {
    let over = |set: &SetState| {
        let kw = choice.load_frac * problem.site.genset[&set.id].rated_kw;
        let above_kw = above_kw(problem, &set.id, kw)?;
        Some((problem.grid.dt_h(t) * above_kw - set.mean_room_kwh.max(0.0)).max(0.0))
    };
    camp.sets.iter().filter(|s| choice.running.contains(&s.id)).filter_map(over).sum()
}

fn battery_reserve_kw(problem: &Problem, t: usize, camp: &CampState, choice: &Choice) -> f64 {
    let site = &problem.site;
    if !problem.reserve_is_asked() {
        return 0.0;
    }
    let usable = site.battery.iter().filter(|(id, _)| problem.is_available("battery", id, t));
    usable
        .map(|(id, _)| {
            let (charge, discharge) = choice.battery_kw[id];
            battery_sustained_kw(problem, t, camp, choice, id) + charge - discharge
        })
        .sum()
}

/// What a battery can sustain, from the start and from the end of the step, kW.
fn battery_sustained_kw(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    choice: &Choice,
    id: &str,
) -> f64 {
    let least = camp.stored_kwh[id].min(stored_after(problem, t, camp, choice, id));
    sustained_kw(&problem.site, id, least, camp.kept_kwh[id])
}

/// What the loss of the largest source would leave, kW.
fn left_after_loss_kw(problem: &Problem, t: usize, camp: &CampState, choice: &Choice) -> f64 {
    let site = &problem.site;
    let batteries = site.battery.iter().filter(|(id, _)| problem.is_available("battery", id, t));
    let sustained = |id: &str| battery_sustained_kw(problem, t, camp, choice, id);
    let sunny = choice.solar_kw.iter().filter(|(id, _)| problem.solar_usable_kw(id, t) > 0.0);
    let counts = 1.0 - site.reserve.solar_frac;
    let sources = Sources {
        sets_kw: choice.running.iter().map(|id| problem.genset_available_kw(id, t)).collect(),
        batteries: batteries.map(|(id, b)| (b.grid_forming, sustained(id))).collect(),
        solar_kw: sunny.map(|(_, kw)| kw * counts).collect(),
    };
    sources.worst().map_or(0.0, |(_, kw)| kw)
}
