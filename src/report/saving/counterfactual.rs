//! The baseline on what was measured: the simulated camp with other controllers.

use super::actual::starts;
use super::loads;
use crate::planning::series::SeriesFile;
use crate::report::learn::gather::running;
use crate::report::measured::Measured;
use crate::site_file::SiteFile;
use crate::twin::{LocalPolicy, Rates, TruthSource, Twin};
use camp_solver::Site;
use camp_solver::site::{BatteryStart, GensetStart, StartState, TankStart, ThermalStart};
use std::collections::BTreeMap;

/// Slots of a quarter of an hour, for which the simulated camp holds its demand.
const QUARTER: usize = 3;
const QUARTER_S: i64 = 900;
/// Slots within which a stock must have been heard of at the start.
const NEAR: usize = 12;

/// A day of the baseline.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    pub(super) fuel_l: f64,
    pub(super) owed_l: f64,
    pub(super) unserved_kwh: f64,
    pub(super) discharged_kwh: f64,
}

/// Runs the baseline from the stocks at the first midnight on, day after day; by local day.
pub(super) fn run(
    file: &SiteFile,
    measured: &Measured,
    policy: LocalPolicy,
    rates: &Rates,
) -> BTreeMap<i64, Ran> {
    let starts = starts(measured);
    let mut days = BTreeMap::new();
    let Some((first, _)) = starts.first().copied() else { return days };
    let mut camp = file.clone();
    camp.site.start = state(&camp.site, measured, first);
    let truth = TruthSource::new(0, Some(series(&camp, measured, first)));
    let mut twin = Twin::new(camp, truth, measured.time(first)).with_policy(policy);
    for (n, (_, day)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(measured.len(), |next| next.0);
        let (before, from) = (twin.tally().clone(), twin.stocks());
        twin.advance(measured.time(end));
        let after = twin.tally();
        let ran = Ran {
            fuel_l: after.fuel_l - before.fuel_l,
            owed_l: rates.owed_l(&from, &twin.stocks()),
            unserved_kwh: after.unserved_kwh - before.unserved_kwh,
            discharged_kwh: after.discharged_kwh - before.discharged_kwh,
        };
        days.insert(*day, ran);
    }
    days
}

/// The state at a slot, as far as meters tell; else that of the site file.
fn state(site: &Site, measured: &Measured, slot: usize) -> StartState {
    let mut start = StartState { time: None, ..site.start.clone() };
    let near = |kind: &str, id: &String, quantity: &str| -> Option<f64> {
        let values = measured.raw(kind, id, quantity)?;
        let to = (slot + NEAR).min(values.len());
        values[slot..to].iter().flatten().copied().next()
    };
    for (id, set) in &site.genset {
        let runs = running(set, id, measured).get(slot).copied().flatten();
        if let Some(share) = runs {
            // For how long is not told: long enough for every least time.
            start.genset.insert(id.clone(), GensetStart::new(share >= 0.5, 24.0));
        }
    }
    for id in site.battery.keys() {
        if let Some(frac) = near("battery", id, "state_of_charge_frac") {
            let charge = BatteryStart { state_of_charge_frac: frac.clamp(0.0, 1.0) };
            start.battery.insert(id.clone(), charge);
        }
    }
    for (id, tank) in &site.tank {
        if let Some(level) = near("tank", id, "level_m3") {
            let level_m3 = level.clamp(0.0, tank.capacity_m3);
            start.tank.insert(id.clone(), TankStart { level_m3 });
        }
    }
    for id in site.thermal_store.keys() {
        if let Some(frac) = near("thermal_store", id, "fill_frac") {
            let fill_frac = frac.clamp(0.0, 1.0);
            start.thermal_store.insert(id.clone(), ThermalStart { fill_frac });
        }
    }
    start
}

/// Demand, sun and water by the quarter of an hour. What no meter tells, the simulated camp takes from the
/// typical day.
fn series(file: &SiteFile, measured: &Measured, first: usize) -> SeriesFile {
    let site = &file.site;
    let mut columns = BTreeMap::new();
    let mut put = |kind: &str, id: &String, quantity: &str, from: Option<Vec<Option<f64>>>| {
        if let (Some(point), Some(values)) = (file.points.id(kind, id, quantity), from) {
            columns.insert(point, quarters(values.get(first..).unwrap_or_default()));
        }
    };
    for (id, kw) in loads::loads(file, measured) {
        put("load", &id, "demand_kw", Some(kw));
    }
    for id in site.solar.keys() {
        // An array without a meter of what it could give gave what it could, for all we know.
        let offered = measured.held("solar", id, "available_kw");
        let offered = offered.or_else(|| measured.held("solar", id, "power_kw"));
        put("solar", id, "available_kw", offered);
    }
    for id in site.taps.keys() {
        put("taps", id, "demand_m3_per_h", measured.held("taps", id, "demand_m3_per_h"));
    }
    SeriesFile::of(measured.time(first), QUARTER_S, columns)
}

fn quarters(slots: &[Option<f64>]) -> Vec<Option<f64>> {
    let mean = |slots: &[Option<f64>]| {
        let known: Vec<f64> = slots.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    slots.chunks(QUARTER).map(mean).collect()
}
