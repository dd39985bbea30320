//! The scheduler: every quarter of an hour and on events, one plan at a time, off the async threads.
//!
//! [`Scheduler::cycle`] is one round; the loop of [`Scheduler::run`] only decides when. A plan is
//! published, kept back or replaced by the rule-based one, each with its reason. When no plan passes
//! the checker, the current one is withdrawn and an alarm stands.

pub mod accept;
pub mod assemble;
mod explaining;
pub mod jobs;
pub mod plan_once;
mod prepare;
mod publish;
mod sets_day;
pub mod sets_past;
mod settings;
mod watchers;
pub mod water_past;

use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::domain::stop::Stop;
use crate::domain::worth::worth;
use crate::live::Live;
use accept::{Acceptance, Candidate, accept};
use camp_solver::{Problem, SolveOptions};
use chrono::TimeDelta;
use jobs::{Jobs, Request};
use plan_once::{Keeping, Outcome, Solver, by_rules, plan_once};
use prepare::{Round, prepare};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

pub use settings::SchedulerSettings;
pub use watchers::Watcher;

/// The scheduler.
#[derive(Debug)]
pub struct Scheduler {
    live: Arc<Live>,
    settings: SchedulerSettings,
    solver: Solver,
    /// Held while a solver is at work, also by one that was left to itself.
    solving: Arc<tokio::sync::Mutex<()>>,
    jobs: Arc<Jobs>,
    requests: mpsc::Receiver<Request>,
    /// Counts changes of the current plan; control listens.
    changed: watch::Sender<u64>,
    explaining: explaining::Explaining,
}

impl Scheduler {
    /// Prepares a scheduler; `jobs` is where requests are followed.
    pub fn new(live: Arc<Live>, settings: SchedulerSettings) -> (Self, Arc<Jobs>) {
        let (jobs, requests) = Jobs::new();
        let jobs = Arc::new(jobs);
        let changed = watch::Sender::new(0);
        let solver = camp_solver::solve_from;
        let scheduler = Self {
            live,
            settings,
            solver,
            solving: Arc::default(),
            jobs: Arc::clone(&jobs),
            requests,
            changed,
            explaining: explaining::Explaining::default(),
        };
        (scheduler, jobs)
    }

    /// The same with another solver: tests put one that fails.
    #[must_use]
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// Tells when the current plan changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Runs until told to stop.
    pub async fn run(mut self, mut stop: Stop) {
        let mut watcher = watchers::Watcher::default();
        // The first plan comes as soon as there is a state to plan from.
        let mut first = true;
        let clock = self.live.clock.clone();
        let every_min = i64::from(self.settings.every_min);
        // Kept over the turns: events at the stroke do not make it pass by.
        let mut tick = clock.next_multiple(every_min);
        loop {
            let live = Arc::clone(&self.live);
            let (trigger, job, hours) = tokio::select! {
                () = clock.until(tick) => {
                    tick = clock.next_multiple(every_min);
                    ("tick".to_owned(), None, None)
                }
                Some(request) = self.requests.recv() => {
                    (request.why, Some(request.job), request.hours)
                }
                () = live.state_changed.notified() => {
                    match watcher.event(&live, first) {
                        Some(event) => (event, None, None),
                        None => continue,
                    }
                }
                () = stop.asked() => return,
            };
            if let Some(job) = job {
                self.jobs.solving(job);
            }
            // Who stops the service does not wait for a solver; what it finds is dropped.
            let made = tokio::select! {
                made = self.cycle(&trigger, hours) => made,
                () = stop.asked() => return,
            };
            first = first && made.is_err();
            match job {
                Some(job) => self.jobs.finish(job, made),
                None => {
                    if let Err(reason) = made {
                        tracing::warn!(trigger, "no plan: {reason}");
                    }
                }
            }
        }
    }

    /// One round: outlook, problem, plan, decision. Gives the number of the plan it kept, or why
    /// there is none. `hours` replaces the horizon of the settings.
    ///
    /// A plan over other hours than those of the settings is for reading and replaces none.
    pub async fn cycle(&self, trigger: &str, hours: Option<u32>) -> Result<i64, String> {
        self.live.metrics.planning.set(1);
        let made = self.round(trigger, hours).await;
        self.live.metrics.planning.set(0);
        if let Err(reason) = &made {
            self.withdraw(reason);
        }
        made
    }

    async fn round(&self, trigger: &str, hours: Option<u32>) -> Result<i64, String> {
        let began = Instant::now();
        let now = self.live.clock.now();
        let (live, mut settings) = (Arc::clone(&self.live), self.settings.clone());
        settings.horizon_h = hours.unwrap_or(settings.horizon_h);
        let for_reading = settings.horizon_h != self.settings.horizon_h;
        let round = blocking(move || prepare(&live, &settings, now)).await??;
        let outcome = self.solve(&round.problem).await?;
        if matches!(outcome, Outcome::Fallback { .. } | Outcome::Nothing { .. }) {
            self.save_case(&round.problem);
        }
        self.live.metrics.plan_seconds.set(began.elapsed().as_secs_f64());
        self.decide(trigger, round, outcome, for_reading).await
    }

    /// Solves off the async threads. A solver that does not come back in time is left to itself and
    /// the rule-based plan stands in.
    async fn solve(&self, problem: &Problem) -> Result<Outcome, String> {
        let options = SolveOptions {
            objective: self.settings.objective,
            gap_frac: self.settings.gap_frac,
            time_limit_s: self.settings.time_limit_s,
            ..SolveOptions::default()
        };
        let (asked, solver) = (problem.clone(), self.solver);
        let Ok(alone) = Arc::clone(&self.solving).try_lock_owned() else {
            let asked = problem.clone();
            let reason = "the solver is still at an earlier problem".to_owned();
            return blocking(move || by_rules(&asked, reason)).await;
        };
        // A thread of its own each time: threads of a pool would each keep the memory of a solve.
        let (done, work) = tokio::sync::oneshot::channel();
        let running = self.live.plan();
        let thread = std::thread::Builder::new().name("solver".to_owned()).spawn(move || {
            let running = running.as_deref().map(|record| &record.plan);
            let outcome = plan_once(solver, &asked, &options, running);
            // Whoever hears the answer may ask the next question at once.
            drop(alone);
            // Who does not wait any more does not hear it.
            let _nobody_waits = done.send(outcome).is_err();
        });
        thread.map_err(|e| format!("no thread for the solver: {e}"))?;
        let patience = Duration::from_secs_f64(self.settings.patience_s);
        let reason = match tokio::time::timeout(patience, work).await {
            Ok(Ok(outcome)) => return Ok(outcome),
            Ok(Err(_)) => "the solver's thread failed".to_owned(),
            Err(_) => format!("the solver did not answer within {} s", patience.as_secs()),
        };
        let asked = problem.clone();
        blocking(move || by_rules(&asked, reason)).await
    }

    async fn decide(
        &self,
        trigger: &str,
        round: Round,
        outcome: Outcome,
        for_reading: bool,
    ) -> Result<i64, String> {
        let live = &self.live;
        let (plan, keeping, worth, fallback) = match outcome {
            Outcome::Optimised { plan, rules, keeping } => {
                let worth = worth(&round.problem, &plan, &rules);
                (plan, keeping, worth, None)
            }
            Outcome::Fallback { plan, reason } => (plan, Keeping::NoPlan, None, Some(reason)),
            Outcome::Nothing { reason } => return Err(reason),
        };
        let running = live.plan();
        let new = Candidate { plan: &plan, keeping: &keeping, left_out: &round.left_out };
        let acceptance =
            || accept(&new, running.as_deref(), live, &self.settings.change, round.now);
        let (verdict, reason) = match &fallback {
            _ if for_reading => (Verdict::Kept, "asked for other hours, to be read".to_owned()),
            Some(reason) => (Verdict::Fallback, reason.clone()),
            None => match acceptance() {
                Acceptance::Publish(reason) => (Verdict::Published, reason),
                Acceptance::Keep(reason) => (Verdict::Kept, reason),
            },
        };
        // Two rounds: one may be missed.
        let valid_until = round.now + TimeDelta::minutes(2 * i64::from(self.settings.every_min));
        let mut record = PlanRecord {
            id: 0,
            issued_at: round.now,
            valid_until,
            trigger: trigger.to_owned(),
            verdict,
            reason,
            verified: true,
            degraded: round.degraded,
            left_out: round.left_out,
            worth,
            forecasts: round.outlook.forecasts,
            plan: *plan,
            explanation: None,
        };
        let records = Arc::clone(&live.records);
        let copy = record.clone();
        let id = blocking(move || records.add_plan(&copy)).await?;
        record.id = id.map_err(|e| format!("the plan cannot be kept: {e}"))?;
        let id = record.id;
        if !for_reading {
            let is_new = record.verdict != Verdict::Kept;
            let current = self.publish(record, running);
            if is_new && self.settings.explain_limit_s > 0.0 {
                self.explain(&current, round.problem);
            }
        }
        Ok(id)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| format!("a thread failed: {e}"))
}
