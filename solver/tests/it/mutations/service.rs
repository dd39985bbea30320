//! Mutations of services, run hours and hours at low load.

use super::{Mutation, miscounted, mutation, undeclared};
use camp_solver::plan::{LikeSetsPlan, ServicePlan, UpkeepPlan};
use camp_solver::site::{DayWindow, GensetStart};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class};
use chrono::{NaiveTime, TimeDelta};

/// The set whose service is due in the full camp.
const DUE: &str = "g4";

fn service(plan: &mut Plan) -> &mut ServicePlan {
    upkeep(plan).service.as_mut().unwrap()
}

fn upkeep(plan: &mut Plan) -> &mut UpkeepPlan {
    &mut plan.genset.get_mut(DUE).unwrap().upkeep
}

fn like_sets(plan: &mut Plan) -> &mut LikeSetsPlan {
    plan.genset.get_mut("g1").unwrap().upkeep.like_sets.as_mut().unwrap()
}

fn state(problem: &mut Problem, id: &str, change: impl FnOnce(&mut GensetStart)) {
    let mut state = problem.start.genset(id);
    change(&mut state);
    problem.start.genset.insert(id.to_owned(), state);
}

/// Takes its time from the service, and gives a reason.
fn wait(plan: &mut Plan, why: &str) {
    let service = service(plan);
    (service.from, service.to, service.waits) = (None, None, Some(why.to_owned()));
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::SetAvailable, "a set runs while it is serviced", |_, p| {
        p.genset.get_mut(DUE).unwrap().running.fill(true);
    }),
    mutation(Rule::SetService, "a service that is due is left out", |_, p| {
        upkeep(p).service = None;
    }),
    mutation(Rule::SetService, "a service waits and nobody says why", |_, p| {
        let service = service(p);
        (service.from, service.to) = (None, None);
    }),
    mutation(Rule::SetService, "a service waits though there are hours for it", |_, p| {
        wait(p, ServicePlan::NO_HOURS);
    }),
    mutation(Rule::SetService, "a service waits for another that there is not", |_, p| {
        wait(p, ServicePlan::TAKEN);
    }),
    mutation(
        Rule::SetService,
        "a service waits though the camp could do without the set",
        |_, p| {
            wait(p, ServicePlan::NO_COVER);
        },
    ),
    mutation(
        Rule::SetService,
        "the camp is said to need a set that no hours are left for",
        |q, p| {
            q.site.plant.service_hours = DayWindow { from: hour(18), to: hour(23) };
            wait(p, ServicePlan::NO_COVER);
        },
    ),
    mutation(Rule::SetService, "a service waits that is not due", |q, p| {
        q.site.genset.get_mut(DUE).unwrap().service_due_h = Some(500.0);
        wait(p, ServicePlan::NO_HOURS);
    }),
    mutation(Rule::SetService, "a service that is agreed waits", |q, p| {
        let start = q.grid.start;
        state(q, DUE, |s| s.service_at = Some(start));
        wait(p, ServicePlan::NO_COVER);
    }),
    mutation(Rule::SetService, "a service in the night", |_, p| {
        let service = service(p);
        for time in [&mut service.from, &mut service.to].into_iter().flatten() {
            *time -= TimeDelta::hours(6);
        }
    }),
    mutation(Rule::SetService, "a service takes longer than planned", |q, _| {
        q.site.genset.get_mut(DUE).unwrap().service_duration_h = 4.5;
    }),
    mutation(Rule::SetService, "service hours are others", |q, _| {
        q.site.plant.service_hours = DayWindow { from: hour(18), to: hour(23) };
    }),
    mutation(Rule::SetService, "a service long before it is due", |q, _| {
        q.site.genset.get_mut(DUE).unwrap().service_due_h = Some(500.0);
    }),
    mutation(Rule::SetService, "somebody has serviced the set", |q, _| {
        state(q, DUE, |s| s.service_due_h = Some(500.0));
    }),
    mutation(Rule::SetService, "a service may not be early", |q, _| {
        q.site.genset.get_mut(DUE).unwrap().service_tolerance_frac = 0.0;
    }),
    mutation(Rule::SetService, "services are due more often, so the slack is less", |q, _| {
        q.site.genset.get_mut(DUE).unwrap().service_interval_h = Some(20.0);
    }),
    mutation(Rule::SetService, "an agreed service is forgotten", |q, _| {
        let start = q.grid.start;
        state(q, "g1", |s| s.service_at = Some(start));
    }),
    mutation(Rule::SetService, "a service at another time than agreed", |q, _| {
        let start = q.grid.start;
        state(q, DUE, |s| s.service_at = Some(start));
    }),
    mutation(Rule::SetRunHours, "more run hours than were run", |_, p| {
        *upkeep(p).run_hours_h.as_mut().unwrap() += 5.0;
    }),
    mutation(Rule::SetRunHours, "the site's run hours are forgotten", |q, _| {
        q.site.genset.get_mut("g2").unwrap().run_hours_h = Some(90.0);
    }),
    mutation(Rule::SetRunHours, "the meter's run hours are forgotten", |q, _| {
        state(q, "g1", |s| s.run_hours_h = Some(90.0));
    }),
    mutation(Rule::SetRunHours, "like sets are said to be nearer than they are", |_, p| {
        like_sets(p).spread_h += 1.0;
    }),
    mutation(Rule::SetRunHours, "like sets are left out", |_, p| {
        p.genset.get_mut("g1").unwrap().upkeep.like_sets = None;
    }),
    mutation(Rule::SetRunHours, "services are said to be further apart than they are", |_, p| {
        *like_sets(p).services_apart_h.as_mut().unwrap() += 1.0;
    }),
    mutation(Rule::SetRunHours, "another spread of run hours is allowed", |q, _| {
        q.site.plant.run_hours_spread_max_h = None;
    }),
    undeclared(Class::Service, "a set runs far beyond its service", |q, _| {
        state(q, "g1", |s| s.run_hours_h = Some(1000.0));
    }),
    mutation(Rule::SetLowLoad, "hours at low load that were not run", |_, p| {
        *upkeep(p).low_load_h.as_mut().unwrap() += 1.0;
    }),
    mutation(Rule::SetLowLoad, "a burn-off that was under way is forgotten", |q, p| {
        let set = q.site.genset.get_mut("g1").unwrap();
        let burn_off = set.burn_off.as_mut().unwrap();
        (burn_off.below_frac, burn_off.at_frac) = (0.0, 0.05);
        p.genset.get_mut("g1").unwrap().running[0] = true;
        p.genset.get_mut("g1").unwrap().power_kw[0] = 50.0;
        state(q, "g1", |s| s.high_load_h = 0.9);
    }),
    mutation(Rule::SetLowLoad, "a burn-off that never was", |_, p| {
        upkeep(p).burnt_off_at = Some(p.grid.start);
    }),
    undeclared(Class::BurnOff, "a burn-off comes due and is late in the plan", |q, p| {
        let burn_off = q.site.genset.get_mut("g1").unwrap().burn_off.as_mut().unwrap();
        (burn_off.below_frac, burn_off.at_frac) = (1.0, 1.0);
        (burn_off.after_h, burn_off.for_h, burn_off.within_h) = (1.0, 12.0, 1.0);
        p.genset.get_mut("g1").unwrap().running.fill(true);
    }),
    undeclared(Class::BurnOff, "a burn-off is late", |q, _| {
        q.site.genset.get_mut(DUE).unwrap().burn_off.as_mut().unwrap().at_frac = 1.0;
        state(q, DUE, |s| (s.low_load_h, s.burn_off_owed_h) = (20.0, 30.0));
    }),
    undeclared(Class::BurnOff, "an agreed burn-off is not run", |q, _| {
        // The set is at no full load in that hour, and owes nothing.
        let (at, hour) = (q.grid.start, TimeDelta::hours(3));
        state(q, DUE, |s| s.burn_offs_at = vec![at + hour]);
        q.site.genset.get_mut(DUE).unwrap().burn_off.as_mut().unwrap().at_frac = 1.0;
    }),
    undeclared(Class::BurnOff, "a burn-off agreed for before the plan is forgotten", |q, _| {
        let (at, hour) = (q.grid.start, TimeDelta::hours(1));
        state(q, DUE, |s| s.burn_offs_at = vec![at - hour]);
        q.site.genset.get_mut(DUE).unwrap().burn_off.as_mut().unwrap().at_frac = 1.0;
    }),
    miscounted(Class::BurnOff, "an agreed burn-off that is run is said to be missed", |_, p| {
        p.shortfalls.push(camp_solver::plan::Shortfall {
            class: Class::BurnOff,
            asset: format!("genset.{DUE}"),
            unit: "h".to_owned(),
            total: 1.0,
            by_step: (0..p.grid.len()).map(|t| if t == 12 { 1.0 } else { 0.0 }).collect(),
        });
    }),
];
