//! Loads that the plan places: stores of heat and cold, and batches.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::{BatchPlan, ThermalPlan};
use crate::rank::ShortfallClass;
use crate::site::{Batch, Holds, ThermalStore};
use std::collections::BTreeMap;

/// Hours that differ by less are the same.
const NEAR_H: f64 = 1e-6;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.thermal_store {
        heat(camp, findings, &camp.site.thermal_store[id], plan, id);
    }
    for (id, plan) in &camp.plan.batch {
        batches(camp, findings, &camp.site.batch[id], plan, id);
    }
}

/// Local day and hour of the day at the start of step `t`, or at the end of the last one.
fn local(camp: &Camp<'_>, t: usize) -> (i64, f64) {
    let grid = &camp.problem.grid;
    let zone = i64::from(grid.utc_offset_minutes[t.min(camp.steps - 1)]);
    let passed: i64 = grid.step_minutes[..t].iter().map(|m| i64::from(*m)).sum();
    let seconds = grid.start.timestamp() + 60 * (passed + zone);
    (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as f64 / 3600.0)
}

fn heat(
    camp: &Camp<'_>,
    findings: &mut Findings,
    store: &ThermalStore,
    plan: &ThermalPlan,
    id: &str,
) {
    let path = format!("thermal_store.{id}");
    let start = camp.problem.start.thermal_store.get(id);
    let full = store.store_kwh;
    let cold = store.holds == Holds::Cold;
    let mut before = full * start.map_or(store.start_frac, |s| s.fill_frac);
    let mut warm_before = 0.0;
    for t in 0..camp.steps {
        let (dt, stored) = (camp.dt[t], plan.stored_kwh[t]);
        let at = |what: &str| format!("{path}.{what}[{t}]");
        let heater = plan.heater_kw[t];
        let most = if camp.is_out(&path, t) { 0.0 } else { store.heater_kw };
        findings.at_most(Rule::HeaterPower, || at("heater_kw"), heater, most);
        let both = plan.drawn_kw[t] + plan.unserved_kw[t];
        let asked = camp.problem.series.heat_kw[id][t];
        findings.equal(Rule::HeatDrawn, || at("drawn_kw"), both, asked);
        if cold {
            // Cold is lost whether anybody wants it or not.
            findings.at_most(Rule::HeatDrawn, || at("unserved_kw"), plan.unserved_kw[t], 0.0);
        }
        let unserved = plan.unserved_kw[t] * dt;
        findings.count(camp, ShortfallClass::LoadT3, &path, t, unserved);
        let left = before * (1.0 - store.loss_frac_per_h).powf(dt) - warm_before;
        let expected = left + (heater - plan.drawn_kw[t]) * dt;
        let warm = plan.warm_kwh[t];
        findings.equal(Rule::HeatStock, || at("stored_kwh"), stored - warm, expected);
        let most = if cold && stored < 1e-3 { f64::INFINITY } else { 0.0 };
        findings.at_most(Rule::HeatStock, || at("warm_kwh"), warm, most);
        findings.at_most(Rule::HeatStock, || at("stored_kwh"), stored, full);
        findings.equal(Rule::HeatStock, || at("fill_frac"), plan.fill_frac[t] * full, stored);
        let mut missing = ((store.min_frac * full - stored).max(0.0) + warm) * dt;
        // A ready time belongs to the step at whose end it has come or comes before the next one ends.
        let (_, hour) = local(camp, t + 1);
        let next = camp.dt.get(t + 1).copied().unwrap_or(0.0);
        let comes = store.ready_at_h.iter().any(|ready| {
            [ready - 24.0, *ready, ready + 24.0].into_iter().any(|ready| {
                let after = ready - hour;
                after > -NEAR_H && (after < NEAR_H || after < next - NEAR_H)
            })
        });
        if comes {
            missing += (store.ready_frac * full - stored).max(0.0);
        }
        let class = if cold { ShortfallClass::Cold } else { ShortfallClass::Heat };
        findings.count(camp, class, &path, t, missing);
        (before, warm_before) = (stored, warm);
    }
    let target = camp.problem.end.heat_kwh.get(id).copied().unwrap_or(0.0);
    let class = ShortfallClass::EndStockHeat;
    findings.count(camp, class, &path, camp.steps - 1, target - before);
}

/// What of the batches of a local day the checker has seen.
#[derive(Default)]
struct Day {
    /// The last step that starts before the window closes.
    last: usize,
    /// Local hours from which and to which the horizon covers the day, up to the window's end.
    from_h: Option<f64>,
    to_h: f64,
    started: u32,
    /// Whether any batch could have started.
    any: bool,
}

fn batches(camp: &Camp<'_>, findings: &mut Findings, batch: &Batch, plan: &BatchPlan, id: &str) {
    let path = format!("batch.{id}");
    let at = |what: &str, t: usize| format!("{path}.{what}[{t}]");
    let before = camp.problem.start.batch.get(id).cloned().unwrap_or_default();
    // Runs as their start and end, h after the grid's start.
    let mut runs: Vec<(f64, f64)> = before.running_left_h.iter().map(|h| (0.0, *h)).collect();
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    let horizon = camp.at[camp.steps - 1] + camp.dt[camp.steps - 1];
    for t in 0..camp.steps {
        let begin = camp.at[t];
        let (number, hour) = local(camp, t);
        let end = begin + batch.batch_h;
        let reach = |of: usize| camp.at[of] + NEAR_H < end && of >= t;
        let fits = hour + NEAR_H >= batch.from_h
            && hour + batch.batch_h <= batch.to_h + NEAR_H
            && end <= horizon + NEAR_H
            && (0..camp.steps).all(|of| !reach(of) || !camp.is_out(&path, of));
        if plan.started[t] > 0 && !fits {
            let detail = format!("{} start(s) at {hour} h local time", plan.started[t]);
            findings.object(Rule::BatchStart, at("started", t), detail);
        }
        runs.extend((0..plan.started[t].min(1000)).map(|_| (begin, end)));
        if hour + NEAR_H >= batch.to_h {
            continue;
        }
        let day = days.entry(number).or_default();
        day.from_h.get_or_insert(hour.max(batch.from_h));
        day.to_h = hour + camp.dt[t];
        day.last = t;
        day.started = day.started.saturating_add(plan.started[t]);
        day.any |= fits;
    }
    for t in 0..camp.steps {
        let (from, to) = (camp.at[t], camp.at[t] + camp.dt[t]);
        let overlap = |run: &(f64, f64)| (run.1.min(to) - run.0.max(from)).max(0.0);
        let over: Vec<f64> = runs.iter().map(overlap).filter(|h| *h > NEAR_H).collect();
        let asked = batch.batch_kw * over.iter().sum::<f64>() / camp.dt[t];
        let both = plan.served_kw[t] + plan.unserved_kw[t];
        findings.equal(Rule::BatchServed, || at("served_kw", t), both, asked);
        let unserved = plan.unserved_kw[t] * camp.dt[t];
        findings.count(camp, ShortfallClass::LoadT3, &path, t, unserved);
        // More may run than machines only if they did so before.
        let old =
            runs[..before.running_left_h.len()].iter().filter(|r| overlap(r) > NEAR_H).count();
        let most = f64::from(batch.max_at_once).max(old as f64);
        let now = over.len() as f64;
        findings.at_most(Rule::BatchAtOnce, || at("started", t), now, most);
        let said = f64::from(plan.running[t]);
        findings.equal(Rule::BatchAtOnce, || at("running", t), said, now);
    }
    let (today, _) = local(camp, 0);
    for (number, day) in &days {
        let running = before.running_left_h.len() as f64;
        let begun = if *number == today { f64::from(before.done_today) + running } else { 0.0 };
        let left = (f64::from(batch.per_day) - begun).max(0.0);
        let started = f64::from(day.started);
        findings.at_most(Rule::BatchPerDay, || at("started", day.last), started, left);
        let from_h = day.from_h.unwrap_or(batch.from_h);
        let asked = if day.to_h + NEAR_H >= batch.to_h {
            left
        } else if day.any {
            let covered = ((day.to_h - from_h) / (batch.to_h - from_h)).max(0.0);
            (left * covered + NEAR_H).floor()
        } else {
            0.0
        };
        let missed = (asked - started).max(0.0) * batch.batch_kw * batch.batch_h;
        findings.count(camp, ShortfallClass::LoadT3, &path, day.last, missed);
    }
}
