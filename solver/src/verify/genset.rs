//! Sets: limits, timers, fuel by the data sheet, load sharing.

use super::camp::Camp;
use super::{Findings, Rule};
use crate::plan::GensetPlan;
use crate::rank::ShortfallClass;
use crate::site::{Genset, LoadSharing, MinimumLoad};

const TOLERANCE_H: f64 = 1e-6;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let (set, path) = (&camp.site.genset[id], format!("genset.{id}"));
        for t in 0..camp.steps {
            power(camp, findings, set, plan, &path, t);
            let most_kw = camp.most_kw(id, t);
            let at = || format!("{path}.power_kw[{t}]");
            findings.at_most(Rule::SetDerating, at, plan.power_kw[t], most_kw);
        }
        timers(camp, findings, set, plan, id);
    }
    for t in 0..camp.steps {
        sharing(camp, findings, t);
    }
}

fn power(
    camp: &Camp<'_>,
    findings: &mut Findings,
    set: &Genset,
    plan: &GensetPlan,
    path: &str,
    t: usize,
) {
    let (kw, litres) = (plan.power_kw[t], plan.fuel_l_per_h[t]);
    let at = |what: &str| format!("{path}.{what}[{t}]");
    if !plan.running[t] {
        findings.equal(Rule::SetPowerWhileOff, || at("power_kw"), kw, 0.0);
        findings.equal(Rule::SetPowerWhileOff, || at("fuel_l_per_h"), litres, 0.0);
        return;
    }
    if camp.is_out(path, t) {
        findings.object(Rule::SetAvailable, at("running"), "runs".to_owned());
    }
    findings.at_most(Rule::SetRating, || at("power_kw"), kw, set.rated_kw);
    findings.equal(Rule::SetFuelCurve, || at("fuel_l_per_h"), litres, data_sheet(set, kw));
    let least_kw = set.min_load_frac * set.rated_kw;
    if set.min_load == MinimumLoad::Hard {
        findings.at_most(Rule::SetMinimumLoadHard, || at("power_kw"), least_kw, kw);
    }
    if kw < least_kw {
        let kwh = (least_kw - kw) * camp.dt[t];
        findings.count(camp, ShortfallClass::MinimumLoad, path, t, kwh);
    }
}

/// Fuel at `kw` by the data sheet, L/h; below its lowest point the first line goes on.
fn data_sheet(set: &Genset, kw: f64) -> f64 {
    let points: Vec<(f64, f64)> =
        set.fuel_curve_kw.iter().copied().zip(set.fuel_curve_l_per_h.iter().copied()).collect();
    let mut line = (points[0], points[1]);
    for pair in points.windows(2) {
        if kw >= pair[0].0 {
            line = (pair[0], pair[1]);
        }
    }
    let ((kw_a, l_a), (kw_b, l_b)) = line;
    l_a + (l_b - l_a) * (kw - kw_a) / (kw_b - kw_a)
}

/// Least times on and off, carried over from before the horizon, and the count of starts.
fn timers(camp: &Camp<'_>, findings: &mut Findings, set: &Genset, plan: &GensetPlan, id: &str) {
    let path = format!("genset.{id}");
    let start = camp.problem.start.genset.get(id);
    let mut running = start.is_some_and(|s| s.running);
    // When the present run or rest began, h after the grid's start.
    let mut since = start.map_or(f64::NEG_INFINITY, |s| -s.for_h);
    let mut starts = 0_u32;
    for t in 0..camp.steps {
        if plan.running[t] == running {
            continue;
        }
        let held_h = camp.at[t] - since;
        let (rule, least_h) = if running {
            (Rule::SetMinimumUpTime, set.min_up_h)
        } else {
            starts += 1;
            (Rule::SetMinimumDownTime, set.min_down_h)
        };
        // A run from before the plan may end early where the load does not allow it.
        let unloaded = set.min_load == MinimumLoad::Hard && since < 0.0;
        let forced = running && (camp.is_out(&path, t) || unloaded || fuel_ends(camp, set, t));
        if held_h + TOLERANCE_H < least_h && !forced {
            let detail = format!("changes after {held_h} h, least {least_h} h");
            findings.object(rule, format!("{path}.running[{t}]"), detail);
        }
        running = plan.running[t];
        since = camp.at[t];
    }
    let said = f64::from(plan.starts);
    findings.equal(Rule::SetStarts, || format!("{path}.starts"), said, f64::from(starts));
}

/// Whether the fuel before a step would not last a set's least time with all sets at full load.
fn fuel_ends(camp: &Camp<'_>, set: &Genset, t: usize) -> bool {
    if camp.plan.fuel_store.is_empty() {
        return false;
    }
    let start = |id: &String| {
        let stated = camp.problem.start.fuel_store.get(id).map(|s| s.level_l);
        stated.unwrap_or(camp.site.fuel_store[id].start_l)
    };
    let stores = camp.plan.fuel_store.iter();
    let there: f64 = stores.map(|(id, f)| if t == 0 { start(id) } else { f.level_l[t - 1] }).sum();
    let most: f64 = camp.site.genset.values().filter_map(|g| g.fuel_curve_l_per_h.last()).sum();
    there < most * set.min_up_h
}

/// Running sets that share load stand at one load fraction.
fn sharing(camp: &Camp<'_>, findings: &mut Findings, t: usize) {
    let mut fractions = camp.plan.genset.iter().filter_map(|(id, g)| {
        let set = &camp.site.genset[id];
        let shares = set.load_sharing == LoadSharing::Proportional && g.running[t];
        shares.then(|| (id, g.power_kw[t] / set.rated_kw))
    });
    let Some((_, first)) = fractions.next() else {
        return;
    };
    for (id, frac) in fractions {
        if (frac - first).abs() > 1e-4 {
            let detail = format!("at {frac} of its rating beside a set at {first}");
            findings.object(Rule::LoadSharing, format!("genset.{id}.power_kw[{t}]"), detail);
        }
    }
}
