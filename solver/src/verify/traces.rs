//! Several traces: each plan against what its trace brings, one commitment for all of them, and what
//! is expected of them in sum.

use super::{Findings, Rule, Violation, verify};
use crate::plan::{Plan, TracesPlan};
use crate::problem::{Problem, Trace};
use crate::site::{Treatment, Well};
use std::collections::BTreeMap;

pub(super) fn check(problem: &Problem, plan: &Plan, findings: &mut Findings) {
    let Some(traces) = &plan.traces else { return };
    for (i, (trace, other)) in std::iter::zip(&problem.traces, &traces.others).enumerate() {
        let path = |what: &str| format!("traces.others[{i}].{what}");
        // Services have their times, and wait, by what the first trace brings.
        let of_the_first = |v: &Violation| {
            v.rule == Rule::SetService
                && v.path.rsplit_once('.').is_some_and(|(_, last)| last == "waits")
        };
        let violations = verify(&alone(problem, trace), &other.plan);
        for violation in violations.into_iter().filter(|v| !of_the_first(v)) {
            let path = path(&format!("plan.{}", violation.path));
            findings.violations.push(Violation { path, ..violation });
        }
        let (said, expected) = (other.weight_frac, trace.weight_frac);
        weight(|| path("weight_frac"), said, expected, findings);
        let (a, b) = (&plan.cost_unit, &other.plan.cost_unit);
        if plan.objective != other.plan.objective || a != b {
            let detail = format!("in {b}, the first trace in {a}");
            findings.object(Rule::TraceTotals, path("plan.cost_unit"), detail);
        }
        let unread = [Rule::SeriesShape, Rule::SameQuestion];
        if !findings.violations.iter().any(|v| unread.contains(&v.rule)) {
            decided(problem, plan, &other.plan, &path("plan"), findings);
            services(plan, &other.plan, &path("plan"), findings);
        }
    }
    totals(problem, plan, traces, findings);
}

/// Services are those of the first trace.
fn services(first: &Plan, other: &Plan, path: &str, findings: &mut Findings) {
    for (id, set) in &first.genset {
        let (a, b) = (&set.upkeep.service, &other.genset[id].upkeep.service);
        if a != b {
            let at = format!("{path}.genset.{id}.upkeep.service");
            findings.object(Rule::SetService, at, format!("says {b:?}, the first trace {a:?}"));
        }
    }
}

/// The problem as a trace alone knows it: its own series in place of those of the first.
fn alone(problem: &Problem, trace: &Trace) -> Problem {
    fn put(into: &mut BTreeMap<String, Vec<f64>>, from: &BTreeMap<String, Vec<f64>>) {
        for (name, values) in from {
            into.insert(name.clone(), values.clone());
        }
    }
    let mut alone = problem.clone();
    alone.traces.clear();
    alone.traces_part_after_h = None;
    let series = &mut alone.series;
    put(&mut series.demand_kw, &trace.demand_kw);
    put(&mut series.solar_available_kw, &trace.solar_available_kw);
    put(&mut series.taps_m3_per_h, &trace.taps_m3_per_h);
    put(&mut series.wastewater_m3_per_h, &trace.wastewater_m3_per_h);
    put(&mut series.heat_kw, &trace.heat_kw);
    alone
}

/// Sets, batches, pumps that are on or off and counted trains do the same in every trace.
fn decided(problem: &Problem, first: &Plan, other: &Plan, path: &str, findings: &mut Findings) {
    let mut differs = |what: String, t: Option<usize>| {
        if let Some(t) = t {
            let detail = "differs from the first trace".to_owned();
            findings.object(Rule::TraceCommitment, format!("{path}.{what}[{t}]"), detail);
        }
    };
    // Until the traces part, sets run the same; where they part, each switches pumps as it likes.
    let common = match problem.traces_part_after_h {
        None => usize::MAX,
        Some(after) => {
            let mut begun = 0.0;
            let mut steps = 0;
            while steps < problem.grid.step_minutes.len() && begun < after - 1e-9 {
                begun += f64::from(problem.grid.step_minutes[steps]) / 60.0;
                steps += 1;
            }
            steps
        }
    };
    for (id, set) in &other.genset {
        let same = std::iter::zip(&set.running, &first.genset[id].running).take(common);
        differs(format!("genset.{id}.running"), same.into_iter().position(|(a, b)| a != b));
    }
    if problem.traces_part_after_h.is_some() {
        return;
    }
    for (id, batch) in &other.batch {
        let same = std::iter::zip(&batch.started, &first.batch[id].started);
        differs(format!("batch.{id}.started"), same.into_iter().position(|(a, b)| a != b));
    }
    for (id, _) in problem.site.well.iter().filter(|(_, well)| Well::is_on_off(well)) {
        let flows = (&other.well[id].flow_m3_per_h, &first.well[id].flow_m3_per_h);
        let same = std::iter::zip(flows.0, flows.1);
        let apart = same.into_iter().position(|(a, b)| (a - b).abs() > super::TOLERANCE);
        differs(format!("well.{id}.flow_m3_per_h"), apart);
    }
    for (id, _) in problem.site.treatment.iter().filter(|(_, line)| is_counted(line)) {
        let trains = (&other.treatment[id].trains_running, &first.treatment[id].trains_running);
        let same = std::iter::zip(trains.0, trains.1);
        differs(
            format!("treatment.{id}.trains_running"),
            same.into_iter().position(|(a, b)| a != b),
        );
    }
}

/// Whether the trains of a line are switched: a line without a least product and without rules for its
/// starts gives whatever product is wanted.
fn is_counted(line: &Treatment) -> bool {
    let least = line.min_product_frac.is_some_and(|share| share > 0.0);
    let starts = line.max_starts_per_day.is_some()
        || line.min_run_h.is_some_and(|h| h > 0.0)
        || line.flush_m3_per_stop.is_some_and(|m3| m3 > 0.0);
    let full = line.min_product_frac.is_none()
        && (line.min_run_h.is_some() || line.flush_m3_per_stop.is_some());
    least || starts || full
}

fn weight(path: impl Fn() -> String, said: f64, expected: f64, findings: &mut Findings) {
    let near = (said - expected).abs() <= 1e-9;
    if !near {
        findings.object(Rule::TraceTotals, path(), format!("says {said}, expected {expected}"));
    }
}

fn totals(problem: &Problem, plan: &Plan, traces: &TracesPlan, findings: &mut Findings) {
    let mut first = 1.0;
    for trace in &problem.traces {
        first -= trace.weight_frac;
    }
    weight(|| "traces.weight_frac".to_owned(), traces.weight_frac, first, findings);
    let (mut cost, mut litres) = (first * plan.cost, first * plan.fuel_l);
    let mut penalty = first * plan.ledger.penalty;
    for (trace, other) in std::iter::zip(&problem.traces, &traces.others) {
        cost += trace.weight_frac * other.plan.cost;
        litres += trace.weight_frac * other.plan.fuel_l;
        penalty += trace.weight_frac * other.plan.ledger.penalty;
    }
    let at = |what: &'static str| move || format!("traces.{what}");
    findings.equal(Rule::TraceTotals, at("cost"), traces.cost, cost);
    findings.equal(Rule::TraceTotals, at("fuel_l"), traces.fuel_l, litres);
    findings.equal(Rule::TraceTotals, at("penalty"), traces.penalty, penalty);
}
