//! The fast way to a plan and its proof: price the rows between steps, and go through the commitments
//! step by step.
//!
//! 1. One linear relaxation gives prices for every row that couples steps (stocks, least times).
//! 2. At these prices the model falls apart into steps; a dynamic programme over the numbers of
//!    running sets gives a lower bound of the cost and a commitment.
//! 3. With the commitment held, linear programs give the dispatch; blocks round what else is whole,
//!    pumps and trains only in a plan that is near enough without. Commitments near the best one are
//!    ranked by their least cost at the prices in hand, and the most promising are dispatched too.
//! 4. If the plan is not near enough to the bound, a linear program over mixtures of a few
//!    commitments of each step gives better prices.
//! 5. What is left is mostly broken numbers of starts, or of running sets: branches hold them below
//!    and above.
//!
//! Any prices give a valid bound, so nothing here has to be exact to be right.

mod bound;
mod branch;
mod changes;
mod dispatch;
mod fleets;
mod hull;
mod known;
mod nearby;
mod path;
mod plans;
mod repair;
mod search;
mod simplex;
mod starts;
mod step;
mod whole;

use crate::backend::Solution;
use crate::block::Block;
use crate::model::Model;
use good_lp::{Constraint, Expression};
pub(crate) use known::Known;
pub(crate) use repair::repair;
pub(crate) use search::search;
use std::time::Instant;

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) model: &'a Model,
    pub(crate) blocks: &'a [Box<dyn Block>],
    pub(crate) objective: &'a Expression,
    pub(crate) caps: &'a [Constraint],
    pub(crate) bounds: &'a [(f64, f64)],
    /// Columns that the bounds hold at their least and that may give while a plan is looked for,
    /// each with its own bounds and a price.
    pub(crate) elastic: &'a [Elastic],
    /// Commitments that the search begins with.
    pub(crate) known: &'a [Known],
    pub(crate) gap_frac: f64,
    pub(crate) seed: u32,
    pub(crate) deadline: Instant,
}

/// A shortfall that the plan must not have, but that a commitment on the way may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elastic {
    pub(crate) column: usize,
    pub(crate) bounds: (f64, f64),
    pub(crate) price: f64,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// No plan without what the bounds forbid costs less.
    pub(crate) bound: f64,
    /// The cheapest, with pumps and trains broken.
    pub(crate) plan: Option<Solution>,
    /// One with whole pumps and trains.
    pub(crate) whole: Option<Solution>,
    /// What the cheapest of the known commitments costs, with pumps and trains broken.
    pub(crate) known_cost: Option<f64>,
}
