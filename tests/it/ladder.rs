//! Always a plan: what happens when the optimiser fails, when it hangs, and when nothing is left.

use super::support::{envelope, site};

use camp_solver::{BackendFailure, SolveError, solve_from};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::control::{Control, MessageSink};
use smart_camp::domain::clock::Clock;
use smart_camp::domain::instruction::Instruction;
use smart_camp::domain::plan_record::Verdict;
use smart_camp::domain::point::PointId;
use smart_camp::domain::ports::{ReadingStore, StoreError};
use smart_camp::domain::reading::{Bucket, Reading, Reject, Sample};
use smart_camp::live::Live;
use smart_camp::scheduler::plan_once::Solver;
use smart_camp::scheduler::{Scheduler, SchedulerSettings};
use smart_camp::store::EmbeddedStore;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A store that can be made to fail, as a disk does.
pub(crate) struct Breakable {
    inner: EmbeddedStore,
    broken: AtomicBool,
}

impl Breakable {
    fn whole(&self) -> Result<&EmbeddedStore, StoreError> {
        let broken = self.broken.load(Ordering::SeqCst);
        if broken {
            Err(StoreError::Other("the disk does not answer".to_owned()))
        } else {
            Ok(&self.inner)
        }
    }
}

impl ReadingStore for Breakable {
    fn append(&self, readings: &[Reading], rejects: &[Reject]) -> Result<(), StoreError> {
        self.whole()?.append(readings, rejects)
    }
    fn range(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.whole()?.range(point, from, to, limit)
    }
    fn aggregate(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<Bucket>, StoreError> {
        self.whole()?.aggregate(point, from, to, step)
    }
    fn newest(&self, point: PointId) -> Result<Option<Sample>, StoreError> {
        self.whole()?.newest(point)
    }
    fn rejects(&self, limit: usize) -> Result<Vec<Reject>, StoreError> {
        self.whole()?.rejects(limit)
    }
}

/// Writes down what leaves.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl MessageSink for Sent {
    fn instruct(&self, asset: &str, payload: Vec<u8>, _: DateTime<Utc>) {
        let instruction: Instruction = serde_json::from_slice(&payload).unwrap();
        let word = if instruction.desired.is_release() { "release" } else { "instruct" };
        self.note(format!("{word} {asset}"));
    }
    fn withdraw(&self, asset: &str) {
        self.note(format!("withdraw {asset}"));
    }
    fn heartbeat(&self, _: Vec<u8>, _: DateTime<Utc>) {}
    fn advise(&self, _: Vec<u8>, _: DateTime<Utc>) {}
    fn alarm(&self, _: Vec<u8>, _: DateTime<Utc>) {}
}

/// A scheduler on a store that may break, with its clock at 06:00 UTC.
pub(crate) struct Stage {
    pub(crate) live: Arc<Live>,
    pub(crate) store: Arc<Breakable>,
    pub(crate) scheduler: Scheduler,
    _folder: tempfile::TempDir,
}

pub(crate) fn stage(solver: Solver) -> Stage {
    patient_stage(solver, 300.0)
}

/// A stage on which the solver may take `patience_s`.
fn patient_stage(solver: Solver, patience_s: f64) -> Stage {
    let file = site("small");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let inner = EmbeddedStore::open(&path, &file.points).unwrap();
    let records =
        Arc::new(EmbeddedStore::open(&folder.path().join("records.db"), &file.points).unwrap());
    let store = Arc::new(Breakable { inner, broken: AtomicBool::new(false) });
    let clock = Clock::manual("2026-03-10T06:00:00Z".parse().unwrap());
    let mode = envelope(&file, clock.now() + TimeDelta::days(1));
    let live = Arc::new(Live::new(
        file,
        clock,
        Arc::clone(&store) as Arc<dyn ReadingStore>,
        records,
        mode,
    ));
    speak(&live);
    // Long enough for a busy machine too: a plan that was cut short is worth replacing.
    let time_limit_s = 120.0;
    let settings = SchedulerSettings {
        horizon_h: 6,
        patience_s,
        time_limit_s,
        ..SchedulerSettings::default()
    };
    let (scheduler, _jobs) = Scheduler::new(Arc::clone(&live), settings);
    Stage { live, store, scheduler: scheduler.with_solver(solver), _folder: folder }
}

/// What the meters say: one set runs, the rest stands.
fn speak(live: &Live) {
    let points = &live.file.points;
    let reading = |name: &str, value: f64| Reading {
        point: points.resolve(name).unwrap(),
        time_ms: live.clock.now().timestamp_millis(),
        value,
        reason: None,
    };
    let said = [
        reading("genset.g1.is_running", 1.0),
        reading("genset.g2.is_running", 0.0),
        reading("genset.g3.is_running", 0.0),
        reading("battery.bess.state_of_charge_frac", 0.5),
        reading("tank.raw.level_m3", 15.0),
        reading("tank.treated.level_m3", 30.0),
        reading("wastewater.plant.level_m3", 4.0),
        reading("thermal_store.hot_water.fill_frac", 0.8),
    ];
    live.with_state(|state| state.take(points, &said));
}

fn alarms(live: &Live) -> Vec<String> {
    live.alarms().into_iter().map(|a| a.code).collect()
}

fn fails_with(solver: Solver, words: &str) {
    let stage = patient_stage(solver, 2.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();
    let plan = stage.live.plan().expect("the rule-based plan is in force");
    assert_eq!((plan.verdict, plan.plan.status.name()), (Verdict::Fallback, "fallback"));
    assert!(plan.reason.contains(words), "{}", plan.reason);
    assert!(plan.verified && plan.plan.gap_frac.is_none());
    assert_eq!(alarms(&stage.live), ["fallback"], "{:?}", plan.plan.shortfalls);
    // What hangs is left to itself: the runtime does not wait for it.
    runtime.shutdown_background();
}

#[test]
fn a_solver_that_finds_nothing_in_time_is_replaced_by_the_rules() {
    fails_with(
        |_, _, _| {
            let failure = BackendFailure::NoSolutionInTime;
            Err(SolveError::Stage { stage: "cost".to_owned(), failure })
        },
        "no solution within the time limit",
    );
}

#[test]
fn a_solver_that_panics_is_replaced_by_the_rules() {
    fails_with(|_, _, _| panic!("as a fault in a solver does"), "the solver's thread failed");
}

#[test]
fn a_solver_that_hangs_is_replaced_by_the_rules() {
    fails_with(
        |_, _, _| loop {
            std::thread::park();
        },
        "did not answer within",
    );
}

#[test]
fn without_any_plan_every_asset_is_released_and_it_is_told() {
    let stage = stage(solve_from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sent = Sent::default();
    let mut control = Control::new(Arc::clone(&stage.live), sent.clone(), 0);
    let round = || runtime.block_on(stage.scheduler.cycle("test", None));

    round().unwrap();
    control.beat();
    let first = sent.take();
    assert!(first.contains(&"instruct genset.g1".to_owned()), "{first:?}");

    stage.store.broken.store(true, Ordering::SeqCst);
    let reason = round().unwrap_err();
    assert!(reason.contains("the disk does not answer"), "{reason}");
    assert!(stage.live.plan().is_none());
    assert_eq!(alarms(&stage.live), ["no_plan"]);
    control.beat();
    let released: Vec<String> = first.iter().map(|s| s.replace("instruct", "release")).collect();
    assert_eq!(sent.take(), released);

    // When the disk is back, so is the plan.
    stage.store.broken.store(false, Ordering::SeqCst);
    round().unwrap();
    control.beat();
    assert_eq!(sent.take().len(), first.len());
    assert!(alarms(&stage.live).is_empty());
}

/// The same camp a moment later is not worth another plan.
#[test]
fn a_plan_that_gains_nothing_does_not_replace_the_running_one() {
    let stage = stage(solve_from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();
    stage.live.clock.advance(TimeDelta::minutes(1));
    let second = runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();
    let newest = stage.live.records.plans(None, 1).unwrap();
    assert_ne!(first, second, "both plans are kept");
    assert_eq!(stage.live.plan().unwrap().id, first, "the running one stays: {}", newest[0].reason);
    assert_eq!(newest[0].verdict, Verdict::Kept);
    stage.live.clock.advance(TimeDelta::minutes(60));
    speak(&stage.live);
    let third = runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();
    assert_eq!(stage.live.plan().unwrap().id, third, "an old plan is renewed");
    let short = runtime.block_on(stage.scheduler.cycle("test", Some(2))).unwrap();
    assert_ne!(stage.live.plan().unwrap().id, short, "other hours are for reading");
}
