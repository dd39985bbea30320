//! Unit commitment with water for camps far from any grid: a [`Problem`] in, a checked [`Plan`] out.
//!
//! The crate has no clock, no network, no files and no threads of its own. Its parts:
//!
//! * [`site`]: what stands in the camp, one file per kind of equipment;
//! * [`problem`], [`plan`]: the question and the answer, plain data with units in every name;
//! * `lowered`, `block`, `model`, `system`, `ledger`: the mathematics, over `good_lp` expressions;
//! * [`solve()`]: staged optimisation over HiGHS; [`rules`]: the rule-based plan that always exists;
//! * [`explain()`]: why a plan is as it is, computed after it has left; [`keep()`]: what the plan in
//!   force comes to in a newer problem;
//! * [`verify()`]: a second opinion that shares no code with any of the above.
//!
//! The README of this crate shows the model and a worked example.
#![doc = include_str!("../README.md")]

mod account;
mod backend;
mod block;
mod decomposition;
mod error;
mod explain;
mod fault;
mod ledger;
mod lowered;
mod model;
mod mps;
pub mod plan;
pub mod problem;
mod program;
mod rank;
pub mod rules;
pub mod site;
mod solve;
mod system;
mod time_grid;
pub mod verify;

pub use error::{BackendFailure, SolveError};
pub use explain::{
    Change, ExplainOptions, Explanation, HourPrice, Rule, RuleCost, SetReason, SiteRule,
    WaterPrice, explain, keep,
};
pub use fault::{Fault, Faults};
pub use plan::Plan;
pub use problem::Problem;
pub use rank::{Ranking, ShortfallClass};
pub use site::Site;
#[doc(hidden)]
pub use solve::textbook_mps;
pub use solve::{
    Chain, Ends, Objective, SolveOptions, Solved, StockPrices, Stocks, WindowBound, solve,
    solve_from, window_bound, windows, write_mps,
};
pub use time_grid::{LocalDay, TimeGrid};
pub use verify::{Violation, verify};
