//! The limit on T3 that is proposed to keep the reserve of fuel. It is not computed here as the plan does:
//! a little more saved must do, and a little less must not.

use super::Ahead;
use crate::plan::Economy;
use crate::site::{Holds, Tier};
use crate::verify::camp::Camp;
use crate::verify::{Findings, Rule};

/// By how much a limit may be off, kW.
const NEAR_KW: f64 = 5e-3;
/// Litres that are the arithmetic.
const NEAR_L: f64 = 1e-3;

/// What the proposal is for: so many litres left at that hour.
pub(super) struct Asked<'a> {
    pub(super) ahead: &'a Ahead<'a>,
    pub(super) factor: f64,
    pub(super) reserve_l: f64,
    pub(super) until_h: f64,
}

pub(super) fn check(
    camp: &Camp<'_>,
    findings: &mut Findings,
    asked: &Asked<'_>,
    said: &Economy,
    path: &str,
) {
    let mean_kw = mean_t3_kw(camp);
    let limit_kw = said.t3_limit_kw;
    let mut object = |what: &str, detail: String| {
        findings.object(Rule::FuelOutlook, format!("{path}.economy.{what}"), detail);
    };
    if !(-NEAR_KW..=mean_kw + NEAR_KW).contains(&limit_kw) {
        object("t3_limit_kw", format!("says {limit_kw}, of {mean_kw} kW on average"));
        return;
    }
    let l_per_h_per_kw = share(camp, asked) * litres_l_per_h_per_kwh(camp);
    let left_l = |limit_kw: f64| {
        let saved_l_per_h = (mean_kw - limit_kw).max(0.0) * l_per_h_per_kw;
        asked.ahead.left_at(asked.factor, saved_l_per_h, asked.until_h) - asked.reserve_l
    };
    let (stricter_l, wider_l) = (left_l(limit_kw - NEAR_KW), left_l(limit_kw + NEAR_KW));
    if wider_l > NEAR_L {
        object(
            "t3_limit_kw",
            format!("{} kW would leave {wider_l} L too much", limit_kw + NEAR_KW),
        );
    }
    if said.keeps_reserve && stricter_l < -NEAR_L {
        object("keeps_reserve", format!("{stricter_l} L are missing at {limit_kw} kW"));
    }
    if !said.keeps_reserve {
        let none_l = left_l(0.0);
        if none_l > NEAR_L || limit_kw > NEAR_KW {
            object(
                "keeps_reserve",
                format!("{none_l} L are left if T3 gets nothing, not {limit_kw} kW"),
            );
        }
    }
}

/// What T3, heaters and batches get on average, kW.
fn mean_t3_kw(camp: &Camp<'_>) -> f64 {
    let (mut kwh, mut hours) = (0.0, 0.0);
    for (t, dt) in camp.dt.iter().enumerate() {
        for (path, _) in camp.consumers().iter().filter(|(_, tier)| *tier == Tier::T3) {
            kwh += dt * camp.plan.consumer[path].served_kw[t];
        }
        for (id, heat) in &camp.plan.thermal_store {
            // Cold stores are T2.
            if camp.site.thermal_store[id].holds == Holds::Heat {
                kwh += dt * heat.heater_kw[t];
            }
        }
        for batch in camp.plan.batch.values() {
            kwh += dt * batch.served_kw[t];
        }
        hours += dt;
    }
    kwh / hours
}

/// The part of all fuel that comes from this store.
fn share(camp: &Camp<'_>, asked: &Asked<'_>) -> f64 {
    let mut all = 0.0;
    for plan in camp.plan.fuel_store.values() {
        all += plan.drawn_l.iter().sum::<f64>();
    }
    let mine: f64 = asked.ahead.plan.drawn_l.iter().sum();
    if all > 0.0 { mine / all } else { 0.0 }
}

/// What a kWh less saves at least: the flattest line of any data sheet, within reason.
fn litres_l_per_h_per_kwh(camp: &Camp<'_>) -> f64 {
    let mut flattest: Option<f64> = None;
    for set in camp.site.genset.values() {
        let (kw, l) = (&set.fuel_curve_kw, &set.fuel_curve_l_per_h);
        for i in 1..kw.len().min(l.len()) {
            let slope = (l[i] - l[i - 1]) / (kw[i] - kw[i - 1]);
            flattest = Some(flattest.map_or(slope, |least| least.min(slope)));
        }
    }
    flattest.map_or(0.2, |slope| slope.max(0.05))
}
