//! Run hours, and those beyond a service that was due.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::GensetPlan;
use crate::rank::ShortfallClass;
use crate::site::Genset;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let set = &camp.site.genset[id];
        run_hours(camp, findings, id, set, plan);
    }
}

/// Run hours of a set before the plan, and those at which its service is due.
pub(super) fn known(camp: &Camp<'_>, id: &str, set: &Genset) -> (Option<f64>, Option<f64>) {
    let start = camp.problem.start.genset.get(id);
    let ran = start.and_then(|s| s.run_hours_h).or(set.run_hours_h);
    (ran, start.and_then(|s| s.service_due_h).or(set.service_due_h))
}

/// Hours between services, and how far a service may be from its due hours.
pub(super) fn spacing(set: &Genset) -> (f64, f64) {
    let every = set.service_interval_h.unwrap_or(250.0);
    (every, every * set.service_tolerance_frac)
}

fn run_hours(camp: &Camp<'_>, findings: &mut Findings, id: &str, set: &Genset, plan: &GensetPlan) {
    let path = format!("genset.{id}");
    let at = || format!("{path}.upkeep.run_hours_h");
    let (ran, due) = known(camp, id, set);
    let (Some(mut hours), said) = (ran, plan.upkeep.run_hours_h) else {
        if plan.upkeep.run_hours_h.is_some() {
            findings.object(Rule::SetRunHours, at(), "nobody knows them".to_owned());
        }
        return;
    };
    let (every, slack) = spacing(set);
    let mut limit = due.map(|due| due + slack);
    for t in 0..camp.steps {
        let serviced = camp.in_service(&path, t);
        for limit in limit.iter_mut().filter(|_| serviced) {
            *limit = hours + every + slack;
        }
        if plan.running[t] {
            let beyond = limit.map_or(0.0, |limit| hours + camp.dt[t] - limit);
            findings.count(camp, ShortfallClass::Service, &path, t, beyond.min(camp.dt[t]));
            hours += camp.dt[t];
        }
    }
    findings.equal(Rule::SetRunHours, at, said.unwrap_or(f64::NAN), hours);
}
