//! What a round plans on: the time grid, the outlook and the problem.

use super::SchedulerSettings;
use super::assemble::{Past, assemble};
use super::sets_past::sets_past;
use super::water_past::water_past;
use crate::domain::instruction::{InstructionRecord, InstructionStatus};
use crate::domain::profile;
use crate::forecast::{Held, Outlook, past_suns};
use crate::live::Live;
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use std::collections::BTreeMap;

/// Instructions that are looked at for what they held back: some weeks of a camp's.
const NEWEST_INSTRUCTIONS: usize = 2000;

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
    let sent = live.records.instructions(NEWEST_INSTRUCTIONS).unwrap_or_else(|error| {
        tracing::warn!("what was held back is not known: {error}");
        Vec::new()
    });
    live.forecaster.hear(&sent.iter().filter_map(held).collect::<Vec<_>>());
    let outlook = live.forecaster.outlook(&live.file, &*live.readings, &grid);
    let outlook = outlook.map_err(|e| e.to_string())?;
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
    let mut problem = assembled.problem;
    if settings.traces > 0 {
        let suns = past_suns(&live.file, &*live.readings, &problem.grid, settings.traces);
        problem.traces = suns.map_err(|e| e.to_string())?;
        let part_after_h = f64::from(settings.traces_part_after_min) / 60.0;
        problem.traces_part_after_h =
            (!problem.traces.is_empty()).then_some(part_after_h.min(problem.grid.total_h()));
        if problem.traces.is_empty() {
            degraded
                .push("sun of past days: not measured, the forecast is taken for certain".into());
        }
    }
    Ok(Round { now, problem, outlook, degraded, left_out: assembled.left_out })
}

/// The time in which an instruction held back what an asset asked for or offered, if it did.
fn held(record: &InstructionRecord) -> Option<Held> {
    let desired = &record.instruction.desired;
    let is_held = desired.limit_kw.is_some() || desired.shed_kw.is_some_and(|kw| kw > 0.0);
    let to = match record.status {
        InstructionStatus::Rejected | InstructionStatus::Aborted => return None,
        InstructionStatus::Revoked => record.status_at,
        InstructionStatus::New
        | InstructionStatus::Accepted
        | InstructionStatus::Started
        | InstructionStatus::Succeeded => record.lapses_at(),
    };
    let (asset, from) = (record.instruction.asset.clone(), record.instruction.issued_at);
    is_held.then_some(Held { asset, from, to })
}

/// Steps end at the strokes of the clock; the first step is what is left of the present one.
fn grid(live: &Live, settings: &SchedulerSettings, now: DateTime<Utc>) -> TimeGrid {
    let start = now
        - TimeDelta::seconds(i64::from(now.second()))
        - TimeDelta::nanoseconds(i64::from(now.nanosecond()));
    profile::grid(live.file.zone, start, settings.step_min, settings.horizon_h)
}
