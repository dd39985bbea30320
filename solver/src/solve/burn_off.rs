//! Burn-offs that come to be owed within a plan.
//!
//! How long a set will stand at low load is known once there is a plan. Where it is late with a
//! burn-off that came to be owed in it, one is placed in the cheapest time between both, and all is
//! planned once more in the time that is left. The better plan stays; the first is never lost.

use super::{SolveOptions, Solved, planned};
use crate::plan::{Plan, Stage};
use crate::problem::Problem;
use crate::rank::Ranking;
use std::cmp::Ordering;
use std::time::Instant;

/// A burn-off may bring the next: so many times is planned anew at most.
const ROUNDS: usize = 4;
/// Below this share of the time limit no further plan is begun.
const LEAST_TIME: f64 = 0.05;
/// What shortfalls may differ by and be the same: a share of them, and their arithmetic.
const SAME_FRAC: f64 = 1e-4;
const SAME: f64 = 1e-3;

/// The plan with the burn-offs that come due in it, where that is the better one.
pub(super) fn with_those_due(
    problem: &Problem,
    mut placed: Problem,
    options: &SolveOptions,
    first: Solved,
    began: Instant,
) -> Solved {
    let mut best = first;
    for _ in 0..ROUNDS {
        let Some(due) = placed.with_burn_offs_due(|id, t| best.plan.running_kw(id, t)) else {
            return best;
        };
        let passed_s = began.elapsed().as_secs_f64();
        let time_limit_s = options.time_limit_s - passed_s;
        if time_limit_s < LEAST_TIME * options.time_limit_s {
            note(&mut best.plan, "burn-offs that come due: no time", 0.0);
            return best;
        }
        let again = SolveOptions { time_limit_s, ..*options };
        let again = planned(problem, &due, &again, Some(&best.plan));
        let seconds = began.elapsed().as_secs_f64() - passed_s;
        match again {
            Ok(Solved { failed: Some(failure), .. }) | Err(failure) => {
                note(&mut best.plan, &format!("burn-offs that come due: {failure}"), seconds);
                return best;
            }
            Ok(mut again) if is_better(&problem.site.ranking, &again.plan, &best.plan) => {
                let before = &best.plan;
                again.plan.build_s += before.build_s;
                again.plan.solve_s += before.solve_s;
                let name = "before burn-offs that come due".to_owned();
                let (seconds, value) = (before.build_s + before.solve_s, before.cost);
                again.plan.stages.insert(0, Stage { name, seconds, value, bound: None });
                (best, placed) = (again, due);
            }
            Ok(_) => {
                note(&mut best.plan, "burn-offs that come due: no better", seconds);
                return best;
            }
        }
    }
    best
}

/// Tells in a plan why it is still the first.
fn note(plan: &mut Plan, name: &str, seconds: f64) {
    plan.solve_s += seconds;
    let value = plan.cost;
    plan.stages.push(Stage { name: name.to_owned(), seconds, value, bound: None });
}

/// Whether a plan falls less short, rank by rank, or as much and costs less.
fn is_better(ranking: &Ranking, plan: &Plan, than: &Plan) -> bool {
    for classes in &ranking.order {
        let price = |class| ranking.multiple_of_dearest_kwh(class);
        let least = classes.iter().map(|c| price(*c)).fold(f64::INFINITY, f64::min);
        let of = |p: &Plan| -> f64 {
            classes.iter().map(|c| price(*c) / least * p.shortfall_total(*c)).sum()
        };
        let (a, b) = (of(plan), of(than));
        if (a - b).abs() > SAME + SAME_FRAC * a.max(b) {
            return a.total_cmp(&b) == Ordering::Less;
        }
    }
    plan.expected_cost() < than.expected_cost()
}
