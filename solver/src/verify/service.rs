//! Services: their times, and what is said of one that is due and has none.

use super::camp::Camp;
use super::security::level;
use super::upkeep::{known, spacing};
use super::{Findings, Rule};
use crate::plan::ServicePlan;
use crate::site::{Genset, SecurityLevel, Tier};
use chrono::{DateTime, Timelike, Utc};

/// Times closer than this are equal, h.
const TOLERANCE_H: f64 = 1e-6;
/// What the other sources may leave uncovered through a service, kWh: nothing, to the nearest tenth
/// of which one is the solver's arithmetic.
const COVERED_KWH: f64 = 0.149;
/// The share of its window that a battery is counted on to hold.
const HALF: f64 = 0.5;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let set = &camp.site.genset[id];
        match plan.upkeep.service.as_ref() {
            Some(service) => times(camp, findings, id, set, service),
            None => left_out(camp, findings, id, set),
        }
    }
}

/// Whether a service fits from step `t` on: not too early, within its hours and the plan.
fn fits(camp: &Camp<'_>, id: &str, set: &Genset, t: usize) -> bool {
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
    ran + camp.at[t] + TOLERANCE_H >= due - slack
        && into + length <= open_for + TOLERANCE_H
        && over <= ends + TOLERANCE_H
}

/// The steps that a service touches which begins with step `t`.
fn touched(camp: &Camp<'_>, set: &Genset, t: usize) -> Vec<usize> {
    let over = camp.at[t] + set.service_duration_h;
    (t..camp.steps).filter(|s| camp.at[*s] < over - TOLERANCE_H).collect()
}

/// Whether no other set is under service in any of these steps.
fn is_alone(camp: &Camp<'_>, id: &str, steps: &[usize]) -> bool {
    let mut others = camp.plan.genset.keys().filter(|other| *other != id);
    !others.any(|other| {
        let path = format!("genset.{other}");
        steps.iter().any(|s| camp.in_service(&path, *s))
    })
}

/// What must be said of a service that is due and has no time; none where it could have had one.
fn true_reason(camp: &Camp<'_>, id: &str, set: &Genset) -> Option<&'static str> {
    let begins = (0..camp.steps).filter(|t| fits(camp, id, set, *t));
    let times: Vec<Vec<usize>> = begins.map(|t| touched(camp, set, t)).collect();
    let mut alone = times.iter().filter(|steps| is_alone(camp, id, steps)).peekable();
    if times.is_empty() {
        Some(ServicePlan::NO_HOURS)
    } else if alone.peek().is_none() {
        Some(ServicePlan::TAKEN)
    } else {
        let falls_short = |steps: &Vec<usize>| uncovered_kwh(camp, id, steps) > COVERED_KWH;
        alone.all(falls_short).then_some(ServicePlan::NO_COVER)
    }
}

/// What the other sources would leave uncovered of load, reserve and N-1 while a set is serviced, kWh.
fn uncovered_kwh(camp: &Camp<'_>, id: &str, service: &[usize]) -> f64 {
    let (series, site) = (&camp.problem.series, camp.site);
    let lasts_h: f64 = service.iter().map(|t| camp.dt[*t]).sum();
    let mut kwh = 0.0;
    for t in service.iter().copied() {
        let (mut load, mut critical) = (0.0, 0.0);
        for (path, tier) in camp.consumers() {
            let kw = series.demand_kw[&path][t];
            load += kw;
            critical += if tier <= Tier::T1 { kw } else { 0.0 };
        }
        let mut sun = 0.0;
        for (array, solar) in &site.solar {
            let out = camp.is_out(&format!("solar.{array}"), t);
            let offered = series.solar_available_kw[array][t].min(solar.inverter_kw);
            sun += if out { 0.0 } else { offered * (1.0 - site.reserve.solar_frac) };
        }
        let (mut sources, mut largest) = (0.0, 0.0_f64);
        for other in site.genset.keys().filter(|other| other.as_str() != id) {
            if !camp.is_out(&format!("genset.{other}"), t) {
                sources += camp.most_kw(other, t);
                largest = largest.max(camp.most_kw(other, t));
            }
        }
        for (name, battery) in &site.battery {
            let frac = battery.state_of_charge_max_frac - battery.state_of_charge_min_frac;
            let holds = HALF * frac * battery.energy_kwh * battery.discharge_efficiency_frac;
            let out = camp.is_out(&format!("battery.{name}"), t);
            sources += if out { 0.0 } else { battery.discharge_max_kw.min(holds / lasts_h) };
        }
        let series_kw = series.reserve_kw.get(t).copied().unwrap_or(0.0);
        let asked = load + site.reserve.load_frac * load + series_kw;
        let secured = match level(camp, t) {
            SecurityLevel::Full => load - sun,
            SecurityLevel::Critical => critical,
            SecurityLevel::None => 0.0,
        };
        kwh += camp.dt[t] * (asked - sun - sources).max(0.0);
        kwh += camp.dt[t] * (secured - (sources - largest)).max(0.0);
    }
    kwh
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
        if service.from.is_some() || service.to.is_some() {
            findings.object(Rule::SetService, at, "has half a time".to_owned());
        } else if agreed(camp, id, set).is_some() || !is_due(camp, id, set) {
            findings.object(Rule::SetService, at, "waits and is agreed, or not due".to_owned());
        } else {
            let (said, why) = (service.waits.as_deref(), true_reason(camp, id, set));
            if said.is_none() || said != why {
                let why = why.unwrap_or("there is a time for it");
                let detail = format!("waits, says {said:?}: {why}");
                findings.object(Rule::SetService, format!("{at}.waits"), detail);
            }
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
            let alone = || is_alone(camp, id, &touched(camp, set, t));
            camp.start_of(t) == from && is_due(camp, id, set) && fits(camp, id, set, t) && alone()
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
