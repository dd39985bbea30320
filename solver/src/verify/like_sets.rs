//! How far like sets are apart: their run hours against the site's limit, and their next services.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::LikeSetsPlan;
use crate::site::Genset;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    let limit = camp.site.plant.run_hours_spread_max_h;
    for (id, plan) in &camp.plan.genset {
        let at = format!("genset.{id}.upkeep.like_sets");
        let expected = expected(camp, id, limit);
        match (&plan.upkeep.like_sets, expected) {
            (None, None) => {}
            (Some(said), Some(expected)) => compare(findings, &at, said, &expected),
            (said, _) => {
                let detail = if said.is_some() { "there are none" } else { "is not told" };
                findings.object(Rule::SetRunHours, at, detail.to_owned());
            }
        }
    }
}

fn compare(findings: &mut Findings, at: &str, said: &LikeSetsPlan, expected: &LikeSetsPlan) {
    findings.equal(
        Rule::SetRunHours,
        || format!("{at}.spread_h"),
        said.spread_h,
        expected.spread_h,
    );
    for (name, said, expected) in [
        ("over_h", said.over_h, expected.over_h),
        ("services_apart_h", said.services_apart_h, expected.services_apart_h),
    ] {
        let at = || format!("{at}.{name}");
        match (said, expected) {
            (None, None) => {}
            (said, Some(expected)) => {
                findings.equal(Rule::SetRunHours, at, said.unwrap_or(f64::NAN), expected);
            }
            (Some(_), None) => {
                findings.object(Rule::SetRunHours, at(), "nobody asks, or knows".to_owned());
            }
        }
    }
}

/// What must be told of a set: nothing where no like set has known hours.
fn expected(camp: &Camp<'_>, id: &str, limit: Option<f64>) -> Option<LikeSetsPlan> {
    let (own_hours, own_due) = at_end(camp, id)?;
    let own = &camp.site.genset[id];
    let (mut lowest, mut highest) = (own_hours, own_hours);
    let (mut alone, mut nearest) = (true, None::<f64>);
    for (other, set) in camp.site.genset.iter().filter(|(other, _)| other.as_str() != id) {
        let Some((hours, due)) = at_end(camp, other).filter(|_| same_make(own, set)) else {
            continue;
        };
        alone = false;
        (lowest, highest) = (lowest.min(hours), highest.max(hours));
        if let (Some(a), Some(b)) = (own_due, due) {
            // Services come round: the next of one may lie near the one after next of the other.
            let round = interval(own).min(interval(set));
            let gap = ((a - own_hours) - (b - hours)).abs() % round;
            let gap = if gap > round / 2.0 { round - gap } else { gap };
            nearest = Some(nearest.map_or(gap, |n| n.min(gap)));
        }
    }
    let spread_h = highest - lowest;
    let over_h = limit.map(|limit| if spread_h > limit { spread_h - limit } else { 0.0 });
    (!alone).then_some(LikeSetsPlan { spread_h, over_h, services_apart_h: nearest })
}

fn interval(set: &Genset) -> f64 {
    set.service_interval_h.unwrap_or(250.0)
}

fn same_make(a: &Genset, b: &Genset) -> bool {
    let curve = |g: &Genset| -> Vec<(u64, u64)> {
        let points = g.fuel_curve_kw.iter().zip(&g.fuel_curve_l_per_h);
        points.map(|(kw, l)| (kw.to_bits(), l.to_bits())).collect()
    };
    a.rated_kw.to_bits() == b.rated_kw.to_bits() && curve(a) == curve(b)
}

/// A set's run hours at the end of the plan, and those at which its next service is due then.
fn at_end(camp: &Camp<'_>, id: &str) -> Option<(f64, Option<f64>)> {
    let (set, start) = (camp.site.genset.get(id)?, camp.problem.start.genset.get(id));
    let plan = camp.plan.genset.get(id)?;
    let mut hours = start.and_then(|s| s.run_hours_h).or(set.run_hours_h)?;
    let mut due = start.and_then(|s| s.service_due_h).or(set.service_due_h);
    for t in 0..camp.steps {
        if plan.running[t] {
            hours += camp.dt[t];
        }
        if camp.in_service(&format!("genset.{id}"), t) {
            due = due.map(|_| hours + interval(set));
        }
    }
    Some((hours, due))
}
