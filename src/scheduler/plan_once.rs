//! One plan, whatever happens: optimised, or by the announced rules, or none that may be used.

use camp_solver::plan::Status;
use camp_solver::rules::rule_based;
use camp_solver::{Plan, Problem, SolveError, SolveOptions, Solved, keep, verify};

/// The optimiser: [`camp_solver::solve_from()`], or what a test puts in its place.
pub type Solver = fn(&Problem, &SolveOptions, Option<&Plan>) -> Result<Solved, SolveError>;

/// Share of the time of a solve that may be spent on what keeping the plan in force would come to.
const FOR_KEEPING: f64 = 0.25;

/// What keeping the plan in force would come to in the new problem.
#[derive(Debug, Clone)]
pub enum Keeping {
    /// There is none in force.
    NoPlan,
    /// Its sets cannot run on as it has them.
    Impossible,
    /// Its sets run on, everything else is dispatched anew.
    Possible(Box<Plan>),
    /// Not found out, and why.
    Unknown(String),
}

/// What came out. Every plan in here has passed the checker.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The optimiser's plan, with the rule-based one for comparison.
    Optimised {
        /// The plan.
        plan: Box<Plan>,
        /// The rule-based plan for the same problem; it may have failed the checker.
        rules: Box<Plan>,
        /// The plan in force in its place.
        keeping: Keeping,
    },
    /// The rule-based plan, and why it stands here.
    Fallback {
        /// The plan.
        plan: Box<Plan>,
        /// Why the optimiser gave none.
        reason: String,
    },
    /// No plan passed: instructions are to be withdrawn and an alarm raised.
    Nothing {
        /// Why.
        reason: String,
    },
}

/// Solves a problem, from the plan in force if there is one; where that fails, the rule-based plan
/// stands in, checked like any other.
pub fn plan_once(
    solver: Solver,
    problem: &Problem,
    options: &SolveOptions,
    running: Option<&Plan>,
) -> Outcome {
    let solved = solver(problem, options, running);
    if let (Err(failed), false) = (&solved, problem.traces.is_empty()) {
        // What is too much for all traces may do for the forecast alone.
        tracing::warn!("planning on traces failed: {failed}; the forecast is taken for certain");
        return plan_once(solver, &problem.without_traces(), options, running);
    }
    let reason = match solved {
        Ok(Solved { plan, failed: Some(failed), .. }) => {
            return Outcome::Fallback { plan: Box::new(plan), reason: failed.to_string() };
        }
        Ok(solved) => {
            let limit_s = FOR_KEEPING * options.time_limit_s;
            let keeping = running.map_or(Keeping::NoPlan, |running| {
                if !problem.traces.is_empty() {
                    // How it would begin was weighed with the others, over all traces.
                    return Keeping::Unknown("it was weighed over all traces".to_owned());
                }
                match keep(problem, &solved.plan, running, limit_s) {
                    Ok(Some(plan)) => Keeping::Possible(Box::new(plan)),
                    Ok(None) => Keeping::Impossible,
                    Err(error) => Keeping::Unknown(error.to_string()),
                }
            });
            return Outcome::Optimised {
                plan: Box::new(solved.plan),
                rules: Box::new(solved.rules),
                keeping,
            };
        }
        Err(SolveError::Problem(faults)) => {
            let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return Outcome::Nothing {
                reason: format!("the problem is faulty: {}", all.join("; ")),
            };
        }
        Err(error) => error.to_string(),
    };
    by_rules(problem, reason)
}

/// The rule-based plan of a checked problem, if the checker passes it.
pub fn by_rules(problem: &Problem, reason: String) -> Outcome {
    let problem = problem.without_traces();
    let mut plan = rule_based(&problem);
    plan.status = Status::Fallback;
    match verify(&problem, &plan).first() {
        None => Outcome::Fallback { plan: Box::new(plan), reason },
        Some(violation) => Outcome::Nothing {
            reason: format!("{reason}; and the checker refused the rule-based plan: {violation}"),
        },
    }
}
