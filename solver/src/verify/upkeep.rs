//! Services and burn-offs: their times, the hours run beyond them, the hours at low load.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::{GensetPlan, ServicePlan};
use crate::rank::ShortfallClass;
use crate::site::Genset;
use chrono::{DateTime, Timelike, Utc};

/// Times closer than this are equal, h; loads closer than that are, kW.
const TOLERANCE_H: f64 = 1e-6;
const TOLERANCE_KW: f64 = 1e-3;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let set = &camp.site.genset[id];
        run_hours(camp, findings, id, set, plan);
        low_load(camp, findings, id, set, plan);
        match plan.upkeep.service.as_ref() {
            Some(service) => times(camp, findings, id, set, service),
            None => left_out(camp, findings, id, set),
        }
    }
}

/// Run hours of a set before the plan, and those at which its service is due.
fn known(camp: &Camp<'_>, id: &str, set: &Genset) -> (Option<f64>, Option<f64>) {
    let start = camp.problem.start.genset.get(id);
    let ran = start.and_then(|s| s.run_hours_h).or(set.run_hours_h);
    (ran, start.and_then(|s| s.service_due_h).or(set.service_due_h))
}

/// Hours between services, and how far a service may be from its due hours.
fn spacing(set: &Genset) -> (f64, f64) {
    let every = set.service_interval_h.unwrap_or(250.0);
    (every, every * set.service_tolerance_frac)
}

fn run_hours(camp: &Camp<'_>, findings: &mut Findings, id: &str, set: &Genset, plan: &GensetPlan) {
    let path = format!("genset.{id}");
    let at = || format!("{path}.upkeep.run_hours_h");
    let (ran, due) = known(camp, id, set);
    let (Some(mut hours), said) = (ran, plan.upkeep.run_hours_h) else {
        if plan.upkeep.run_hours_h.is_some() {
            findings.object(Rule::SetRunHours, at(), "nobody knows them".to_owned());
        }
        return;
    };
    let (every, slack) = spacing(set);
    let mut limit = due.map(|due| due + slack);
    for t in 0..camp.steps {
        let serviced = camp.in_service(&path, t);
        for limit in limit.iter_mut().filter(|_| serviced) {
            *limit = hours + every + slack;
        }
        if plan.running[t] {
            let beyond = limit.map_or(0.0, |limit| hours + camp.dt[t] - limit);
            findings.count(camp, ShortfallClass::Service, &path, t, beyond.min(camp.dt[t]));
            hours += camp.dt[t];
        }
    }
    findings.equal(Rule::SetRunHours, at, said.unwrap_or(f64::NAN), hours);
}

fn low_load(camp: &Camp<'_>, findings: &mut Findings, id: &str, set: &Genset, plan: &GensetPlan) {
    let path = format!("genset.{id}");
    let Some(rule) = &set.burn_off else {
        return;
    };
    let start = camp.problem.start.genset.get(id);
    let mut low = start.map_or(0.0, |s| s.low_load_h);
    let mut high = start.filter(|s| s.running).map_or(0.0, |s| s.high_load_h);
    let is_owed = low + TOLERANCE_H >= rule.after_h;
    // Hours left until a burn-off that is owed is late.
    let mut left = is_owed.then(|| rule.within_h - start.map_or(0.0, |s| s.burn_off_owed_h));
    let mut first = None;
    for t in 0..camp.steps {
        let share = (plan.power_kw[t] + TOLERANCE_KW) / set.rated_kw;
        let (burns, rests) = (plan.running[t] && share >= rule.at_frac, !plan.running[t]);
        high = if burns { high + camp.dt[t] } else { 0.0 };
        if !rests && share < rule.below_frac {
            low += camp.dt[t];
        }
        if high + TOLERANCE_H >= rule.for_h {
            (low, left) = (0.0, None);
            first = first.or(Some(camp.end_of(t)));
            continue;
        }
        left = match left {
            Some(hours) => {
                let late = camp.dt[t] - hours.max(0.0);
                findings.count(camp, ShortfallClass::BurnOff, &path, t, late);
                Some(hours - camp.dt[t])
            }
            None => (low + TOLERANCE_H >= rule.after_h).then_some(rule.within_h),
        };
    }
    let said = plan.upkeep.low_load_h.unwrap_or(f64::NAN);
    findings.equal(Rule::SetLowLoad, || format!("{path}.upkeep.low_load_h"), said, low);
    if plan.upkeep.burnt_off_at != first {
        let detail = format!("says {:?}, expected {first:?}", plan.upkeep.burnt_off_at);
        findings.object(Rule::SetLowLoad, format!("{path}.upkeep.burnt_off_at"), detail);
    }
}

/// Whether a service may begin with step `t`: not too early, within its hours and the plan, and
/// beside no other.
fn may_begin(camp: &Camp<'_>, id: &str, set: &Genset, t: usize) -> bool {
    let (ran, due) = known(camp, id, set);
    let (Some(ran), Some(due)) = (ran, due) else {
        return false;
    };
    let (length, (_, slack)) = (set.service_duration_h, spacing(set));
    // Windows are read in whole minutes.
    let clock = |time: chrono::NaiveTime| f64::from(time.hour() * 60 + time.minute()) / 60.0;
    let hours = &camp.site.plant.service_hours;
    let (opens, closes) = (clock(hours.from), clock(hours.to));
    let into = (camp.local_hour(t) - opens).rem_euclid(24.0);
    let open_for = if closes > opens { closes - opens } else { closes - opens + 24.0 };
    let over = camp.at[t] + length;
    let ends = camp.at[camp.steps - 1] + camp.dt[camp.steps - 1];
    let crowded = camp.plan.genset.keys().filter(|other| *other != id).any(|other| {
        let path = format!("genset.{other}");
        let during = |s: usize| camp.at[s] < over - TOLERANCE_H && s >= t;
        (0..camp.steps).any(|s| during(s) && camp.in_service(&path, s))
    });
    ran + camp.at[t] + TOLERANCE_H >= due - slack
        && into + length <= open_for + TOLERANCE_H
        && over <= ends + TOLERANCE_H
        && !crowded
}

/// Whether the plan has to do with a service of a set.
fn is_due(camp: &Camp<'_>, id: &str, set: &Genset) -> bool {
    let (ran, due) = known(camp, id, set);
    let (_, slack) = spacing(set);
    let length = camp.at[camp.steps - 1] + camp.dt[camp.steps - 1];
    ran.zip(due).is_some_and(|(ran, due)| {
        ran >= due - slack - TOLERANCE_H || (ran + length).max(due) > due + slack + TOLERANCE_H
    })
}

fn agreed(camp: &Camp<'_>, id: &str, set: &Genset) -> Option<DateTime<Utc>> {
    let from = camp.problem.start.genset.get(id)?.service_at?;
    let passed_h = (camp.problem.grid.start - from).as_seconds_f64() / 3600.0;
    (passed_h < set.service_duration_h).then_some(from)
}

fn times(camp: &Camp<'_>, findings: &mut Findings, id: &str, set: &Genset, service: &ServicePlan) {
    let at = format!("genset.{id}.upkeep.service");
    let (Some(from), Some(to)) = (service.from, service.to) else {
        let told = service.waits.as_ref().is_some_and(|why| !why.is_empty());
        if !told || service.from.is_some() || service.to.is_some() {
            findings.object(Rule::SetService, at, "has no time, or only half of it".to_owned());
        }
        return;
    };
    let length_h = (to - from).as_seconds_f64() / 3600.0;
    if (length_h - set.service_duration_h).abs() > 1e-3 {
        let detail = format!("takes {length_h} h, and is to take {}", set.service_duration_h);
        findings.object(Rule::SetService, at.clone(), detail);
    }
    let lawful = match agreed(camp, id, set) {
        Some(agreed) => agreed == from,
        None => (0..camp.steps).any(|t| {
            camp.start_of(t) == from && is_due(camp, id, set) && may_begin(camp, id, set, t)
        }),
    };
    if !lawful {
        findings.object(Rule::SetService, at, format!("at {from} is no time for it"));
    }
}

/// A service that is due and has a time is not left out without a word.
fn left_out(camp: &Camp<'_>, findings: &mut Findings, id: &str, set: &Genset) {
    let at = format!("genset.{id}.upkeep.service");
    let ends = camp.end_of(camp.steps - 1);
    match agreed(camp, id, set) {
        Some(from) if from < ends => {
            findings.object(Rule::SetService, at, "what is agreed is not there".to_owned());
        }
        None if is_due(camp, id, set) => {
            findings.object(Rule::SetService, at, "is due and not told of".to_owned());
        }
        Some(_) | None => {}
    }
}
