//! The state that a plan starts in.

mod water;

pub use water::{TreatmentStart, WastewaterStart, WellStart};

use super::{ById, Site};
use crate::fault::Faults;
use chrono::{DateTime, NaiveDateTime, Utc};
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
    /// Thermal stores; one that is not named stands at its `start_frac`.
    #[serde(default)]
    pub thermal_store: BTreeMap<String, ThermalStart>,
    /// Batches; of a kind that is not named none has been done today and none runs.
    #[serde(default)]
    pub batch: BTreeMap<String, BatchStart>,
    /// Fuel stores; one that is not named holds its `start_l` and gets its regular deliveries.
    #[serde(default)]
    pub fuel_store: BTreeMap<String, FuelStart>,
    /// Wells.
    #[serde(default)]
    pub well: BTreeMap<String, WellStart>,
    /// Treatment lines.
    #[serde(default)]
    pub treatment: BTreeMap<String, TreatmentStart>,
    /// Wastewater plants.
    #[serde(default)]
    pub wastewater: BTreeMap<String, WastewaterStart>,
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
    /// Hours run so far, h; without it those of the site file.
    #[serde(default)]
    pub run_hours_h: Option<f64>,
    /// Run hours at which the next service is due, h; without it those of the site file.
    #[serde(default)]
    pub service_due_h: Option<f64>,
    /// Start of a service that is agreed; without it the plan places what is due.
    #[serde(default)]
    pub service_at: Option<DateTime<Utc>>,
    /// Hours run at low load since the last burn-off, h.
    #[serde(default)]
    pub low_load_h: f64,
    /// For how long it has been running at the load of a burn-off, h.
    #[serde(default)]
    pub high_load_h: f64,
    /// For how long a burn-off has been owed, h.
    #[serde(default)]
    pub burn_off_owed_h: f64,
    /// Starts of burn-offs that are agreed; what a plan does not run of them is a shortfall. One that
    /// should have begun before the plan begins with it, less `high_load_h`. Where there is none, the
    /// plan places what is owed as it begins; what comes to be owed in it is placed beside them.
    #[serde(default)]
    pub burn_offs_at: Vec<DateTime<Utc>>,
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

/// A thermal store at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThermalStart {
    /// Fill, 0 to 1.
    pub fill_frac: f64,
}

/// Batches of one kind at the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchStart {
    /// Batches of the local day that have ended.
    #[serde(default)]
    pub done_today: u32,
    /// For each batch that runs: how long it still takes, h.
    #[serde(default)]
    pub running_left_h: Vec<f64>,
}

/// A fuel store at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FuelStart {
    /// Fuel in store, L.
    pub level_l: f64,
    /// Deliveries that are expected; where none is named, the regular ones are.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
}

/// A delivery of fuel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// When it is expected; a plan counts on it only after the site's slip.
    pub expected_at: DateTime<Utc>,
    /// Fuel, L.
    pub volume_l: f64,
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

    /// Heat in a thermal store, kWh.
    pub fn heat_kwh(&self, site: &Site, id: &str) -> f64 {
        let Some(store) = site.thermal_store.get(id) else {
            return 0.0;
        };
        self.thermal_store.get(id).map_or(store.start_frac, |s| s.fill_frac) * store.store_kwh
    }

    /// Fuel in a store, L.
    pub fn fuel_l(&self, site: &Site, id: &str) -> f64 {
        let stated = site.fuel_store.get(id).map_or(0.0, |s| s.start_l);
        self.fuel_store.get(id).map_or(stated, |s| s.level_l)
    }

    /// The state of batches; none done and none running if they are not named.
    pub fn batch(&self, id: &str) -> BatchStart {
        self.batch.get(id).cloned().unwrap_or_default()
    }

    /// Adds every fault of the state against its site.
    pub fn check(&self, site: &Site, faults: &mut Faults) {
        unknown("genset", &self.genset, &site.genset, faults);
        unknown("battery", &self.battery, &site.battery, faults);
        unknown("tank", &self.tank, &site.tank, faults);
        unknown("thermal_store", &self.thermal_store, &site.thermal_store, faults);
        unknown("batch", &self.batch, &site.batch, faults);
        for (id, store) in &self.thermal_store {
            let path = format!("start.thermal_store.{id}.fill_frac");
            faults.within(path, store.fill_frac, 0.0, 1.0);
        }
        unknown("fuel_store", &self.fuel_store, &site.fuel_store, faults);
        for (id, store) in &self.fuel_store {
            let most = site.fuel_store.get(id).map_or(f64::MAX, |s| s.capacity_l);
            let path = format!("start.fuel_store.{id}");
            faults.within(format!("{path}.level_l"), store.level_l, 0.0, most);
            for (i, delivery) in store.deliveries.iter().enumerate() {
                let path = format!("{path}.deliveries[{i}].volume_l");
                faults.not_negative(path, delivery.volume_l);
            }
        }
        for (id, batch) in &self.batch {
            let longest_h = site.batch.get(id).map_or(24.0, |b| b.batch_h);
            for (i, left_h) in batch.running_left_h.iter().enumerate() {
                let path = format!("start.batch.{id}.running_left_h[{i}]");
                faults.within(path, *left_h, 0.0, longest_h);
            }
        }
        for (id, set) in &self.genset {
            faults.within(format!("start.genset.{id}.for_h"), set.for_h, 0.0, 1e6);
            let most = site.genset.get(id).map_or(f64::MAX, |g| g.rated_kw);
            let kw = set.power_kw.unwrap_or(0.0);
            faults.within(format!("start.genset.{id}.power_kw"), kw, 0.0, most);
            for (name, hours) in [
                ("run_hours_h", set.run_hours_h.unwrap_or(0.0)),
                ("service_due_h", set.service_due_h.unwrap_or(0.0)),
                ("low_load_h", set.low_load_h),
                ("high_load_h", set.high_load_h),
                ("burn_off_owed_h", set.burn_off_owed_h),
            ] {
                faults.within(format!("start.genset.{id}.{name}"), hours, 0.0, 1e6);
            }
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
        self.check_water(site, faults);
    }
}

fn unknown<A, B>(kind: &str, named: &ById<A>, known: &ById<B>, faults: &mut Faults) {
    for id in named.keys().filter(|id| !known.contains_key(*id)) {
        let ids: Vec<_> = known.keys().map(String::as_str).collect();
        let rule = format!("must name a {kind} of the site: {}", ids.join(", "));
        faults.add(format!("start.{kind}.{id}"), id, rule);
    }
}
