//! Whether a new plan replaces the running one. Plans that jump about are not trusted: without a
//! stated gain or a reason the running one stays.

use super::plan_once::Keeping;
use super::watchers::deviation;
use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::live::Live;
use camp_solver::{Plan, Ranking};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// When a new plan replaces the running one though nothing is wrong with that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhenToChange {
    /// Saving that pays for a change, share of what keeping the running plan costs, 0 to 1.
    pub least_gain_frac: f64,
    /// Age at which a plan is renewed in any case, min.
    pub renew_after_min: u32,
}

/// 1 % and an hour: domain rule 13's orders of size, assumed; no camp has been asked.
impl Default for WhenToChange {
    fn default() -> Self {
        Self { least_gain_frac: 0.01, renew_after_min: 60 }
    }
}

/// Growth of a shortfall that counts, in its unit and as a share: less is the solver's arithmetic.
const LEAST_SHORT: f64 = 0.05;
const LEAST_SHORT_FRAC: f64 = 0.01;

/// A verified plan that may come in force.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What keeping the running one would come to.
    pub keeping: &'a Keeping,
    /// Assets that the plan leaves alone, and why.
    pub left_out: &'a BTreeMap<String, String>,
}

/// What is to become of a new plan, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// It becomes the current plan.
    Publish(String),
    /// The running plan stays.
    Keep(String),
}

/// Decides about a verified plan.
pub fn accept(
    new: &Candidate<'_>,
    running: Option<&PlanRecord>,
    live: &Live,
    change: &WhenToChange,
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
    let age = now - running.issued_at;
    if age >= TimeDelta::minutes(i64::from(change.renew_after_min)) {
        let minutes = age.num_minutes();
        return Acceptance::Publish(format!("the running plan is {minutes} min old"));
    }
    if let Some(asset) = new.left_out.keys().find(|a| !running.left_out.contains_key(*a)) {
        return Acceptance::Publish(format!("{asset} is not to be counted on any more"));
    }
    if let Some(asset) = running.left_out.keys().find(|a| !new.left_out.contains_key(*a)) {
        return Acceptance::Publish(format!("{asset} is back"));
    }
    if let Some(why) = deviation(live, running, now) {
        return Acceptance::Publish(format!("the camp is off the running plan: {why}"));
    }
    match new.keeping {
        Keeping::Possible(kept) => {
            compare(new.plan, kept, &live.file.site.ranking, change.least_gain_frac)
        }
        Keeping::Impossible => publish("the sets of the running plan cannot go on as it has them"),
        Keeping::NoPlan => publish("there was no plan in force"),
        Keeping::Unknown(why) => Acceptance::Publish(format!(
            "what keeping the running plan would come to is not known: {why}"
        )),
    }
}

/// By rank, what gives first counts most; of plans that fall short alike, by cost.
fn compare(new: &Plan, kept: &Plan, ranking: &Ranking, least_gain_frac: f64) -> Acceptance {
    for rank in &ranking.order {
        for class in rank {
            let (of_new, of_kept) = (new.shortfall_total(*class), kept.shortfall_total(*class));
            let least = LEAST_SHORT.max(LEAST_SHORT_FRAC * of_new.max(of_kept));
            let told = || format!("{class}: {of_new:.1} in place of {of_kept:.1} {}", class.unit());
            if of_new + least < of_kept {
                return Acceptance::Publish(format!(
                    "the running plan would by now fall shorter, {}",
                    told()
                ));
            }
            if of_kept + least < of_new {
                return Acceptance::Keep(format!("the new plan falls short of more, {}", told()));
            }
        }
    }
    let gain = if kept.cost > 0.0 { (kept.cost - new.cost) / kept.cost } else { 0.0 };
    // To the tenth of a per cent that is told, so that none is not told as minus none.
    let gain = (1000.0 * gain).round() / 1000.0 + 0.0;
    let told = 100.0 * gain;
    if gain > least_gain_frac {
        return Acceptance::Publish(format!(
            "it saves {told:.1} % of what keeping the running plan costs"
        ));
    }
    Acceptance::Keep(format!(
        "the new plan saves {told:.1} % of what keeping the running one costs, which is not worth a change"
    ))
}

#[cfg(test)]
mod tests;
