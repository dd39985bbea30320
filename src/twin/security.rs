//! Whether the camp could lose a source now: the site's operating reserve and N-1, by the same words as
//! docs/model.md and none of the solver's code.
//!
//! Sets, sun and batteries carry the load together, so what could be added at once does not depend on how
//! they share it: `reserve = sets + batteries - (load - sun)`.

use super::fleet::{Fleet, Sets};
use camp_solver::site::{ById, Security, SecurityLevel, Tier};
use camp_solver::{Site, TimeGrid};
use chrono::{DateTime, Utc};

/// Less than this share of the load is arithmetic, not a shortfall.
const NEAR_FRAC: f64 = 0.01;

/// What the bus carries at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carried {
    pub(super) load_kw: f64,
    /// Load of T0 and T1.
    pub(super) critical_kw: f64,
    /// Sun in use.
    pub(super) sun_kw: f64,
}

/// What is missing, kW.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Short {
    pub(super) reserve_kw: f64,
    pub(super) n_minus_1_kw: f64,
}

impl Short {
    pub(super) fn is_none(self) -> bool {
        self.reserve_kw <= 0.0 && self.n_minus_1_kw <= 0.0
    }
}

/// The rules of a site, ready to be asked every minute.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    security: Option<Security>,
    load_frac: f64,
    solar_frac: f64,
    batteries: Vec<Held>,
    level: Option<(i64, SecurityLevel)>,
}

#[derive(Debug, Clone)]
struct Held {
    id: String,
    most_kw: f64,
    /// Energy below which nothing counts, kWh, and kW for each kWh above.
    kept_kwh: f64,
    kw_per_kwh: f64,
    forms_grid: bool,
}

impl Rules {
    pub(super) fn new(site: &Site) -> Self {
        let of_level = |tier: Tier| tier <= Tier::T1;
        let consumers = site.consumers();
        let critical = |hour: usize| -> f64 {
            consumers.iter().filter(|(_, tier, _)| of_level(*tier)).map(|(.., kw)| kw[hour]).sum()
        };
        let most_critical_kw = (0..24).map(critical).fold(0.0, f64::max);
        let keepers = || site.battery.values().filter(|b| b.critical_floor_h.is_some());
        let keepers_kw: f64 = keepers().map(|b| b.discharge_max_kw).sum();
        let held = |(id, b): (&String, &camp_solver::site::Battery)| {
            let share = b.discharge_max_kw / keepers_kw.max(1e-9);
            let kept = b.critical_floor_h.unwrap_or(0.0) * most_critical_kw * share;
            Held {
                id: id.clone(),
                most_kw: b.discharge_max_kw,
                kept_kwh: (b.min_kwh() + kept / b.discharge_efficiency_frac).min(b.max_kwh()),
                kw_per_kwh: b.discharge_efficiency_frac / site.reserve.battery_sustain_h,
                forms_grid: b.grid_forming,
            }
        };
        Self {
            security: site.security.clone(),
            load_frac: site.reserve.load_frac,
            solar_frac: site.reserve.solar_frac,
            batteries: site.battery.iter().map(held).collect(),
            level: None,
        }
    }

    /// The level asked for at a time; it changes at quarters of an hour at most.
    pub(super) fn level_at(&mut self, time: DateTime<Utc>, offset_min: i32) -> SecurityLevel {
        let Some(security) = &self.security else { return SecurityLevel::None };
        let minute = time.timestamp().div_euclid(60);
        match self.level {
            Some((of, level)) if of == minute => level,
            _ => {
                let level = security.level_in(&TimeGrid::uniform(time, 1, 1, offset_min), 0);
                self.level = Some((minute, level));
                level
            }
        }
    }

    /// What a battery could give for as long as the site asks, kW.
    fn headroom(held: &Held, stored_kwh: &ById<f64>) -> f64 {
        let stored = stored_kwh.get(&held.id).copied().unwrap_or(0.0);
        (held.kw_per_kwh * (stored - held.kept_kwh)).clamp(0.0, held.most_kw)
    }

    /// What all batteries could give, kW.
    pub(super) fn batteries_kw(&self, stored_kwh: &ById<f64>) -> f64 {
        self.batteries.iter().map(|h| Self::headroom(h, stored_kwh)).sum()
    }

    /// What is missing while `sets` run.
    pub(super) fn short(
        &self,
        fleet: &Fleet,
        sets: Sets,
        stored_kwh: &ById<f64>,
        carried: Carried,
        level: SecurityLevel,
    ) -> Short {
        let Carried { load_kw, critical_kw, sun_kw } = carried;
        let sets_kw: f64 = fleet.members(sets).map(|i| fleet.available_kw[i]).sum();
        let batteries_kw = self.batteries_kw(stored_kwh);
        let near_kw = NEAR_FRAC * load_kw;
        let told = |kw: f64| if kw > near_kw { kw } else { 0.0 };
        let asked_kw = self.load_frac * load_kw + self.solar_frac * sun_kw;
        let there_kw = sets_kw + batteries_kw - (load_kw - sun_kw);
        let asked = self.load_frac > 0.0 || self.solar_frac > 0.0;
        let reserve_kw = if asked { told(asked_kw - there_kw) } else { 0.0 };
        let protected_kw = match level {
            SecurityLevel::Full => load_kw,
            SecurityLevel::Critical => critical_kw,
            SecurityLevel::None => return Short { reserve_kw, n_minus_1_kw: 0.0 },
        };
        let firm_sun_kw = (1.0 - self.solar_frac) * sun_kw;
        let mut left_kw = f64::INFINITY;
        if sets != 0 {
            let largest = fleet.members(sets).map(|i| fleet.available_kw[i]).fold(0.0, f64::max);
            let formed = sets.count_ones() > 1 || self.batteries.iter().any(|b| b.forms_grid);
            let left = sets_kw - largest + batteries_kw + firm_sun_kw;
            left_kw = left_kw.min(if formed { left } else { 0.0 });
        }
        for held in &self.batteries {
            let own_kw = Self::headroom(held, stored_kwh);
            let others = self.batteries.iter().any(|b| b.forms_grid && b.id != held.id);
            let left = sets_kw + batteries_kw - own_kw + firm_sun_kw;
            left_kw = left_kw.min(if sets != 0 || others { left } else { 0.0 });
        }
        if sun_kw > 0.0 {
            left_kw = left_kw.min(sets_kw + batteries_kw);
        }
        Short { reserve_kw, n_minus_1_kw: told(protected_kw - left_kw.min(protected_kw)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn short(sets: Sets, charge_frac: f64, level: SecurityLevel) -> Short {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
        let site = crate::site_file::read(&path, Some("H")).unwrap().site;
        let stored = [("bess".to_owned(), 800.0 * charge_frac)].into();
        let carried = Carried { load_kw: 380.0, critical_kw: 60.0, sun_kw: 0.0 };
        Rules::new(&site).short(&Fleet::new(&site), sets, &stored, carried, level)
    }

    #[test]
    fn a_full_battery_stands_in_for_a_lost_set_and_an_empty_one_does_not() {
        assert!(short(0b11, 0.9, SecurityLevel::Full).is_none());
        assert!(short(0b11, 0.2, SecurityLevel::Full).n_minus_1_kw > 100.0);
        assert!(short(0b11, 0.2, SecurityLevel::Critical).n_minus_1_kw < 1e-9);
        assert!(short(0b11, 0.2, SecurityLevel::None).reserve_kw > 0.0, "380 of 384 kW in use");
    }

    #[test]
    fn a_battery_alone_on_the_bus_is_lost_with_all() {
        assert!((short(0, 0.9, SecurityLevel::Critical).n_minus_1_kw - 60.0).abs() < 1e-9);
    }
}
