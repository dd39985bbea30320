//! From a problem to a verified plan, in stages: shortfalls by rank, then cost, then preference.

mod burn_off;
mod by_rules;
mod by_steps;
mod chain;
mod cost_mps;
mod known;
mod options;
#[cfg(test)]
mod outpost;
mod parted;
mod preference;
mod report;
mod running;
mod shortfall;
mod solved;
mod textbook;
mod traces;
mod whole;
mod window;

use crate::account::Decisions;
use crate::backend::{Reading, Request, Solution, minimise};
use crate::block::Block;
use crate::decomposition::Known;
use crate::error::{BackendFailure, SolveError};
use crate::lowered::{Lowered, lower};
use crate::model::Model;
use crate::plan::{Plan, Stage};
use crate::problem::Problem;
use crate::rules::rule_based;
use crate::verify::verify;
use good_lp::{Constraint, Expression};
use std::time::Instant;
use traces::Decided;
use whole::Held;

pub use chain::{Chain, windows};
pub use cost_mps::write_mps;
pub use options::{Objective, SolveOptions};
pub use solved::Solved;
pub use textbook::textbook_mps;
pub use window::{Ends, StockPrices, Stocks, WindowBound, window_bound};

/// A gap at or below this is called proven.
const PROVEN: f64 = 1e-4;
/// Slack on costs and on shortfalls that are none: the arithmetic of the solver.
const SLACK: f64 = 1e-6;
/// Slack on capped shortfalls, which are sums over all steps.
const CAP_SLACK: f64 = 1e-5;

/// Share of the time for searches with broken pumps; the rest is for making them whole.
const SEARCHING: f64 = 0.6;

/// Solves a problem.
pub fn solve(problem: &Problem, options: &SolveOptions) -> Result<Solved, SolveError> {
    solve_from(problem, options, None)
}

/// Solves a problem while a plan is in force: its sets, moved on to the problem's steps, are the first
/// that are tried. Where no other plan is known to be cheaper by more than the gap, they stay.
pub fn solve_from(
    problem: &Problem,
    options: &SolveOptions,
    running: Option<&Plan>,
) -> Result<Solved, SolveError> {
    let began = Instant::now();
    let placed = placed(problem)?;
    if problem.traces_part_after_h.is_some() {
        return parted::solved(problem, options, running);
    }
    let first = planned(problem, &placed, options, running)?;
    if first.failed.is_some() {
        return Ok(first);
    }
    Ok(burn_off::with_those_due(problem, placed, options, first, began))
}

/// A plan of a problem whose upkeep is placed as in `placed`, passed by the checker.
fn planned(
    problem: &Problem,
    placed: &Problem,
    options: &SolveOptions,
    running: Option<&Plan>,
) -> Result<Solved, SolveError> {
    let mut run = Run::prepare(problem, placed, options);
    run.running = running.map_or_else(Vec::new, |plan| run.of_running(plan));
    let decisions = match run.optimise() {
        Ok(decisions) => decisions,
        Err(failed) => return run.by_rules_after(failed),
    };
    let mut plan = run.settled(&decisions);
    run.report(&mut plan);
    run.prefer_rules(&mut plan);
    run.checked(plan)
}

/// A checked problem with services and burn-offs that are due in their places.
fn placed(problem: &Problem) -> Result<Problem, SolveError> {
    let faults = problem.check();
    if faults.is_empty() { Ok(problem.with_upkeep()) } else { Err(SolveError::Problem(faults)) }
}

/// Pumps and trains in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pumps {
    /// Broken, with time left for rounding.
    Broken,
    /// Broken in searches; they are being rounded.
    Rounded,
    Whole,
}

struct Run<'a> {
    /// The problem as it was asked, and with its services and burn-offs placed.
    asked: &'a Problem,
    problem: &'a Problem,
    options: &'a SolveOptions,
    /// The problem of each further trace.
    others: Vec<Problem>,
    model: Model,
    /// The blocks of all traces.
    blocks: Vec<Box<dyn Block>>,
    /// Of several traces: what is common to them, and commitments that are known.
    decided: Vec<Decided>,
    commitments: Vec<Held>,
    /// Sets as the plan in force runs them.
    running: Vec<Known>,
    rules: Plan,
    /// Whether the rule-based plan passes the checker, so that its shortfalls are possible ones. It is
    /// made for the first trace alone.
    rules_hold: bool,
    bounds: Vec<(f64, f64)>,
    caps: Vec<Constraint>,
    /// A point to start the search from.
    warm: Option<Vec<f64>>,
    /// The best plan by steps with whole pumps and trains.
    whole: Option<Solution>,
    /// No plan without any shortfall costs less.
    known_bound: Option<f64>,
    /// True while end stocks that the relaxation meets are taken to be met without a search.
    hopeful: bool,
    stages: Vec<Stage>,
    /// Stages before this one had other caps: their bounds say nothing of the plan.
    counts_from: usize,
    pumps: Pumps,
    /// False once a shortfall stage stopped before its least was proven.
    least_shortfall: bool,
    build_s: f64,
    began: Instant,
}

impl<'a> Run<'a> {
    fn prepare(asked: &'a Problem, problem: &'a Problem, options: &'a SolveOptions) -> Self {
        Self::over(asked, problem, options, &lower)
    }

    fn over(
        asked: &'a Problem,
        problem: &'a Problem,
        options: &'a SolveOptions,
        lower: &dyn Fn(&Problem) -> Lowered,
    ) -> Self {
        let rules = rule_based(asked);
        let rules_hold = asked.traces.is_empty() && verify(asked, &rules).is_empty();
        let building = Instant::now();
        let mut model = Model::new(&problem.grid);
        let mut blocks = traces::built(&mut model, problem, lower);
        let others: Vec<_> = problem.traces.iter().map(|t| problem.of_trace(t)).collect();
        let decided = traces::add(&mut model, problem, &others, lower, &mut blocks);
        let bounds = model.columns.iter().map(|c| (c.min, c.max)).collect();
        let mut run = Self {
            asked,
            problem,
            options,
            others,
            model,
            blocks,
            decided,
            commitments: Vec::new(),
            running: Vec::new(),
            rules,
            rules_hold,
            bounds,
            caps: Vec::new(),
            warm: None,
            whole: None,
            known_bound: None,
            hopeful: true,
            pumps: Pumps::Broken,
            stages: Vec::new(),
            counts_from: 0,
            least_shortfall: true,
            build_s: building.elapsed().as_secs_f64(),
            began: Instant::now(),
        };
        run.commitments = run.commitments_of_traces();
        run
    }

    fn cost_expression(&self) -> Expression {
        match self.options.objective {
            Objective::Cost => {
                self.model.ledger.operating_cost(self.problem.site.money.fuel_price_per_l)
            }
            Objective::FuelL => self.model.ledger.fuel_l.clone(),
        }
    }

    fn remaining_s(&self) -> f64 {
        let may_fail = self.has_pumps() || self.has_traces();
        let share = if self.pumps == Pumps::Broken && may_fail { SEARCHING } else { 1.0 };
        share * self.options.time_limit_s - self.began.elapsed().as_secs_f64()
    }

    /// Whether anything is left broken by searches.
    fn has_pumps(&self) -> bool {
        self.model.columns.iter().any(|c| c.rounded)
    }

    fn minimise(
        &mut self,
        name: &str,
        objective: &Expression,
        gap_frac: f64,
        time_share: f64,
        known_bound: Option<f64>,
    ) -> Result<Solution, SolveError> {
        let began = Instant::now();
        let request = Request {
            objective,
            caps: &self.caps,
            bounds: &self.bounds,
            gap_frac,
            target: known_bound.filter(|b| *b > 0.0).map(|bound| bound / (1.0 - gap_frac)),
            time_limit_s: self.remaining_s() * time_share,
            seed: self.options.seed,
            start: self.warm.as_deref(),
            relaxed: false,
            rounded_too: self.pumps == Pumps::Whole,
        };
        let solution = minimise(&self.model, &request)
            .map_err(|failure| SolveError::Stage { stage: name.to_owned(), failure })?;
        self.note(name, began, &solution);
        Ok(solution)
    }

    fn optimise(&mut self) -> Result<Vec<Decisions>, SolveError> {
        use BackendFailure::{Infeasible, NoSolutionInTime};
        let solution = match self.cost_stage() {
            Ok(broken) => self.whole_stage(&broken)?,
            Err(SolveError::Stage { failure: NoSolutionInTime | Infeasible, .. }) => {
                self.give_way_by_rank(None)?
            }
            Err(other) => return Err(other),
        };
        let solution = self.preference_stage(&solution);
        Ok(self.read(&Reading { model: &self.model, solution: &solution }))
    }

    /// Shortfalls, then cost. End stocks that were hoped for and are not there are searched for.
    fn cost_stage(&mut self) -> Result<Solution, SolveError> {
        match self.shortfalls_and_cost() {
            Err(SolveError::Stage { failure: BackendFailure::Infeasible, .. }) if self.hopeful => {
                self.hopeful = false;
                self.forget();
                self.shortfalls_and_cost()
            }
            other => other,
        }
    }

    fn shortfalls_and_cost(&mut self) -> Result<Solution, SolveError> {
        let (bound, found) = if self.hopeful && self.by_steps() {
            (None, self.known_bound.and_then(|bound| self.near_enough(bound)))
        } else {
            self.shortfall_stages()?;
            self.warm_start();
            self.by_steps_within_caps()
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let cost = self.cost_expression();
        // The bound of plans without any shortfall holds if none is allowed.
        let without_any = self.known_bound.filter(|_| self.nothing_may_fall_short());
        let bound = bound.into_iter().chain(without_any).reduce(f64::max);
        let found = match self.minimise("cost", &cost, self.options.gap_frac, 0.9, bound) {
            Err(failure) => self.in_hand(&cost).ok_or(failure)?,
            Ok(found) => found,
        };
        Ok(Solution { bound: found.bound.max(bound.unwrap_or(f64::NEG_INFINITY)), ..found })
    }
}
