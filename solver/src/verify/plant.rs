//! What the sets keep together and day by day: quiet hours, starts.

use super::Findings;
use super::camp::Camp;
use crate::rank::ShortfallClass;
use chrono::{FixedOffset, NaiveDateTime};

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    quiet(camp, findings);
    let mut of_all = vec![0; camp.steps];
    let mut had_by_all = 0;
    for (id, plan) in &camp.plan.genset {
        let start = camp.problem.start.genset.get(id);
        let mut on = start.is_some_and(|s| s.running);
        let mut starts = vec![0; camp.steps];
        for t in 0..camp.steps {
            if plan.running[t] && !on {
                starts[t] += 1;
                of_all[t] += 1;
            }
            on = plan.running[t];
        }
        let had = start.map_or(0, |s| s.starts_today);
        had_by_all += had;
        let most = camp.site.genset[id].max_starts_per_day;
        days(camp, findings, &format!("genset.{id}"), &starts, most, had);
    }
    let most = camp.site.plant.max_starts_per_day;
    days(camp, findings, "plant", &of_all, most, had_by_all);
}

/// The local clock at the start of step `t`.
fn local(camp: &Camp<'_>, t: usize) -> NaiveDateTime {
    let seconds = camp.problem.grid.utc_offset_minutes[t] * 60;
    let begins = camp.problem.grid.start_of(t);
    match FixedOffset::east_opt(seconds) {
        Some(zone) => begins.with_timezone(&zone).naive_local(),
        None => begins.naive_utc(),
    }
}

fn quiet(camp: &Camp<'_>, findings: &mut Findings) {
    let Some(quiet) = &camp.site.quiet_hours else {
        return;
    };
    for t in 0..camp.steps {
        let clock = local(camp, t).time();
        let (begun, over) = (clock >= quiet.from, clock >= quiet.to);
        let holds = if quiet.from < quiet.to { begun && !over } else { begun || !over };
        let on = camp.plan.genset.values().filter(|g| g.running[t]).count();
        if holds {
            let beyond = on as f64 - f64::from(quiet.max_running_sets);
            findings.count(camp, ShortfallClass::QuietHours, "plant", t, beyond * camp.dt[t]);
        }
    }
}

/// Starts beyond the most of their local day.
fn days(
    camp: &Camp<'_>,
    findings: &mut Findings,
    asset: &str,
    starts: &[u32],
    most: Option<u32>,
    had: u32,
) {
    let Some(most) = most else {
        return;
    };
    let mut left = i64::from(most) - i64::from(had);
    for (t, of_step) in starts.iter().enumerate() {
        if t > 0 && local(camp, t).date() != local(camp, t - 1).date() {
            left = i64::from(most);
        }
        for _ in 0..*of_step {
            left -= 1;
            if left < 0 {
                findings.count(camp, ShortfallClass::Starts, asset, t, 1.0);
            }
        }
    }
}
