//! The books: declared shortfalls against those counted here, litres, money, bound, status.

use super::camp::Camp;
use super::{Findings, Rule, TOLERANCE};
use crate::plan::{Plan, Status};
use crate::rank::ShortfallClass;
use crate::solve::Objective;
use std::collections::BTreeMap;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    shortfalls(camp, findings);
    money(camp, findings);
    claims(camp.plan, findings);
    let not_honoured = camp.site.not_honoured();
    let mut object = |field: &str, what: &str| {
        findings.object(Rule::NotHonouredListed, format!("not_honoured.{field}"), what.to_owned());
    };
    for rule in not_honoured.iter().filter(|rule| !camp.plan.not_honoured.contains(rule)) {
        object(&rule.field, "is not listed");
    }
    for rule in camp.plan.not_honoured.iter().filter(|rule| !not_honoured.contains(rule)) {
        object(&rule.field, "is honoured, or not stated");
    }
}

fn shortfalls(camp: &Camp<'_>, findings: &mut Findings) {
    let mut declared: BTreeMap<(ShortfallClass, String), Vec<f64>> = BTreeMap::new();
    for s in &camp.plan.shortfalls {
        let path = format!("shortfall.{}.{}", s.class, s.asset);
        let sum: f64 = s.by_step.iter().sum();
        let total = || format!("{path}.total");
        findings.of_class(s.class, |f| f.equal(Rule::ShortfallCount, total, s.total, sum));
        let series =
            declared.entry((s.class, s.asset.clone())).or_insert_with(|| vec![0.0; camp.steps]);
        for (mine, theirs) in series.iter_mut().zip(&s.by_step) {
            *mine += theirs;
        }
    }
    let counted = std::mem::take(&mut findings.counted);
    for ((class, asset), steps) in &counted {
        let said = declared.remove(&(*class, asset.clone()));
        for (t, amount) in steps.iter().enumerate() {
            let path = format!("shortfall.{class}.{asset}[{t}]");
            let said = said.as_ref().map_or(0.0, |s| s[t]);
            findings.of_class(*class, |f| {
                if said <= 0.0 && *amount > TOLERANCE {
                    let detail = format!("{amount} {} fall short", class.unit());
                    f.object(Rule::ShortfallUndeclared, path, detail);
                } else {
                    f.equal(Rule::ShortfallCount, || path.clone(), said, *amount);
                }
            });
        }
    }
    for ((class, asset), _) in declared {
        let path = format!("shortfall.{class}.{asset}");
        let detail = "names nothing that falls short".to_owned();
        findings.of_class(class, |f| f.object(Rule::ShortfallCount, path, detail));
    }
}

fn money(camp: &Camp<'_>, findings: &mut Findings) {
    let (site, plan, ledger) = (camp.site, camp.plan, &camp.plan.ledger);
    let (mut litres, mut starts, mut running, mut band) = (0.0, 0.0, 0.0, 0.0);
    for (id, g) in &plan.genset {
        let set = &site.genset[id];
        for off_h in times_off(camp, id, &g.running) {
            let mut one = (set.start_fuel_l, set.start_cost);
            for tier in &set.start_tiers {
                if off_h + 1e-6 >= tier.after_off_h {
                    one = (tier.start_fuel_l, tier.start_cost);
                }
            }
            litres += one.0;
            starts += one.1;
        }
        for t in 0..camp.steps {
            litres += g.fuel_l_per_h[t] * camp.dt[t];
            running += if g.running[t] { set.running_cost_per_h * camp.dt[t] } else { 0.0 };
            let share = g.power_kw[t] / set.rated_kw;
            let short = set.preferred_min_frac.map_or(0.0, |low| low - share);
            let beyond = set.preferred_max_frac.map_or(0.0, |high| share - high);
            if g.running[t] && (short > 0.0 || beyond > 0.0) {
                let kwh = short.max(beyond) * set.rated_kw * camp.dt[t];
                band += kwh * set.outside_band_cost_per_kwh;
            }
        }
    }
    let mut wear = 0.0;
    for (id, b) in &plan.battery {
        let kwh: f64 = b.discharge_kw.iter().zip(&camp.dt).map(|(kw, dt)| kw * dt).sum();
        wear += kwh * site.battery[id].wear_cost_per_kwh;
    }
    let mut refill = 0.0;
    for (id, rate) in &camp.problem.end.battery_l_per_kwh {
        let (Some(battery), Some(series)) = (site.battery.get(id), plan.battery.get(id)) else {
            continue;
        };
        let top = battery.state_of_charge_max_frac * battery.energy_kwh;
        refill += rate * (top - series.stored_kwh.last().copied().unwrap_or(top)).max(0.0);
    }
    let at = |what: &'static str| move || what.to_owned();
    findings.equal(Rule::FuelTotal, at("refill_l"), plan.refill_l, refill);
    let refill_cost = refill * site.money.fuel_price_per_l;
    findings.equal(Rule::LedgerTotal, at("ledger.refill_cost"), ledger.refill_cost, refill_cost);
    findings.equal(Rule::FuelTotal, at("fuel_l"), plan.fuel_l, litres);
    let fuel = litres * site.money.fuel_price_per_l;
    findings.equal(Rule::LedgerTotal, at("ledger.fuel_cost"), ledger.fuel_cost, fuel);
    findings.equal(Rule::LedgerTotal, at("ledger.start_cost"), ledger.start_cost, starts);
    findings.equal(Rule::LedgerTotal, at("ledger.running_cost"), ledger.running_cost, running);
    findings.equal(Rule::LedgerTotal, at("ledger.band_cost"), ledger.band_cost, band);
    let said = ledger.battery_wear_cost;
    findings.equal(Rule::LedgerTotal, at("ledger.battery_wear_cost"), said, wear);
    findings.equal(Rule::LedgerTotal, at("ledger.penalty"), ledger.penalty, penalty(camp));
    let (cost, unit) = match plan.objective {
        Objective::Cost => {
            let cost = fuel + starts + running + band + wear + refill_cost;
            (cost, site.money.currency.as_str())
        }
        Objective::FuelL => (litres + refill, "L"),
    };
    findings.equal(Rule::CostTotal, at("cost"), plan.cost, cost);
    if plan.cost_unit != unit {
        let detail = format!("says {}, expected {unit}", plan.cost_unit);
        findings.object(Rule::CostTotal, "cost_unit".to_owned(), detail);
    }
}

/// Hours that a set stood before each of its starts.
fn times_off(camp: &Camp<'_>, id: &str, running: &[bool]) -> Vec<f64> {
    let start = camp.problem.start.genset.get(id);
    let mut ran = start.is_some_and(|s| s.running);
    // A set that nobody names has been off for long.
    let mut stood_from = start.map_or(f64::NEG_INFINITY, |s| -s.for_h);
    let mut list = Vec::new();
    for (t, on) in running.iter().enumerate() {
        match (ran, *on) {
            (false, true) => list.push(camp.at[t] - stood_from),
            (true, false) => stood_from = camp.at[t],
            (true, true) | (false, false) => {}
        }
        ran = *on;
    }
    list
}

/// Prices by rank: ten of the site's dearest kWh for the last, ten times more for each above it,
/// and ten times more again for T0.
fn penalty(camp: &Camp<'_>) -> f64 {
    let site = camp.site;
    let mut worst = 0.0_f64;
    for set in site.genset.values() {
        for (kw, l) in set.fuel_curve_kw.iter().zip(&set.fuel_curve_l_per_h) {
            if *kw > 0.0 {
                worst = worst.max(l / kw);
            }
        }
    }
    let dearest = site.money.fuel_price_per_l * if worst > 0.0 { worst } else { 0.5 };
    let ranks = &site.ranking.order;
    let mut sum = 0.0;
    for s in &camp.plan.shortfalls {
        let Some(rank) = ranks.iter().position(|r| r.contains(&s.class)) else {
            continue;
        };
        let first = if s.class == ShortfallClass::LoadT0 { 10.0 } else { 1.0 };
        let steps_up = (ranks.len() - 1 - rank) as f64;
        sum += s.total * dearest * first * 10.0_f64.powf(1.0 + steps_up);
    }
    sum
}

/// Bound, gap and status claim no more than they show.
fn claims(plan: &Plan, findings: &mut Findings) {
    let at = |what: &'static str| move || what.to_owned();
    // Of several traces, that which is expected; whether it is right, `traces.rs` tells.
    let cost = plan.traces.as_ref().map_or(plan.cost, |traces| traces.cost);
    match (plan.bound, plan.gap_frac) {
        (Some(bound), Some(gap)) => {
            findings.at_most(Rule::BoundAndGap, at("bound"), bound, cost);
            let expected = (cost - bound) / cost.max(f64::EPSILON);
            let near = (gap - expected).abs() <= 1e-9 + 1e-6 * expected.abs();
            if !near {
                let detail = format!("says {gap}, expected {expected}");
                findings.object(Rule::BoundAndGap, "gap_frac".to_owned(), detail);
            }
        }
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => {
            let detail = "bound and gap go together".to_owned();
            findings.object(Rule::BoundAndGap, "gap_frac".to_owned(), detail);
        }
    }
    let claims_too_much = match plan.status {
        Status::Proven => plan.gap_frac.is_none_or(|gap| gap > 1e-4),
        Status::WithinGap => plan.gap_frac.is_none(),
        Status::Feasible | Status::Fallback => false,
    };
    if claims_too_much {
        let detail = format!("{:?} with a gap of {:?}", plan.status, plan.gap_frac);
        findings.object(Rule::StatusClaim, "status".to_owned(), detail);
    }
}
