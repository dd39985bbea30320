//! Forecasts from the camp's own past; each names its source and falls back aloud to the site file.

mod air;
mod book;
mod drivers;
pub mod evaluate;
pub mod figures;
mod held;
pub mod learn;
mod learned;
pub mod measure;
mod recent;
mod solar;
mod traces;

pub use held::Held;
pub use solar::clear_sky_kw;
pub use traces::past_suns;

use crate::domain::forecast::Forecast;
use crate::domain::point::AIR;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::profile;
use crate::site_file::SiteFile;
use air::{air, is_asked};
use book::Book;
use camp_solver::TimeGrid;
use camp_solver::problem::Series;
use camp_solver::site::Solar;
use learn::{HOUR_S, MOST_LEADS};
use recent::{Made, Quarters, last_days, same_hour, typical_day};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

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

/// Makes forecasts, and keeps from one to the next what it has read and learnt: a point is learnt anew at
/// most once an hour, and each hour of day at most once a day.
#[derive(Debug, Default)]
pub struct Forecaster {
    book: Mutex<Book>,
}

/// What one outlook is made from.
struct Looking<'a> {
    file: &'a SiteFile,
    store: &'a dyn ReadingStore,
    grid: &'a TimeGrid,
    book: &'a mut Book,
    /// The hour that the grid begins in, counted from 1970, and hours to its end.
    ahead: (i64, usize),
}

impl Forecaster {
    /// Tells of times in which we held an asset back: what was drawn or given then is not learnt from.
    pub fn hear(&self, held: &[Held]) {
        held::mark(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner).held, held);
    }

    /// Names the file of what is known ahead, or none; it is read when it has changed.
    pub fn look_into(&self, drivers: Option<&Path>) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).drivers.name(drivers);
    }

    /// Forecasts demand, sun, water and air on a grid from what the store knows before its start.
    pub fn outlook(
        &self,
        file: &SiteFile,
        store: &dyn ReadingStore,
        grid: &TimeGrid,
    ) -> Result<Outlook, StoreError> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = grid.start.timestamp().div_euclid(HOUR_S);
        let end = (grid.end().timestamp() + HOUR_S - 1).div_euclid(HOUR_S);
        let leads = usize::try_from(end - origin).unwrap_or(1).clamp(1, MOST_LEADS);
        book.forget(origin);
        book.drivers.refresh();
        Looking { file, store, grid, book: &mut book, ahead: (origin, leads) }.outlook()
    }
}

/// Forecasts demand, sun, water and air on a grid from what the store knows before its start.
pub fn outlook(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
) -> Result<Outlook, StoreError> {
    Forecaster::default().outlook(file, store, grid)
}

impl Looking<'_> {
    fn outlook(&mut self) -> Result<Outlook, StoreError> {
        let (file, store, grid) = (self.file, self.store, self.grid);
        let site = &file.site;
        let mut series = Series::default();
        let mut forecasts = Vec::new();
        let mut keep = |point: String, made: Made| {
            forecasts.push(Forecast {
                point,
                issued_at: grid.start,
                source: made.source,
                degraded: made.degraded,
                skill_frac: made.skill_frac,
                start: grid.start,
                step_minutes: grid.step_minutes.clone(),
                values: made.values.clone(),
                quantiles: made.quantiles,
            });
            made.values
        };
        for (path, _, typical) in site.consumers() {
            let name = format!("{path}.demand_kw");
            let made = self.demand(&name, &typical, "kW")?;
            series.demand_kw.insert(path, keep(name, made));
        }
        for (id, taps) in &site.taps {
            let name = format!("taps.{id}.demand_m3_per_h");
            let made = self.demand(&name, &taps.typical(), "m3/h")?;
            series.taps_m3_per_h.insert(id.clone(), keep(name, made));
        }
        for (id, store) in &site.thermal_store {
            // No meter counts heat: the site file's typical day is all there is to know.
            let made = Made { degraded: false, ..typical_day(file, grid, &store.typical()) };
            let name = format!("thermal_store.{id}.heat_kw");
            series.heat_kw.insert(id.clone(), keep(name, made));
        }
        for (id, array) in &site.solar {
            let made = self.sun(id, array)?;
            series
                .solar_available_kw
                .insert(id.clone(), keep(format!("solar.{id}.available_kw"), made));
        }
        // Wastewater comes as water is drawn: no meter of its own.
        series.wastewater_m3_per_h = site.wastewater_m3_per_h(&series.taps_m3_per_h);
        let mut assumed: Vec<String> =
            self.book.drivers.fault.iter().map(|why| format!("drivers: {why}")).collect();
        match air(file, store, grid)? {
            Some(made) => series.temperature_c = keep(AIR.to_owned(), made),
            None if is_asked(site) && site.place.design_temperature_c.is_some() => {
                assumed.push(format!("{AIR}: not measured: the site's design temperature"));
            }
            None => {}
        }
        Ok(Outlook { series, forecasts, assumed })
    }

    /// A demand: learnt where enough is known, else the mean of the same time of day.
    fn demand(&mut self, name: &str, typical: &[f64; 24], unit: &str) -> Result<Made, StoreError> {
        let (file, grid) = (self.file, self.grid);
        let Some(point) = file.points.resolve(name) else {
            return Ok(typical_day(file, grid, typical));
        };
        let buckets = last_days(self.store, point, grid)?;
        let offset_min = i64::from(profile::utc_offset_minutes(file.zone, grid.start));
        let offset_h = offset_min.div_euclid(60);
        let learnt = self.book.demand(file, self.store, point, self.ahead, offset_h)?;
        Ok(match learnt {
            Some(learnt) => {
                let quarters = Quarters::of(file.zone, &buckets);
                learned::demand(&learnt, grid, &buckets, &quarters, unit)
            }
            None => same_hour(file, grid, &buckets, typical),
        })
    }

    /// The sun: learnt where enough is known, else the clearness of the last days.
    fn sun(&mut self, id: &str, array: &Solar) -> Result<Made, StoreError> {
        let (file, grid) = (self.file, self.grid);
        let buckets = solar::last_days(file, self.store, grid, id)?;
        if let Some(learnt) = self.book.sun(file, self.store, (id, array), self.ahead)? {
            return Ok(learned::sun(&learnt, grid, &buckets, &file.site.place, array));
        }
        let recent = solar::recent(&file.site.place, grid, &buckets, array);
        Ok(recent.unwrap_or_else(|| typical_day(file, grid, &array.typical())))
    }
}
