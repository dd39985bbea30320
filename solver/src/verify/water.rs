//! Water: tanks and taps.

use super::camp::Camp;
use super::treatment::started;
use super::{Findings, Rule};
use crate::rank::ShortfallClass;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for t in 0..camp.steps {
        taps(camp, findings, t);
    }
    tanks(camp, findings);
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
            let flush_m3 = line.flush_m3_per_stop.unwrap_or(0.0) * started(camp, id, t);
            net -= product / line.recovery_frac + flush_m3 / camp.dt[t];
        }
    }
    let taps = plan.taps.iter().filter(|(id, _)| site.taps[*id].from_tank == tank);
    net - taps.map(|(_, x)| x.delivered_m3_per_h[t]).sum::<f64>()
}

fn tanks(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.tank {
        let tank = &camp.site.tank[id];
        let stated = tank.suction_floor_m3 + tank.fire_floor_m3 + tank.operating_floor_m3;
        let contact = tank.contact_time_h.unwrap_or(0.0) * peak_draw(camp, id);
        let floor = stated.max(contact).min(tank.capacity_m3);
        let path = format!("tank.{id}");
        let mut before = camp.problem.start.tank.get(id).map_or(stated, |s| s.level_m3);
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

/// Largest flow from a tank to its taps that is asked for and that the boosters let through, m3/h.
fn peak_draw(camp: &Camp<'_>, tank: &str) -> f64 {
    let mut peak = 0.0_f64;
    for t in 0..camp.steps {
        let mut flow = 0.0;
        for (id, taps) in camp.site.taps.iter().filter(|(_, x)| x.from_tank == tank) {
            let asked = camp.problem.series.taps_m3_per_h[id][t];
            let most = taps.booster_max_kw.map(|kw| kw / taps.booster_kwh_per_m3);
            flow += most.filter(|m| m.is_finite()).map_or(asked, |most| asked.min(most));
        }
        peak = peak.max(flow);
    }
    peak
}
