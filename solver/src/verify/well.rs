//! Wells: flow, energy, on or off, and what a local day allows.

use super::camp::Camp;
use super::{Findings, Rule, TOLERANCE};

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for t in 0..camp.steps {
        flows(camp, findings, t);
    }
    for (d, steps) in camp.local_days().iter().enumerate() {
        for id in camp.plan.well.keys() {
            day(camp, findings, id, d, steps);
        }
    }
}

fn flows(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    // Of the standby wells within reach, the first by name stand in for wells on duty that are out.
    let out = |id: &String| camp.is_out(&format!("well.{id}"), t);
    let missing = camp.site.well.iter().filter(|(id, w)| !w.standby && out(id)).count();
    let standing_in: Vec<&String> = camp
        .site
        .well
        .iter()
        .filter(|(id, w)| w.standby && !out(id))
        .map(|(id, _)| id)
        .take(missing)
        .collect();
    for (id, plan) in &camp.plan.well {
        let well = &camp.site.well[id];
        let may_run = !out(id) && (!well.standby || standing_in.contains(&id));
        let most = if may_run { well.flow_m3_per_h } else { 0.0 };
        let flow = plan.flow_m3_per_h[t];
        let at = |what: &str| format!("well.{id}.{what}[{t}]");
        findings.at_most(Rule::WellFlow, || at("flow_m3_per_h"), flow, most);
        if well.control == Some(crate::site::PumpControl::OnOff) && flow > TOLERANCE {
            let full = well.flow_m3_per_h;
            findings.equal(Rule::WellOnOff, || at("flow_m3_per_h"), flow, full);
        }
        // rho g H / eta, in kWh for a cubic metre.
        let kw = flow * 1000.0 * 9.81 * well.head_m / well.pump_efficiency_frac / 3.6e6;
        findings.equal(Rule::WellEnergy, || at("demand_kw"), plan.demand_kw[t], kw);
    }
}

/// Pumped water and hours of a local day with those before the horizon, and its longest rest.
fn day(camp: &Camp<'_>, findings: &mut Findings, id: &str, d: usize, steps: &[usize]) {
    let (well, flow) = (&camp.site.well[id], &camp.plan.well[id].flow_m3_per_h);
    let before = camp.problem.start.well.get(id).filter(|_| d == 0);
    let path = || format!("well.{id}.flow_m3_per_h[{}]", steps[0]);
    let runs = |t: usize| flow[t] > TOLERANCE;
    let pumped_m3: f64 = steps.iter().map(|t| flow[*t] * camp.dt[*t]).sum();
    let running = steps.iter().filter(|t| runs(**t));
    let pumped_h: f64 = running.map(|t| camp.dt[*t]).sum();
    if let Some(most) = well.daily_cap_m3 {
        let left = (most - before.map_or(0.0, |b| b.today_m3)).max(0.0);
        findings.at_most(Rule::WellDailyCap, path, pumped_m3, left);
    }
    if let Some(most) = well.max_hours_per_day {
        let left = (most - before.map_or(0.0, |b| b.today_h)).max(0.0);
        findings.at_most(Rule::WellHours, path, pumped_h, left);
    }
    let Some(least_h) = well.min_rest_h else { return };
    let (gone_h, after_h) = camp.day_outside_h(steps);
    // A well that nobody speaks of has stood since midnight.
    let lead_h = match before {
        _ if d > 0 => 0.0,
        Some(b) if b.running => 0.0,
        Some(b) => b.for_h.min(gone_h),
        None => gone_h,
    };
    let (mut rest_h, mut longest_h) = (lead_h, before.map_or(0.0, |b| b.today_rest_h).max(lead_h));
    let mut all_h = lead_h;
    for t in steps {
        rest_h = if runs(*t) { 0.0 } else { rest_h + camp.dt[*t] };
        longest_h = longest_h.max(rest_h);
        all_h += camp.dt[*t];
    }
    // What is left of the day after the horizon can still be a rest, or lengthen one.
    longest_h = longest_h.max(rest_h + after_h);
    let due_h = least_h.min(all_h + after_h);
    findings.at_most(Rule::WellRest, path, due_h, longest_h);
}
