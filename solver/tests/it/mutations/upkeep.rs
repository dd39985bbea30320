//! Mutations of what makers and camps ask of the running of sets.

use super::{Mutation, forget, mutation, undeclared};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class};

/// Breaks one field of every set.
fn each_set(problem: &mut Problem, change: impl FnMut(&mut camp_solver::site::Genset)) {
    problem.site.genset.values_mut().for_each(change);
}

fn starts(plan: &Plan) -> u32 {
    plan.genset.values().map(|g| g.starts).sum()
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::SetDerating, "the camp lies higher", |q, _| q.site.place.altitude_m = 6000.0),
    mutation(Rule::SetDerating, "the day is hotter than the plan was told", |q, p| {
        q.series.temperature_c = vec![65.0; p.grid.len()];
        each_set(q, |g| g.derating.as_mut().unwrap().frac_per_10c = 0.38);
    }),
    mutation(Rule::SetDerating, "the camp is designed for hotter days", |q, _| {
        q.site.place.design_temperature_c = Some(60.0);
        each_set(q, |g| g.derating.as_mut().unwrap().frac_per_10c = 0.45);
    }),
    undeclared(Class::QuietHours, "more sets run in quiet hours than said", |q, p| {
        q.site.quiet_hours.as_mut().unwrap().max_running_sets = 0;
        forget(p, Class::QuietHours);
    }),
    undeclared(Class::QuietHours, "quiet hours are others", |q, p| {
        let quiet = q.site.quiet_hours.as_mut().unwrap();
        quiet.max_running_sets = 0;
        (quiet.from, quiet.to) = (quiet.to, quiet.from);
        forget(p, Class::QuietHours);
    }),
    undeclared(Class::Starts, "a set starts more often than said", |q, p| {
        assert!(starts(p) > 0);
        each_set(q, |g| g.max_starts_per_day = Some(0));
    }),
    undeclared(Class::Starts, "the sets start more often than said", |q, _| {
        q.site.plant.max_starts_per_day = Some(0);
    }),
    undeclared(Class::Starts, "the starts of the morning are forgotten", |q, p| {
        for id in p.genset.keys() {
            let mut state = q.start.genset(id);
            state.starts_today = 4;
            q.start.genset.insert(id.clone(), state);
        }
    }),
    undeclared(Class::MeanLoad, "the mean load of a day may be no more than a tenth", |q, _| {
        each_set(q, |g| g.mean_load_24h_max_frac = Some(0.1));
    }),
    undeclared(Class::MeanLoad, "the load of the night before is forgotten", |q, p| {
        for id in p.genset.keys() {
            let mut state = q.start.genset(id);
            state.last_24h_kw = vec![q.site.genset[id].rated_kw; 24];
            q.start.genset.insert(id.clone(), state);
        }
    }),
    mutation(Rule::LedgerTotal, "the preferred band is another", |q, _| {
        each_set(q, |g| (g.preferred_min_frac, g.preferred_max_frac) = (Some(0.99), Some(1.0)));
    }),
    mutation(Rule::LedgerTotal, "running outside the band wears more", |q, p| {
        each_set(q, |g| g.outside_band_cost_per_kwh = 0.5);
        each_set(q, |g| g.preferred_max_frac = Some(0.5));
        p.ledger.band_cost = 0.0;
    }),
];
