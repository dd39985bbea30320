//! The bus: consumers, sun, balance, grid former, reserve.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::rank::ShortfallClass;
use crate::site::Tier;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    let consumers = camp.consumers();
    for (path, _) in &consumers {
        stretches(camp, findings, path);
    }
    for t in 0..camp.steps {
        for (path, tier) in &consumers {
            consumer(camp, findings, path, *tier, t);
        }
        solar(camp, findings, t);
        balance(camp, findings, t);
        former(camp, findings, t);
        reserve(camp, findings, t);
    }
}

fn consumer(camp: &Camp<'_>, findings: &mut Findings, path: &str, tier: Tier, t: usize) {
    let plan = &camp.plan.consumer[path];
    let (unserved, shed) = (plan.unserved_kw[t], plan.shed_kw[t]);
    let demand = camp.problem.series.demand_kw[path][t];
    let both = plan.served_kw[t] + unserved;
    findings.equal(Rule::ConsumerServed, || format!("{path}.served_kw[{t}]"), both, demand);
    let class = match tier {
        Tier::T0 => ShortfallClass::LoadT0,
        Tier::T1 => ShortfallClass::LoadT1,
        Tier::T2 => ShortfallClass::LoadT2,
        Tier::T3 => ShortfallClass::LoadT3,
    };
    if matches!(tier, Tier::T0 | Tier::T1) && shed > 0.0 {
        let detail = format!("sheds {shed} kW of {tier:?}");
        findings.object(Rule::ShedForbidden, format!("{path}.shed_kw[{t}]"), detail);
    }
    findings.at_most(Rule::ShedUnserved, || format!("{path}.shed_kw[{t}]"), shed, unserved);
    findings.count(camp, class, path, t, unserved * camp.dt[t]);
}

/// What is told of the longest time without all that is asked for.
fn stretches(camp: &Camp<'_>, findings: &mut Findings, path: &str) {
    let plan = &camp.plan.consumer[path];
    let goes_short: Vec<bool> = plan.unserved_kw.iter().map(|kw| *kw > 0.0).collect();
    let mut hours: Vec<f64> = Vec::new();
    for t in 0..camp.steps {
        let goes_on = t > 0 && goes_short[t - 1];
        match hours.last_mut().filter(|_| goes_on) {
            Some(stretch) if goes_short[t] => *stretch += camp.dt[t],
            _ if goes_short[t] => hours.push(camp.dt[t]),
            _ => {}
        }
    }
    let longest = hours.into_iter().fold(0.0, f64::max);
    let at = || format!("{path}.longest_unserved_h");
    findings.equal(Rule::ShedUnserved, at, plan.longest_unserved_h, longest);
}

fn solar(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    for (id, plan) in &camp.plan.solar {
        let offered = camp.problem.series.solar_available_kw[id][t];
        let out = camp.is_out(&format!("solar.{id}"), t);
        let usable = if out { 0.0 } else { offered.min(camp.site.solar[id].inverter_kw) };
        let at = |what: &str| format!("solar.{id}.{what}[{t}]");
        let kw = plan.power_kw[t];
        findings.at_most(Rule::SolarAvailable, || at("power_kw"), kw, usable);
        let taken = camp.problem.series.solar_least_kw.get(id).map_or(0.0, |s| s[t].min(usable));
        let sun = camp.plan.solar.values().any(|s| s.power_kw[t] > super::TOLERANCE);
        let sets = camp.plan.genset.values().any(|g| g.power_kw[t] > super::TOLERANCE);
        if sun || sets {
            findings.at_most(Rule::SolarLeast, || at("power_kw"), taken, kw);
        }
        let left = (usable - kw).max(0.0);
        findings.equal(Rule::SolarCurtailment, || at("curtailed_kw"), plan.curtailed_kw[t], left);
    }
}

fn balance(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    let plan = camp.plan;
    let sets: f64 = plan.genset.values().map(|g| g.power_kw[t]).sum();
    let sun: f64 = plan.solar.values().map(|s| s.power_kw[t]).sum();
    let out: f64 = plan.battery.values().map(|b| b.discharge_kw[t]).sum();
    let into: f64 = plan.battery.values().map(|b| b.charge_kw[t]).sum();
    let made = sets + sun + out;
    let used = camp.load_kw(t) + into;
    findings.equal(Rule::PowerBalance, || format!("bus[{t}]"), made, used);
}

fn former(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    let plan = camp.plan;
    let set = plan.genset.values().any(|g| g.running[t]);
    let battery = camp
        .site
        .battery
        .iter()
        .any(|(id, b)| b.grid_forming && !camp.is_out(&format!("battery.{id}"), t));
    let flows = camp.load_kw(t)
        + plan.solar.values().map(|s| s.power_kw[t]).sum::<f64>()
        + plan.battery.values().map(|b| b.charge_kw[t] + b.discharge_kw[t]).sum::<f64>();
    if !set && !battery && flows > super::TOLERANCE {
        let detail = format!("{flows} kW flow and nothing forms the grid");
        findings.object(Rule::GridFormer, format!("bus[{t}]"), detail);
    }
}

fn reserve(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    let (plan, asked) = (camp.plan, &camp.site.reserve);
    let sun: f64 = plan.solar.values().map(|s| s.power_kw[t]).sum();
    let required = asked.load_frac * camp.load_kw(t) + asked.solar_frac * sun;
    let series = &camp.problem.series.reserve_kw;
    let required = required + series.get(t).copied().unwrap_or(0.0);
    let said = plan.reserve.required_kw[t];
    let at = |what: &str| format!("reserve.{what}[{t}]");
    findings.equal(Rule::ReserveRequired, || at("required_kw"), said, required);
    let mut carried: f64 = plan
        .genset
        .iter()
        .filter(|(_, g)| g.running[t])
        .map(|(id, g)| super::limits::most_kw(camp, id, g, t) - g.power_kw[t])
        .sum();
    let shares = asked.load_frac > 0.0 || asked.solar_frac > 0.0;
    let any = shares || series.iter().any(|kw| *kw > 0.0);
    for (id, b) in plan.battery.iter().filter(|_| any) {
        if camp.is_out(&format!("battery.{id}"), t) {
            continue;
        }
        // What it does now counts against it; what it takes in could be stopped.
        carried += camp.sustained_kw(id, t) - b.discharge_kw[t] + b.charge_kw[t];
    }
    let said = plan.reserve.carried_kw[t];
    findings.equal(Rule::ReserveCarried, || at("carried_kw"), said, carried);
    if any {
        let kwh = (required - carried) * camp.dt[t];
        findings.count(camp, ShortfallClass::Reserve, "bus", t, kwh);
    }
}
