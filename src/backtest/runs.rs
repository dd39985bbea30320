//! Runs of several policies on one course, a thread for each while there are cores.

use super::outcome::Day;
use super::policy::told;
use super::{Baseline, Course, Operator, Outcome, Planning, Policy, tune};
use crate::twin::Twin;
use chrono::TimeDelta;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is run.
#[derive(Debug, Clone)]
pub struct Run {
    /// On what.
    pub course: Course,
    /// How the optimiser plans.
    pub planning: Planning,
    /// Which policies.
    pub policies: Vec<Policy>,
    /// How many at once.
    pub threads: usize,
}

/// Hears how far a run is: the policy's place in the list, and hours lived.
pub type Progress<'a> = &'a (dyn Fn(usize, u32) + Sync);

/// Runs every policy; outcomes in the order of the policies.
pub fn run_all(run: &Run, progress: Progress<'_>) -> Result<Vec<Outcome>, String> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Outcome, String>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..run.threads.clamp(1, run.policies.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(policy) = run.policies.get(i) else { break };
                    let made = run_one(run, *policy, &|hours| progress(i, hours));
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((i, made));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, made)| made).collect()
}

/// A camp at work, whoever runs it.
enum Camp {
    Alone(Box<Twin>),
    Operated(Box<Operator>),
}

impl Camp {
    fn live_hour(&mut self) {
        match self {
            Self::Alone(twin) => twin.advance(twin.time() + TimeDelta::hours(1)),
            Self::Operated(operator) => (0..60).for_each(|_| operator.live_minute()),
        }
    }

    fn twin(&self) -> &Twin {
        match self {
            Self::Alone(twin) => twin,
            Self::Operated(operator) => operator.twin(),
        }
    }
}

fn run_one(run: &Run, policy: Policy, progress: &dyn Fn(u32)) -> Result<Outcome, String> {
    let course = &run.course;
    let twin = course.twin();
    let operated = |twin, without| {
        let operator = Operator::new(course, &run.planning, twin, without)?;
        Ok::<_, String>(Camp::Operated(Box::new(operator)))
    };
    let (mut camp, thresholds) = match policy {
        Policy::Optimizer => (operated(twin, None)?, None),
        Policy::Without(cause) => {
            let site = &course.file.site;
            let (best, tried) = tune::tuned(Baseline::left_alone(site), course);
            let thresholds = format!("sets left alone: {} (best of {tried})", told(best.strategy));
            (operated(twin.with_policy(best), Some(cause))?, Some(thresholds))
        }
        Policy::Baseline(baseline) => {
            let (best, tried) = tune::tuned(baseline, course);
            let thresholds = format!("{} (best of {tried})", told(best.strategy));
            (Camp::Alone(Box::new(twin.with_policy(best))), Some(thresholds))
        }
    };
    let from = camp.twin().stocks();
    let mut days = Vec::new();
    let mut before = camp.twin().tally().clone();
    for hour in 1..=24 * course.days {
        camp.live_hour();
        progress(hour);
        if hour % 24 == 0 {
            let (after, stocks) = (camp.twin().tally().clone(), camp.twin().stocks());
            days.push(Day::between(hour / 24, &before, &after, &stocks));
            before = after;
        }
    }
    let to = camp.twin().stocks();
    let site = &course.file.site;
    let mut outcome = Outcome::close(policy.name(), site, &before, (&from, &to), days);
    outcome.thresholds = thresholds;
    if let Camp::Operated(operator) = &camp {
        outcome.plans = Some(operator.counts().clone());
    }
    Ok(outcome)
}
