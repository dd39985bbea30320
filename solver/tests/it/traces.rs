//! Plans for several ways in which load, sun and water may come.

use crate::camp::{bare, charge, full_site, typical};
use camp_solver::plan::ServicePlan;
use camp_solver::problem::Trace;
use camp_solver::{Plan, Problem, ShortfallClass, SolveOptions, solve, verify};

const GAP: f64 = 1e-4;

fn plan(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: GAP, time_limit_s: 300.0, ..SolveOptions::default() };
    let plan = solve(problem, &options).unwrap().plan;
    assert_eq!(verify(problem, &plan), []);
    plan
}

fn penalty(plan: &Plan) -> f64 {
    plan.traces.as_ref().map_or(plan.ledger.penalty, |traces| traces.penalty)
}

/// Two sets, a load of 50 kW through eight hours, a battery of 60 usable kWh that is nearly full, and
/// sun through the first four hours and the last two.
fn sunny() -> Problem {
    let mut problem = bare(&[60.0, 60.0], &[50.0; 8]);
    let site = full_site();
    problem.site.solar.insert("pv".to_owned(), site.solar["pv"].clone());
    let mut battery = site.battery["bess"].clone();
    (battery.energy_kwh, battery.critical_floor_h) = (80.0, None);
    problem.site.battery.insert("bess".to_owned(), battery);
    charge(&mut problem, "bess", 0.8);
    for set in problem.site.genset.values_mut() {
        (set.start_fuel_l, set.min_down_h) = (4.0, 2.0);
    }
    let sun = vec![60.0, 60.0, 60.0, 60.0, 30.0, 10.0, 60.0, 60.0];
    problem.series.solar_available_kw.insert("pv".to_owned(), sun);
    problem
}

fn cloudy(weight_frac: f64) -> Trace {
    let mut trace = Trace { weight_frac, ..Trace::default() };
    trace
        .solar_available_kw
        .insert("pv".to_owned(), vec![60.0, 60.0, 8.0, 0.0, 0.0, 0.0, 8.0, 8.0]);
    trace
}

/// What the sun brings on average over the traces.
fn mean(problem: &Problem) -> Problem {
    let mut mean = problem.clone();
    let sun = mean.series.solar_available_kw.get_mut("pv").unwrap();
    let first = problem.first_weight_frac();
    for (t, kw) in sun.iter_mut().enumerate() {
        let of = |trace: &Trace| trace.weight_frac * trace.solar_available_kw["pv"][t];
        *kw = first * *kw + problem.traces.iter().map(of).sum::<f64>();
    }
    mean.traces.clear();
    mean
}

/// The problem with the sets of a plan held on and off, by series that say so.
fn held(problem: &Problem, plan: &Plan) -> Problem {
    let mut held = problem.clone();
    for (id, set) in &plan.genset {
        held.series.must_run.insert(id.clone(), set.running.clone());
        let off = set.running.iter().map(|on| !on).collect();
        held.unavailable.insert(format!("genset.{id}"), off);
    }
    held
}

#[test]
fn one_trace_given_twice_is_one_trace() {
    let mut problem = typical(full_site(), 3);
    let one = plan(&problem);
    problem.traces.push(Trace { weight_frac: 0.5, ..Trace::default() });
    let two = plan(&problem);
    let traces = two.traces.as_ref().unwrap();
    assert!((traces.weight_frac - 0.5).abs() < 1e-12);
    let near = |a: f64, b: f64| (a - b).abs() <= 2.0 * GAP * a.abs() + 1e-2;
    assert!(near(traces.cost, one.cost), "{} {}", traces.cost, one.cost);
    assert!(near(traces.penalty, one.ledger.penalty), "{} {}", traces.penalty, one.ledger.penalty);
    assert!(two.bound.unwrap() <= one.cost + 1e-6);
    assert!(one.bound.unwrap() <= traces.cost + 1e-6);
    assert_eq!(traces.others[0].plan.genset.keys().count(), one.genset.len());
    assert!(two.stages.iter().any(|s| s.name == "cost by steps: not for several traces"));
}

#[test]
fn what_may_be_cloudy_is_prepared_for() {
    let mut problem = sunny();
    problem.traces.push(cloudy(0.5));
    let two = plan(&problem);
    let one = plan(&mean(&problem));
    let hours = |plan: &Plan| (0..plan.grid.len()).map(|t| plan.running_sets(t)).sum::<usize>();
    let on = |plan: &Plan| (0..plan.grid.len()).map(|t| plan.running_sets(t)).collect::<Vec<_>>();
    assert!(hours(&two) > hours(&one), "{:?} {:?}", on(&two), on(&one));
    let unserved = |plan: &Plan| plan.shortfall_total(ShortfallClass::LoadT2);
    assert!(unserved(&two) < 1e-3 && unserved(&two.traces.as_ref().unwrap().others[0].plan) < 1e-3);
}

/// Penalty and expected cost of a commitment made for the mean of the traces, and held on all of them.
fn mean_on_all(problem: &Problem) -> (f64, f64) {
    let one = plan(&mean(problem));
    let mean_held = plan(&held(problem, &one));
    for (id, set) in &one.genset {
        assert_eq!(mean_held.genset[id].running, set.running);
    }
    (penalty(&mean_held), mean_held.expected_cost())
}

#[test]
fn expected_cost_is_no_higher_than_that_of_the_commitment_for_the_mean() {
    for (weight_frac, share) in [(0.5, 0.0), (0.5, 0.5), (0.3, 0.7), (0.2, 0.9)] {
        let mut problem = sunny();
        let mut trace = cloudy(weight_frac);
        let sun = trace.solar_available_kw.get_mut("pv").unwrap();
        for (kw, sunny) in sun.iter_mut().zip(&problem.series.solar_available_kw["pv"]) {
            *kw += share * (sunny - *kw);
        }
        problem.traces.push(trace);
        let ours = plan(&problem);
        let (penalty_of_mean, cost_of_mean) = mean_on_all(&problem);
        let told = format!("{} after {penalty_of_mean} {cost_of_mean}", penalty(&ours));
        assert!(penalty(&ours) <= penalty_of_mean * (1.0 + GAP) + 1e-3, "{told}");
        if penalty(&ours) + 1e-3 >= penalty_of_mean {
            let bound = ours.bound.unwrap();
            assert!(bound <= cost_of_mean + 1e-6, "{bound}: {told}");
            assert!(ours.expected_cost() <= cost_of_mean * (1.0 + GAP) + 1e-6, "{told}");
        }
    }
}

#[test]
fn foresight_of_the_trace_would_cost_no_more() {
    let mut problem = sunny();
    problem.traces.push(cloudy(0.5));
    let two = plan(&problem);
    let mut alone = sunny();
    let clear = plan(&alone);
    alone.series.solar_available_kw.extend(cloudy(0.5).solar_available_kw);
    let foreseen = 0.5 * (clear.bound.unwrap() + plan(&alone).bound.unwrap());
    assert!(penalty(&two) < 1e-6 && two.expected_cost() >= foreseen - 1e-6);
}

#[test]
fn a_likely_trace_weighs_more() {
    let cost = |weight_frac: f64| {
        let mut problem = sunny();
        problem.traces.push(cloudy(weight_frac));
        plan(&problem).expected_cost()
    };
    assert!(cost(0.1) < cost(0.9));
}

#[test]
fn pumps_trains_and_batches_are_common_and_flows_are_not() {
    let mut problem = typical(full_site(), 4);
    let mut dry = Trace { weight_frac: 0.3, ..Trace::default() };
    for (id, asked) in &problem.series.taps_m3_per_h {
        dry.taps_m3_per_h.insert(id.clone(), asked.iter().map(|m3| 0.5 * m3).collect());
    }
    for (id, drawn) in &problem.series.heat_kw {
        dry.heat_kw.insert(id.clone(), drawn.iter().map(|kw| 1.5 * kw).collect());
    }
    for (id, inflow) in &problem.series.wastewater_m3_per_h {
        dry.wastewater_m3_per_h.insert(id.clone(), inflow.iter().map(|m3| 0.5 * m3).collect());
    }
    problem.traces.push(dry);
    let options = SolveOptions { gap_frac: 1e-2, time_limit_s: 300.0, ..SolveOptions::default() };
    let plan = solve(&problem, &options).unwrap().plan;
    assert_eq!(verify(&problem, &plan), []);
    let other = &plan.traces.as_ref().unwrap().others[0].plan;
    assert_ne!(other.taps, plan.taps);
    assert_eq!(other.well["w1"], plan.well["w1"]);
    assert_eq!(other.treatment["ro"].trains_running, plan.treatment["ro"].trains_running);
    assert_eq!(other.batch["laundry"].started, plan.batch["laundry"].started);
}

#[test]
fn no_time_still_gives_a_plan() {
    let mut problem = sunny();
    problem.traces.push(cloudy(0.4));
    let options = SolveOptions { time_limit_s: 0.0, ..SolveOptions::default() };
    let plan = solve(&problem, &options).unwrap().plan;
    assert_eq!(verify(&problem, &plan), []);
}

#[test]
fn faults_of_traces_are_told_at_their_paths() {
    let mut problem = sunny();
    let mut wrong = cloudy(0.7);
    wrong.demand_kw.insert("load.nobody".to_owned(), vec![1.0; 8]);
    wrong.demand_kw.insert("load.kitchen".to_owned(), vec![1.0; 7]);
    wrong.solar_available_kw.get_mut("pv").unwrap()[2] = -1.0;
    problem.traces = vec![wrong, Trace { weight_frac: 0.6, ..Trace::default() }];
    problem.series.solar_least_kw.insert("pv".to_owned(), vec![5.0; 8]);
    let faults = problem.check();
    let mut paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "traces.weight_frac",
            "traces[0].demand_kw.load.kitchen",
            "traces[0].demand_kw.load.nobody",
            "traces[0].solar_available_kw.pv",
            "traces[0].solar_available_kw.pv[2]",
        ]
    );
    problem.traces = vec![Trace::default()];
    assert_eq!(problem.check()[0].path, "traces[0].weight_frac");
}

/// In the second trace the set could be spared: its reason is that of the first all the same.
#[test]
fn a_service_waits_in_all_traces_or_in_none() {
    let mut problem = bare(&[100.0, 100.0], &[140.0; 24]);
    let set = problem.site.genset.get_mut("g1").unwrap();
    (set.run_hours_h, set.service_due_h) = (Some(240.0), Some(250.0));
    let mut light = Trace { weight_frac: 0.5, ..Trace::default() };
    light.demand_kw.insert("load.kitchen".to_owned(), vec![60.0; 24]);
    problem.traces.push(light);
    let plan = plan(&problem);
    let waits = |plan: &Plan| plan.genset["g1"].upkeep.service.as_ref().unwrap().waits.clone();
    assert_eq!(waits(&plan).as_deref(), Some(ServicePlan::NO_COVER));
    assert_eq!(waits(&plan.traces.as_ref().unwrap().others[0].plan), waits(&plan));
}

#[test]
fn traces_that_part_agree_until_then_and_cost_no_more() {
    let mut problem = sunny();
    problem.traces.push(cloudy(0.5));
    let never = plan(&problem);
    problem.traces_part_after_h = Some(2.0);
    assert_eq!(problem.common_steps(), 2);
    let parted = plan(&problem);
    let other = &parted.traces.as_ref().unwrap().others[0].plan;
    for (id, set) in &parted.genset {
        assert_eq!(set.running[..2], other.genset[id].running[..2], "{id}");
    }
    let sum = |plan: &Plan| plan.expected_cost() + penalty(plan);
    assert!(sum(&parted) <= sum(&never) * (1.0 + GAP), "{} {}", sum(&parted), sum(&never));
    // Knowing the trace from the start would be better still, or as good.
    let bound = parted.bound.unwrap();
    assert!(bound <= parted.expected_cost() + 1e-9);
    // Here they go ways of their own afterwards.
    assert!(parted.genset.iter().any(|(id, set)| set.running != other.genset[id].running));
}

#[test]
fn the_way_to_begin_is_the_cheapest_over_all_traces() {
    // Most likely it is sunny, and without the cloudy trace no set runs at first.
    let mut problem = sunny();
    problem.traces.push(cloudy(0.5));
    problem.traces_part_after_h = Some(1.0);
    let parted = plan(&problem);
    let expected = parted.expected_cost() + penalty(&parted);
    for on in [[false, false], [true, false], [false, true], [true, true]] {
        let mut held = problem.clone();
        for (id, on) in std::iter::zip(["g1", "g2"], on) {
            let first = |value: bool| (0..8).map(|t| t == 0 && value).collect::<Vec<bool>>();
            held.series.must_run.insert(id.to_owned(), first(on));
            held.unavailable.insert(format!("genset.{id}"), first(!on));
        }
        let begun = plan(&held);
        let sum = begun.expected_cost() + penalty(&begun);
        assert!(expected <= sum * (1.0 + 2e-3) + 1e-6, "{expected} {sum} {on:?}");
    }
}

#[test]
fn what_never_parts_needs_no_time_to_part() {
    let mut problem = sunny();
    problem.traces_part_after_h = Some(2.0);
    let faults = problem.check();
    assert_eq!(faults[0].path, "traces_part_after_h");
}
