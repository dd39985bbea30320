//! What becomes of a plan once it is decided: it is in force, or nothing is.

use super::Scheduler;
use crate::domain::alarm::Severity;
use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::live::Live;
use camp_solver::Problem;
use std::sync::Arc;

impl Scheduler {
    /// Puts a plan in force, or leaves the running one so; gives the one that is.
    pub(super) fn publish(
        &self,
        record: PlanRecord,
        running: Option<Arc<PlanRecord>>,
    ) -> Arc<PlanRecord> {
        let live = &self.live;
        let word = match record.verdict {
            Verdict::Published => "published",
            Verdict::Kept => "kept",
            Verdict::Fallback => "fallback",
        };
        live.metrics.plan(word);
        live.record_action("scheduler", &format!("plan.{word}"), &record.reason);
        tracing::info!(
            plan = record.id,
            status = record.plan.status.name(),
            word,
            "{}",
            record.reason
        );
        live.clear("no_plan", "");
        if record.verdict == Verdict::Fallback {
            let message = format!("the rule-based plan is in force: {}", record.reason);
            live.raise("fallback", "", Severity::Warning, &message);
        } else {
            live.clear("fallback", "");
        }
        let current = match (record.verdict, running) {
            (Verdict::Kept, Some(running)) => {
                // Its explanation may have come since.
                let now = live.plan().filter(|now| now.id == running.id).unwrap_or(running);
                let mut kept = (*now).clone();
                kept.valid_until = record.valid_until;
                kept
            }
            _ => record,
        };
        tell_shortfalls(live, &current);
        live.metrics.plan_fuel_l.set(current.plan.fuel_l);
        live.metrics.plan_gap_frac.set(current.plan.gap_frac.unwrap_or(f64::NAN));
        live.metrics.plan_saved_l.set(current.worth.as_ref().map_or(f64::NAN, |w| w.saved_l));
        let current = Arc::new(current);
        live.set_plan(Some(Arc::clone(&current)));
        self.changed.send_modify(|n| *n += 1);
        current
    }

    /// The last rung: no plan may be acted on.
    pub(super) fn withdraw(&self, reason: &str) {
        let live = &self.live;
        live.metrics.plan("nothing");
        live.record_action("scheduler", "plan.withdrawn", reason);
        live.raise(
            "no_plan",
            "",
            Severity::Critical,
            &format!("no plan may be acted on: {reason}"),
        );
        live.set_plan(None);
        self.changed.send_modify(|n| *n += 1);
    }

    /// Keeps a problem that the optimiser failed on, for a golden test.
    pub(super) fn save_case(&self, problem: &Problem) {
        let Some(folder) = &self.settings.cases else { return };
        let name = format!("case-{}.json", self.live.clock.now().format("%Y%m%dT%H%M%SZ"));
        let written = serde_json::to_vec(problem).map_err(std::io::Error::other).and_then(|text| {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(&name), text)
        });
        match written {
            Ok(()) => tracing::warn!("the problem is kept as {name}"),
            Err(error) => tracing::warn!("the problem cannot be kept as {name}: {error}"),
        }
    }
}

/// An alarm while the plan in force falls short of a service; end stocks are no service.
fn tell_shortfalls(live: &Live, record: &PlanRecord) {
    let services = record.plan.shortfalls.iter();
    let services = services.filter(|s| !s.class.name().starts_with("end_stock"));
    let told: Vec<String> = services
        .map(|s| format!("{} at {}: {:.1} {}", s.class, s.asset, s.total, s.unit))
        .collect();
    if told.is_empty() {
        live.clear("shortfall", "");
    } else {
        let message = format!("the plan falls short: {}", told.join("; "));
        live.raise("shortfall", "", Severity::Warning, &message);
    }
}
