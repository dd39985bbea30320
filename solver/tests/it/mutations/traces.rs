//! Mutations of plans for several traces: the good plan, as that of two like traces.

use super::{Mutation, mutation};
use camp_solver::plan::{ServicePlan, TracePlan, TracesPlan};
use camp_solver::problem::Trace;
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem};

/// Makes the problem one of two like traces, and the plan that of both; gives the second.
fn second<'a>(problem: &mut Problem, plan: &'a mut Plan) -> &'a mut Plan {
    problem.traces = vec![Trace { weight_frac: 0.5, ..Trace::default() }];
    let mut other = plan.clone();
    (other.bound, other.gap_frac) = (None, None);
    other.status = camp_solver::plan::Status::Feasible;
    let traces = TracesPlan {
        weight_frac: 0.5,
        cost: plan.cost,
        fuel_l: plan.fuel_l,
        penalty: plan.ledger.penalty,
        others: vec![TracePlan { weight_frac: 0.5, plan: other }],
    };
    &mut plan.traces.insert(traces).others[0].plan
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::TraceCommitment, "a set runs in one trace only", |q, p| {
        let set = second(q, p).genset.get_mut("g1").unwrap();
        set.running[5] = !set.running[5];
    }),
    mutation(Rule::TraceCommitment, "a set runs in one trace only, before they part", |q, p| {
        let set = second(q, p).genset.get_mut("g1").unwrap();
        set.running[3] = !set.running[3];
        q.traces_part_after_h = Some(1.0);
    }),
    mutation(Rule::TraceCommitment, "a batch starts in one trace only", |q, p| {
        second(q, p).batch.get_mut("laundry").unwrap().started[33] += 1;
    }),
    mutation(Rule::TraceCommitment, "a pump runs in one trace only", |q, p| {
        let flow = &mut second(q, p).well.get_mut("w1").unwrap().flow_m3_per_h[7];
        *flow = 5.0 - *flow;
    }),
    mutation(Rule::TraceCommitment, "a train runs in one trace only", |q, p| {
        let trains = &mut second(q, p).treatment.get_mut("ro").unwrap().trains_running[7];
        *trains = 1 - *trains;
    }),
    mutation(Rule::SetService, "a service waits in one trace only", |q, p| {
        let set = second(q, p).genset.get_mut("g4").unwrap();
        let service = set.upkeep.service.as_mut().unwrap();
        (service.from, service.to) = (None, None);
        service.waits = Some(ServicePlan::NO_COVER.to_owned());
    }),
    mutation(Rule::TraceTotals, "the expected cost is that of the better trace", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().cost *= 0.9;
    }),
    mutation(Rule::TraceTotals, "litres are left out", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().fuel_l -= 1.0;
    }),
    mutation(Rule::TraceTotals, "a penalty is added", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().penalty += 1.0;
    }),
    mutation(Rule::TraceTotals, "a trace is told to be less likely", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().others[0].weight_frac = 0.4;
    }),
    mutation(Rule::TraceTotals, "a trace counts in another unit", |q, p| {
        second(q, p).cost_unit = "EUR".to_owned();
    }),
    mutation(Rule::SeriesShape, "a trace is forgotten", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().others.clear();
    }),
    mutation(Rule::SeriesShape, "a plan of several traces for a problem of one", |q, p| {
        second(q, p);
        q.traces.clear();
    }),
    mutation(Rule::PowerBalance, "a further trace is dispatched by nobody", |q, p| {
        second(q, p).genset.values_mut().for_each(|g| g.power_kw[3] *= 0.5);
    }),
    mutation(Rule::SolarAvailable, "a further trace uses sun that it does not have", |q, p| {
        second(q, p);
        q.traces[0].solar_available_kw.insert("pv".to_owned(), vec![0.0; p.grid.len()]);
    }),
    mutation(Rule::BoundAndGap, "a gap is that of the first trace", |q, p| {
        second(q, p);
        p.traces.as_mut().unwrap().cost *= 2.0;
    }),
];

#[test]
fn two_like_traces_pass() {
    let (mut problem, mut plan) = super::good().clone();
    second(&mut problem, &mut plan);
    assert_eq!(camp_solver::verify(&problem, &plan), []);
}
