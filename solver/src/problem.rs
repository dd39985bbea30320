//! The question: a site, a time grid, a start state, and series of demand, sun and water.

mod burn_off;
mod check;
mod end_stock;
mod fuel;
mod low_load;
mod part;
mod placed;
mod series;
mod service;
mod trace;
mod upkeep;
mod water;

pub use water::{Rest, WellDay};

use crate::site::{Battery, ById, Site, StartState, Tier};
use crate::time_grid::TimeGrid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use check::check_series;
pub use end_stock::EndStock;
pub(crate) use placed::BatchDay;
pub use series::Series;
pub(crate) use service::Unplaced;
pub use trace::Trace;

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
    /// Further ways in which load, sun and water may come; none: `series` are taken for certain. One
    /// commitment is made for all of them, and each is dispatched by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
    /// Hours after which traces part: from then on each has a commitment of its own, because by then it
    /// is seen which one comes, and before then the same sets run in all of them. Without it, they never
    /// part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces_part_after_h: Option<f64>,
}

/// The coldest and the hottest air that a series may tell of, degrees C.
pub const AIR_C: (f64, f64) = (-60.0, 65.0);

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
