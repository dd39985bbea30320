//! What a round plans on: the time grid, the outlook and the problem.

use super::SchedulerSettings;
use super::assemble::{Past, assemble};
use super::sets_past::sets_past;
use super::water_past::water_past;
use crate::domain::profile;
use crate::forecast::{Outlook, outlook};
use crate::live::Live;
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use std::collections::BTreeMap;

/// What one round needs and gives between its threads.
pub(super) struct Round {
    pub(super) now: DateTime<Utc>,
    pub(super) problem: Problem,
    pub(super) outlook: Outlook,
    pub(super) degraded: Vec<String>,
    pub(super) left_out: BTreeMap<String, String>,
}

/// Looks ahead and puts the problem together; a blocking call.
pub(super) fn prepare(
    live: &Live,
    settings: &SchedulerSettings,
    now: DateTime<Utc>,
) -> Result<Round, String> {
    let grid = grid(live, settings, now);
    let outlook = outlook(&live.file, &*live.readings, &grid).map_err(|e| e.to_string())?;
    let state = live.state();
    let out = live.out_of_reach(now);
    let past = water_past(&live.file, &*live.readings, grid.start).map_err(|e| e.to_string())?;
    let record = live.plan();
    let plan = record.as_ref().map(|record| &record.plan);
    let sets = sets_past(&live.file, &*live.readings, plan, grid.start);
    let past = Past { water: past, sets: sets.map_err(|e| e.to_string())? };
    let assembled = assemble(&live.file, &state, &outlook, grid, past, &out)?;
    let mut degraded = assembled.degraded;
    degraded.extend(outlook.degraded());
    Ok(Round { now, problem: assembled.problem, outlook, degraded, left_out: assembled.left_out })
}

/// Quarter hours of the clock; the first step is what is left of the present one.
fn grid(live: &Live, settings: &SchedulerSettings, now: DateTime<Utc>) -> TimeGrid {
    let start = now
        - TimeDelta::seconds(i64::from(now.second()))
        - TimeDelta::nanoseconds(i64::from(now.nanosecond()));
    profile::grid(live.file.zone, start, 15, settings.horizon_h)
}
