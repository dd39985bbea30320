//! What is known of a set as a plan begins. One of unknown status counts nothing and is not commanded.

use super::{Assembly, RUNNING_LOAD_FRAC};
use crate::domain::state::Latest;
use crate::scheduler::sets_past::SetPast;
use camp_solver::site::GensetStart;
use chrono::{DateTime, TimeDelta, Utc};

impl Assembly<'_> {
    pub(super) fn genset(&mut self, id: &str, rated_kw: f64, past: SetPast) {
        // What a set gives now says more than an old word about whether it runs.
        let told = self.fresh("genset", id, "is_running").map(|v| v >= 0.5);
        let gives =
            self.fresh("genset", id, "power_kw").map(|kw| kw > RUNNING_LOAD_FRAC * rated_kw);
        let Some(running) = told.or(gives) else {
            self.take_out(&format!("genset.{id}"), "its status is not known");
            return;
        };
        let since =
            self.state.run(id).filter(|r| r.running == running).map_or(self.now, |r| r.since);
        let for_h = (self.now - since).as_seconds_f64().max(0.0) / 3600.0;
        let power_kw = running.then(|| self.fresh("genset", id, "power_kw")).flatten();
        let start = GensetStart {
            running,
            for_h: for_h.min(1000.0),
            power_kw: power_kw.map(|kw| kw.clamp(0.0, rated_kw)),
            run_hours_h: self.run_hours_h(id, running, since),
            service_due_h: self.known(id, "service_due_h").map(|latest| latest.value),
            starts_today: past.starts_today,
            last_24h_kw: past.last_24h_kw,
            service_at: past.service_at,
            low_load_h: past.low_load_h,
            high_load_h: past.high_load_h,
            burn_off_owed_h: past.burn_off_owed_h,
            ..GensetStart::default()
        };
        self.start.genset.insert(id.to_owned(), start);
        self.degraded.extend(past.assumed.iter().map(|what| format!("genset.{id}: {what}")));
        if self.fresh("genset", id, "is_available").is_some_and(|v| v < 0.5) {
            self.take_out(&format!("genset.{id}"), "its controller says so");
        }
    }

    /// A value of a set that changes slowly, whatever its age.
    fn known(&self, id: &str, quantity: &str) -> Option<Latest> {
        self.state.value(self.points, "genset", id, quantity)
    }

    /// Run hours by the set's counter, and those since it was read if the set runs.
    fn run_hours_h(&self, id: &str, running: bool, since: DateTime<Utc>) -> Option<f64> {
        let counter = self.known(id, "run_hours_h")?;
        let more = if running { self.now - counter.time.max(since) } else { TimeDelta::zero() };
        Some(counter.value + more.as_seconds_f64().max(0.0) / 3600.0)
    }
}
