//! Fuel in store: levels, deliveries, and what is said of the days ahead.

mod economy;

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::FuelPlan;
use crate::site::FuelStore;
use std::collections::BTreeMap;

/// Days ahead that are spoken of.
const DAYS: f64 = 60.0;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    levels(camp, findings);
    for (id, plan) in &camp.plan.fuel_store {
        outlook(camp, findings, &camp.site.fuel_store[id], plan, id);
    }
}

/// Hours after the grid's start and litres of what a plan may count on.
fn deliveries(camp: &Camp<'_>, store: &FuelStore, id: &str) -> Vec<(f64, f64)> {
    let late_h = store.delivery_slip_d * 24.0;
    let mut list = Vec::new();
    let stated = camp.problem.start.fuel_store.get(id).map_or(&[][..], |s| &s.deliveries);
    for delivery in stated {
        let seconds = (delivery.expected_at - camp.problem.grid.start).num_seconds() as f64;
        list.push((seconds / 3600.0 + late_h, delivery.volume_l));
    }
    if stated.is_empty() && store.delivery_l > 0.0 {
        let mut day = store.delivery_every_d;
        while 24.0 * day + late_h <= 24.0 * DAYS {
            list.push((24.0 * day + late_h, store.delivery_l));
            day += store.delivery_every_d;
        }
    }
    list.retain(|(h, _)| *h >= 0.0 && *h <= 24.0 * DAYS);
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    list
}

fn start_l(camp: &Camp<'_>, id: &str) -> f64 {
    let stated = camp.problem.start.fuel_store.get(id).map(|s| s.level_l);
    stated.unwrap_or(camp.site.fuel_store[id].start_l)
}

/// Fuel of the start of a set with step `t`, by how long it has stood, L.
fn start_fuel_l(camp: &Camp<'_>, id: &str, running: &[bool], t: usize) -> f64 {
    let start = camp.problem.start.genset.get(id);
    let (ran, for_h) = start.map_or((false, f64::INFINITY), |s| (s.running, s.for_h));
    let ran_before = if t == 0 { ran } else { running[t - 1] };
    if !running[t] || ran_before {
        return 0.0;
    }
    let off_h = match running[..t].iter().rposition(|on| *on) {
        Some(last) => camp.at[t] - camp.at[last] - camp.dt[last],
        None if ran => camp.at[t],
        None => camp.at[t] + for_h,
    };
    let set = &camp.site.genset[id];
    let mut reached = set.start_tiers.iter().filter(|tier| off_h + 1e-6 >= tier.after_off_h);
    reached.next_back().map_or(set.start_fuel_l, |tier| tier.start_fuel_l)
}

fn levels(camp: &Camp<'_>, findings: &mut Findings) {
    let stores = &camp.plan.fuel_store;
    let mut before: BTreeMap<&String, f64> =
        stores.keys().map(|id| (id, start_l(camp, id))).collect();
    for t in 0..camp.steps {
        let mut burn = 0.0;
        for (id, g) in &camp.plan.genset {
            burn += g.fuel_l_per_h[t] * camp.dt[t] + start_fuel_l(camp, id, &g.running, t);
        }
        let mut held = 0.0;
        for (id, plan) in stores {
            let store = &camp.site.fuel_store[id];
            let since = if t == 0 { f64::NEG_INFINITY } else { camp.at[t - 1] };
            let comes = |h: &f64| *h > since + 1e-9 && *h <= camp.at[t] + 1e-9;
            let all = deliveries(camp, store, id);
            let arriving: f64 = all.iter().filter(|(h, _)| comes(h)).map(|(_, l)| l).sum();
            let delivered = arriving.min((store.capacity_l - before[id]).max(0.0));
            let at = || format!("fuel_store.{id}.delivered_l[{t}]");
            findings.equal(Rule::FuelDelivery, at, plan.delivered_l[t], delivered);
            held += (before[id] + delivered).max(0.0);
        }
        for (id, plan) in stores {
            let there = before[id] + plan.delivered_l[t];
            let share = if held > 0.0 { there.max(0.0) / held } else { 1.0 / stores.len() as f64 };
            let at = |what: &str| format!("fuel_store.{id}.{what}[{t}]");
            findings.equal(Rule::FuelStock, || at("drawn_l"), plan.drawn_l[t], burn * share);
            let expected = there - plan.drawn_l[t];
            findings.equal(Rule::FuelStock, || at("level_l"), plan.level_l[t], expected);
            findings.at_most(Rule::FuelStock, || at("level_l"), 0.0, plan.level_l[t]);
            before.insert(id, plan.level_l[t]);
        }
    }
}

/// A store over the days ahead: as planned within the horizon, at its mean burn beyond.
pub(super) struct Ahead<'a> {
    camp: &'a Camp<'a>,
    store: &'a FuelStore,
    plan: &'a FuelPlan,
    start_l: f64,
    deliveries: Vec<(f64, f64)>,
    /// Litres an hour over the horizon.
    mean: f64,
}

impl Ahead<'_> {
    /// Walks from delivery to delivery while `factor` times the burn less `saved` L/h is burnt. Calls
    /// `see` with hour and litres after each delivery, and with hour, litres, next hour and burn in
    /// L/h before each stretch; it ends the walk with an answer.
    fn walk<T>(
        &self,
        factor: f64,
        saved: f64,
        mut see: impl FnMut(f64, f64, f64, f64) -> Option<T>,
    ) -> Option<T> {
        let camp = self.camp;
        let (last, end_h) = (camp.at[camp.steps - 1], horizon_h(camp));
        let (mut level, mut hour, mut t) = (self.start_l, 0.0, 0);
        let mut pending = self.deliveries.iter().peekable();
        while hour < 24.0 * DAYS - 1e-9 {
            // Within the horizon fuel comes in when a step begins, beyond it when it comes.
            while pending.peek().is_some_and(|(h, _)| {
                *h <= hour + 1e-9 && (hour <= last + 1e-9 || hour >= end_h - 1e-9)
            }) {
                let litres = pending.next().map_or(0.0, |(_, l)| *l);
                level += litres.min((self.store.capacity_l - level).max(0.0));
            }
            let (next, rate) = if t < camp.steps {
                (camp.at[t] + camp.dt[t], self.plan.drawn_l[t] / camp.dt[t])
            } else {
                let h = pending.peek().map_or(24.0 * DAYS, |(h, _)| *h);
                (h.min(24.0 * DAYS), self.mean)
            };
            let burnt = (factor * rate - saved).max(0.0);
            if let Some(answer) = see(hour, level, next, burnt) {
                return Some(answer);
            }
            level -= burnt * (next - hour);
            hour = next;
            t += 1;
        }
        None
    }

    /// The hour at which the stock falls below `least`.
    fn falls_below(&self, factor: f64, least: f64) -> Option<f64> {
        let at = self.walk(factor, 0.0, |hour, level, next, burnt| {
            if level < least {
                return Some(hour);
            }
            let falls = level - burnt * (next - hour) < least;
            falls.then(|| hour + (level - least) / burnt)
        });
        at.filter(|hour| *hour <= 24.0 * DAYS)
    }

    /// Litres at an hour, before what comes then, if `saved_l_per_h` less is burnt.
    pub(super) fn left_at(&self, factor: f64, saved_l_per_h: f64, until_h: f64) -> f64 {
        let mut left_l = self.start_l;
        self.walk(factor, saved_l_per_h, |hour, level, next, burnt| {
            if hour >= until_h {
                return Some(());
            }
            left_l = level - burnt * (next.min(until_h) - hour);
            None
        });
        left_l
    }
}

fn horizon_h(camp: &Camp<'_>) -> f64 {
    camp.at[camp.steps - 1] + camp.dt[camp.steps - 1]
}

fn outlook(camp: &Camp<'_>, findings: &mut Findings, store: &FuelStore, plan: &FuelPlan, id: &str) {
    let mean = plan.drawn_l.iter().sum::<f64>() / horizon_h(camp);
    let deliveries = deliveries(camp, store, id);
    let ahead = Ahead { camp, store, plan, start_l: start_l(camp, id), deliveries, mean };
    let most = 1.0 + store.burn_p90_extra_frac;
    let reserve_l = store.reserve_l.max(store.reserve_d * 24.0 * mean * most);
    let path = format!("fuel_store.{id}");
    let at = |what: &str| format!("{path}.{what}");
    findings.equal(Rule::FuelOutlook, || at("reserve_l"), plan.reserve_l, reserve_l);
    let mut same = |what: &str, said: Option<f64>, expected: Option<f64>, tolerance: f64| {
        let fine = match (said, expected) {
            (Some(a), Some(b)) => (a - b).abs() <= tolerance,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !fine {
            let detail = format!("says {said:?}, expected {expected:?}");
            findings.object(Rule::FuelOutlook, at(what), detail);
        }
    };
    let days = |h: f64| h / 24.0;
    let lasts = |factor: f64| ahead.falls_below(factor, 0.0).map(days);
    same("endurance_p50_d", plan.endurance_p50_d, lasts(1.0), 1e-3);
    same("endurance_p90_d", plan.endurance_p90_d, lasts(most), 1e-3);
    let hours = |at: chrono::DateTime<chrono::Utc>| {
        (at - camp.problem.grid.start).num_seconds() as f64 / 3600.0
    };
    let touched = ahead.falls_below(most, reserve_l);
    same("reserve_touched_at", plan.reserve_touched_at.map(hours), touched, 0.02);
    let order =
        touched.map(|h| (h - 24.0 * (store.delivery_slip_d + store.delivery_lead_d)).max(0.0));
    same("order_by_at", plan.order_by_at.map(hours), order, 0.02);
    let until_h = touched.map(|touched| {
        let next = ahead.deliveries.iter().map(|(h, _)| *h).find(|h| *h > touched);
        next.unwrap_or(touched.max(168.0))
    });
    let said = plan.economy.as_ref().map(|e| hours(e.until_at));
    same("economy.until_at", said, until_h, 0.02);
    if let (Some(proposal), Some(until_h)) = (&plan.economy, until_h) {
        let asked = economy::Asked { ahead: &ahead, factor: most, reserve_l, until_h };
        economy::check(camp, findings, &asked, proposal, &path);
    }
}
