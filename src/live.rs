//! What the parts of the running service share: the camp's file, its clock, its state, the current
//! plan, standing alarms, and the stores.

use crate::domain::alarm::{Alarm, AlarmBoard, Severity};
use crate::domain::clock::Clock;
use crate::domain::mode::Mode;
use crate::domain::note::{Event, Note};
use crate::domain::plan_record::PlanRecord;
use crate::domain::ports::{Action, ReadingStore, RecordStore};
use crate::domain::state::CampState;
use crate::domain::tally::Tally;
use crate::forecast::Forecaster;
use crate::metrics::Metrics;
use crate::site_file::SiteFile;
use camp_solver::Explanation;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The shared things. Parts hold it behind an [`Arc`].
pub struct Live {
    /// The camp.
    pub file: SiteFile,
    /// The one clock.
    pub clock: Clock,
    /// Readings.
    pub readings: Arc<dyn ReadingStore>,
    /// Plans, instructions, actions.
    pub records: Arc<dyn RecordStore>,
    /// Forecasts, with what they keep from round to round.
    pub forecaster: Forecaster,
    /// Counters and gauges.
    pub metrics: Metrics,
    /// What the service may do.
    pub mode: Mode,
    /// Rung when readings changed the state.
    pub state_changed: Notify,
    state: Mutex<CampState>,
    tally: Mutex<Tally>,
    alarms: Mutex<AlarmBoard>,
    plan: Mutex<Option<Arc<PlanRecord>>>,
    out: Mutex<BTreeMap<String, OutOfReach>>,
}

/// An asset that did not follow an instruction.
#[derive(Debug)]
struct OutOfReach {
    why: String,
    until: DateTime<Utc>,
}

/// After this an asset that did not follow is tried again.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(30);

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("site", &self.file.site.name).finish_non_exhaustive()
    }
}

/// A thread that panicked while it held the lock left whole values behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Puts the shared things together.
    pub fn new(
        file: SiteFile,
        clock: Clock,
        readings: Arc<dyn ReadingStore>,
        records: Arc<dyn RecordStore>,
        mode: Mode,
    ) -> Self {
        let tally = Tally::new(clock.now().timestamp_millis());
        Self {
            file,
            clock,
            readings,
            records,
            forecaster: Forecaster::default(),
            metrics: Metrics::default(),
            mode,
            state_changed: Notify::new(),
            state: Mutex::new(CampState::default()),
            tally: Mutex::new(tally),
            alarms: Mutex::new(AlarmBoard::default()),
            plan: Mutex::new(None),
            out: Mutex::default(),
        }
    }

    /// Works on the state; short, for others wait.
    pub fn with_state<T>(&self, work: impl FnOnce(&mut CampState) -> T) -> T {
        work(&mut lock(&self.state))
    }

    /// Works on the counts of values by point and day; short, for others wait.
    pub fn with_tally<T>(&self, work: impl FnOnce(&mut Tally) -> T) -> T {
        work(&mut lock(&self.tally))
    }

    /// A copy of the state.
    pub fn state(&self) -> CampState {
        lock(&self.state).clone()
    }

    /// The current plan.
    pub fn plan(&self) -> Option<Arc<PlanRecord>> {
        lock(&self.plan).clone()
    }

    /// Makes a plan the current one, or takes it back.
    pub fn set_plan(&self, plan: Option<Arc<PlanRecord>>) {
        *lock(&self.plan) = plan;
    }

    /// Adds its explanation to the current plan, if it still is that one.
    pub fn set_explanation(&self, id: i64, told: Explanation) {
        let mut plan = lock(&self.plan);
        if let Some(current) = plan.as_ref().filter(|p| p.id == id) {
            let mut explained = (**current).clone();
            explained.explanation = Some(told);
            *plan = Some(Arc::new(explained));
        }
    }

    /// Notes that an asset did not follow: plans leave it out for a while.
    pub fn out_of_reach_for(&self, asset: &str, why: &str) {
        let until = self.clock.now() + TRY_AGAIN_AFTER;
        lock(&self.out).insert(asset.to_owned(), OutOfReach { why: why.to_owned(), until });
        self.state_changed.notify_one();
    }

    /// Notes that an asset follows again.
    pub fn back_in_reach(&self, asset: &str) {
        if lock(&self.out).remove(asset).is_some() {
            self.clear("asset_out", asset);
        }
    }

    /// Assets that plans leave out, and why.
    pub fn out_of_reach(&self, now: DateTime<Utc>) -> BTreeMap<String, String> {
        let mut out = lock(&self.out);
        let over: Vec<String> =
            out.iter().filter(|(_, o)| o.until <= now).map(|(asset, _)| asset.clone()).collect();
        for asset in over {
            out.remove(&asset);
            self.clear("asset_out", &asset);
        }
        // Consumers that could not be shed still draw what they draw.
        let kinds = ["genset.", "solar.", "battery.", "well.", "treatment."];
        let planned = out.iter().filter(|(asset, _)| kinds.iter().any(|k| asset.starts_with(k)));
        planned.map(|(asset, o)| (asset.clone(), o.why.clone())).collect()
    }

    /// Raises an alarm and logs it once.
    pub fn raise(&self, code: &str, asset: &str, severity: Severity, message: &str) {
        let now = self.clock.now();
        let is_new = lock(&self.alarms).raise(code, asset, severity, message.to_owned(), now);
        if is_new {
            self.metrics.alarms_raised.inc();
            tracing::warn!(code, asset, "{message}");
            self.note_event(&format!("alarm.{code}"), asset, message);
        }
    }

    /// Ends an alarm and logs it.
    pub fn clear(&self, code: &str, asset: &str) {
        let stood = lock(&self.alarms).clear(code, asset);
        if stood {
            tracing::info!(code, asset, "alarm is over");
            self.note_event(&format!("alarm.{code}.over"), asset, "it is over");
        }
    }

    /// Notes an event. One that cannot be kept is logged and no more: an alarm of the store cannot wait
    /// for the store.
    fn note_event(&self, what: &str, asset: &str, text: &str) {
        let event = Event {
            at: self.clock.now(),
            what: what.to_owned(),
            asset: Some(asset.to_owned()).filter(|a| !a.is_empty()),
            text: text.to_owned(),
        };
        if let Err(error) = self.records.note(&[Note::Event(event)]) {
            tracing::warn!("the event {what} could not be kept: {error}");
        }
    }

    /// The alarms that stand, the worst first.
    pub fn alarms(&self) -> Vec<Alarm> {
        lock(&self.alarms).standing()
    }

    /// Keeps an action: who, what, why. A store that cannot keep it raises an alarm: nothing that
    /// acts may act unrecorded and unheard.
    pub fn record_action(&self, who: &str, what: &str, why: &str) {
        let action = Action {
            at: self.clock.now(),
            who: who.to_owned(),
            what: what.to_owned(),
            why: why.to_owned(),
        };
        if let Err(error) = self.records.add_action(&action) {
            let message = format!("the action {what} could not be kept: {error}");
            self.raise("store", "", Severity::Critical, &message);
        }
    }
}
