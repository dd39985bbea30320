//! Two solvers that share nothing, HiGHS and microlp, agree on what the solver writes, and both with
//! its plan. The textbook formulation, which the benches take as their yardstick, has the same
//! optimum as the model of the blocks.

use crate::camp::{bare, charge, full_site, running};
use crate::mps_file::MpsFile;
use camp_solver::problem::EndStock;
use camp_solver::{Plan, Problem, SolveOptions, solve, textbook_mps, write_mps};
use microlp::{ComparisonOp, OptimizationDirection, SolveOptions as Options};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::Duration;

/// Share by which optima may differ.
const SAME: f64 = 2e-4;

/// What microlp finds, or `None` where it gives up: its makers say that it sometimes does.
fn by_microlp(file: &MpsFile) -> Option<f64> {
    let mut problem = microlp::Problem::new(OptimizationDirection::Minimize);
    let columns: Vec<_> = file
        .columns
        .iter()
        .map(|c| {
            if c.integer {
                problem.add_integer_var(c.cost, (count(c.min), count(c.max)))
            } else {
                problem.add_var(c.cost, (c.min, c.max))
            }
        })
        .collect();
    for row in &file.rows {
        let entries: Vec<_> = row.entries.iter().map(|(at, c)| (columns[*at], *c)).collect();
        let relation = if row.equation { ComparisonOp::Eq } else { ComparisonOp::Le };
        problem.add_constraint(entries, relation, row.rhs);
    }
    let mut options = Options::default();
    options.time_limit = Some(Duration::from_mins(1));
    let outcome = problem.solve_with(options).ok()?;
    outcome.is_optimal().then(|| outcome.solution().map(microlp::Solution::objective))?
}

/// A small whole number.
fn count(value: f64) -> i32 {
    (0..100).find(|n| (f64::from(*n) - value).abs() < 1e-9).unwrap_or_else(|| panic!("{value}"))
}

fn options() -> SolveOptions {
    SolveOptions { gap_frac: 1e-6, time_limit_s: 600.0, ..SolveOptions::default() }
}

/// A small camp: a few sets of which some are alike, six hours of load, perhaps a battery and sun.
fn camp(sizes: &[f64], shares: &[f64], bent: bool, battery: Option<f64>) -> Problem {
    let whole: f64 = sizes.iter().sum();
    let load: Vec<f64> = shares.iter().map(|share| share * whole).collect();
    let mut problem = bare(sizes, &load);
    for set in problem.site.genset.values_mut() {
        set.start_fuel_l = 2.0;
        set.min_up_h = 2.0;
        if bent {
            let at = |frac: f64| frac * set.rated_kw;
            set.fuel_curve_kw = vec![at(0.25), at(0.5), at(0.75), at(1.0)];
            set.fuel_curve_l_per_h = vec![at(0.13), at(0.20), at(0.26), at(0.31)];
        }
    }
    running(&mut problem, "g1", 0.5);
    if let Some(charge_frac) = battery {
        let full = full_site();
        problem.site.solar = full.solar;
        problem.site.battery = full.battery;
        charge(&mut problem, "bess", charge_frac);
        let sun = (0..load.len()).map(|t| 15.0 * t as f64).collect();
        problem.series.solar_available_kw.insert("pv".to_owned(), sun);
        problem.end = EndStock::as_start(&problem.site, &problem.start);
    }
    problem
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * a.abs().max(1.0)
}

fn optimum(file: &MpsFile) -> f64 {
    let found = file.by_highs(1e-7, 600.0, 0);
    assert!(!found.stopped && found.objective.is_none_or(|cost| found.bound <= cost + SAME));
    found.objective.unwrap_or_else(|| panic!("{:?}", found.status))
}

/// Both models of a problem, and its plan.
fn written(problem: &Problem) -> (MpsFile, MpsFile, Plan) {
    let plan = solve(problem, &options()).unwrap().plan;
    let blocks = MpsFile::read(&write_mps(problem, &options()).unwrap()).unwrap();
    let textbook = MpsFile::read(&textbook_mps(problem, &plan).unwrap()).unwrap();
    (blocks, textbook, plan)
}

#[test]
fn two_back_ends_and_two_formulations_find_the_same_optimum() {
    let size = prop_oneof![Just(40.0), Just(60.0), Just(100.0)];
    let drawn = (
        prop::collection::vec(size, 2..=3),
        prop::collection::vec(0.2..0.85_f64, 6),
        any::<bool>(),
        prop::option::of(0.3..0.9_f64),
    );
    let config = Config { cases: 15, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let answered = std::cell::Cell::new(0);
    let run = TestRunner::new_with_rng(config, rng).run(&drawn, |drawn| {
        let (sizes, shares, bent, battery) = drawn;
        let problem = camp(&sizes, &shares, bent, battery);
        let (blocks, textbook, plan) = written(&problem);
        let (of_blocks, of_textbook) = (optimum(&blocks), optimum(&textbook));
        prop_assert!(near(of_blocks, plan.cost), "{of_blocks} and a plan of {}", plan.cost);
        prop_assert!(near(of_textbook, of_blocks), "{of_textbook} and {of_blocks}");
        for (file, highs) in [(&blocks, of_blocks), (&textbook, of_textbook)] {
            if let Some(other) = by_microlp(file) {
                answered.set(answered.get() + 1);
                prop_assert!(near(other, highs), "microlp {other} and HiGHS {highs}");
            }
        }
        Ok(())
    });
    run.unwrap();
    assert!(answered.get() >= 27, "microlp answered {} of 30", answered.get());
}

/// Columns named `what[t]` of a set.
fn whole_columns(file: &MpsFile, start: &str) -> usize {
    let of = |c: &&crate::mps_file::Column| c.integer && c.name.starts_with(start);
    file.columns.iter().filter(of).count()
}

#[test]
fn the_textbook_has_three_binaries_for_each_set_and_step() {
    let problem = camp(&[60.0, 60.0, 100.0], &[0.4; 6], false, None);
    let (blocks, textbook, _) = written(&problem);
    for set in ["g1", "g2", "g3"] {
        for what in ["on.0", "started", "stopped"] {
            let start = format!("genset.{set}.{what}[");
            assert_eq!(whole_columns(&textbook, &start), 6, "{start}");
        }
    }
    assert!(textbook.columns.iter().filter(|c| c.integer).all(|c| c.max <= 1.0));
    assert_eq!(whole_columns(&textbook, "genset."), 3 * 3 * 6, "and no other");
    assert_eq!(whole_columns(&blocks, "genset.g2."), 0, "like sets are counted in the blocks");
    let order = textbook.rows.iter().any(|r| r.name.contains(".order."));
    assert!(!order, "like sets are not ordered");
}

#[test]
fn what_is_written_reads_back() {
    let problem = camp(&[60.0, 60.0], &[0.4; 6], true, Some(0.5));
    let text = write_mps(&problem, &options()).unwrap();
    let file = MpsFile::read(&text).unwrap();
    let on = file.columns.iter().find(|c| c.name == "genset.g1.on.0[3]").unwrap();
    assert!(on.integer && on.max == 2.0 && on.cost > 0.0);
    let balance = file.rows.iter().find(|r| r.name == "bus.balance[3]").unwrap();
    assert!(balance.equation && balance.entries.len() > 3);
    assert!(MpsFile::read(&text.replace("ENDATA", "")).is_err());
    assert!(MpsFile::read(&text.replace(" E bus", " X bus")).is_err());
}
