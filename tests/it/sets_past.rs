//! What the stored past of sets makes of a plan's start state.

use super::ladder::{Stage, stage};
use camp_solver::{Plan, Problem, SolveError, SolveOptions, Solved, solve_from};
use chrono::TimeDelta;
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use std::sync::Mutex;

/// Problems that were asked, and whether a plan was in force.
static ASKED: Mutex<Vec<(Problem, bool)>> = Mutex::new(Vec::new());

fn noted(
    problem: &Problem,
    options: &SolveOptions,
    running: Option<&Plan>,
) -> Result<Solved, SolveError> {
    ASKED.lock().unwrap().push((problem.clone(), running.is_some()));
    solve_from(problem, options, running)
}

/// Stores what a point said by the minute, `before` minutes ago and on.
fn store(stage: &Stage, point: &str, before: i64, values: &[f64]) {
    let live = &stage.live;
    let point = live.file.points.resolve(point).unwrap();
    let minutes = (0..).zip(values);
    let readings: Vec<Reading> = minutes
        .map(|(minute, value)| Reading {
            point,
            time_ms: (live.clock.now() + TimeDelta::minutes(minute - before)).timestamp_millis(),
            value: *value,
            reason: None,
        })
        .collect();
    stage.store.append(&readings, &[]).unwrap();
}

/// The plan is made at 06:00, local time too: the camp lies in Bamako.
#[test]
fn a_plan_knows_the_day_of_the_sets_and_the_plan_in_force() {
    let stage = stage(noted);
    let day = 6 * 60;
    // The first ran into the day, stood for an hour, and has run since.
    let status = [vec![1.0; 75], vec![0.0; 60], vec![1.0; 240]].concat();
    store(&stage, "genset.g1.is_running", day + 15, &status);
    let load: Vec<f64> = status.iter().map(|runs| 20.0 * runs).collect();
    store(&stage, "genset.g1.power_kw", day + 15, &load);
    // Of the second only the power is known, and none of it for two hours.
    store(&stage, "genset.g2.power_kw", day + 15, &[0.0; 100]);
    store(&stage, "genset.g2.power_kw", day - 205, &[[12.0; 60], [0.0; 60]].concat());
    store(&stage, "genset.g2.power_kw", 35, &[0.0; 35]);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();
    let record = stage.live.plan().unwrap();
    runtime.block_on(stage.scheduler.cycle("test", None)).unwrap();

    let asked = ASKED.lock().unwrap();
    let [(problem, false), (_, true)] = &asked[..] else { panic!("{} rounds", asked.len()) };
    let sets = &problem.start.genset;
    let starts: Vec<u32> = ["g1", "g2", "g3"].map(|id| sets[id].starts_today).into();
    assert_eq!(starts, [1, 1, 0]);
    let hours = &sets["g1"].last_24h_kw;
    assert_eq!(hours.len(), 7, "what lies before the readings is not told");
    assert!((hours[0] - 20.0).abs() < 1e-9 && hours[2] < 1e-9, "{hours:?}");
    assert!((hours[6] - 20.0).abs() < 1e-9, "{hours:?}");

    let told = |words: &str| record.degraded.iter().filter(|d| d.contains(words)).count();
    assert_eq!(told("genset.g1: no status"), 0, "{:?}", record.degraded);
    assert_eq!(told("genset.g2: no status for 2.0 h since midnight"), 1, "{:?}", record.degraded);
    assert_eq!(told("genset.g3: no status for 6.0 h since midnight"), 1, "{:?}", record.degraded);
    assert_eq!(told("genset.g1: load of 17 of the last 24 h"), 1, "{:?}", record.degraded);
}
