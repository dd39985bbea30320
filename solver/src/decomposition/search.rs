//! The search: prices, the commitment at them, its dispatch, and small changes of it.

use super::bound::{Bounded, Cut};
use super::dispatch::Dispatch;
use super::hull::Mixture;
use super::nearby::{ALL_MOVES, FEW_MOVES};
use super::plans::Commitment;
use super::starts::Counted;
use super::{Found, Question, starts};
use crate::backend::{Linear, Point, Solution};
use crate::error::BackendFailure;
use crate::program::Program;
use std::collections::HashSet;
use std::time::Instant;

/// Rounds of a few commitments mixed.
const MIXTURES: usize = 6;
/// A bound this near to the mixture's value cannot become much better, share of the value.
const CLOSE: f64 = 2e-4;
/// Rounds of prices between two, before each mixture.
const ROUNDS: usize = 8;
/// What a start more or less than a branch allows costs in its mixture, share of the bound.
const BESIDE: f64 = 0.02;
/// Time for rounding the best plan when the time of the search is over, as a share of it.
const FOR_ROUNDING: f64 = 0.25;
/// Weight of the newest prices: doubled from the least to the most.
const LEAST_BLEND: f64 = 0.02;
const MOST_BLEND: f64 = 0.35;

/// A plan with pumps and trains broken, and the bounds that hold its commitment.
pub(super) struct Candidate {
    pub(super) plan: Solution,
    pub(super) held: Vec<(f64, f64)>,
}

/// A commitment, what its dispatch costs, and the prices of its rows.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    pub(super) cost: f64,
    pub(super) commitment: Commitment,
    pub(super) prices: Vec<f64>,
}

/// The state of a search.
pub(super) struct Search<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) program: Program,
    pub(super) cut: Cut,
    /// Columns that count starts and stops, then those of running sets.
    pub(super) counted: Vec<usize>,
    /// How many of them count starts and stops.
    pub(super) changes: usize,
    pub(super) full: Dispatch,
    pub(super) bound: f64,
    pub(super) best: Option<Candidate>,
    /// The cheapest with whole pumps and trains.
    pub(super) whole: Option<Solution>,
    /// What the plan cost, with broken ones, that was rounded last.
    pub(super) rounded: f64,
    /// The commitment whose dispatch costs least, prices of what falls short included.
    pub(super) nearest: Option<Nearest>,
    /// What commitments cost at the prices of the nearest's dispatch.
    pub(super) local: Option<Bounded>,
    /// The way with the highest bound of the whole.
    pub(super) highest: Option<Bounded>,
    /// Rounding may go on when the search has ended.
    pub(super) round_until: Instant,
    /// Sets that run, by fleet and step, of the commitments that were dispatched.
    pub(super) tried: HashSet<Vec<Vec<usize>>>,
}

/// A plan and a bound; `Ok(None)` where this way does not apply.
pub(crate) fn search(question: &Question<'_>) -> Result<Option<Found>, BackendFailure> {
    let Question { model, blocks, objective, caps, bounds, .. } = question;
    let began = Instant::now();
    let own = Program::new(model, objective, caps, bounds);
    let mut program = own.clone();
    let Counted { columns: counted, changes } = starts::count(&mut program, model, blocks);
    let Some(cut) = Cut::new(model, blocks, &program) else {
        return Ok(None);
    };
    let mut relaxed = Linear::new(&own, false, question.seed)?;
    let relaxation = relaxed.solve(bounds, question.deadline)?;
    let mut giving = own;
    for elastic in question.elastic {
        let column = &mut giving.columns[elastic.column];
        (column.min, column.max) = elastic.bounds;
        column.cost += elastic.price;
    }
    let full = Dispatch::new(&giving, &cut.fleets, question.seed)?;
    let bound = relaxation.objective;
    let searching = question.deadline.saturating_duration_since(began);
    let round_until = question.deadline + searching.mul_f64(FOR_ROUNDING);
    let mut search = Search {
        question,
        program,
        cut,
        counted,
        changes,
        full,
        bound,
        best: None,
        whole: None,
        rounded: f64::INFINITY,
        nearest: None,
        local: None,
        highest: None,
        round_until,
        tried: HashSet::new(),
    };
    let mut prices = relaxation.prices;
    prices.resize(search.program.rows.len(), 0.0);
    search.begin_with_known();
    let known_cost = search.best.as_ref().map(|best| best.plan.objective);
    // It ends early where it is done or can do no more; what it has found stands.
    if known_cost.is_none() || !search.is_done() {
        let _ended = search.run(prices);
    }
    if !search.is_done() {
        let _ended = search.polish(ALL_MOVES);
    }
    if search.best.as_ref().is_some_and(|best| best.plan.objective < search.rounded) {
        search.round_pumps();
    }
    let bound = search.bound;
    let told = |plan: Solution| Solution { bound: bound.min(plan.objective), ..plan };
    let plan = search.best.map(|best| told(best.plan));
    Ok(Some(Found { bound, plan, whole: search.whole.map(told), known_cost }))
}

impl Search<'_> {
    /// Looks for better prices until the plan is near enough. Ends early, with `None`, where it can do
    /// no more.
    fn run(&mut self, mut prices: Vec<f64>) -> Option<()> {
        let Question { seed, deadline, .. } = *self.question;
        let mut bounded = self.between(prices.clone())?;
        self.polish(FEW_MOVES)?;
        let mut mixture = Mixture::new(
            &self.cut,
            &self.program,
            &bounded.ways,
            &self.counted,
            (BESIDE * self.bound.abs(), seed),
        )
        .ok()?;
        let free = self.counted_bounds();
        for round in 0..MIXTURES {
            let mixed = mixture.solve(&self.cut, &free, deadline).ok()?;
            self.take_prices(&mixed.prices, &mut prices);
            bounded = if round == 0 { self.between(prices.clone())? } else { self.price(&prices)? };
            self.round(&mixed, &bounded)?;
            let is_close = mixed.value - self.bound <= CLOSE * mixed.value.abs();
            let is_new = mixture.keep(&self.cut, &self.program, &bounded.ways).ok()?;
            if is_close || !is_new {
                return self.branch(&mut mixture, mixed);
            }
        }
        None
    }

    /// Puts the prices of a mixture in their places.
    pub(super) fn take_prices(&self, mixed: &[f64], prices: &mut [f64]) {
        for (row, price) in self.cut.priced.iter().zip(mixed) {
            prices[*row] = *price;
        }
    }

    pub(super) fn counted_bounds(&self) -> Vec<(f64, f64)> {
        let columns = &self.program.columns;
        self.counted.iter().map(|c| (columns[*c].min, columns[*c].max)).collect()
    }

    /// Looks for prices whose commitment serves everything at the least cost: between prices at which
    /// something falls short and prices at which nothing does. Gives what was found at the first ones.
    fn between(&mut self, mut prices: Vec<f64>) -> Option<Bounded> {
        let (mut short, mut enough): (Option<Vec<f64>>, Option<Vec<f64>>) = (None, None);
        let (mut first, mut weight) = (None, LEAST_BLEND);
        for _ in 0..ROUNDS {
            let bounded = self.bound_at(&prices)?;
            let dispatch = self.dispatch(&self.commitment_of(&bounded));
            first.get_or_insert(bounded);
            if self.is_done() {
                break;
            }
            let serves = dispatch.as_ref().is_some_and(|dispatch| !self.falls_short(dispatch));
            let other = if serves {
                enough = Some(prices.clone());
                short.as_ref()
            } else {
                short = Some(prices.clone());
                enough.as_ref()
            };
            prices = match (other, dispatch) {
                (Some(other), _) => mix(&prices, other, 0.5),
                (None, Some(dispatch)) => mix(&prices, &dispatch.prices, weight),
                (None, None) => break,
            };
            weight = (2.0 * weight).min(MOST_BLEND);
        }
        first
    }

    /// The bound and the commitment at these prices; it is dispatched as far as it may be the cheapest.
    fn price(&mut self, prices: &[f64]) -> Option<Bounded> {
        let bounded = self.bound_at(prices)?;
        self.cheaper(&self.commitment_of(&bounded));
        Some(bounded)
    }

    fn bound_at(&mut self, prices: &[f64]) -> Option<Bounded> {
        let bounded = self.cut.bound(&self.program, prices)?;
        self.bound = self.bound.max(bounded.bound);
        if self.highest.as_ref().is_none_or(|highest| bounded.bound > highest.bound) {
            self.highest = Some(bounded.clone());
        }
        Some(bounded)
    }

    /// The same, where the bound holds only for a branch.
    pub(super) fn priced(&mut self, prices: &[f64]) -> Option<Bounded> {
        let bounded = self.cut.bound(&self.program, prices)?;
        self.cheaper(&self.commitment_of(&bounded));
        Some(bounded)
    }

    pub(super) fn is_done(&mut self) -> bool {
        self.is_near_enough() || Instant::now() >= self.question.deadline
    }

    pub(super) fn falls_short(&self, dispatch: &Point) -> bool {
        let question = self.question;
        question
            .elastic
            .iter()
            .any(|e| dispatch.values[e.column] > question.bounds[e.column].1 + 1e-6)
    }
}

/// Rows that only one of them has keep its prices.
fn mix(a: &[f64], b: &[f64], weight: f64) -> Vec<f64> {
    let mut mixed = a.to_vec();
    for (mixed, b) in mixed.iter_mut().zip(b) {
        *mixed = (1.0 - weight) * *mixed + weight * b;
    }
    mixed
}
