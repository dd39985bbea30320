//! The policy that is none: what each of the others is measured against.

use super::BacktestArgs;
use crate::backtest::{Bound, BoundOptions, Run, bound, true_problem};
use crate::cli::Failure;
use indicatif::{ProgressBar, ProgressStyle};

/// Its name among the policies.
pub(super) const BOUND: &str = "bound";

/// What no policy can go below on this course, where that is asked for. A camp that is not as its file
/// says has none: it would be the bound of another camp.
pub(super) fn least(args: &BacktestArgs, run: &Run) -> Result<Option<Bound>, Failure> {
    let is_asked = args.policies.iter().any(|name| name == BOUND || name == "all");
    if !is_asked || !args.rough.told().is_empty() {
        return Ok(None);
    }
    let rounds = args.bound_rounds;
    let options = BoundOptions { rounds, threads: run.threads, ..BoundOptions::default() };
    let bar = ProgressBar::new(u64::from(rounds));
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} bound {msg}") {
        bar.set_style(style);
    }
    let told = |round: u32, bound_l: f64| {
        bar.set_position(u64::from(round));
        bar.set_message(format!("{bound_l:.1} L"));
    };
    let found = bound(&true_problem(&run.course), &options, &told);
    bar.finish_and_clear();
    found.map(Some).map_err(|why| Failure::machine(format!("no bound: {why}")))
}
