//! When a change of plan pays, on plans of a real camp.

use super::*;
use crate::planning::request::{FileRequest, prepare};
use crate::scheduler::plan_once::{Outcome, plan_once};
use camp_solver::{Problem, SolveOptions, solve_from};
use std::path::Path;

/// Six hours of the medium camp.
fn problem() -> Problem {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    let file = crate::site_file::read(&path, None).unwrap();
    prepare(&file, &FileRequest { hours: 6, ..FileRequest::default() }).unwrap().problem
}

fn solved(problem: &Problem, running: Option<&Plan>) -> (Plan, Keeping) {
    let options = SolveOptions { time_limit_s: 60.0, ..SolveOptions::default() };
    match plan_once(solve_from, problem, &options, running) {
        Outcome::Optimised { plan, keeping, .. } => (*plan, keeping),
        other @ (Outcome::Fallback { .. } | Outcome::Nothing { .. }) => panic!("{other:?}"),
    }
}

fn compared(problem: &Problem, running: &Plan) -> Acceptance {
    let (new, keeping) = solved(problem, Some(running));
    let Keeping::Possible(kept) = keeping else { panic!("{keeping:?}") };
    compare(&new, &kept, &problem.site.ranking, 0.01)
}

#[test]
fn the_same_question_again_changes_nothing() {
    let problem = problem();
    let (running, _) = solved(&problem, None);
    assert!(matches!(compared(&problem, &running), Acceptance::Keep(_)));
}

#[test]
fn a_rule_that_the_running_plan_now_breaks_pays_for_a_change() {
    let mut problem = problem();
    let (running, _) = solved(&problem, None);
    // What was not forecast: all feeders draw much more, and the sets of the plan do not cover it.
    for values in problem.series.demand_kw.values_mut() {
        for kw in values {
            *kw *= 1.5;
        }
    }
    let Acceptance::Publish(why) = compared(&problem, &running) else { panic!("kept") };
    assert!(why.contains("would by now fall shorter"), "{why}");
}

#[test]
fn litres_that_are_saved_pay_for_a_change() {
    let problem = problem();
    let (mut wasteful, _) = solved(&problem, None);
    for set in wasteful.genset.values_mut() {
        set.running.iter_mut().for_each(|runs| *runs = true);
    }
    let Acceptance::Publish(why) = compared(&problem, &wasteful) else { panic!("kept") };
    // All sets on fall short of their least load, or cost more.
    assert!(why.contains("saves") || why.contains("minimum_load"), "{why}");
}

#[test]
fn sets_that_cannot_run_on_pay_for_a_change() {
    let mut problem = problem();
    let (running, _) = solved(&problem, None);
    let runs = running.genset.iter().find(|(_, set)| set.running.iter().all(|on| *on));
    let (id, _) = runs.unwrap();
    let steps = problem.grid.len();
    problem.unavailable.insert(format!("genset.{id}"), vec![true; steps]);
    let (_, keeping) = solved(&problem, Some(&running));
    assert!(matches!(keeping, Keeping::Impossible), "{keeping:?}");
}
