//! Mutations of what binds a set's steps to one another, and of what series ask for.

use super::{Mutation, mutation};
use camp_solver::site::{Genset, GensetStart, StartTier};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem};

fn each(q: &mut Problem, change: fn(&mut Genset)) {
    q.site.genset.values_mut().for_each(change);
}

/// Every set ran before the plan, at its rating, or had long stood still.
fn before(q: &mut Problem, running: bool) {
    for (id, set) in &q.site.genset {
        let power_kw = running.then_some(set.rated_kw);
        let start = GensetStart { power_kw, ..GensetStart::new(running, 100.0) };
        q.start.genset.insert(id.clone(), start);
    }
}

fn steps(p: &Plan) -> usize {
    p.grid.len()
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::SetRamp, "a set rises faster than its ramp", |q, _| {
        before(q, false);
        each(q, |set| set.ramp_up_kw_per_h = Some(1.0));
    }),
    mutation(Rule::SetRamp, "a set falls faster than its ramp from before the plan", |q, _| {
        before(q, true);
        each(q, |set| set.ramp_down_kw_per_h = Some(1.0));
    }),
    mutation(Rule::SetStartLimit, "a set starts above its limit", |q, _| {
        before(q, false);
        each(q, |set| set.start_up_max_kw = Some(1.0));
    }),
    mutation(Rule::SetStopLimit, "a set stops from above its limit", |q, p| {
        before(q, true);
        each(q, |set| set.shut_down_max_kw = Some(50.0));
        p.genset.values_mut().for_each(|g| g.running[0] = false);
    }),
    mutation(Rule::SetMustRun, "a set that must run stands", |q, p| {
        let all = q.site.genset.keys().map(|id| (id.clone(), vec![true; steps(p)]));
        q.series.must_run = all.collect();
        p.genset.values_mut().for_each(|g| g.running[7] = false);
    }),
    mutation(Rule::SolarLeast, "sun that must be taken is not", |q, p| {
        let sun = q.series.solar_available_kw["pv"].clone();
        q.series.solar_least_kw.insert("pv".to_owned(), sun);
        p.solar.get_mut("pv").unwrap().power_kw[2] = 0.5;
    }),
    mutation(Rule::ReserveRequired, "a series asks for more", |q, p| {
        q.series.reserve_kw = vec![5.0; steps(p)];
    }),
    mutation(Rule::ReserveCarried, "a ramp leaves less", |q, _| {
        each(q, |set| set.ramp_up_kw_per_h = Some(1.0));
    }),
    mutation(Rule::FuelTotal, "cold starts burn more", |q, _| {
        before(q, false);
        each(q, |set| {
            set.start_tiers =
                vec![StartTier { after_off_h: 50.0, start_fuel_l: 30.0, start_cost: 1.0 }];
        });
    }),
    mutation(Rule::LedgerTotal, "cold starts wear more", |q, _| {
        before(q, false);
        each(q, |set| {
            set.start_tiers =
                vec![StartTier { after_off_h: 50.0, start_fuel_l: 0.5, start_cost: 90.0 }];
        });
    }),
];
