//! Laws that hold for every camp, tried on random ones with a fixed seed: `laws.rs`, `half_step.rs`.

mod draw;
mod extras;
mod half_step;
mod laws;

use crate::camp::bare;
use camp_solver::rules::rule_based;
use camp_solver::{Plan, Problem, SolveOptions, solve};
use draw::{Draw, draw, problem};
use laws::{Asked, Finding, serves_as_well};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Costs are compared by their bounds, which are true at any gap: `make trials` and a busy machine alike.
const ASKED: Asked = Asked { gap_frac: 2e-3, time_limit_s: 300.0 };

fn plan(problem: &Problem) -> Plan {
    ASKED.plan(problem).unwrap()
}

/// Tries a law on random camps; where it is broken, the smallest of them is told.
fn hold(cases: u32, law: impl Fn(&Draw) -> Finding) {
    let run = runner(cases).run(&draw(), |draw| match law(&draw) {
        Finding::Broken(told) => Err(TestCaseError::fail(told)),
        Finding::Holds | Finding::Open(_) => Ok(()),
    });
    run.unwrap();
}

#[test]
fn every_random_camp_gets_a_verified_plan() {
    hold(40, |draw| {
        let problem = problem(draw);
        laws::passes(&problem, &plan(&problem))
    });
}

#[test]
fn every_random_camp_gets_a_rule_based_plan_that_passes_the_checker() {
    hold(300, laws::rules_pass);
}

/// The bound by steps must hold for every plan: for that of a long search, and for that of the rules.
#[test]
fn the_bound_by_steps_is_never_above_the_optimum() {
    let sizes = prop::collection::vec(50.0..200.0_f64, 2..=3);
    let shares = prop::collection::vec(0.35..0.85_f64, 10);
    let by_steps = std::cell::Cell::new(0);
    let run = runner(40).run(&(sizes, shares, any::<bool>()), |(sizes, shares, bent)| {
        let whole: f64 = sizes.iter().sum();
        let load: Vec<f64> = shares.iter().map(|share| share * whole).collect();
        let mut problem = bare(&sizes, &load);
        for set in problem.site.genset.values_mut() {
            set.start_fuel_l = 2.0;
            if bent {
                let at = |frac: f64| frac * set.rated_kw;
                set.fuel_curve_kw = vec![at(0.25), at(0.5), at(0.75), at(1.0)];
                set.fuel_curve_l_per_h = vec![at(0.13), at(0.20), at(0.26), at(0.31)];
            }
        }
        let loose = SolveOptions { gap_frac: 0.2, ..SolveOptions::default() };
        let quick = solve(&problem, &loose).unwrap();
        let exact = plan(&problem);
        let told = quick.plan.stages.iter().find(|s| s.name == "cost by steps");
        if let (Some(bound), Some(_)) = (quick.plan.bound, told) {
            by_steps.set(by_steps.get() + 1);
            let lawful = |other: &Plan| bound <= other.cost * (1.0 + 1e-6) + 1e-6;
            prop_assert!(lawful(&exact), "{bound} above {}", exact.cost);
            prop_assert!(
                !serves_as_well(&problem, &quick.rules, &quick.plan) || lawful(&quick.rules)
            );
        }
        Ok(())
    });
    run.unwrap();
    assert!(by_steps.get() >= 35, "only {} cases went by steps", by_steps.get());
}

#[test]
fn cost_never_rises_with_more_sun_a_larger_battery_or_cheaper_fuel() {
    hold(8, |draw| {
        if let Some(open) = laws::placed_before(draw) {
            return open;
        }
        let problem = problem(draw);
        let base = plan(&problem);
        let better = [Some(laws::sunnier(&problem)), laws::larger(draw, &problem)];
        let more = better.into_iter().flatten();
        let more = more.map(|b| laws::more_is_no_dearer(&problem, &base, &b, ASKED));
        let cheaper = laws::cheaper_is_no_dearer(&problem, &base, ASKED);
        let mut findings = more.chain([cheaper]);
        findings.find(|f| matches!(f, Finding::Broken(_))).unwrap_or(Finding::Holds)
    });
}

#[test]
fn shuffled_names_keep_the_cost() {
    hold(8, |draw| {
        let told = || laws::names_do_not_matter(draw, &plan(&problem(draw)), ASKED);
        laws::placed_before(draw).unwrap_or_else(told)
    });
}

#[test]
fn the_same_plan_on_half_the_step_keeps_its_money_and_its_litres() {
    hold(40, |draw| half_step::keeps_the_books(draw, |problem| Ok(rule_based(problem))));
}
