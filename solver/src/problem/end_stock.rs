//! Stocks asked for at the end of the horizon.

use crate::site::{ById, Site, StartState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Stocks asked for at the end of the horizon; less is a declared shortfall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndStock {
    /// Energy in each battery, kWh.
    #[serde(default)]
    pub battery_kwh: ById<f64>,
    /// What each kWh that is missing in a battery from the top of its window at the end will cost, L of
    /// fuel: so much a plan pays for leaving it empty. Best the fuel that a kWh in store saves later: what
    /// the best set burns for a kWh, times the battery's efficiency of discharge.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub battery_l_per_kwh: ById<f64>,
    /// Level of each tank, m3.
    #[serde(default)]
    pub tank_m3: ById<f64>,
    /// Heat in each thermal store, kWh.
    #[serde(default)]
    pub heat_kwh: ById<f64>,
    /// Most wastewater in each equalisation tank, m3; more is the shortfall.
    #[serde(default)]
    pub wastewater_m3: ById<f64>,
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
        let heat = site.thermal_store.iter().map(|(id, s)| {
            (id.clone(), start.heat_kwh(site, id).clamp(s.least_kwh(), s.store_kwh))
        });
        let sewage = site.wastewater.keys();
        let sewage = sewage.map(|id| (id.clone(), start.wastewater(site, id).level_m3));
        Self {
            battery_kwh: battery.collect(),
            battery_l_per_kwh: ById::new(),
            tank_m3: tank.collect(),
            heat_kwh: heat.collect(),
            wastewater_m3: sewage.collect(),
        }
    }

    /// The site's own targets; the floors where it states none.
    pub fn as_site(site: &Site) -> Self {
        let battery = site.battery.iter().map(|(id, b)| {
            let frac = b.end_state_of_charge_min_frac.unwrap_or(b.state_of_charge_min_frac);
            (id.clone(), frac * b.energy_kwh)
        });
        let worth = site.battery.iter().filter_map(|(id, b)| Some((id.clone(), b.end_l_per_kwh?)));
        let tank = site
            .tank
            .iter()
            .map(|(id, t)| (id.clone(), t.end_level_min_m3.unwrap_or(0.0).max(t.floor_m3())));
        let heat = site.thermal_store.iter().map(|(id, s)| (id.clone(), s.least_kwh()));
        let sewage = site.wastewater.iter().map(|(id, w)| {
            (id.clone(), w.end_equalisation_max_m3.unwrap_or(w.start_equalisation_m3))
        });
        Self {
            battery_kwh: battery.collect(),
            battery_l_per_kwh: worth.collect(),
            tank_m3: tank.collect(),
            heat_kwh: heat.collect(),
            wastewater_m3: sewage.collect(),
        }
    }
}
