//! What a policy is run on: the camp, and what really happens to it.

use crate::domain::profile;
use crate::planning::series::SeriesFile;
use crate::site_file::SiteFile;
use crate::twin::{Roughness, TruthSource, Twin};
use camp_solver::problem::{EndStock, Series};
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A course of days. What it does not measure is generated from its seed.
#[derive(Debug, Clone)]
pub struct Course {
    /// The camp; it begins in the file's start state.
    pub file: SiteFile,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// How many days it lasts.
    pub days: u32,
    /// Measured series of these days.
    pub series: Option<SeriesFile>,
    /// Measured series of the time before.
    pub history: Option<SeriesFile>,
    /// Seed of what is not measured.
    pub seed: u64,
    /// Generated days before the start that loggers have kept, where nothing is measured.
    pub history_days: u32,
    /// What of the camp is not as its file says.
    pub rough: Roughness,
}

impl Course {
    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + TimeDelta::days(i64::from(self.days))
    }

    /// The camp at its start.
    pub fn twin(&self) -> Twin {
        Twin::rough(self.file.clone(), self.truth(), self.start, &self.rough)
    }

    /// The same camp on generated days that are not those of the course.
    pub(super) fn twin_elsewhere(&self, seed: u64) -> Twin {
        let truth = TruthSource::new(self.seed.wrapping_add(seed), None);
        let rough = Roughness { event: None, ..self.rough.clone() };
        Twin::rough(self.file.clone(), truth, self.start, &rough)
    }

    /// What really happens, before what is rough of the camp.
    pub fn truth(&self) -> TruthSource {
        TruthSource::new(self.seed, self.series.clone())
    }
}

/// The whole course as one problem of quarter-hours: what really happened to demand, sun and water, from the
/// stocks at its start to the same at its end. No policy sees it; it is for a bound with perfect foresight.
pub fn true_problem(course: &Course) -> Problem {
    let file = &course.file;
    let mut grid =
        TimeGrid { start: course.start, step_minutes: Vec::new(), utc_offset_minutes: Vec::new() };
    let mut series = Series::default();
    let mut twin = course.twin();
    let quarters = i64::from(course.days) * 96;
    for quarter in 0..quarters {
        let time = course.start + TimeDelta::minutes(15 * quarter);
        grid.step_minutes.push(15);
        grid.utc_offset_minutes.push(profile::utc_offset_minutes(file.zone, time));
        let at = twin.mean_truth(time);
        let put = |to: &mut BTreeMap<String, Vec<f64>>, from: BTreeMap<String, f64>| {
            for (id, value) in from {
                to.entry(id).or_default().push(value);
            }
        };
        put(&mut series.demand_kw, at.demand_kw);
        put(&mut series.solar_available_kw, at.sun_kw);
        put(&mut series.taps_m3_per_h, at.taps_m3_per_h);
        put(&mut series.wastewater_m3_per_h, at.wastewater_m3_per_h);
        put(&mut series.heat_kw, at.heat_kw);
    }
    Problem {
        site: file.site.clone(),
        grid,
        start: file.site.start.clone(),
        series,
        unavailable: BTreeMap::new(),
        end: EndStock::as_start(&file.site, &file.site.start),
        traces: Vec::new(),
        traces_part_after_h: None,
    }
}
