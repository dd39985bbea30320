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
use std::collections::BTreeSet;
use std::sync::OnceLock;

type Break = fn(&mut Problem, &mut Plan);

/// One mutation: the rule that must object, a name, and what is broken.
pub(crate) struct Mutation {
    pub(crate) rule: Rule,
    /// What the objection must be about, where the rule is one for every shortfall.
    pub(crate) class: Option<ShortfallClass>,
    pub(crate) name: &'static str,
    break_it: Break,
}

const fn mutation(rule: Rule, name: &'static str, break_it: Break) -> Mutation {
    Mutation { rule, class: None, name, break_it }
}

/// A mutation after which a class falls short and nobody declares it.
const fn undeclared(class: ShortfallClass, name: &'static str, break_it: Break) -> Mutation {
    Mutation { rule: Rule::ShortfallUndeclared, class: Some(class), name, break_it }
}

/// A mutation after which a class is declared, and counted wrongly.
const fn miscounted(class: ShortfallClass, name: &'static str, break_it: Break) -> Mutation {
    Mutation { rule: Rule::ShortfallCount, class: Some(class), name, break_it }
}

/// Takes away what a plan declares of a class, and of nothing else.
fn forget(plan: &mut Plan, class: ShortfallClass) {
    plan.shortfalls.retain(|s| s.class != class);
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
        let asked = (mutation.rule, mutation.class);
        if !objections.iter().any(|v| (v.rule, v.class) == asked) {
            let heard: BTreeSet<_> = objections.iter().map(|v| (v.rule, v.class)).collect();
            silent.push(format!("{asked:?}: {} (heard {heard:?})", mutation.name));
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

/// One rule speaks for all classes: an objection to another of them would prove nothing.
#[test]
fn every_class_of_shortfall_has_a_mutation_of_its_own() {
    for class in ShortfallClass::ALL {
        let names = |m: &Mutation| m.rule == Rule::ShortfallUndeclared && m.class == Some(class);
        assert!(mutations().any(names), "{class} has no mutation");
    }
    for mutation in mutations() {
        let of_a_class = matches!(mutation.rule, Rule::ShortfallUndeclared | Rule::ShortfallCount);
        assert_eq!(of_a_class, mutation.class.is_some(), "{}", mutation.name);
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
