//! Whether a new plan replaces the running one. Plans that jump about are not trusted: without a
//! stated gain or a reason the running one stays.

use super::watchers::deviation;
use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::live::Live;
use camp_solver::Plan;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Gain over the hours that both plans cover, share of the fuel, below which the running plan stays.
const LEAST_GAIN_FRAC: f64 = 0.01;
/// Age at which a plan is renewed in any case.
const OLDEST: TimeDelta = TimeDelta::minutes(60);

/// What is to become of a new plan, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// It becomes the current plan.
    Publish(String),
    /// The running plan stays.
    Keep(String),
}

/// Decides about a verified plan, which leaves the assets of `left_out` alone.
pub fn accept(
    plan: &Plan,
    left_out: &BTreeMap<String, String>,
    running: Option<&PlanRecord>,
    live: &Live,
    now: DateTime<Utc>,
) -> Acceptance {
    let publish = |why: &str| Acceptance::Publish(why.to_owned());
    let Some(running) = running else { return publish("there was no plan in force") };
    if now >= running.valid_until {
        return publish("the running plan has expired");
    }
    if running.verdict == Verdict::Fallback {
        return publish("the running plan is rule-based");
    }
    if now - running.issued_at >= OLDEST {
        return publish("the running plan is an hour old");
    }
    if let Some(asset) = left_out.keys().find(|a| !running.left_out.contains_key(*a)) {
        return Acceptance::Publish(format!("{asset} is not to be counted on any more"));
    }
    if let Some(asset) = running.left_out.keys().find(|a| !left_out.contains_key(*a)) {
        return Acceptance::Publish(format!("{asset} is back"));
    }
    if let Some(why) = deviation(live, running, now) {
        return Acceptance::Publish(format!("the camp is off the running plan: {why}"));
    }
    let (new_l, old_l) = fuel_over_common_hours(plan, &running.plan);
    if fewer_services_short(plan, &running.plan) {
        return publish("it falls short of less");
    }
    let gain = if old_l > 0.0 { (old_l - new_l) / old_l } else { 0.0 };
    // To the tenth of a per cent that is told, so that none is not told as minus none.
    let gain = (1000.0 * gain).round() / 1000.0 + 0.0;
    if gain > LEAST_GAIN_FRAC {
        return Acceptance::Publish(format!("it saves {:.1} % of the fuel", 100.0 * gain));
    }
    Acceptance::Keep(format!(
        "the new plan saves {:.1} % of the fuel, which is not worth a change",
        100.0 * gain
    ))
}

/// Fuel of both plans over the hours that both cover, L. What each starts with and ends with is
/// nearly alike there: they see the same camp.
fn fuel_over_common_hours(new: &Plan, old: &Plan) -> (f64, f64) {
    let from = new.grid.start.max(old.grid.start);
    let to = new.grid.end().min(old.grid.end());
    let fuel = |plan: &Plan| {
        let mut litres = 0.0;
        for t in 0..plan.grid.len() {
            let start = plan.grid.start_of(t).max(from);
            let end = plan.grid.start_of(t + 1).min(to);
            if start < end {
                let hours = (end - start).as_seconds_f64() / 3600.0;
                litres += hours * plan.genset.values().map(|g| g.fuel_l_per_h[t]).sum::<f64>();
            }
        }
        litres
    };
    (fuel(new), fuel(old))
}

/// End stocks aside, which belong to different ends.
fn fewer_services_short(new: &Plan, old: &Plan) -> bool {
    let count = |plan: &Plan| {
        plan.shortfalls.iter().filter(|s| !s.class.name().starts_with("end_stock")).count()
    };
    count(new) < count(old)
}
