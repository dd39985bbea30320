//! Why a plan is as it is: for each set and block of hours the rule that bites and its litres, what one
//! kWh and one m3 more would burn, and what each rule of the site costs.
//!
//! Nothing is told that was not computed. For each block the number of running sets of its fleet is made
//! one less (or one more), all other commitment held; the dispatch is solved anew and both plans go
//! through the same books. Where they differ is the reason. It is asked after a plan has left, and
//! within a time of its own.

mod answer;
mod changes;
mod held;
mod kept;
mod marginal;
mod objective;
mod pumps;
mod reason;
mod sentence;
mod stretches;
mod without;

pub use answer::{Change, Explanation, HourPrice, Rule, RuleCost, SetReason, SiteRule, WaterPrice};
pub use kept::keep;

use crate::error::{BackendFailure, SolveError};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use held::{Answer, Held, Modelled};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use stretches::{Stretch, stretches};

/// Part of the time for why sets run or stand, and that for these and the prices.
const FOR_SETS: f64 = 0.5;
const FOR_PRICES: f64 = 0.6;

/// No explanation takes longer, s.
const LONGEST_S: f64 = 3600.0;

/// How to explain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExplainOptions {
    /// Time for all of it, s. What is not answered by then is told in `left_out`.
    pub time_limit_s: f64,
    /// The gap of the plan, at which the plans without one rule stop too, as a share of the cost.
    pub gap_frac: f64,
    /// Seed of the solver's own choices.
    pub seed: u32,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self { time_limit_s: 10.0, gap_frac: 0.005, seed: 0 }
    }
}

/// Explains a plan of a problem. Ends early, with what there is, once `stop` is set.
pub fn explain(
    problem: &Problem,
    plan: &Plan,
    options: &ExplainOptions,
    stop: &AtomicBool,
) -> Result<Explanation, SolveError> {
    let began = Instant::now();
    let asked_s = options.time_limit_s;
    let limit_s = if asked_s.is_finite() { asked_s.clamp(0.0, LONGEST_S) } else { 0.0 };
    let until = |share: f64| began + Duration::from_secs_f64(share * limit_s);
    let of_stage = |failure| SolveError::Stage { stage: "explanation".to_owned(), failure };
    let problem = &problem.with_upkeep().with_burn_offs_run(|id, t| plan.running_kw(id, t));
    let asked = pumps::in_any_portion(problem);
    let mut held = Held::new(&asked, plan, options.seed).map_err(of_stage)?;
    let base = held.solve(None, until(FOR_SETS)).map_err(of_stage)?;
    let mut told = Explanation::default();
    if plan.traces.is_some() {
        // One commitment for all traces may have its reason in another than the first.
        told.left_out
            .push("what the other traces ask for: reasons are those of the first".to_owned());
    }
    let mut run = Sets { held: &mut held, base: &base, known: HashMap::new() };
    let (mut late, mut clock) = (0, Clock { stop, until: until(FOR_SETS) });
    for stretch in stretches(problem, plan) {
        let reason =
            if clock.is_over() { None } else { run.reason(problem, plan, &stretch, clock.until) };
        match reason {
            Some(reason) => told.sets.push(reason),
            None => late += 1,
        }
    }
    if late > 0 {
        told.left_out.push(format!("why sets run or stand: {late} blocks of hours"));
    }
    clock.until = until(FOR_PRICES);
    marginal::prices(problem, &mut held, &base, &clock, &mut told);
    clock.until = until(1.0);
    without::costs(problem, plan, options, &clock, &mut told);
    told.seconds = began.elapsed().as_secs_f64();
    Ok(told)
}

/// Until when something may take.
struct Clock<'a> {
    stop: &'a AtomicBool,
    until: Instant,
}

impl Clock<'_> {
    fn is_over(&self) -> bool {
        self.left_s() <= 0.0 || self.stop.load(Ordering::Relaxed)
    }

    fn left_s(&self) -> f64 {
        self.until.saturating_duration_since(Instant::now()).as_secs_f64()
    }
}

/// The other way, or why there is none.
type Known = Result<(Plan, Modelled), BackendFailure>;

/// The reasons of sets. Like sets that run or stand through the same hours share one answer.
struct Sets<'a, 'p> {
    held: &'a mut Held<'p>,
    base: &'a Answer,
    /// By fleet, first step, step after the last, and whether the set runs.
    known: HashMap<(usize, usize, usize, bool), Known>,
}

impl Sets<'_, '_> {
    /// Nothing where the time was too short.
    fn reason(
        &mut self,
        problem: &Problem,
        plan: &Plan,
        stretch: &Stretch,
        until: Instant,
    ) -> Option<SetReason> {
        let fleet = self.held.fleet_of(&stretch.set)?;
        if !stretch.available {
            return Some(reason::unavailable(problem, plan, stretch));
        }
        let key = (fleet, stretch.first, stretch.after, stretch.on);
        if !self.known.contains_key(&key) {
            let flip =
                held::Flip { fleet, first: stretch.first, after: stretch.after, more: !stretch.on };
            let other = self.held.solve(Some(&flip), until).map(|a| (a.plan, a.modelled));
            if matches!(other, Err(BackendFailure::NoSolutionInTime)) {
                return None;
            }
            self.known.insert(key, other);
        }
        let other = self.known.get(&key)?.as_ref().ok();
        let (base, like) = (&self.base.plan, self.held.like(fleet));
        let asked = reason::Flipped { problem, base, stretch, like };
        let other = other.map(|(plan, modelled)| reason::Other {
            plan,
            grows: grown(&self.base.modelled, modelled),
        });
        Some(reason::reason(&asked, other.as_ref()))
    }
}

/// The classes that fall short more by the model's own count.
fn grown(base: &Modelled, other: &Modelled) -> Vec<ShortfallClass> {
    const ARITHMETIC: f64 = 1e-3;
    let before = |class| base.get(class).copied().unwrap_or(0.0);
    let grows = other.iter().filter(|(class, total)| **total > before(class) + ARITHMETIC);
    grows.map(|(class, _)| *class).collect()
}
