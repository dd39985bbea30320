//! A problem from files: the command line's request, made whole or refused with every reason.

use super::day::{Day, expected, typical};
use super::{series, state_file};
use crate::domain::profile;
use crate::site_file::{SiteFile, mark_outages};
use camp_solver::problem::{EndStock, Series};
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::path::PathBuf;

/// Most hours of a plan.
const MOST_HOURS: u32 = 336;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct FileRequest {
    /// Series in place of a day.
    pub series: Option<PathBuf>,
    /// The day, where there is no series.
    pub day: Day,
    /// The state to start in; otherwise the site file's.
    pub state: Option<PathBuf>,
    /// Start of the plan.
    pub start: Option<DateTime<Utc>>,
    /// Length of the plan, h.
    pub hours: u32,
}

/// A checked problem and what to tell about it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The problem.
    pub problem: Problem,
    /// The camp's time zone.
    pub zone: Tz,
    /// Where inputs come from, and what was not as asked.
    pub notes: Vec<String>,
}

/// Everything that is wrong with a request.
#[derive(Debug)]
pub struct RequestFaults(pub Vec<String>);

impl std::error::Error for RequestFaults {}
impl fmt::Display for RequestFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fault(s)", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// Makes the problem.
pub fn prepare(file: &SiteFile, request: &FileRequest) -> Result<Prepared, RequestFaults> {
    let site = &file.site;
    let mut faults = Vec::new();
    if !(1..=MOST_HOURS).contains(&request.hours) {
        faults.push(format!("--hours {}: must lie in 1 to {MOST_HOURS}", request.hours));
    }
    let start_state = match &request.state {
        None => Some(site.start.clone()),
        Some(path) => match state_file::read(path, site) {
            Ok(state) => Some(state),
            Err(found) => {
                faults.extend(found.iter().map(|l| format!("{}:{l}", path.display())));
                None
            }
        },
    };
    let table = request.series.as_ref().map(|path| series::read(path, &file.points));
    let table = match table.transpose() {
        Ok(table) => table,
        Err(found) => {
            faults.extend(found);
            None
        }
    };
    let local_start = |state: &camp_solver::site::StartState| {
        let local = file.zone.from_local_datetime(&state.time?).earliest();
        local.map(|t| t.with_timezone(&Utc))
    };
    let start = request
        .start
        .or_else(|| table.as_ref().map(|t| t.start))
        .or_else(|| start_state.as_ref().and_then(local_start));
    let (Some(start), Some(start_state), true) = (start, start_state, faults.is_empty()) else {
        if start.is_none() && faults.is_empty() {
            faults.push("--start: needed, because the start state has no time".to_owned());
        }
        return Err(RequestFaults(faults));
    };
    let step_minutes = table.as_ref().map_or(15, |t| (t.interval_s / 60).clamp(15, 60));
    let step_minutes = u32::try_from(step_minutes).unwrap_or(15);
    let grid = profile::grid(file.zone, start, step_minutes, request.hours);

    let mut expected = expected(site, file.zone, &grid, start_state, &request.day);
    if let Some(table) = table {
        expected.notes.clear();
        match from_table(file, &table, &grid, &mut expected.notes) {
            Ok(series) => expected.series = series,
            Err(found) => return Err(RequestFaults(found)),
        }
    }
    let outages = mark_outages(&file.outages, &grid, &mut expected.unavailable);
    expected.notes.extend(outages);
    let problem = Problem {
        site: expected.site,
        grid,
        end: EndStock::as_start(site, &expected.start),
        start: expected.start,
        series: expected.series,
        unavailable: expected.unavailable,
        traces: Vec::new(),
        traces_part_after_h: None,
    };
    let found = problem.check();
    if !found.is_empty() {
        return Err(RequestFaults(found.iter().map(ToString::to_string).collect()));
    }
    Ok(Prepared { problem, zone: file.zone, notes: expected.notes })
}

/// The series of a table; what it does not have comes from the typical day, and is told.
fn from_table(
    file: &SiteFile,
    table: &series::SeriesFile,
    grid: &TimeGrid,
    notes: &mut Vec<String>,
) -> Result<Series, Vec<String>> {
    let mut faults = Vec::new();
    if grid.start < table.start || grid.end() > table.end() {
        faults.push(format!(
            "the plan covers {} to {}, the series {} to {}",
            grid.start,
            grid.end(),
            table.start,
            table.end()
        ));
        return Err(faults);
    }
    for column in &table.unused {
        notes.push(format!("column {column} names no point of the site and is not used"));
    }
    let mut series = typical(&file.site, file.zone, grid);
    let mut take = |name: String, values: &mut Vec<f64>| {
        let point = file.points.resolve(&name);
        match point.and_then(|p| table.on_grid(p, &name, grid, notes)) {
            Some(Ok(found)) => *values = found,
            Some(Err(gaps)) => faults.extend(gaps),
            None => notes.push(format!("{name}: not in the series; the site's typical day")),
        }
    };
    for (path, values) in &mut series.demand_kw {
        take(format!("{path}.demand_kw"), values);
    }
    for (id, values) in &mut series.solar_available_kw {
        take(format!("solar.{id}.available_kw"), values);
    }
    for (id, values) in &mut series.taps_m3_per_h {
        take(format!("taps.{id}.demand_m3_per_h"), values);
    }
    series.wastewater_m3_per_h = file.site.wastewater_m3_per_h(&series.taps_m3_per_h);
    if faults.is_empty() { Ok(series) } else { Err(faults) }
}
