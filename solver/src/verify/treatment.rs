//! Treatment lines: trains, product, energy, a day's quota, starts and short runs.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::rank::ShortfallClass;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.treatment {
        let line = &camp.site.treatment[id];
        let path = format!("treatment.{id}");
        let ruled = line.min_run_h.is_some()
            || line.max_starts_per_day.is_some()
            || line.flush_m3_per_stop.is_some();
        let least_frac = line.min_product_frac.unwrap_or(if ruled { 1.0 } else { 0.0 });
        for t in 0..camp.steps {
            let at = |what: &str| format!("{path}.{what}[{t}]");
            let trains = f64::from(plan.trains_running[t]);
            let reach = if camp.is_out(&path, t) { 0.0 } else { f64::from(line.trains) };
            findings.at_most(Rule::TreatmentTrains, || at("trains_running"), trains, reach);
            let flow = plan.flow_m3_per_h[t];
            let most = trains * line.train_m3_per_h;
            findings.at_most(Rule::TreatmentFlow, || at("flow_m3_per_h"), flow, most);
            let least = least_frac * most;
            findings.at_most(Rule::TreatmentProduct, || at("flow_m3_per_h"), least, flow);
            let kw = flow * line.energy_kwh_per_m3;
            findings.equal(Rule::TreatmentEnergy, || at("demand_kw"), plan.demand_kw[t], kw);
        }
        quota(camp, findings, id);
        starts(camp, findings, id);
        short_runs(camp, findings, id);
    }
}

/// Trains that start in step `t`.
pub(super) fn started(camp: &Camp<'_>, id: &str, t: usize) -> f64 {
    let trains = &camp.plan.treatment[id].trains_running;
    let before = match t.checked_sub(1) {
        Some(before) => trains[before],
        None => camp.problem.start.treatment.get(id).map_or(0, |s| s.trains_running),
    };
    (f64::from(trains[t]) - f64::from(before)).max(0.0)
}

/// A local day's quota of product; a part of a day asks for its part.
fn quota(camp: &Camp<'_>, findings: &mut Findings, id: &str) {
    let Some(daily) = camp.site.treatment[id].daily_product_m3 else { return };
    for steps in camp.local_days() {
        let asked: f64 = steps.iter().map(|t| daily * camp.dt[*t] / 24.0).sum();
        let flow = &camp.plan.treatment[id].flow_m3_per_h;
        let made: f64 = steps.iter().map(|t| flow[*t] * camp.dt[*t]).sum();
        let last = steps[steps.len() - 1];
        let path = format!("treatment.{id}");
        findings.count(camp, ShortfallClass::Water, &path, last, asked - made);
    }
}

fn starts(camp: &Camp<'_>, findings: &mut Findings, id: &str) {
    let line = &camp.site.treatment[id];
    let Some(most) = line.max_starts_per_day else { return };
    let today = camp.problem.start.treatment.get(id).map_or(0, |s| s.today_starts);
    for (d, steps) in camp.local_days().iter().enumerate() {
        let before = if d == 0 { f64::from(today) } else { 0.0 };
        let starts: f64 = steps.iter().map(|t| started(camp, id, *t)).sum();
        let over = before + starts - f64::from(most * line.trains);
        let (path, last) = (format!("treatment.{id}"), steps[steps.len() - 1]);
        findings.count(camp, ShortfallClass::Starts, &path, last, over);
    }
}

/// Runs shorter than the least. Trains are not told apart: the plan gets the benefit, so a stop ends
/// a run that is long enough where there is one, else the shortest.
fn short_runs(camp: &Camp<'_>, findings: &mut Findings, id: &str) {
    let Some(least_h) = camp.site.treatment[id].min_run_h else { return };
    let path = format!("treatment.{id}");
    let begun = camp.problem.start.treatment.get(id);
    // When each running train started, in hours after the grid's start, the latest last.
    let mut since: Vec<f64> = Vec::new();
    if let Some(state) = begun {
        since.extend((0..state.trains_running).map(|_| -state.for_h));
    }
    for t in 0..camp.steps {
        let now = camp.at[t];
        let trains = camp.plan.treatment[id].trains_running[t] as usize;
        let stops = since.len().saturating_sub(trains);
        let old = since.iter().filter(|s| now - **s >= least_h - 1e-9).count();
        if !camp.is_out(&path, t) {
            let short = stops.saturating_sub(old) as f64;
            findings.count(camp, ShortfallClass::Starts, &path, t, short);
        }
        let from_old = stops.min(old);
        since.drain(..from_old);
        since.truncate(trains);
        since.resize(trains, now);
    }
}
