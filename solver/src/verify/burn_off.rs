//! Wet stacking: hours at low load, burn-offs that are owed and late, burn-offs that are agreed.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::GensetPlan;
use crate::rank::ShortfallClass;
use crate::site::{BurnOff, Genset};

/// Times closer than this are equal, h; loads closer than that are, kW.
const TOLERANCE_H: f64 = 1e-6;
const TOLERANCE_KW: f64 = 1e-3;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let set = &camp.site.genset[id];
        if let Some(rule) = &set.burn_off {
            low_load(camp, findings, id, (set, rule), plan);
            agreed(camp, findings, id, (set, rule), plan);
        }
    }
}

fn low_load(
    camp: &Camp<'_>,
    findings: &mut Findings,
    id: &str,
    (set, rule): (&Genset, &BurnOff),
    plan: &GensetPlan,
) {
    let path = format!("genset.{id}");
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

/// Burn-offs that are agreed: in each of their steps, the share of their power that is missing, in
/// hours. One that should have begun before the plan begins with it, less the hours already run.
fn agreed(
    camp: &Camp<'_>,
    findings: &mut Findings,
    id: &str,
    (set, rule): (&Genset, &BurnOff),
    plan: &GensetPlan,
) {
    let Some(start) = camp.problem.start.genset.get(id) else { return };
    let least_kw = rule.at_frac * set.rated_kw;
    for time in &start.burn_offs_at {
        let from_h = (*time - camp.problem.grid.start).as_seconds_f64() / 3600.0;
        let run_h = if from_h <= 0.0 && start.running { start.high_load_h } else { 0.0 };
        let to_h = from_h.max(0.0) + rule.for_h - run_h;
        for t in 0..camp.steps {
            let ends_h = camp.at[t] + camp.dt[t];
            let within = from_h < ends_h - TOLERANCE_H && camp.at[t] < to_h - TOLERANCE_H;
            let short_kw = least_kw - plan.power_kw[t];
            if within && short_kw > TOLERANCE_KW {
                let hours = camp.dt[t] * short_kw / least_kw;
                let path = format!("genset.{id}");
                findings.count(camp, ShortfallClass::BurnOff, &path, t, hours);
            }
        }
    }
}
