//! What random camps have now and then: upkeep that comes due, sets at set-points of their own, turns,
//! unequal steps, cold in place of heat, weather, a second battery.

use super::draw::STEPS;
use crate::camp::charge;
use camp_solver::site::{BurnOff, Holds, LoadSharing, Rotation, Site};
use camp_solver::{Problem, TimeGrid};
use chrono::TimeDelta;
use proptest::prelude::*;

/// Upkeep of one set.
#[derive(Debug, Clone)]
pub(crate) struct Upkeep {
    /// The set, by its place.
    pub(crate) set: usize,
    /// Running hours until its service is due; it may be 25 earlier or later.
    service_left_h: f64,
    service_duration_h: f64,
    low_load_h: f64,
    burn_off_owed_h: f64,
    /// Step with which an agreed burn-off begins.
    agreed: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Extras {
    pub(crate) upkeep: Option<Upkeep>,
    /// The set, by its place, that does not share load.
    pub(crate) base_load: Option<usize>,
    rotation: Rotation,
    pub(crate) unequal: bool,
    pub(crate) cold: bool,
    temperature_c: Option<Vec<f64>>,
    second_battery: Option<f64>,
}

pub(crate) fn extras() -> impl Strategy<Value = Extras> {
    let service = (-40.0..40.0, prop_oneof![Just(1.0), Just(2.0), Just(4.0)]);
    let agreed = prop::option::weighted(0.3, 0_usize..STEPS);
    let upkeep = (0_usize..3, service, 5.0..12.0, 0.0..26.0, agreed);
    let upkeep = upkeep.prop_map(|(set, service, low_load_h, burn_off_owed_h, agreed)| Upkeep {
        set,
        service_left_h: service.0,
        service_duration_h: service.1,
        low_load_h,
        burn_off_owed_h,
        agreed,
    });
    let rotation =
        prop_oneof![Just(Rotation::None), Just(Rotation::Equalise), Just(Rotation::Stagger)];
    let some = |p| prop::bool::weighted(p);
    (
        (
            prop::option::weighted(0.3, upkeep),
            prop::option::weighted(0.3, 0_usize..3),
            rotation,
            some(0.3),
            some(0.3),
        ),
        (
            prop::option::weighted(0.3, prop::collection::vec(-5.0..55.0, STEPS)),
            prop::option::weighted(0.3, 0.0..1.0),
        ),
    )
        .prop_map(|(plant, (temperature_c, second_battery))| Extras {
            upkeep: plant.0,
            base_load: plant.1,
            rotation: plant.2,
            unequal: plant.3,
            cold: plant.4,
            temperature_c,
            second_battery,
        })
}

impl Extras {
    /// The same where the sets are named in the opposite order.
    pub(crate) fn reversed(&self, sets: usize) -> Self {
        let turned = |set: usize| if set < sets { sets - 1 - set } else { set };
        let mut other = self.clone();
        other.base_load = self.base_load.map(turned);
        other.upkeep.iter_mut().for_each(|upkeep| upkeep.set = turned(upkeep.set));
        other
    }

    /// The same six hours in steps of 10, 20 and 60 minutes.
    pub(crate) fn grid(&self, uniform: TimeGrid) -> TimeGrid {
        if !self.unequal {
            return uniform;
        }
        let step_minutes = [10, 20, 60].into_iter().flat_map(|m| [m; STEPS / 3]).collect();
        TimeGrid { step_minutes, ..uniform }
    }

    pub(crate) fn change_site(&self, site: &mut Site) {
        site.plant.rotation = self.rotation;
        if self.rotation == Rotation::Stagger {
            site.plant.run_hours_spread_max_h = None;
        }
        let name = |set: usize| format!("g{}", set + 1);
        if let Some(set) = self.base_load.and_then(|set| site.genset.get_mut(&name(set))) {
            set.load_sharing = LoadSharing::BaseLoad;
        }
        if self.cold {
            site.thermal_store.values_mut().for_each(|store| store.holds = Holds::Cold);
        }
        if let Some(bess) = site.battery.get("bess").filter(|_| self.second_battery.is_some()) {
            let mut second = bess.clone();
            (second.energy_kwh, second.discharge_max_kw, second.charge_max_kw) = (60.0, 25.0, 40.0);
            (second.grid_forming, second.critical_floor_h) = (false, None);
            (second.charge_efficiency_frac, second.wear_cost_per_kwh) = (0.9, 0.03);
            site.battery.insert("old".to_owned(), second);
        }
        if let Some(upkeep) = &self.upkeep {
            // A set with upkeep is no longer like the others, or is, as its times fall: what like sets
            // have above their mean load cannot be told from the plan then (`laws.rs`).
            site.genset.values_mut().for_each(|set| set.mean_load_24h_max_frac = None);
            if let Some(set) = site.genset.get_mut(&name(upkeep.set)) {
                set.run_hours_h = Some(250.0 - upkeep.service_left_h);
                set.service_duration_h = upkeep.service_duration_h;
                set.burn_off = Some(BurnOff::default());
            }
        }
    }

    pub(crate) fn change_problem(&self, problem: &mut Problem) {
        if let Some(temperature_c) = &self.temperature_c {
            problem.series.temperature_c.clone_from(temperature_c);
        }
        if let Some(frac) = self.second_battery.filter(|_| problem.site.battery.contains_key("old"))
        {
            charge(problem, "old", frac);
        }
        let Some(upkeep) = &self.upkeep else { return };
        let id = format!("g{}", upkeep.set + 1);
        if !problem.site.genset.contains_key(&id) {
            return;
        }
        let mut state = problem.start.genset(&id);
        (state.low_load_h, state.burn_off_owed_h) = (upkeep.low_load_h, 0.0);
        if upkeep.low_load_h >= BurnOff::default().after_h {
            state.burn_off_owed_h = upkeep.burn_off_owed_h;
        }
        let minutes = |step: usize| problem.grid.step_minutes[..step].iter().sum::<u32>();
        let begins = |step| problem.grid.start + TimeDelta::minutes(i64::from(minutes(step)));
        state.burn_offs_at = upkeep.agreed.map(begins).into_iter().collect();
        problem.start.genset.insert(id, state);
    }
}
