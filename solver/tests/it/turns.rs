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

/// Two sets of 100 kW with other run hours, and a load for one of them or both.
fn two(hours: [f64; 2]) -> Problem {
    let load: Vec<f64> = (0..24).map(|t| if t % 6 < 4 { 60.0 } else { 140.0 }).collect();
    let mut problem = bare(&[100.0, 100.0], &load);
    for (id, run_hours_h) in ["g1", "g2"].into_iter().zip(hours) {
        let set = problem.site.genset.get_mut(id).unwrap();
        set.run_hours_h = Some(run_hours_h);
        set.service_due_h = Some(run_hours_h + 200.0);
    }
    problem
}

fn spread(plan: &Plan) -> (f64, Option<f64>) {
    let told = plan.genset["g1"].upkeep.like_sets.unwrap();
    assert_eq!(plan.genset["g2"].upkeep.like_sets.unwrap().spread_h, told.spread_h);
    (told.spread_h, told.over_h)
}

#[test]
fn run_hours_beyond_the_spread_are_levelled() {
    let mut problem = two([690.0, 600.0]);
    let free = plan(&problem);
    let (free_h, nobody_asks) = spread(&free);
    assert!(free_h > 80.0 && nobody_asks.is_none(), "{free_h}");
    problem.site.plant.run_hours_spread_max_h = Some(80.0);
    let levelled = plan(&problem);
    let (spread_h, over_h) = spread(&levelled);
    assert!(spread_h <= 80.0 && over_h == Some(0.0), "{spread_h} {over_h:?}");
    assert!((levelled.cost - free.cost).abs() < 1e-6);
    // Far from the limit turns are as ever.
    problem.site.plant.run_hours_spread_max_h = Some(150.0);
    assert_eq!(spread(&plan(&problem)), (free_h, Some(0.0)));
}

#[test]
fn a_spread_that_a_plan_cannot_level_is_told() {
    let mut problem = two([800.0, 600.0]);
    problem.site.plant.run_hours_spread_max_h = Some(100.0);
    let (spread_h, over_h) = spread(&plan(&problem));
    assert!(spread_h < 200.0, "{spread_h}");
    assert!((over_h.unwrap() - (spread_h - 100.0)).abs() < 1e-6);
}

#[test]
fn staggered_services_part_and_a_limit_beside_is_a_fault() {
    let apart_h = |rotation: Rotation| {
        let mut problem = two([600.0, 600.0]);
        problem.site.plant.rotation = rotation;
        let plan = plan(&problem);
        plan.genset["g1"].upkeep.like_sets.unwrap().services_apart_h.unwrap()
    };
    assert!(apart_h(Rotation::Equalise) <= 2.0);
    assert!(apart_h(Rotation::Stagger) >= 16.0, "{}", apart_h(Rotation::Stagger));
    let mut problem = two([600.0, 600.0]);
    problem.site.plant.rotation = Rotation::Stagger;
    problem.site.plant.run_hours_spread_max_h = Some(100.0);
    let faults = problem.check();
    assert_eq!(faults[0].path, "plant.run_hours_spread_max_h", "{faults:?}");
}

#[test]
fn hours_are_not_spread_where_services_are_a_week_apart() {
    // Enough hours lie between their services: who has stood longer may run.
    let mut problem = two([600.0, 600.0]);
    for set in problem.site.genset.values_mut() {
        set.service_interval_h = Some(500.0);
    }
    problem.site.genset.get_mut("g2").unwrap().service_due_h = Some(1020.0);
    problem.site.plant.rotation = Rotation::Stagger;
    let plan = plan(&problem);
    let apart_h = plan.genset["g1"].upkeep.like_sets.unwrap().services_apart_h.unwrap();
    assert!(apart_h >= 168.0, "{apart_h}");
}
