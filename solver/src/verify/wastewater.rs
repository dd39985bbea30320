//! Wastewater: what is treated, what it takes, what the equalisation tank holds, what is missing.

use super::camp::Camp;
use super::{Findings, Rule, TOLERANCE};
use crate::rank::ShortfallClass;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for id in camp.site.wastewater.keys() {
        flows(camp, findings, id);
        aeration(camp, findings, id);
    }
}

fn flows(camp: &Camp<'_>, findings: &mut Findings, id: &str) {
    let (plant, plan) = (&camp.site.wastewater[id], &camp.plan.wastewater[id]);
    let path = format!("wastewater.{id}");
    let start = camp.problem.start.wastewater.get(id).map(|s| s.level_m3);
    let mut before = start.unwrap_or(plant.start_equalisation_m3);
    for t in 0..camp.steps {
        let at = |what: &str| format!("{path}.{what}[{t}]");
        let reach = if camp.is_out(&path, t) { 0.0 } else { 1.0 };
        let (flow, kw) = (plan.flow_m3_per_h[t], plan.demand_kw[t]);
        let most = reach * plant.plant_m3_per_day / 24.0;
        findings.at_most(Rule::WastewaterFlow, || at("flow_m3_per_h"), flow, most);
        let needed = flow * plant.energy_kwh_per_m3;
        findings.at_most(Rule::WastewaterEnergy, || at("demand_kw"), needed, kw);
        let most = reach * plant.max_kw;
        findings.at_most(Rule::WastewaterEnergy, || at("demand_kw"), kw, most);
        if kw > TOLERANCE {
            let least = plant.min_kw.unwrap_or(plant.max_kw / 10.0);
            findings.at_most(Rule::WastewaterEnergy, || at("demand_kw"), least, kw);
        }
        let overflow = plan.overflow_m3_per_h[t];
        let inflow = camp.problem.series.wastewater_m3_per_h[id][t];
        let expected = before + camp.dt[t] * (inflow - flow - overflow);
        let level = plan.level_m3[t];
        findings.equal(Rule::WastewaterStock, || at("level_m3"), level, expected);
        let most = plant.equalisation_m3;
        findings.at_most(Rule::WastewaterStock, || at("level_m3"), level, most);
        let untreated = overflow * camp.dt[t];
        findings.count(camp, ShortfallClass::Wastewater, &path, t, untreated);
        before = level;
    }
    let most = camp.problem.end.wastewater_m3.get(id).copied().unwrap_or(f64::INFINITY);
    let class = ShortfallClass::EndStockTank;
    findings.count(camp, class, &path, camp.steps - 1, before - most);
}

/// What is missing of aeration, in the wastewater that it would have treated.
fn aeration(camp: &Camp<'_>, findings: &mut Findings, id: &str) {
    let (plant, kw) = (&camp.site.wastewater[id], &camp.plan.wastewater[id].demand_kw);
    let path = format!("wastewater.{id}");
    let inflow = &camp.problem.series.wastewater_m3_per_h[id];
    for steps in camp.local_days() {
        let (mut treated_kwh, mut inflow_m3, mut most_kwh) = (0.0, 0.0, 0.0);
        for t in &steps {
            treated_kwh += kw[*t] * camp.dt[*t];
            inflow_m3 += inflow[*t] * camp.dt[*t];
            most_kwh += plant.max_kw * camp.dt[*t];
        }
        let asked_kwh = plant.aeration_min_frac * inflow_m3 * plant.energy_kwh_per_m3;
        let missing = (asked_kwh.min(most_kwh) - treated_kwh) / plant.energy_kwh_per_m3;
        let last = steps[steps.len() - 1];
        findings.count(camp, ShortfallClass::Wastewater, &path, last, missing);
    }
    let mut pause_h = camp.problem.start.wastewater.get(id).map_or(0.0, |s| s.paused_h);
    for (t, kw) in kw.iter().enumerate() {
        pause_h = if *kw > 0.0 { 0.0 } else { pause_h + camp.dt[t] };
        if pause_h > plant.max_pause_h + 1e-9 {
            let least_kwh = plant.min_kw.unwrap_or(plant.max_kw / 10.0) * camp.dt[t];
            let m3 = least_kwh / plant.energy_kwh_per_m3;
            findings.count(camp, ShortfallClass::Wastewater, &path, t, m3);
        }
    }
}
