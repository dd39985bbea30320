//! How a plan in force moves on.

use super::super::{Run, SolveOptions};
use crate::problem::Problem;
use crate::rules::rule_based;
use chrono::TimeDelta;
use serde_json::json;

/// Two sets of one kind and a larger one, over hours that begin `hour` hours later.
fn problem(hour: i32) -> Problem {
    let set = |rated: f64| {
        json!({ "rated_kw": rated, "fuel_curve_kw": [0.5 * rated, rated],
            "fuel_curve_l_per_h": [0.16 * rated, 0.3 * rated] })
    };
    let mut problem: Problem = serde_json::from_value(json!({
        "site": {
            "version": 1, "name": "x", "title": "x", "persons": 1,
            "place": { "latitude_deg": 5, "longitude_deg": 30, "time_zone": "Africa/Juba" },
            "money": { "currency": "USD", "fuel_price_per_l": 2.0 },
            "load": { "camp": { "tier": "T2", "typical_kw": vec![35.0; 24] } },
            "genset": { "a": set(50.0), "b": set(50.0), "c": set(100.0) }
        },
        "grid": { "start": "2026-03-10T00:00:00Z", "step_minutes": [60, 60, 60, 60],
            "utc_offset_minutes": [0, 0, 0, 0] },
        "start": {},
        "series": { "demand_kw": { "load.camp": [40.0, 40.0, 40.0, 40.0] } },
        "end": {}
    }))
    .unwrap();
    problem.grid.start += TimeDelta::hours(1) * hour;
    problem
}

/// Counts of the two fleets: the plan runs `a` and `b` in its second hour, then `c`.
fn counts(hour: i32, change: impl Fn(&mut Problem)) -> Vec<Vec<Vec<usize>>> {
    let mut plan = rule_based(&problem(0));
    for (id, running) in [
        ("a", [true, true, false, false]),
        ("b", [false, true, false, false]),
        ("c", [false, false, true, true]),
    ] {
        let set = plan.genset.get_mut(id).unwrap();
        set.power_kw = running.map(|runs| if runs { 40.0 } else { 0.0 }).to_vec();
        set.running = running.to_vec();
    }
    let mut problem = problem(hour);
    change(&mut problem);
    let options = SolveOptions::default();
    let run = Run::prepare(&problem, &problem, &options);
    run.of_running(&plan).into_iter().map(|known| known.counts).collect()
}

#[test]
fn a_plan_on_its_own_steps_is_itself() {
    assert_eq!(counts(0, |_| {}), [[[1, 2, 0, 0], [0, 0, 1, 1]]]);
}

#[test]
fn beyond_its_end_it_goes_on_or_the_rules_do() {
    let rules: Vec<bool> = rule_based(&problem(1)).genset["c"].running.clone();
    assert!(!rules[3], "the rules need no large set");
    assert_eq!(counts(1, |_| {}), [[[2, 0, 0, 0], [0, 1, 1, 1]], [[2, 0, 0, 1], [0, 1, 1, 0]]]);
}

#[test]
fn steps_follow_what_holds_their_middle() {
    let later = |problem: &mut Problem| problem.grid.start += TimeDelta::minutes(40);
    assert_eq!(counts(0, later)[0], [[2, 0, 0, 0], [0, 1, 1, 1]]);
}

#[test]
fn a_set_that_is_out_stands() {
    let out = |problem: &mut Problem| {
        problem.unavailable.insert("genset.c".to_owned(), vec![false, false, true, true]);
    };
    assert_eq!(counts(0, out), [[[1, 2, 0, 0], [0, 0, 0, 0]]]);
}

#[test]
fn a_plan_that_has_ended_is_no_beginning() {
    assert!(counts(4, |_| {}).is_empty());
}
