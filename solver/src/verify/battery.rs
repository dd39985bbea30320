//! Batteries: limits, direction, stock, window.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::rank::ShortfallClass;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.battery {
        let battery = &camp.site.battery[id];
        let path = format!("battery.{id}");
        let kept = camp.kept_kwh[id];
        let (low, high) = (
            battery.energy_kwh * battery.state_of_charge_min_frac,
            battery.energy_kwh * battery.state_of_charge_max_frac,
        );
        let start = camp.problem.start.battery.get(id);
        let start_frac = start.map_or(battery.state_of_charge_min_frac, |b| b.state_of_charge_frac);
        let mut before = start_frac * battery.energy_kwh;
        for t in 0..camp.steps {
            let at = |what: &str| format!("{path}.{what}[{t}]");
            let (charge, discharge) = (plan.charge_kw[t], plan.discharge_kw[t]);
            let reach = if camp.is_out(&path, t) { 0.0 } else { 1.0 };
            let most = reach * battery.charge_max_kw;
            findings.at_most(Rule::BatteryPower, || at("charge_kw"), charge, most);
            let most = reach * battery.discharge_max_kw;
            findings.at_most(Rule::BatteryPower, || at("discharge_kw"), discharge, most);
            let both = charge.min(discharge);
            findings.at_most(Rule::BatteryOneDirection, || at("charge_kw"), both, 0.0);
            let most = battery.charge_max_kw * share_by_air(camp, id, t);
            findings.at_most(Rule::BatteryTemperature, || at("charge_kw"), charge, most);
            let gain = charge * battery.charge_efficiency_frac;
            let loss = discharge / battery.discharge_efficiency_frac;
            let expected = before + camp.dt[t] * (gain - loss);
            let stored = plan.stored_kwh[t];
            findings.equal(Rule::BatteryStock, || at("stored_kwh"), stored, expected);
            let frac = plan.state_of_charge_frac[t];
            let expected = stored / battery.energy_kwh;
            findings.equal(Rule::BatteryCharge, || at("state_of_charge_frac"), frac, expected);
            // Outside its window a battery may only come back.
            let floor = low.min(before);
            findings.at_most(Rule::BatteryWindow, || at("stored_kwh"), floor, stored);
            let ceiling = high.max(before);
            findings.at_most(Rule::BatteryWindow, || at("stored_kwh"), stored, ceiling);
            let below = (kept - stored) * camp.dt[t];
            findings.count(camp, ShortfallClass::BatteryFloor, &path, t, below);
            before = stored;
        }
        let target = camp.problem.end.battery_kwh.get(id).copied().unwrap_or(0.0);
        let class = ShortfallClass::EndStockBattery;
        findings.count(camp, class, &path, camp.steps - 1, target - before);
    }
}

/// Share of the charging power that the air of step `t` leaves.
fn share_by_air(camp: &Camp<'_>, id: &str, t: usize) -> f64 {
    let Some(limits) = &camp.site.battery[id].charge_temperature else { return 1.0 };
    let (forecast, design) =
        (&camp.problem.series.temperature_c, camp.site.place.design_temperature_c);
    let cold = forecast.get(t).is_some_and(|c| *c < limits.none_below_c);
    let air = forecast.get(t).copied().or(design);
    let lost = air.map_or(0.0, |c| (c - limits.derate_above_c) * limits.derate_frac_per_10c / 10.0);
    if cold { 0.0 } else { 1.0 - lost.clamp(0.0, 1.0) }
}
