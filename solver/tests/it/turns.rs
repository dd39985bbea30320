//! Which of like sets runs: exchanges that spare a set load above its mean, and run hours.

use crate::camp::{bare, running};
use camp_solver::site::Rotation;
use camp_solver::{Plan, Problem, ShortfallClass as Class, SolveOptions, solve};

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
    solve(problem, &options).unwrap().plan
}

/// Three sets of 100 kW that may have a mean of 70 %: one has run at 50 kW, one has stood for a day,
/// one has stood for two hours after a day at 40 kW. Two are needed at a peak.
fn peak() -> Problem {
    let mut problem = bare(&[100.0; 3], &[60.0, 60.0, 180.0, 60.0, 60.0, 60.0]);
    problem.site.genset.values_mut().for_each(|g| g.mean_load_24h_max_frac = Some(0.7));
    running(&mut problem, "g1", 20.0);
    problem.start.genset.get_mut("g1").unwrap().last_24h_kw = vec![50.0; 20];
    running(&mut problem, "g2", 1.0);
    let rested = problem.start.genset.get_mut("g2").unwrap();
    (rested.running, rested.for_h) = (false, 24.0);
    running(&mut problem, "g3", 2.0);
    let warm = problem.start.genset.get_mut("g3").unwrap();
    (warm.running, warm.for_h) = (false, 2.0);
    warm.last_24h_kw = [vec![40.0; 22], vec![0.0; 2]].concat();
    problem
}

#[test]
fn the_set_that_has_earned_it_takes_the_peak() {
    let plan = plan(&peak());
    assert_eq!(plan.running_sets(2), 2);
    // By turns it would be g2, which has stood longest and may not be loaded to 90 % at once.
    assert!(!plan.genset["g2"].running[2], "{:?}", plan.genset);
    assert!(plan.genset["g3"].running[2]);
    assert_eq!(plan.shortfall_total(Class::MeanLoad), 0.0, "{:?}", plan.shortfalls);
}

#[test]
fn nothing_is_exchanged_that_breaks_a_least_time() {
    let mut problem = peak();
    problem.site.genset.values_mut().for_each(|g| g.min_down_h = 5.0);
    let plan = plan(&problem);
    // g3 still has to stand.
    assert!(plan.genset["g2"].running[2]);
    assert!(plan.shortfall_total(Class::MeanLoad) > 10.0);
}

#[test]
fn run_hours_come_near_to_each_other_or_part() {
    let apart_h = |rotation: Rotation| {
        let load: Vec<f64> = (0..24).map(|t| if t % 6 < 4 { 60.0 } else { 140.0 }).collect();
        let mut problem = bare(&[100.0, 100.0], &load);
        problem.site.plant.rotation = rotation;
        problem.site.genset.get_mut("g1").unwrap().run_hours_h = Some(506.0);
        problem.site.genset.get_mut("g2").unwrap().run_hours_h = Some(500.0);
        let plan = plan(&problem);
        let ran = |id: &str| plan.genset[id].running.iter().filter(|on| **on).count() as f64;
        (6.0 + ran("g1") - ran("g2")).abs()
    };
    assert!(apart_h(Rotation::Equalise) <= 2.0, "{}", apart_h(Rotation::Equalise));
    assert!(apart_h(Rotation::Stagger) >= 16.0, "{}", apart_h(Rotation::Stagger));
}
