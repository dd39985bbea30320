//! Why the plan in force is as it is: asked once it is in force, in a thread of its own.

use super::Scheduler;
use crate::domain::plan_record::PlanRecord;
use crate::live::Live;
use camp_solver::{ExplainOptions, Problem, explain};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The explanation under way, if any; a newer plan stops it.
#[derive(Debug, Default)]
pub(super) struct Explaining {
    stop: Mutex<Arc<AtomicBool>>,
}

impl Explaining {
    /// Stops the one under way; gives what stops the next.
    fn next(&self) -> Arc<AtomicBool> {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.store(true, Ordering::Relaxed);
        *stop = Arc::default();
        Arc::clone(&stop)
    }
}

impl Drop for Explaining {
    fn drop(&mut self) {
        self.next();
    }
}

impl Scheduler {
    /// Explains a plan that has come into force. Nobody waits for it.
    pub(super) fn explain(&self, record: &PlanRecord, problem: Problem) {
        let stop = self.explaining.next();
        let options = ExplainOptions {
            time_limit_s: self.settings.explain_limit_s,
            gap_frac: self.settings.gap_frac,
            ..ExplainOptions::default()
        };
        // A service that has ended lets go of its store at once, though the solver takes a while to stop.
        let (live, id, plan) = (Arc::downgrade(&self.live), record.id, record.plan.clone());
        let work = move || {
            let told = explain(&problem, &plan, &options, &stop);
            let Some(live) = live.upgrade() else { return };
            match told {
                // What was stopped is half an answer about a plan that nobody follows any more.
                Ok(_) if stop.load(Ordering::Relaxed) => {}
                Ok(told) => {
                    if let Err(error) = live.records.put_explanation(id, &told) {
                        tracing::warn!(plan = id, "its explanation cannot be kept: {error}");
                    }
                    live.set_explanation(id, told);
                }
                Err(error) => tell(&live, id, &error.to_string()),
            }
        };
        let thread = std::thread::Builder::new().name("explain".to_owned()).spawn(work);
        if let Err(error) = thread {
            tell(&self.live, id, &format!("no thread for it: {error}"));
        }
    }
}

fn tell(live: &Live, id: i64, why: &str) {
    tracing::warn!(plan = id, "the plan is not explained: {why}");
    live.record_action("scheduler", "plan.not_explained", &format!("plan {id}: {why}"));
}
