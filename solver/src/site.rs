//! What stands in a camp and what its owner asks of it: plain data, read from a site file.
//!
//! Adding a kind of equipment: one file in `site/`, one line in [`Site`], one name in `each_kind!`,
//! and one arm in [`mod@crate::verify`].

mod batch;
mod battery;
mod fuel_store;
mod genset;
mod load;
mod out_of_use;
mod policy;
mod security;
mod solar;
mod start;
mod tank;
mod thermal_store;
mod treatment;
mod wastewater;
mod well;

pub use batch::Batch;
pub use battery::{Battery, ChargeTemperature};
pub use fuel_store::FuelStore;
pub use genset::{BurnOff, Derating, Genset, LoadSharing, MinimumLoad, StartTier};
pub use load::{Load, Taps, Tier};
pub use policy::{DayWindow, Money, Place, Plant, QuietHours, Reserve, Rotation};
pub use security::{Security, SecurityLevel, Surge, UnprotectedWindow};
pub use solar::Solar;
pub use start::{
    BatchStart, BatteryStart, Delivery, FuelStart, GensetStart, StartState, TankStart,
    ThermalStart, TreatmentStart, WastewaterStart, WellStart,
};
pub use tank::Tank;
pub use thermal_store::{Holds, ThermalStore};
pub use treatment::Treatment;
pub use wastewater::Wastewater;
pub use well::{PumpControl, Well};

use crate::fault::{Fault, Faults};
use crate::rank::Ranking;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Items of one kind, by their ids.
pub type ById<T> = BTreeMap<String, T>;

/// A camp: its equipment, its place, its policy, and the state a plan from files starts in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Version of the site file's format; this crate reads 1.
    pub version: u32,
    /// Short name, used in topics and file names: lower case letters, digits, `_`, `-`.
    pub name: String,
    /// One line that says what the camp is.
    #[serde(default)]
    pub title: String,
    /// People in the camp, for per-person figures.
    #[serde(default)]
    pub persons: Option<u32>,
    /// Where the camp is and what its clocks show.
    pub place: Place,
    /// Currency and fuel price.
    pub money: Money,
    /// Operating reserve; without the table none is asked.
    #[serde(default)]
    pub reserve: Reserve,
    /// Which load must survive the loss of the largest source, by hour.
    #[serde(default)]
    pub security: Option<Security>,
    /// Hours in which few sets may run.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// What the sets keep together.
    #[serde(default)]
    pub plant: Plant,
    /// The order in which service levels give.
    #[serde(default)]
    pub ranking: Ranking,
    /// Feeders, each with its tier.
    #[serde(default)]
    pub load: BTreeMap<String, Load>,
    /// Diesel generating sets.
    #[serde(default)]
    pub genset: BTreeMap<String, Genset>,
    /// Solar arrays with their inverters.
    #[serde(default)]
    pub solar: BTreeMap<String, Solar>,
    /// Batteries with their inverters.
    #[serde(default)]
    pub battery: BTreeMap<String, Battery>,
    /// Wells with their pumps.
    #[serde(default)]
    pub well: BTreeMap<String, Well>,
    /// Water treatment lines.
    #[serde(default)]
    pub treatment: BTreeMap<String, Treatment>,
    /// Water tanks.
    #[serde(default)]
    pub tank: BTreeMap<String, Tank>,
    /// Where water is drawn.
    #[serde(default)]
    pub taps: BTreeMap<String, Taps>,
    /// Wastewater plants.
    #[serde(default)]
    pub wastewater: BTreeMap<String, Wastewater>,
    /// Stores of heat and cold: hot water, cold rooms.
    #[serde(default)]
    pub thermal_store: BTreeMap<String, ThermalStore>,
    /// Work done in batches: laundry.
    #[serde(default)]
    pub batch: BTreeMap<String, Batch>,
    /// Fuel tanks with their deliveries.
    #[serde(default)]
    pub fuel_store: BTreeMap<String, FuelStore>,
    /// The state that a plan from files starts in, unless another is given.
    #[serde(default)]
    pub start: StartState,
}

/// A rule that a site file states and the model does not honour yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct NotHonoured {
    /// The field, with every asset that states it: `genset.g1,g2.max_starts_per_day`.
    #[schema(example = "genset.g1,g2.max_starts_per_day")]
    pub field: String,
    /// What the plan does instead.
    #[schema(example = "starts a day are priced, not limited")]
    pub instead: String,
}

/// A field that is stated but not honoured: its name and what the plan does instead.
pub(crate) type Unhonoured = (&'static str, &'static str);

/// One kind of equipment.
pub(crate) trait Equipment {
    /// Adds every fault of this item; `path` is `kind.id`.
    fn check(&self, path: &str, faults: &mut Faults);

    /// Fields that this item states and the model does not honour yet.
    fn not_honoured(&self) -> Vec<Unhonoured> {
        Vec::new()
    }
}

/// Runs `$body` for each kind of equipment with `$kind` its name and `$items` its map.
macro_rules! each_kind {
    ($site:expr, |$kind:ident, $items:ident| $body:block) => {
        each_kind!(@list $site, $kind, $items, $body; load genset solar battery well treatment
            tank taps wastewater thermal_store batch fuel_store)
    };
    (@list $site:expr, $kind:ident, $items:ident, $body:block; $($name:ident)*) => {
        $({
            let $kind = stringify!($name);
            let $items = &$site.$name;
            $body
        })*
    };
}

impl Site {
    /// Every fault of the site, also those between its parts.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::new();
        if self.version != 1 {
            faults.add("version", self.version, "must be 1, the version that this program reads");
        }
        check_id("name", &self.name, &mut faults);
        self.place.check(&mut faults);
        self.money.check(&mut faults);
        self.reserve.check(&mut faults);
        if let Some(security) = &self.security {
            security.check(&mut faults);
        }
        let longest_h = self.genset.values().map(|g| g.service_duration_h).fold(0.0, f64::max);
        self.plant.check(longest_h, &mut faults);
        if let Some(quiet) = &self.quiet_hours {
            quiet.check("quiet_hours", &mut faults);
        }
        let holds_cold = self.thermal_store.values().any(ThermalStore::is_cold);
        self.ranking.check(holds_cold, &mut faults);
        each_kind!(self, |kind, items| {
            for (id, item) in items {
                let path = format!("{kind}.{id}");
                check_id(&path, id, &mut faults);
                item.check(&path, &mut faults);
            }
        });
        self.check_links(&mut faults);
        self.start.check(self, &mut faults);
        faults.into_vec()
    }

    fn check_links(&self, faults: &mut Faults) {
        let mut tank = |path: String, id: &str| {
            if !self.tank.contains_key(id) {
                let known: Vec<_> = self.tank.keys().map(String::as_str).collect();
                faults.add(path, id, format!("must name a tank: {}", known.join(", ")));
            }
        };
        for (id, well) in &self.well {
            tank(format!("well.{id}.to_tank"), &well.to_tank);
        }
        for (id, line) in &self.treatment {
            tank(format!("treatment.{id}.from_tank"), &line.from_tank);
            tank(format!("treatment.{id}.to_tank"), &line.to_tank);
        }
        for (id, taps) in &self.taps {
            tank(format!("taps.{id}.from_tank"), &taps.from_tank);
        }
        if self.load.is_empty() {
            faults.add("load", "none", "a camp has at least one load");
        }
        if self.genset.is_empty() && !self.battery.values().any(|b| b.grid_forming) {
            faults.add("genset", "none", "a camp needs a set or a grid-forming battery");
        }
        let enabled = self.well.values().filter(|w| !w.standby).count();
        if !self.well.is_empty() && enabled == 0 {
            faults.add("well", "all standby", "at least one well must be on duty");
        }
    }

    /// Every stated rule that the model does not honour yet, one line a field.
    pub fn not_honoured(&self) -> Vec<NotHonoured> {
        let mut list = Vec::new();
        each_kind!(self, |kind, items| {
            let mut by_field: BTreeMap<Unhonoured, Vec<&str>> = BTreeMap::new();
            for (id, item) in items {
                for field in item.not_honoured() {
                    by_field.entry(field).or_default().push(id);
                }
            }
            for ((field, instead), ids) in by_field {
                list.push(NotHonoured {
                    field: format!("{kind}.{}.{field}", ids.join(",")),
                    instead: instead.to_owned(),
                });
            }
        });
        list
    }

    /// Everything that draws electricity by its own demand, as `kind.id` with its tier and its
    /// typical demand by hour of the day, kW. What a plan places, like heaters and batches, is none.
    pub fn consumers(&self) -> Vec<(String, Tier, [f64; 24])> {
        let mut list = Vec::new();
        for (id, load) in &self.load {
            list.push((format!("load.{id}"), load.tier, load.typical()));
        }
        list
    }

    /// The dearest kWh that a set of this camp can make at its data-sheet points, money per kWh.
    /// A camp without sets counts 0.5 L/kWh.
    pub fn dearest_kwh_cost(&self) -> f64 {
        let litres = self.genset.values().map(Genset::worst_l_per_kwh).fold(0.0, f64::max);
        self.money.fuel_price_per_l * if litres > 0.0 { litres } else { 0.5 }
    }
}

fn check_id(path: &str, id: &str, faults: &mut Faults) {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if id.is_empty() || id.len() > 40 || !id.chars().all(lawful) {
        faults.add(path, id, "a name has 1 to 40 of a-z, 0-9, _ and -");
    }
}

/// An hourly profile of a day, checked elsewhere to have 24 values.
pub(crate) fn hourly(values: &[f64]) -> [f64; 24] {
    std::array::from_fn(|h| values.get(h).copied().unwrap_or(0.0))
}
