//! Points: what can be measured at an asset, by one name everywhere.
//!
//! `kind.id.quantity`, with the unit in the quantity: `battery.bess.state_of_charge_frac`. A site
//! file may give a point a second name, that of a meter or a column.

use camp_solver::Site;
use camp_solver::problem::AIR_C;
use std::collections::BTreeMap;
use std::fmt;

/// A quantity and the range outside which no meter of a camp tells the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// Its name with its unit.
    pub name: &'static str,
    /// Least plausible value.
    pub min: f64,
    /// Largest plausible value; the asset's own size narrows it where known.
    pub max: f64,
}

/// One measured point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Kind of equipment: `genset`.
    pub kind: &'static str,
    /// The asset's id.
    pub id: String,
    /// The quantity: `power_kw`.
    pub quantity: &'static str,
    /// Least plausible value.
    pub min: f64,
    /// Largest plausible value.
    pub max: f64,
}

impl Point {
    /// The asset that it belongs to, `kind.id`.
    pub fn asset(&self) -> String {
        format!("{}.{}", self.kind, self.id)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.kind, self.id, self.quantity)
    }
}

/// Index of a point in its [`PointMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u32);

/// Every point of a site, with its names.
#[derive(Debug, Clone, Default)]
pub struct PointMap {
    points: Vec<Point>,
    by_name: BTreeMap<String, PointId>,
    aliases: BTreeMap<String, String>,
}

/// The point of the camp's thermometer, in the shade.
pub const AIR: &str = "place.camp.temperature_c";

/// Counters of energy end somewhere below, kWh: ten digits and 2^32 in units.
const MOST_KWH: f64 = 1e10;

/// Room above a nameplate before a reading is called impossible.
const HEADROOM: f64 = 1.5;

impl PointMap {
    /// The points of a site.
    pub fn of(site: &Site) -> Self {
        let mut map = Self::default();
        let limit = |v: f64| HEADROOM * v;
        for (id, load) in &site.load {
            let peak = load.typical_kw.iter().copied().fold(0.0, f64::max);
            map.add("load", id, &[("demand_kw", 0.0, (10.0 * peak).max(100.0))]);
        }
        for (id, g) in &site.genset {
            let kw = limit(g.rated_kw);
            map.add("genset", id, &[("power_kw", 0.0, kw), ("is_running", 0.0, 1.0)]);
            map.add("genset", id, &[("is_available", 0.0, 1.0), ("run_hours_h", 0.0, 1e6)]);
            map.add("genset", id, &[("service_due_h", 0.0, 1e6)]);
            map.add("genset", id, &[("fuel_l_per_h", 0.0, kw)]);
        }
        for (id, s) in &site.solar {
            let kw = limit(s.inverter_kw.max(s.peak_kwp));
            map.add("solar", id, &[("power_kw", 0.0, kw), ("available_kw", 0.0, kw)]);
        }
        for (id, b) in &site.battery {
            map.add("battery", id, &[("charge_kw", 0.0, limit(b.charge_max_kw).max(1.0))]);
            map.add("battery", id, &[("discharge_kw", 0.0, limit(b.discharge_max_kw).max(1.0))]);
            map.add("battery", id, &[("state_of_charge_frac", 0.0, 1.0)]);
        }
        for (id, w) in &site.well {
            let pump_kw = limit(w.energy_kwh_per_m3() * w.flow_m3_per_h).max(1.0);
            map.add("well", id, &[("flow_m3_per_h", 0.0, limit(w.flow_m3_per_h))]);
            map.add("well", id, &[("demand_kw", 0.0, 2.0 * pump_kw)]);
        }
        for (id, l) in &site.treatment {
            map.add("treatment", id, &[("flow_m3_per_h", 0.0, limit(l.max_m3_per_h()))]);
        }
        for (id, t) in &site.tank {
            map.add("tank", id, &[("level_m3", 0.0, 1.05 * t.capacity_m3)]);
        }
        for (id, x) in &site.taps {
            map.add("taps", id, &[("demand_m3_per_h", 0.0, (x.daily_m3).max(10.0))]);
        }
        for (id, w) in &site.wastewater {
            map.add("wastewater", id, &[("demand_kw", 0.0, limit(w.max_kw))]);
            map.add("wastewater", id, &[("level_m3", 0.0, 1.05 * w.equalisation_m3)]);
        }
        for (id, s) in &site.thermal_store {
            map.add("thermal_store", id, &[("demand_kw", 0.0, limit(s.heater_kw))]);
            map.add("thermal_store", id, &[("fill_frac", 0.0, 1.0)]);
        }
        for (id, b) in &site.batch {
            let kw = limit(b.batch_kw * f64::from(b.max_at_once));
            map.add("batch", id, &[("demand_kw", 0.0, kw), ("left_h", 0.0, b.batch_h)]);
            map.add("batch", id, &[("done_today", 0.0, 10_000.0)]);
        }
        for (id, f) in &site.fuel_store {
            map.add("fuel_store", id, &[("level_l", 0.0, 1.05 * f.capacity_l)]);
        }
        map.add_counters(site);
        let (coldest, hottest) = AIR_C;
        map.add("place", "camp", &[("temperature_c", coldest, hottest)]);
        map
    }

    /// Counters of energy, as meters have them beside the power.
    fn add_counters(&mut self, site: &Site) {
        for id in site.load.keys() {
            self.add("load", id, &[("energy_kwh", 0.0, MOST_KWH)]);
        }
        for id in site.genset.keys() {
            self.add("genset", id, &[("energy_kwh", 0.0, MOST_KWH)]);
        }
        for id in site.solar.keys() {
            self.add("solar", id, &[("energy_kwh", 0.0, MOST_KWH)]);
        }
        for id in site.battery.keys() {
            let range = |name| (name, 0.0, MOST_KWH);
            self.add("battery", id, &[range("charged_kwh"), range("discharged_kwh")]);
        }
    }

    fn add(&mut self, kind: &'static str, id: &str, quantities: &[(&'static str, f64, f64)]) {
        for (quantity, min, max) in quantities {
            let point = Point { kind, id: id.to_owned(), quantity, min: *min, max: *max };
            let index = PointId(u32::try_from(self.points.len()).unwrap_or(u32::MAX));
            self.by_name.insert(point.to_string(), index);
            self.points.push(point);
        }
    }

    /// Gives a point a second name.
    pub fn alias(&mut self, alias: &str, name: &str) -> Result<(), String> {
        let Some(index) = self.by_name.get(name).copied() else {
            return Err(format!(
                "must name a point of the site; known: {}",
                self.names().join(", ")
            ));
        };
        let usable = |c: char| c.is_ascii_graphic() && c != '"';
        if alias.is_empty() || alias.len() > 120 || !alias.chars().all(usable) {
            return Err("a point's name has 1 to 120 printable characters".to_owned());
        }
        if self.by_name.insert(alias.to_owned(), index).is_some() {
            return Err(format!("the name {alias} is taken by another point"));
        }
        self.aliases.insert(alias.to_owned(), name.to_owned());
        Ok(())
    }

    /// The point of a name, if there is one.
    pub fn resolve(&self, name: &str) -> Option<PointId> {
        self.by_name.get(name).copied()
    }

    /// A point by its index.
    pub fn get(&self, id: PointId) -> Option<&Point> {
        self.points.get(id.0 as usize)
    }

    /// The index of `kind.id.quantity`.
    pub fn id(&self, kind: &str, id: &str, quantity: &str) -> Option<PointId> {
        self.resolve(&format!("{kind}.{id}.{quantity}"))
    }

    /// Every point with its index.
    pub fn iter(&self) -> impl Iterator<Item = (PointId, &Point)> {
        self.points
            .iter()
            .enumerate()
            .map(|(i, p)| (PointId(u32::try_from(i).unwrap_or(u32::MAX)), p))
    }

    /// Second names and what they stand for.
    pub fn aliases(&self) -> &BTreeMap<String, String> {
        &self.aliases
    }

    /// Names of all points, the second ones first.
    pub fn names(&self) -> Vec<String> {
        let first = self.points.iter().map(ToString::to_string);
        self.aliases.keys().cloned().chain(first).collect()
    }
}
