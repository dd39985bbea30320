//! The plan in short, for people.

use super::dispatch::{Wanted, wanted};
use crate::domain::instruction::MESSAGE_SCHEMA;
use crate::domain::plan_record::PlanRecord;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The advice: the current step of the plan in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Advice {
    /// Version of this message.
    pub schema: u32,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// The plan.
    pub plan_id: i64,
    /// How good the plan is known to be.
    pub status: String,
    /// Start of the step that it speaks of.
    pub step_start: DateTime<Utc>,
    /// What each asset is advised to do now, and why.
    pub assets: Vec<Wanted>,
    /// Shortfalls of the whole plan, one sentence each.
    pub shortfalls: Vec<String>,
    /// Inputs that were assumed.
    pub degraded: Vec<String>,
}

/// The advice of a plan at a time; nothing outside its horizon.
pub fn advice(record: &PlanRecord, now: DateTime<Utc>) -> Option<Advice> {
    let t = record.plan.grid.index_at(now)?;
    let shortfalls = record.plan.shortfalls.iter();
    let shortfalls =
        shortfalls.map(|s| format!("{} at {}: {:.2} {}", s.class, s.asset, s.total, s.unit));
    Some(Advice {
        schema: MESSAGE_SCHEMA,
        sent_at: now,
        plan_id: record.id,
        status: record.plan.status.name().to_owned(),
        step_start: record.plan.grid.start_of(t),
        assets: wanted(record, now),
        shortfalls: shortfalls.collect(),
        degraded: record.degraded.clone(),
    })
}
