//! The load of each feeder: by its own meter, else its share of what the bus carried.

use crate::domain::profile;
use crate::report::measured::Measured;
use crate::report::scorecard::amounts::Bus;
use crate::site_file::SiteFile;
use std::collections::BTreeMap;

/// A series, one value a slot.
type Series = Vec<Option<f64>>;

/// The feeders without a meter share what is left of the bus as their typical days have it.
pub(super) fn loads(file: &SiteFile, measured: &Measured) -> BTreeMap<String, Series> {
    let site = &file.site;
    let mut loads: BTreeMap<String, Series> = BTreeMap::new();
    for id in site.load.keys() {
        if let Some(kw) = measured.held("load", id, "demand_kw") {
            loads.insert(id.clone(), kw);
        }
    }
    let typical: BTreeMap<&String, [f64; 24]> = site
        .load
        .iter()
        .filter(|(id, _)| !loads.contains_key(*id))
        .map(|(id, load)| (id, load.typical()))
        .collect();
    if typical.is_empty() {
        return loads;
    }
    let mut left = Bus::of(site, measured).served_kw();
    let metered: Vec<Series> = loads.values().cloned().collect();
    for taken in metered.iter().chain(&own_kw(file, measured)) {
        for (left, taken) in left.iter_mut().zip(taken) {
            *left = left.map(|kw| (kw - taken.unwrap_or(0.0)).max(0.0));
        }
    }
    for (id, profile) in &typical {
        let share = |i: usize| {
            let at = |p: &[f64; 24]| profile::at(p, file.zone, measured.time(i));
            let all: f64 = typical.values().map(at).sum();
            if all > 0.0 { at(profile) / all } else { 1.0 / typical.len() as f64 }
        };
        let own = left.iter().enumerate().map(|(i, kw)| kw.map(|kw| kw * share(i))).collect();
        loads.insert((*id).clone(), own);
    }
    loads
}

/// What the plant that the service schedules took: the simulated camp adds its own.
fn own_kw(file: &SiteFile, measured: &Measured) -> Vec<Series> {
    let site = &file.site;
    let scaled = |kind: &str, id: &String, quantity: &str, factor: f64| {
        let values = measured.held(kind, id, quantity)?;
        Some(values.iter().map(|v| v.map(|v| factor * v)).collect::<Series>())
    };
    let wells = site.well.iter();
    let wells =
        wells.filter_map(|(id, w)| scaled("well", id, "flow_m3_per_h", w.energy_kwh_per_m3()));
    let lines = site.treatment.iter();
    let lines =
        lines.filter_map(|(id, l)| scaled("treatment", id, "flow_m3_per_h", l.energy_kwh_per_m3));
    let mut all: Vec<Series> = wells.chain(lines).collect();
    let own = |kind: &'static str, ids: Vec<&String>| -> Vec<Series> {
        ids.into_iter().filter_map(|id| scaled(kind, id, "demand_kw", 1.0)).collect()
    };
    all.extend(own("wastewater", site.wastewater.keys().collect()));
    all.extend(own("thermal_store", site.thermal_store.keys().collect()));
    all.extend(own("batch", site.batch.keys().collect()));
    all
}
