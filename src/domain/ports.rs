//! The ports behind which stores stand. The embedded store is one; InfluxDB 2 stands behind
//! [`ReadingStore`] and nothing else changes.

use super::instruction::InstructionRecord;
use super::note::Note;
use super::plan_record::{PlanRecord, PlanSummary};
use super::point::PointId;
use super::reading::{Bucket, Reading, Reject, Sample};
use camp_solver::Explanation;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The disk has no room; what was not stored is not acknowledged either.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The file is of a version that this program does not know.
    #[error(
        "{path} was written by a newer version of this program (its format is {found}, this program \
         reads up to {known}): nothing was touched; use that newer version, or another file"
    )]
    Newer {
        /// The file.
        path: String,
        /// The format found.
        found: i64,
        /// The newest format known.
        known: i64,
    },
    /// The file is not a store of this program.
    #[error("{0}")]
    Foreign(String),
    /// Anything else, in the store's words.
    #[error("store: {0}")]
    Other(String),
}

/// Readings, in and out. Calls block; async code calls from a blocking thread.
pub trait ReadingStore: Send + Sync {
    /// Keeps readings and rejects. When it returns they survive the loss of power.
    fn append(&self, readings: &[Reading], rejects: &[Reject]) -> Result<(), StoreError>;

    /// As [`ReadingStore::range`], of what this machine itself holds: no other server is asked.
    fn held(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.range(point, from, to, limit)
    }

    /// The samples of a point in `from..to`, oldest first, `limit` at most.
    fn range(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError>;

    /// Good samples of a point in `from..to` by stretches of `step`, counted from 1970. Empty
    /// stretches are left out.
    fn aggregate(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<Bucket>, StoreError>;

    /// The newest good sample of a point.
    fn newest(&self, point: PointId) -> Result<Option<Sample>, StoreError>;

    /// The newest rejects, `limit` at most.
    fn rejects(&self, limit: usize) -> Result<Vec<Reject>, StoreError>;
}

/// What was done, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a token's name, `scheduler`, or the signer of an envelope.
    pub who: String,
    /// What: `plan.published`, `instruction.sent`, `mode.expired`, ...
    pub what: String,
    /// Why, in a sentence.
    pub why: String,
}

/// Plans, instructions and actions, in and out. Calls block.
pub trait RecordStore: Send + Sync {
    /// Keeps a plan and gives it its number.
    fn add_plan(&self, record: &PlanRecord) -> Result<i64, StoreError>;
    /// Keeps why a plan is as it is.
    fn put_explanation(&self, plan: i64, told: &Explanation) -> Result<(), StoreError>;
    /// Why a plan is as it is, if that was found.
    fn explanation(&self, plan: i64) -> Result<Option<Explanation>, StoreError>;
    /// A plan by its number, with its explanation.
    fn plan(&self, id: i64) -> Result<Option<PlanRecord>, StoreError>;
    /// The newest plans before number `before`, newest first.
    fn plans(&self, before: Option<i64>, limit: usize) -> Result<Vec<PlanSummary>, StoreError>;
    /// Keeps an instruction, or its new status.
    fn put_instruction(&self, record: &InstructionRecord) -> Result<(), StoreError>;
    /// The newest instructions, newest first.
    fn instructions(&self, limit: usize) -> Result<Vec<InstructionRecord>, StoreError>;
    /// The largest sequence ever given to an instruction.
    fn last_sequence(&self) -> Result<i64, StoreError>;
    /// Keeps an action.
    fn add_action(&self, action: &Action) -> Result<(), StoreError>;
    /// The newest actions, newest first.
    fn actions(&self, limit: usize) -> Result<Vec<Action>, StoreError>;
    /// Keeps notes for the store that draws them; where there is none, they are dropped.
    fn note(&self, notes: &[Note]) -> Result<(), StoreError>;
}
