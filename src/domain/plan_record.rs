//! A plan with its story: when, why, on what, and what was decided about it.

use super::forecast::Forecast;
use crate::domain::worth::Worth;
use camp_solver::{Explanation, Plan};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What was decided about a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It became the current plan.
    Published,
    /// The running plan was kept.
    Kept,
    /// It is the rule-based plan, published because there was no better one.
    Fallback,
}

/// A plan as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanRecord {
    /// Its number; later plans have larger ones.
    pub id: i64,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// Until when it may be acted on without a newer word.
    pub valid_until: DateTime<Utc>,
    /// What asked for it: `tick`, `request`, or the event.
    pub trigger: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// The independent checker has found nothing against it.
    pub verified: bool,
    /// Inputs that were assumed because measurements are missing or doubtful.
    pub degraded: Vec<String>,
    /// Assets that it leaves alone, `kind.id`, and why: out of reach, or of unknown state. Nothing is
    /// asked of them.
    pub left_out: BTreeMap<String, String>,
    /// What it is worth against the rule-based plan on the same forecast.
    pub worth: Option<Worth>,
    /// The forecasts that it was made on.
    pub forecasts: Vec<Forecast>,
    /// The plan.
    pub plan: Plan,
    /// Why it is as it is; comes some seconds after the plan, and only to one that is in force.
    #[serde(default)]
    pub explanation: Option<Explanation>,
}

/// A plan in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanSummary {
    /// Its number.
    pub id: i64,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// What asked for it.
    pub trigger: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// How good it is known to be.
    pub status: String,
    /// Operating cost.
    pub cost: f64,
    /// (cost - bound) / cost.
    pub gap_frac: Option<f64>,
    /// Fuel, L.
    pub fuel_l: f64,
    /// Number of shortfalls that it declares.
    pub shortfalls: usize,
}

impl PlanRecord {
    /// The record's line in a list.
    pub fn summary(&self) -> PlanSummary {
        PlanSummary {
            id: self.id,
            issued_at: self.issued_at,
            trigger: self.trigger.clone(),
            verdict: self.verdict,
            reason: self.reason.clone(),
            status: self.plan.status.name().to_owned(),
            cost: self.plan.cost,
            gap_frac: self.plan.gap_frac,
            fuel_l: self.plan.fuel_l,
            shortfalls: self.plan.shortfalls.len(),
        }
    }
}
