//! The optimum against every commitment there is, counted by code that shares nothing with the model.

use crate::camp::{bare, running};
use camp_solver::{Problem, SolveOptions, solve};

/// Least cost over all commitments of a bare camp with hourly steps and one bus, sets sharing load
/// in proportion; minimum up time 1 h and down time 0.5 h never bind on hourly steps.
fn cheapest(problem: &Problem) -> f64 {
    let sets: Vec<_> = problem.site.genset.iter().collect();
    let loads = &problem.series.demand_kw["load.kitchen"];
    let price = problem.site.money.fuel_price_per_l;
    let states = 1_usize << sets.len();
    let on = |mask: usize, i: usize| mask & (1 << i) != 0;
    let first: usize = sets
        .iter()
        .enumerate()
        .filter(|(_, (id, _))| problem.start.genset.get(*id).is_some_and(|s| s.running))
        .map(|(i, _)| 1 << i)
        .sum();
    let mut best = vec![f64::INFINITY; states];
    best[first] = 0.0;
    for load in loads {
        let mut next = vec![f64::INFINITY; states];
        for (mask, slot) in next.iter_mut().enumerate() {
            let rated: f64 = sets
                .iter()
                .enumerate()
                .filter(|(i, _)| on(mask, *i))
                .map(|(_, s)| s.1.rated_kw)
                .sum();
            let frac = load / rated;
            if rated <= 0.0 || !(0.3..=1.0).contains(&frac) {
                continue;
            }
            let mut hour = 0.0;
            for (i, (_, set)) in sets.iter().enumerate().filter(|(i, _)| on(mask, *i)) {
                let kw = frac * set.rated_kw;
                let points = set.fuel_curve_kw.iter().zip(&set.fuel_curve_l_per_h);
                let points: Vec<_> = points.collect();
                let at = points[1..points.len() - 1].iter().filter(|p| *p.0 < kw).count();
                let slope = (points[at + 1].1 - points[at].1) / (points[at + 1].0 - points[at].0);
                hour +=
                    price * (points[at].1 + slope * (kw - points[at].0)) + set.running_cost_per_h;
                let _ = i;
            }
            for (before, cost) in best.iter().enumerate() {
                let starts: f64 = (0..sets.len())
                    .filter(|i| on(mask, *i) && !on(before, *i))
                    .map(|i| price * sets[i].1.start_fuel_l + sets[i].1.start_cost)
                    .sum();
                *slot = slot.min(cost + starts + hour);
            }
        }
        best = next;
    }
    best.into_iter().fold(f64::INFINITY, f64::min)
}

#[test]
fn the_optimum_is_the_cheapest_of_all_commitments() {
    let shapes = [
        vec![40.0, 60.0, 110.0, 180.0, 90.0, 45.0],
        vec![100.0, 100.0, 30.0, 30.0, 150.0, 150.0],
        vec![25.0, 199.0, 26.0, 120.0, 61.0, 80.0],
    ];
    for (case, loads) in shapes.into_iter().enumerate() {
        for sizes in [&[100.0, 100.0][..], &[80.0, 50.0, 70.0], &[100.0, 100.0, 40.0]] {
            let mut problem = bare(sizes, &loads);
            running(&mut problem, "g1", 5.0);
            for (i, set) in problem.site.genset.values_mut().enumerate() {
                set.start_fuel_l = 1.0;
                set.running_cost_per_h = 0.5;
                // One curve bends up, one down, one both ways.
                let r = set.rated_kw;
                set.fuel_curve_kw = vec![0.25 * r, 0.5 * r, 0.75 * r, r];
                set.fuel_curve_l_per_h = match (case + i) % 3 {
                    0 => vec![0.11 * r, 0.16 * r, 0.22 * r, 0.29 * r],
                    1 => vec![0.11 * r, 0.18 * r, 0.24 * r, 0.29 * r],
                    _ => vec![0.11 * r, 0.16 * r, 0.24 * r, 0.29 * r],
                };
            }
            // Like sets must stay alike.
            let first = problem.site.genset["g1"].clone();
            if sizes[0] == sizes[1] {
                *problem.site.genset.get_mut("g2").unwrap() = first;
            }
            let expected = cheapest(&problem);
            if expected.is_infinite() {
                continue;
            }
            let options = SolveOptions { gap_frac: 1e-7, ..SolveOptions::default() };
            let plan = solve(&problem, &options).unwrap().plan;
            assert!(
                (plan.cost - expected).abs() < 1e-3,
                "case {case} {sizes:?}: {} against {expected}",
                plan.cost
            );
            assert!(plan.bound.unwrap() <= expected + 1e-3);
        }
    }
}
