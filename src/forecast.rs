//! Forecasts from the camp's own past; each names its source and falls back aloud to the site file.

mod air;
pub mod evaluate;
pub mod figures;
pub mod learn;
pub mod measure;
mod recent;
mod solar;

pub use solar::clear_sky_kw;

use crate::domain::forecast::Forecast;
use crate::domain::point::AIR;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use air::{air, is_asked};
use camp_solver::TimeGrid;
use camp_solver::problem::Series;
use recent::{same_hour, typical_day};
use solar::solar;

/// Forecasts of everything that a plan needs, on one grid.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The series, as the solver takes them.
    pub series: Series,
    /// The same with their sources.
    pub forecasts: Vec<Forecast>,
    /// What was assumed and has no forecast.
    pub assumed: Vec<String>,
}

impl Outlook {
    /// What was assumed because there is no history.
    pub fn degraded(&self) -> Vec<String> {
        let poor = self.forecasts.iter().filter(|f| f.degraded);
        let poor = poor.map(|f| format!("{}: {}", f.point, f.source));
        poor.chain(self.assumed.iter().cloned()).collect()
    }
}

/// Forecasts demand, sun, water and air on a grid from what the store knows before its start.
pub fn outlook(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
) -> Result<Outlook, StoreError> {
    let site = &file.site;
    let mut series = Series::default();
    let mut forecasts = Vec::new();
    let mut keep = |point: String, (values, source, degraded): (Vec<f64>, String, bool)| {
        forecasts.push(Forecast {
            point,
            issued_at: grid.start,
            source,
            degraded,
            start: grid.start,
            step_minutes: grid.step_minutes.clone(),
            values: values.clone(),
        });
        values
    };
    for (path, _, typical) in site.consumers() {
        let name = format!("{path}.demand_kw");
        let made = same_hour(file, store, grid, &name, &typical)?;
        series.demand_kw.insert(path, keep(name, made));
    }
    for (id, taps) in &site.taps {
        let name = format!("taps.{id}.demand_m3_per_h");
        let made = same_hour(file, store, grid, &name, &taps.typical())?;
        series.taps_m3_per_h.insert(id.clone(), keep(name, made));
    }
    for (id, store) in &site.thermal_store {
        // No meter counts heat: the site file's typical day is all there is to know.
        let (values, source, _) = typical_day(file, grid, &store.typical());
        let name = format!("thermal_store.{id}.heat_kw");
        series.heat_kw.insert(id.clone(), keep(name, (values, source, false)));
    }
    for (id, array) in &site.solar {
        let made = match solar(file, store, grid, id, array)? {
            Some(made) => made,
            None => typical_day(file, grid, &array.typical()),
        };
        series
            .solar_available_kw
            .insert(id.clone(), keep(format!("solar.{id}.available_kw"), made));
    }
    // Wastewater comes as water is drawn: no meter of its own.
    series.wastewater_m3_per_h = site.wastewater_m3_per_h(&series.taps_m3_per_h);
    let mut assumed = Vec::new();
    match air(file, store, grid)? {
        Some(made) => series.temperature_c = keep(AIR.to_owned(), made),
        None if is_asked(site) && site.place.design_temperature_c.is_some() => {
            assumed.push(format!("{AIR}: not measured: the site's design temperature"));
        }
        None => {}
    }
    Ok(Outlook { series, forecasts, assumed })
}
