//! Requests for a plan, and how they are followed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// Jobs that are remembered.
const MOST_JOBS: usize = 100;
/// Requests that may wait.
const MOST_WAITING: usize = 4;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waiting for the solver.
    Queued,
    /// Being solved.
    Solving,
    /// Done; `plan_id` tells the current plan.
    Done,
    /// There is no plan; `reason` tells why.
    Failed,
}

/// A request for a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// Who asked.
    pub who: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Where it stands.
    pub status: JobStatus,
    /// The current plan after it was done.
    pub plan_id: Option<i64>,
    /// Why there is no plan.
    pub reason: Option<String>,
}

/// A request on its way to the scheduler.
#[derive(Debug)]
pub struct Request {
    pub(super) job: u64,
    pub(super) why: String,
    pub(super) hours: Option<u32>,
}

/// The jobs of a service.
#[derive(Debug)]
pub struct Jobs {
    queue: mpsc::Sender<Request>,
    list: Mutex<BTreeMap<u64, Job>>,
}

impl Jobs {
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (queue, requests) = mpsc::channel(MOST_WAITING);
        (Self { queue, list: Mutex::default() }, requests)
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<u64, Job>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a plan, of `hours` in place of those of the settings; nothing if too many requests
    /// wait already.
    pub fn ask(&self, who: &str, hours: Option<u32>, now: DateTime<Utc>) -> Option<Job> {
        let mut list = self.list();
        let id = list.keys().next_back().map_or(1, |last| last + 1);
        let request = Request { job: id, why: format!("request of {who}"), hours };
        self.queue.try_send(request).ok()?;
        let job = Job {
            id,
            who: who.to_owned(),
            asked_at: now,
            status: JobStatus::Queued,
            plan_id: None,
            reason: None,
        };
        list.insert(id, job.clone());
        while list.len() > MOST_JOBS {
            list.pop_first();
        }
        Some(job)
    }

    /// A job by its number.
    pub fn get(&self, id: u64) -> Option<Job> {
        self.list().get(&id).cloned()
    }

    pub(super) fn solving(&self, id: u64) {
        if let Some(job) = self.list().get_mut(&id) {
            job.status = JobStatus::Solving;
        }
    }

    pub(super) fn finish(&self, id: u64, made: Result<i64, String>) {
        if let Some(job) = self.list().get_mut(&id) {
            match made {
                Ok(plan) => (job.status, job.plan_id) = (JobStatus::Done, Some(plan)),
                Err(reason) => (job.status, job.reason) = (JobStatus::Failed, Some(reason)),
            }
        }
    }
}
