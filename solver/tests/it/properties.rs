//! Laws that hold for every camp, tried on random ones with a fixed seed.

mod draw;
mod half_step;

use crate::camp::{bare, charge, running};
use camp_solver::rules::rule_based;
use camp_solver::{Plan, Problem, SolveOptions, solve, verify};
use draw::{draw, problem};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

const GAP: f64 = 2e-3;

fn plan(problem: &Problem) -> Plan {
    // Laws hold for optima: a busy machine must not end a search.
    let options = SolveOptions { gap_frac: GAP, time_limit_s: 600.0, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

#[test]
fn every_random_camp_gets_a_verified_plan() {
    let run = runner(40).run(&draw(), |draw| {
        let problem = problem(&draw);
        let plan = plan(&problem);
        prop_assert!(verify(&problem, &plan).is_empty());
        Ok(())
    });
    run.unwrap();
}

#[test]
fn every_random_camp_gets_a_rule_based_plan_that_passes_the_checker() {
    let run = runner(300).run(&draw(), |draw| {
        let problem = problem(&draw);
        let violations = verify(&problem, &rule_based(&problem));
        prop_assert!(violations.is_empty(), "{:?}", violations.first());
        Ok(())
    });
    run.unwrap();
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

/// What a failure needs to be understood.
fn told(plan: &Plan) -> String {
    let names: Vec<_> = plan.stages.iter().map(|s| (&s.name, s.value, s.bound)).collect();
    format!("{} {:?} {:?} {names:?}", plan.cost, plan.status, plan.gap_frac)
}

/// What a plan falls short of in each rank of the site, in the terms in which a rank is one.
fn by_rank(problem: &Problem, plan: &Plan) -> Vec<f64> {
    let ranking = &problem.site.ranking;
    let of = |rank: &Vec<camp_solver::ShortfallClass>| {
        let least =
            rank.iter().map(|c| ranking.multiple_of_dearest_kwh(*c)).fold(f64::MAX, f64::min);
        let total = |c| match c {
            camp_solver::ShortfallClass::MeanLoad => mean_load_of_fleets_kwh(problem, plan),
            other => plan.shortfall_total(other),
        };
        let priced = |c| ranking.multiple_of_dearest_kwh(c) / least * total(c);
        rank.iter().map(|c| priced(*c)).sum()
    };
    ranking.order.iter().map(of).collect()
}

/// What like sets together run above their mean load allowed, kWh: the plan tells set by set, but what
/// is least in it is the excess of their sum (docs/model.md, 2.6). No draw is longer than the window
/// of 24 h, or tells hours before it.
fn mean_load_of_fleets_kwh(problem: &Problem, plan: &Plan) -> f64 {
    let mut fleets = std::collections::BTreeMap::<_, Vec<f64>>::new();
    for (id, set) in &problem.site.genset {
        let Some(most_frac) = set.mean_load_24h_max_frac else { continue };
        let alike = (set.rated_kw.to_bits(), problem.unavailable.get(&format!("genset.{id}")));
        let fleet = fleets.entry(alike).or_insert_with(|| vec![0.0; problem.grid.len()]);
        let told = &plan.genset[id];
        for (t, above_kwh) in fleet.iter_mut().enumerate().filter(|(t, _)| told.running[*t]) {
            let counted_kw = told.power_kw[t].max(0.3 * set.rated_kw);
            *above_kwh += problem.grid.dt_h(t) * (counted_kw - most_frac * set.rated_kw);
        }
    }
    let excess = |above_kwh: Vec<f64>| {
        let running = above_kwh.into_iter().scan(0.0, |sum, kwh| {
            *sum += kwh;
            Some(*sum)
        });
        running.fold(0.0, f64::max)
    };
    fleets.into_values().map(excess).sum()
}

/// Whether `a` falls short by no more than `b` in the first rank in which they differ. Not class by
/// class: what serves more of a higher rank may serve less of a lower one, or leave less in reserve.
fn serves_as_well(problem: &Problem, a: &Plan, b: &Plan) -> bool {
    let ranks = std::iter::zip(by_rank(problem, a), by_rank(problem, b));
    let differs = |(a, b): &(f64, f64)| (a - b).abs() > 1e-2 + GAP * b;
    ranks.into_iter().find(differs).is_none_or(|(a, b)| a < b)
}

#[test]
fn cost_never_rises_with_more_sun_a_larger_battery_or_cheaper_fuel() {
    let run = runner(8).run(&draw(), |draw| {
        let problem = problem(&draw);
        let base = plan(&problem);
        let within = |better: &Plan| better.cost <= base.cost * (1.0 + 2.0 * GAP) + 0.05;

        let mut sunnier = problem.clone();
        for series in sunnier.series.solar_available_kw.values_mut() {
            for value in series {
                *value *= 1.3;
            }
        }
        let better = plan(&sunnier);
        let ranks = (by_rank(&problem, &better), by_rank(&problem, &base));
        prop_assert!(serves_as_well(&problem, &better, &base), "{ranks:?}");
        prop_assert!(!serves_as_well(&problem, &base, &better) || within(&better));

        let mut cheaper = problem.clone();
        cheaper.site.money.fuel_price_per_l *= 0.8;
        let better = plan(&cheaper);
        prop_assert!(within(&better), "{} after {}", told(&better), told(&base));

        if let Some(battery) = problem.site.battery.get("bess") {
            // The ceiling rises; floor and stock stay where they are in kWh.
            let (min, max, scale) = (battery.min_kwh(), battery.max_kwh(), 1.5);
            let mut larger = problem.clone();
            let bess = larger.site.battery.get_mut("bess").unwrap();
            bess.energy_kwh *= scale;
            bess.state_of_charge_min_frac = min / bess.energy_kwh;
            bess.state_of_charge_max_frac = (max + 60.0) / bess.energy_kwh;
            charge(&mut larger, "bess", draw.charge / scale);
            let better = plan(&larger);
            let ranks = (by_rank(&problem, &better), by_rank(&problem, &base));
            prop_assert!(serves_as_well(&problem, &better, &base), "{ranks:?}");
            prop_assert!(!serves_as_well(&problem, &base, &better) || within(&better));
        }
        Ok(())
    });
    run.unwrap();
}

#[test]
fn shuffled_names_keep_the_cost() {
    let run = runner(8).run(&draw(), |draw| {
        let straight = problem(&draw);
        let mut other = draw.clone();
        other.sizes.reverse();
        other.out = draw.out.filter(|i| *i < draw.sizes.len()).map(|i| draw.sizes.len() - 1 - i);
        let mut shuffled = problem(&other);
        shuffled.start.genset.clear();
        if draw.first_on {
            running(&mut shuffled, &format!("g{}", draw.sizes.len()), 0.25);
        }
        let (a, b) = (plan(&straight), plan(&shuffled));
        prop_assert!(
            (a.cost - b.cost).abs() <= 2.0 * GAP * a.cost + 0.05,
            "{} {}",
            told(&a),
            told(&b)
        );
        Ok(())
    });
    run.unwrap();
}
