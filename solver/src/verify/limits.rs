//! Sets from step to step: ramps, limits of start and stop, sets that must run.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::GensetPlan;
use crate::site::{Genset, MinimumLoad};

const TOLERANCE_H: f64 = 1e-6;

/// A set in the step before, or before the plan.
struct Before {
    running: bool,
    kw: f64,
    /// From the middle of that step to the middle of this one, h.
    passed_h: f64,
}

fn before(camp: &Camp<'_>, id: &str, plan: &GensetPlan, t: usize) -> Before {
    if t > 0 {
        let passed_h = f64::midpoint(camp.dt[t - 1], camp.dt[t]);
        return Before { running: plan.running[t - 1], kw: plan.power_kw[t - 1], passed_h };
    }
    let set = &camp.site.genset[id];
    let said = camp.problem.start.genset.get(id).filter(|s| s.running);
    let kw = said.map_or(0.0, |s| s.power_kw.unwrap_or(set.min_load_frac * set.rated_kw));
    Before { running: said.is_some(), kw, passed_h: camp.dt[0] }
}

/// Power above the least load, kW; none of a set that is off.
fn above(set: &Genset, running: bool, kw: f64) -> f64 {
    if running { kw - set.min_load_frac * set.rated_kw } else { 0.0 }
}

/// The most that a running set could give in a step, kW.
pub(super) fn most_kw(camp: &Camp<'_>, id: &str, plan: &GensetPlan, t: usize) -> f64 {
    let set = &camp.site.genset[id];
    let before = before(camp, id, plan, t);
    let mut most = camp.most_kw(id, t);
    if let (false, Some(limit)) = (before.running, set.start_up_max_kw) {
        most = most.min(limit);
    }
    let next = t + 1;
    let stops =
        next < camp.steps && !plan.running[next] && !camp.is_out(&format!("genset.{id}"), next);
    if let (true, Some(limit)) = (stops, set.shut_down_max_kw) {
        most = most.min(limit);
    }
    if let Some(ramp) = set.ramp_up_kw_per_h {
        let least = set.min_load_frac * set.rated_kw;
        most = most.min(least + above(set, before.running, before.kw) + ramp * before.passed_h);
    }
    most
}

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        for t in 0..camp.steps {
            step(camp, findings, id, plan, t);
        }
        must_run(camp, findings, id, plan);
    }
}

fn step(camp: &Camp<'_>, findings: &mut Findings, id: &str, plan: &GensetPlan, t: usize) {
    let set = &camp.site.genset[id];
    let at = || format!("genset.{id}.power_kw[{t}]");
    let before = before(camp, id, plan, t);
    let (running, kw) = (plan.running[t], plan.power_kw[t]);
    let was = above(set, before.running, before.kw);
    let is = above(set, running, kw);
    if let Some(ramp) = set.ramp_up_kw_per_h {
        findings.at_most(Rule::SetRamp, at, is - was, ramp * before.passed_h);
    }
    if running && !before.running {
        let limit = set.start_up_max_kw.unwrap_or(set.rated_kw);
        findings.at_most(Rule::SetStartLimit, at, kw, limit);
    }
    // What is out of reach is out, however fast.
    if camp.is_out(&format!("genset.{id}"), t) {
        return;
    }
    if let Some(ramp) = set.ramp_down_kw_per_h {
        findings.at_most(Rule::SetRamp, at, was - is, ramp * before.passed_h);
    }
    if before.running && !running {
        let limit = set.shut_down_max_kw.unwrap_or(set.rated_kw);
        findings.at_most(Rule::SetStopLimit, at, before.kw, limit);
    }
}

/// A set that must run may stand while it is out, while it owes time off after that, and, where its
/// minimum load is hard, while no set gives power.
fn must_run(camp: &Camp<'_>, findings: &mut Findings, id: &str, plan: &GensetPlan) {
    let Some(asked) = camp.problem.series.must_run.get(id) else {
        return;
    };
    let set = &camp.site.genset[id];
    let start = camp.problem.start.genset.get(id);
    let mut ran = start.is_some_and(|s| s.running);
    let mut stood_from = start.map_or(f64::NEG_INFINITY, |s| -s.for_h);
    for (t, asked) in asked.iter().enumerate() {
        let out = camp.is_out(&format!("genset.{id}"), t);
        if ran && !plan.running[t] {
            stood_from = camp.at[t];
        }
        let owes = !ran && camp.at[t] - stood_from + TOLERANCE_H < set.min_down_h;
        let dark = camp.plan.genset.values().all(|g| g.power_kw[t] <= super::TOLERANCE);
        let unloaded = set.min_load == MinimumLoad::Hard && dark;
        if *asked && !plan.running[t] && !out && !owes && !unloaded {
            findings.object(Rule::SetMustRun, format!("genset.{id}.running[{t}]"), "stands".into());
        }
        ran = plan.running[t];
    }
}
