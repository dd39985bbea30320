//! The question: a site, a time grid, a start state, and series of demand, sun and water.

mod check;

use crate::site::{Battery, ById, Site, StartState, Tier};
use crate::time_grid::TimeGrid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A scheduling problem. [`Problem::check`] says everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The camp.
    pub site: Site,
    /// The steps.
    pub grid: TimeGrid,
    /// The state at the start of the first step.
    pub start: StartState,
    /// What is expected of demand, sun and water.
    pub series: Series,
    /// Assets that cannot be used, by `kind.id`: for each step, true if unavailable.
    #[serde(default)]
    pub unavailable: BTreeMap<String, Vec<bool>>,
    /// Stocks asked for at the end of the horizon.
    pub end: EndStock,
}

/// Forecast series: one value a step, the mean over the step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Demand of every consumer of [`Site::consumers`], by `kind.id`, kW.
    pub demand_kw: BTreeMap<String, Vec<f64>>,
    /// Solar power available at the inverters' AC side, by id, kW.
    #[serde(default)]
    pub solar_available_kw: ById<Vec<f64>>,
    /// Water asked for at the taps, by id, m3/h.
    #[serde(default)]
    pub taps_m3_per_h: ById<Vec<f64>>,
    /// Air temperature outdoors, degrees C; empty where it is not known. Without it, what heat takes
    /// from equipment is that of `place.design_temperature_c`, and cold takes nothing.
    #[serde(default)]
    pub temperature_c: Vec<f64>,
    /// Operating reserve asked for beside the site's shares, kW; none if empty.
    #[serde(default)]
    pub reserve_kw: Vec<f64>,
    /// Solar power that must be taken, by id, kW: what cannot be curtailed. Not named: none.
    #[serde(default)]
    pub solar_least_kw: ById<Vec<f64>>,
    /// Sets that must run, by id: for each step, true if it must. A set out of reach need not, nor
    /// one that owes time off.
    #[serde(default)]
    pub must_run: ById<Vec<bool>>,
}

/// The coldest and the hottest air that a series may tell of, degrees C.
const AIR_C: (f64, f64) = (-60.0, 65.0);

/// Stocks asked for at the end of the horizon; less is a declared shortfall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndStock {
    /// Energy in each battery, kWh.
    #[serde(default)]
    pub battery_kwh: ById<f64>,
    /// Level of each tank, m3.
    #[serde(default)]
    pub tank_m3: ById<f64>,
}

impl EndStock {
    /// The start stock or more, within what batteries and tanks may hold.
    pub fn as_start(site: &Site, start: &StartState) -> Self {
        let battery = site.battery.iter().map(|(id, b)| {
            let kwh = start.battery_kwh(site, id).clamp(b.min_kwh(), b.max_kwh());
            (id.clone(), kwh)
        });
        let tank = site.tank.iter().map(|(id, t)| {
            (id.clone(), start.tank_m3(site, id).clamp(t.floor_m3(), t.capacity_m3))
        });
        Self { battery_kwh: battery.collect(), tank_m3: tank.collect() }
    }

    /// The site's own targets; the floors where it states none.
    pub fn as_site(site: &Site) -> Self {
        let battery = site.battery.iter().map(|(id, b)| {
            let frac = b.end_state_of_charge_min_frac.unwrap_or(b.state_of_charge_min_frac);
            (id.clone(), frac * b.energy_kwh)
        });
        let tank = site
            .tank
            .iter()
            .map(|(id, t)| (id.clone(), t.end_level_min_m3.unwrap_or(0.0).max(t.floor_m3())));
        Self { battery_kwh: battery.collect(), tank_m3: tank.collect() }
    }
}

impl Problem {
    /// Whether an asset can be used in step `t`.
    pub fn is_available(&self, kind: &str, id: &str, t: usize) -> bool {
        if self.unavailable.is_empty() {
            return true;
        }
        !self
            .unavailable
            .get(&format!("{kind}.{id}"))
            .is_some_and(|steps| steps.get(t).copied().unwrap_or(false))
    }

    /// Whether an asset can be used, step by step.
    pub fn availability(&self, kind: &str, id: &str) -> Vec<bool> {
        (0..self.grid.len()).map(|t| self.is_available(kind, id, t)).collect()
    }

    /// What heat and height leave of a set's rating in step `t`, kW.
    pub fn genset_available_kw(&self, id: &str, t: usize) -> f64 {
        let place = &self.site.place;
        let air_c = self.series.temperature_c.get(t).copied().or(place.design_temperature_c);
        self.site.genset.get(id).map_or(0.0, |g| g.available_kw(place.altitude_m, air_c))
    }

    /// Most sets that may run in step `t` by quiet hours; `None`: any number.
    pub fn quiet_sets(&self, t: usize) -> Option<u32> {
        let quiet = self.site.quiet_hours.as_ref()?;
        quiet.holds(self.grid.local_minute(t)).then_some(quiet.max_running_sets)
    }

    /// Solar power that can be used in step `t`, kW: what the sun offers, within the inverter.
    pub fn solar_usable_kw(&self, id: &str, t: usize) -> f64 {
        let offered = self.series.solar_available_kw.get(id).map_or(0.0, |s| s[t]);
        let inverter = self.site.solar.get(id).map_or(0.0, |s| s.inverter_kw);
        if self.is_available("solar", id, t) { offered.min(inverter) } else { 0.0 }
    }

    /// Solar power that must be taken in step `t`, kW: within what can be used.
    pub fn solar_least_kw(&self, id: &str, t: usize) -> f64 {
        let least = self.series.solar_least_kw.get(id).map_or(0.0, |s| s[t]);
        least.min(self.solar_usable_kw(id, t))
    }

    /// Whether a set must run in step `t`, if it can.
    pub fn must_run(&self, id: &str, t: usize) -> bool {
        self.series.must_run.get(id).is_some_and(|steps| steps[t])
    }

    /// Operating reserve asked for in step `t` beside the site's shares, kW.
    pub fn reserve_kw(&self, t: usize) -> f64 {
        self.series.reserve_kw.get(t).copied().unwrap_or(0.0)
    }

    /// True if any reserve is asked, by shares or by the series.
    pub fn reserve_is_asked(&self) -> bool {
        self.site.reserve.is_asked() || self.series.reserve_kw.iter().any(|kw| *kw > 0.0)
    }

    /// Air temperature in step `t`, degrees C, if it is known.
    pub fn air_c(&self, t: usize) -> Option<f64> {
        self.series.temperature_c.get(t).copied()
    }

    /// Most power that a battery can take in step `t`, kW: its limit, less what heat and cold take.
    pub fn battery_charge_max_kw(&self, id: &str, t: usize) -> f64 {
        let Some(battery) = self.site.battery.get(id) else { return 0.0 };
        let share = battery.charge_share(self.air_c(t), self.site.place.design_temperature_c);
        if self.is_available("battery", id, t) { battery.charge_max_kw * share } else { 0.0 }
    }

    /// Energy that each battery keeps, kWh: the lower end of its window, and above it what carries its
    /// share of the most load of T0 and T1 for `critical_floor_h`, at most the window.
    pub fn battery_kept_kwh(&self) -> ById<f64> {
        let most_kw = self.critical_kw().into_iter().fold(0.0, f64::max);
        let keepers = self.site.battery.values().filter(|b| b.critical_floor_h.is_some());
        let all_kw: f64 = keepers.map(|b| b.discharge_max_kw).sum();
        let kept = |b: &Battery| {
            let Some(hours) = b.critical_floor_h.filter(|_| all_kw > 0.0) else {
                return b.min_kwh();
            };
            let share_kw = most_kw * b.discharge_max_kw / all_kw;
            (b.min_kwh() + share_kw * hours / b.discharge_efficiency_frac).min(b.max_kwh())
        };
        self.site.battery.iter().map(|(id, b)| (id.clone(), kept(b))).collect()
    }

    /// Demand of T0 and T1, kW.
    pub fn critical_kw(&self) -> Vec<f64> {
        let tiers = self.tiers();
        let of = |path: &String| tiers.get(path).is_some_and(|tier| *tier <= Tier::T1);
        let demand = || self.series.demand_kw.iter().filter(|(path, _)| of(path));
        let at = |t: usize| demand().filter_map(|(_, kw)| kw.get(t)).sum();
        (0..self.grid.len()).map(at).collect()
    }

    /// Whether a standby well may run in step `t`: as many as wells on duty are unavailable.
    pub fn well_may_run(&self, id: &str, t: usize) -> bool {
        if !self.is_available("well", id, t) {
            return false;
        }
        let wells = &self.site.well;
        if wells.get(id).is_some_and(|w| !w.standby) {
            return true;
        }
        let missing =
            wells.iter().filter(|(k, w)| !w.standby && !self.is_available("well", k, t)).count();
        let rank = wells
            .iter()
            .filter(|(k, w)| w.standby && self.is_available("well", k, t) && k.as_str() < id)
            .count();
        rank < missing
    }

    /// The tier of every consumer, by `kind.id`.
    pub fn tiers(&self) -> BTreeMap<String, Tier> {
        self.site.consumers().into_iter().map(|(path, tier, _)| (path, tier)).collect()
    }
}
