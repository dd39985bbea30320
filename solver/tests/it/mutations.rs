//! A checker that never objects is worthless: for each rule, a good plan with one thing broken.

mod books;
mod fuel;
mod limits;
mod physics;
mod placed;
mod security;
mod service;
mod traces;
mod upkeep;
mod water;

use crate::camp::full;
use camp_solver::rules::rule_based;
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass, SolveOptions, solve, verify};
use std::sync::OnceLock;

type Break = fn(&mut Problem, &mut Plan);

/// One mutation: the rule that must object, a name, and what is broken.
pub(crate) struct Mutation {
    pub(crate) rule: Rule,
    pub(crate) name: &'static str,
    break_it: Break,
}

const fn mutation(rule: Rule, name: &'static str, break_it: Break) -> Mutation {
    Mutation { rule, name, break_it }
}

/// Every rule has its mutations here.
pub(crate) fn mutations() -> impl Iterator<Item = &'static Mutation> {
    let sets = [physics::MUTATIONS, limits::MUTATIONS, upkeep::MUTATIONS, service::MUTATIONS];
    let loads = [placed::MUTATIONS, fuel::MUTATIONS, water::MUTATIONS];
    let lists = sets.into_iter().chain([books::MUTATIONS, security::MUTATIONS]).chain(loads);
    lists.chain([traces::MUTATIONS]).flatten()
}

/// What is broken need not be the last digit better.
fn options() -> SolveOptions {
    SolveOptions { gap_frac: 2e-2, ..SolveOptions::default() }
}

fn good() -> &'static (Problem, Plan) {
    static GOOD: OnceLock<(Problem, Plan)> = OnceLock::new();
    GOOD.get_or_init(|| {
        let problem = full();
        let plan = solve(&problem, &options()).unwrap().plan;
        (problem, plan)
    })
}

#[test]
fn the_checker_passes_what_is_good() {
    let (problem, plan) = good();
    assert_eq!(verify(problem, plan), []);
    assert_eq!(verify(problem, &rule_based(problem)), []);
}

#[test]
fn the_checker_objects_to_every_mutation() {
    let mut silent = Vec::new();
    for mutation in mutations() {
        let (mut problem, mut plan) = good().clone();
        (mutation.break_it)(&mut problem, &mut plan);
        let objections = verify(&problem, &plan);
        if !objections.iter().any(|v| v.rule == mutation.rule) {
            let heard: Vec<_> = objections.iter().map(|v| v.rule).collect();
            silent.push(format!("{:?}: {} (heard {heard:?})", mutation.rule, mutation.name));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn every_rule_of_the_checker_has_a_mutation() {
    for rule in Rule::ALL {
        assert!(mutations().any(|m| m.rule == rule), "{rule:?} has no mutation");
    }
}

#[test]
fn a_declared_and_correctly_counted_shortfall_passes() {
    let mut problem = full();
    problem.series.demand_kw.values_mut().for_each(|s| s.iter_mut().for_each(|v| *v *= 4.0));
    let plan = solve(&problem, &options()).unwrap().plan;
    assert!(plan.shortfall_total(ShortfallClass::LoadT3) > 0.0);
    assert_eq!(verify(&problem, &plan), []);
}
