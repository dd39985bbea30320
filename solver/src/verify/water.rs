//! Water: wells, treatment, tanks, taps.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::rank::ShortfallClass;
use std::collections::BTreeMap;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for t in 0..camp.steps {
        wells(camp, findings, t);
        treatment(camp, findings, t);
        taps(camp, findings, t);
    }
    tanks(camp, findings);
    quotas(camp, findings);
}

fn wells(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
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
        // rho g H / eta, in kWh for a cubic metre.
        let kw = flow * 1000.0 * 9.81 * well.head_m / well.pump_efficiency_frac / 3.6e6;
        findings.equal(Rule::WellEnergy, || at("demand_kw"), plan.demand_kw[t], kw);
    }
}

fn treatment(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    for (id, plan) in &camp.plan.treatment {
        let line = &camp.site.treatment[id];
        let reach = if camp.is_out(&format!("treatment.{id}"), t) { 0.0 } else { 1.0 };
        let most = reach * f64::from(line.trains) * line.train_m3_per_h;
        let flow = plan.flow_m3_per_h[t];
        let at = |what: &str| format!("treatment.{id}.{what}[{t}]");
        findings.at_most(Rule::TreatmentFlow, || at("flow_m3_per_h"), flow, most);
        let kw = flow * line.energy_kwh_per_m3;
        findings.equal(Rule::TreatmentEnergy, || at("demand_kw"), plan.demand_kw[t], kw);
    }
}

fn taps(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    for (id, plan) in &camp.plan.taps {
        let taps = &camp.site.taps[id];
        let at = |what: &str| format!("taps.{id}.{what}[{t}]");
        let (delivered, unserved) = (plan.delivered_m3_per_h[t], plan.unserved_m3_per_h[t]);
        let asked = camp.problem.series.taps_m3_per_h[id][t];
        let both = delivered + unserved;
        findings.equal(Rule::TapsDelivery, || at("delivered_m3_per_h"), both, asked);
        let kw = delivered * taps.booster_kwh_per_m3;
        findings.equal(Rule::TapsBooster, || at("demand_kw"), plan.demand_kw[t], kw);
        let most = taps.booster_max_kw.unwrap_or(f64::INFINITY);
        findings.at_most(Rule::TapsBooster, || at("demand_kw"), kw, most);
        let path = format!("taps.{id}");
        findings.count(camp, ShortfallClass::Water, &path, t, unserved * camp.dt[t]);
    }
}

/// Flow into a tank less flow out of it, m3/h.
fn net_flow(camp: &Camp<'_>, tank: &str, t: usize) -> f64 {
    let (site, plan) = (camp.site, camp.plan);
    let wells = plan.well.iter().filter(|(id, _)| site.well[*id].to_tank == tank);
    let mut net: f64 = wells.map(|(_, w)| w.flow_m3_per_h[t]).sum();
    for (id, line) in &site.treatment {
        let product = plan.treatment[id].flow_m3_per_h[t];
        if line.to_tank == tank {
            net += product;
        }
        if line.from_tank == tank {
            net -= product / line.recovery_frac;
        }
    }
    let taps = plan.taps.iter().filter(|(id, _)| site.taps[*id].from_tank == tank);
    net - taps.map(|(_, x)| x.delivered_m3_per_h[t]).sum::<f64>()
}

fn tanks(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.tank {
        let tank = &camp.site.tank[id];
        let floor = tank.suction_floor_m3 + tank.fire_floor_m3 + tank.operating_floor_m3;
        let path = format!("tank.{id}");
        let mut before = camp.problem.start.tank.get(id).map_or(floor, |s| s.level_m3);
        for t in 0..camp.steps {
            let at = || format!("{path}.level_m3[{t}]");
            let level = plan.level_m3[t];
            let expected = before + camp.dt[t] * net_flow(camp, id, t);
            findings.equal(Rule::TankStock, at, level, expected);
            findings.at_most(Rule::TankCapacity, at, level, tank.capacity_m3);
            findings.at_most(Rule::TankFloor, at, floor.min(before), level);
            let below = (floor - level) * camp.dt[t];
            findings.count(camp, ShortfallClass::TankFloor, &path, t, below);
            before = level;
        }
        let target = camp.problem.end.tank_m3.get(id).copied().unwrap_or(0.0);
        let class = ShortfallClass::EndStockTank;
        findings.count(camp, class, &path, camp.steps - 1, target - before);
    }
}

/// A local day's quota of product; a part of a day asks for its part.
fn quotas(camp: &Camp<'_>, findings: &mut Findings) {
    let grid = &camp.problem.grid;
    let local_day = |t: usize| {
        let passed: i64 = grid.step_minutes[..t].iter().map(|m| i64::from(*m)).sum();
        let minutes =
            grid.start.timestamp().div_euclid(60) + passed + i64::from(grid.utc_offset_minutes[t]);
        minutes.div_euclid(24 * 60)
    };
    for (id, line) in &camp.site.treatment {
        let Some(daily) = line.daily_product_m3 else {
            continue;
        };
        let mut days: BTreeMap<i64, (f64, f64, usize)> = BTreeMap::new();
        for t in 0..camp.steps {
            let day = days.entry(local_day(t)).or_default();
            day.0 += daily * camp.dt[t] / 24.0;
            day.1 += camp.plan.treatment[id].flow_m3_per_h[t] * camp.dt[t];
            day.2 = t;
        }
        for (asked, made, last) in days.into_values() {
            let path = format!("treatment.{id}");
            findings.count(camp, ShortfallClass::Water, &path, last, asked - made);
        }
    }
}
