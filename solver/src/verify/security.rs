//! N-1, counted again: the level of each step, its load, and what each single loss would leave.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::SecurityPlan;
use crate::rank::ShortfallClass;
use crate::site::{SecurityLevel, Tier};
use chrono::{NaiveTime, TimeDelta};

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    let Some(said) = &camp.plan.security else { return };
    let consumers = camp.consumers();
    for t in 0..camp.steps {
        let at = |what: &str| format!("security.{what}[{t}]");
        let level = level(camp, t);
        if said.level[t] != level {
            let detail = format!("says {:?}, expected {level:?}", said.level[t]);
            findings.object(Rule::SecurityLevel, at("level"), detail);
        }
        let mut critical = 0.0;
        for (path, _) in consumers.iter().filter(|(_, tier)| *tier <= Tier::T1) {
            critical += camp.plan.consumer[path].served_kw[t];
        }
        findings.equal(Rule::SecurityRequired, || at("critical_kw"), said.critical_kw[t], critical);
        let all = camp.load_kw(t);
        let required = match level {
            SecurityLevel::Full => all,
            SecurityLevel::Critical => critical,
            SecurityLevel::None => 0.0,
        };
        findings.equal(Rule::SecurityRequired, || at("required_kw"), said.required_kw[t], required);
        let carried = carried(camp, said, t, findings);
        if level != SecurityLevel::None {
            let kwh = (critical - carried) * camp.dt[t];
            findings.count(camp, ShortfallClass::SecurityCritical, "bus", t, kwh);
        }
        if level == SecurityLevel::Full {
            let kwh = (all - carried) * camp.dt[t];
            findings.count(camp, ShortfallClass::SecurityFull, "bus", t, kwh);
        }
    }
}

/// The level of a step: that of its strictest minute.
pub(super) fn level(camp: &Camp<'_>, t: usize) -> SecurityLevel {
    let Some(asked) = &camp.site.security else { return SecurityLevel::None };
    let grid = &camp.problem.grid;
    let offset = TimeDelta::minutes(i64::from(grid.utc_offset_minutes[t]));
    let (begins, ends) = (grid.start_of(t), grid.start_of(t + 1));
    if asked.surge.iter().any(|surge| surge.from.max(begins) < surge.to.min(ends)) {
        return SecurityLevel::Full;
    }
    let mut now = (begins + offset).time();
    let (mut full, mut default, mut none) = (false, false, false);
    for _ in 0..grid.step_minutes[t] {
        let inside = |from: NaiveTime, to: NaiveTime| {
            if to > from { now >= from && now < to } else { now >= from || now < to }
        };
        if asked.full.iter().any(|w| inside(w.from, w.to)) {
            full = true;
        } else if asked.none.iter().any(|w| inside(w.from, w.to)) {
            none = true;
        } else {
            default = true;
        }
        now = now.overflowing_add_signed(TimeDelta::minutes(1)).0;
    }
    let default = default.then_some(asked.level);
    if full || default == Some(SecurityLevel::Full) {
        SecurityLevel::Full
    } else if default == Some(SecurityLevel::Critical) {
        SecurityLevel::Critical
    } else if none || default.is_some() {
        SecurityLevel::None
    } else {
        asked.level
    }
}

/// A source: its name, whether it can form the grid, what it can give when another is lost, kW.
type Giver = (String, bool, f64);

/// What the worst loss leaves, kW; objects if the plan says something else.
fn carried(camp: &Camp<'_>, said: &SecurityPlan, t: usize, findings: &mut Findings) -> f64 {
    let (plan, site) = (camp.plan, camp.site);
    let mut givers: Vec<Giver> = Vec::new();
    for (id, g) in &plan.genset {
        if g.running[t] {
            givers.push((format!("genset.{id}"), true, camp.most_kw(id, t)));
        }
    }
    for (id, battery) in &site.battery {
        let name = format!("battery.{id}");
        if !camp.is_out(&name, t) {
            givers.push((name, battery.grid_forming, camp.sustained_kw(id, t)));
        }
    }
    for (id, s) in &plan.solar {
        let name = format!("solar.{id}");
        let sun = camp.problem.series.solar_available_kw[id][t].min(site.solar[id].inverter_kw);
        if !camp.is_out(&name, t) && sun > 0.0 {
            givers.push((name, false, s.power_kw[t] - site.reserve.solar_frac * s.power_kw[t]));
        }
    }
    let without = |lost: usize| {
        let rest = || givers.iter().enumerate().filter(move |(i, _)| *i != lost).map(|(_, g)| g);
        let kw: f64 = rest().map(|(_, _, kw)| kw).sum();
        if rest().any(|(_, forms, _)| *forms) { kw } else { 0.0 }
    };
    let least = (0..givers.len()).map(without).reduce(f64::min).unwrap_or(0.0);
    let at = |what: &str| format!("security.{what}[{t}]");
    findings.equal(Rule::SecurityCarried, || at("carried_kw"), said.carried_kw[t], least);
    let named = said.lost[t].as_ref().map(|lost| givers.iter().position(|(n, ..)| n == lost));
    match named {
        Some(Some(lost)) => {
            findings.equal(Rule::SecurityCarried, || at("lost"), without(lost), least);
        }
        None if givers.is_empty() => {}
        _ => {
            let detail = format!("says {:?}", said.lost[t]);
            findings.object(Rule::SecurityCarried, at("lost"), detail);
        }
    }
    least
}
