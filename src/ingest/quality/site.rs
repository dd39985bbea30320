//! What a site file says of its points: how they behave, how fast they can move, and which of them see
//! the same thing.

use super::bus::Bus;
use super::energy::EnergyBook;
use super::profile::{Nature, Profile};
use super::tank::TankBook;
use crate::domain::point::{Point, PointMap};
use camp_solver::Site;
use camp_solver::site::{Treatment, Wastewater};

/// Part of a point in the books that hold meters against each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Its number on the bus.
    pub(super) on_bus: Option<usize>,
    /// The tank whose level it is.
    pub(super) level_of: Option<usize>,
    /// Tanks that it flows into or out of, and its number there.
    pub(super) flow_of: Vec<(usize, usize)>,
    /// The book of its energy, and whether it is the counter.
    pub(super) energy: Option<(usize, bool)>,
}

/// Every book of a site.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    pub(super) places: Vec<Places>,
    pub(super) bus: Bus,
    pub(super) tanks: Vec<TankBook>,
    pub(super) energy: Vec<EnergyBook>,
}

/// What is known of a point.
pub(super) fn profile(site: &Site, point: &Point) -> Profile {
    let nature = match (point.kind, point.quantity) {
        (_, "run_hours_h" | "energy_kwh" | "charged_kwh" | "discharged_kwh") => Nature::Counter,
        (_, "is_running" | "is_available" | "service_due_h" | "left_h" | "done_today") => {
            Nature::Flag
        }
        (_, "state_of_charge_frac" | "fill_frac" | "level_m3" | "level_l") => Nature::Level,
        ("load" | "taps" | "place", _) | (_, "available_kw") => Nature::Live,
        // One machine, switched on and off.
        _ => Nature::Switched,
    };
    let (rise_per_h, fall_per_h) = rates(site, point);
    Profile { nature, min: point.min, max: point.max, rise_per_h, fall_per_h }
}

/// Fastest rise and fall by the equipment, where it is known.
fn rates(site: &Site, point: &Point) -> (Option<f64>, Option<f64>) {
    let id = point.id.as_str();
    match (point.kind, point.quantity) {
        (_, "run_hours_h") => (Some(1.0), None),
        ("load", "energy_kwh") => (largest_load_kw(site, id), None),
        ("genset", "energy_kwh") => (site.genset.get(id).map(|g| g.rated_kw), None),
        ("solar", "energy_kwh") => (site.solar.get(id).map(|s| s.inverter_kw), None),
        ("battery", "charged_kwh") => (site.battery.get(id).map(|b| b.charge_max_kw), None),
        ("battery", "discharged_kwh") => (site.battery.get(id).map(|b| b.discharge_max_kw), None),
        ("battery", "state_of_charge_frac") => {
            let Some(b) = site.battery.get(id) else { return (None, None) };
            let rise = b.charge_max_kw * b.charge_efficiency_frac / b.energy_kwh;
            let fall = b.discharge_max_kw / b.discharge_efficiency_frac / b.energy_kwh;
            (Some(rise), Some(fall))
        }
        ("tank", "level_m3") => {
            let wells = site.well.values().filter(|w| w.to_tank == id).map(|w| w.flow_m3_per_h);
            let made = site.treatment.values().filter(|l| l.to_tank == id);
            let drawn = site.treatment.values().filter(|l| l.from_tank == id);
            let taps = site.taps.values().filter(|x| x.from_tank == id);
            let rise: f64 = wells.chain(made.map(Treatment::max_m3_per_h)).sum();
            let fall: f64 = drawn.map(|l| l.max_m3_per_h() / l.recovery_frac).sum::<f64>()
                + taps.map(|x| x.daily_m3.min(x.max_m3_per_h())).sum::<f64>();
            (Some(rise), Some(fall))
        }
        ("thermal_store", "fill_frac") => {
            (site.thermal_store.get(id).map(|s| s.heater_kw / s.store_kwh), None)
        }
        // A delivery, or rain in the sewer, comes as fast as it likes.
        ("fuel_store", "level_l") => {
            let full = |curve: &[f64]| curve.iter().copied().fold(0.0, f64::max);
            let burnt: f64 = site.genset.values().map(|g| full(&g.fuel_curve_l_per_h)).sum();
            (Some(f64::INFINITY), Some(burnt))
        }
        ("wastewater", "level_m3") => {
            let fall = site.wastewater.get(id).map(Wastewater::max_m3_per_h);
            (Some(f64::INFINITY), fall)
        }
        _ => (None, None),
    }
}

/// Ten times the peak of the typical day, at least 100: the range of its power.
fn largest_load_kw(site: &Site, id: &str) -> Option<f64> {
    let peak = |typical: &[f64]| typical.iter().copied().fold(0.0, f64::max);
    site.load.get(id).map(|load| (10.0 * peak(&load.typical_kw)).max(100.0))
}

/// kW on the bus for one of a point's unit; positive for a source.
fn bus_factor(site: &Site, point: &Point) -> Option<f64> {
    let id = point.id.as_str();
    let factor = match (point.kind, point.quantity) {
        ("genset" | "solar", "power_kw") | ("battery", "discharge_kw") => 1.0,
        ("battery", "charge_kw")
        | ("load" | "wastewater" | "thermal_store" | "batch", "demand_kw") => -1.0,
        ("well", "flow_m3_per_h") => -site.well.get(id)?.energy_kwh_per_m3(),
        ("treatment", "flow_m3_per_h") => -site.treatment.get(id)?.energy_kwh_per_m3,
        ("taps", "demand_m3_per_h") => -site.taps.get(id)?.booster_kwh_per_m3,
        _ => return None,
    };
    (factor != 0.0).then_some(factor)
}

/// The books of a site.
pub(super) fn books(site: &Site, points: &PointMap) -> Books {
    let mut books = Books::default();
    books.places.resize(points.iter().count(), Places::default());
    for (id, point) in points.iter() {
        if let Some(factor) = bus_factor(site, point) {
            books.places[id.0 as usize].on_bus = Some(books.bus.add(id, factor, point.max));
        }
    }
    for (kind, power, counter) in [
        ("load", "demand_kw", "energy_kwh"),
        ("genset", "power_kw", "energy_kwh"),
        ("solar", "power_kw", "energy_kwh"),
        ("battery", "charge_kw", "charged_kwh"),
        ("battery", "discharge_kw", "discharged_kwh"),
    ] {
        for (id, point) in points.iter().filter(|(_, p)| p.kind == kind && p.quantity == power) {
            let Some(counter) = points.id(kind, &point.id, counter) else { continue };
            let number = books.energy.len();
            books.energy.push(EnergyBook::default());
            books.places[id.0 as usize].energy = Some((number, false));
            books.places[counter.0 as usize].energy = Some((number, true));
        }
    }
    for (tank, spec) in &site.tank {
        let Some(level) = points.id("tank", tank, "level_m3") else { continue };
        let number = books.tanks.len();
        let mut book = TankBook::new(level, spec.capacity_m3);
        let wells = site.well.iter().filter(|(_, w)| w.to_tank == *tank);
        let wells = wells.map(|(id, w)| ("well", id, "flow_m3_per_h", 1.0, w.flow_m3_per_h));
        let lines = site.treatment.iter().filter_map(|(id, l)| {
            let into = f64::from(u8::from(l.to_tank == *tank));
            let out = if l.from_tank == *tank { 1.0 / l.recovery_frac } else { 0.0 };
            let factor = into - out;
            (factor != 0.0).then(|| ("treatment", id, "flow_m3_per_h", factor, l.max_m3_per_h()))
        });
        let taps = site.taps.iter().filter(|(_, x)| x.from_tank == *tank);
        let taps = taps.map(|(id, x)| ("taps", id, "demand_m3_per_h", -1.0, x.daily_m3));
        for (kind, id, quantity, factor, full) in wells.chain(lines).chain(taps) {
            let Some(point) = points.id(kind, id, quantity) else { continue };
            let flow = book.add(point, factor, full);
            books.places[point.0 as usize].flow_of.push((number, flow));
        }
        books.places[level.0 as usize].level_of = Some(number);
        books.tanks.push(book);
    }
    books
}
