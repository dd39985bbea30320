//! The state that a plan starts in.

use super::{ById, Site};
use crate::fault::Faults;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The state that a plan starts in. What is not named: sets have been off for long, batteries stand
/// at the lower end of their window and tanks at their floors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartState {
    /// Local time of the state; a plan from files starts here unless told otherwise.
    #[serde(default)]
    pub time: Option<NaiveDateTime>,
    /// Sets.
    #[serde(default)]
    pub genset: BTreeMap<String, GensetStart>,
    /// Batteries.
    #[serde(default)]
    pub battery: BTreeMap<String, BatteryStart>,
    /// Tanks.
    #[serde(default)]
    pub tank: BTreeMap<String, TankStart>,
}

/// A set at the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GensetStart {
    /// True if it runs.
    pub running: bool,
    /// For how long it has been running or standing, h.
    pub for_h: f64,
    /// Its power, kW; for sets with ramps. Without it a running set stands at its least load.
    #[serde(default)]
    pub power_kw: Option<f64>,
    /// Starts in the local day of the first step, before it.
    #[serde(default)]
    pub starts_today: u32,
    /// Mean load of the hours before the first step while it ran in them, kW, oldest first; 0 for an
    /// hour in which it stood. At most the last 24; hours that are not told count as standstill.
    #[serde(default)]
    pub last_24h_kw: Vec<f64>,
}

impl GensetStart {
    /// A set that has been running or standing for `for_h` hours.
    pub fn new(running: bool, for_h: f64) -> Self {
        Self { running, for_h, ..Self::default() }
    }
}

/// A battery at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatteryStart {
    /// State of charge, 0 to 1.
    pub state_of_charge_frac: f64,
}

/// A tank at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TankStart {
    /// Level, m3.
    pub level_m3: f64,
}

impl StartState {
    /// A set's state; off for long if it is not named.
    pub fn genset(&self, id: &str) -> GensetStart {
        self.genset.get(id).cloned().unwrap_or(GensetStart::new(false, 1000.0))
    }

    /// A set's power at the start, kW; 0 if it stands.
    pub(crate) fn genset_kw(&self, site: &Site, id: &str) -> f64 {
        let least = site.genset.get(id).map_or(0.0, super::Genset::min_load_kw);
        let state = self.genset(id);
        if state.running { state.power_kw.unwrap_or(least) } else { 0.0 }
    }

    /// Energy in a battery, kWh.
    pub fn battery_kwh(&self, site: &Site, id: &str) -> f64 {
        let Some(battery) = site.battery.get(id) else {
            return 0.0;
        };
        let frac = self
            .battery
            .get(id)
            .map_or(battery.state_of_charge_min_frac, |b| b.state_of_charge_frac);
        frac * battery.energy_kwh
    }

    /// Level of a tank, m3.
    pub fn tank_m3(&self, site: &Site, id: &str) -> f64 {
        let floor = site.tank.get(id).map_or(0.0, super::Tank::floor_m3);
        self.tank.get(id).map_or(floor, |t| t.level_m3)
    }

    /// Adds every fault of the state against its site.
    pub fn check(&self, site: &Site, faults: &mut Faults) {
        fn unknown<A, B>(kind: &str, named: &ById<A>, known: &ById<B>, faults: &mut Faults) {
            for id in named.keys().filter(|id| !known.contains_key(*id)) {
                let ids: Vec<_> = known.keys().map(String::as_str).collect();
                let rule = format!("must name a {kind} of the site: {}", ids.join(", "));
                faults.add(format!("start.{kind}.{id}"), id, rule);
            }
        }
        unknown("genset", &self.genset, &site.genset, faults);
        unknown("battery", &self.battery, &site.battery, faults);
        unknown("tank", &self.tank, &site.tank, faults);
        for (id, set) in &self.genset {
            faults.within(format!("start.genset.{id}.for_h"), set.for_h, 0.0, 1e6);
            let most = site.genset.get(id).map_or(f64::MAX, |g| g.rated_kw);
            let kw = set.power_kw.unwrap_or(0.0);
            faults.within(format!("start.genset.{id}.power_kw"), kw, 0.0, most);
            let (path, hours) = (format!("start.genset.{id}.last_24h_kw"), &set.last_24h_kw);
            if hours.len() > 24 {
                faults.add(&path, format!("{} values", hours.len()), "must have at most 24 values");
            }
            for (i, kw) in hours.iter().enumerate() {
                faults.within(format!("{path}[{i}]"), *kw, 0.0, 1e6);
            }
        }
        for (id, battery) in &self.battery {
            let path = format!("start.battery.{id}.state_of_charge_frac");
            faults.within(path, battery.state_of_charge_frac, 0.0, 1.0);
        }
        for (id, tank) in &self.tank {
            let most = site.tank.get(id).map_or(f64::MAX, |t| t.capacity_m3);
            faults.within(format!("start.tank.{id}.level_m3"), tank.level_m3, 0.0, most);
        }
    }
}
