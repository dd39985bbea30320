//! A backtest for people, and its folder.

use super::{Report, drawing};
use std::path::Path;

/// One screen: a line a policy.
pub(super) fn page(report: &Report) -> String {
    let mut lines = Vec::new();
    let variant = report.variant.as_deref().map(|v| format!("-{v}")).unwrap_or_default();
    let (start, days) = (report.start.format("%Y-%m-%d"), report.days);
    lines.push(format!(
        "{}{variant}, {days} day(s) from {start}, a plan every {} min over {} h by {} min",
        report.site, report.every_min, report.horizon_h, report.step_min
    ));
    lines.push(match &report.bound {
        Some(bound) => format!(
            "no plan without a shortfall burns less than {:.1} L ({} rounds, {:.0} s; longer searches of its windows bring {:.2} % at most)",
            bound.bound_l,
            bound.rounds,
            bound.seconds,
            100.0 * bound.windows_gap_frac
        ),
        None => "no bound was computed".to_owned(),
    });
    if report.traces > 0 {
        lines.push(format!("each plan weighed the sun of {} past days too", report.traces));
    }
    lines.push(format!(
        "{:24} {:>10} {:>7} {:>7} {:>9} {:>8} {:>6} {:>7} {:>7} {:>9} {:>7} {:>7} {:>6} {:>9}",
        "policy",
        "L equal",
        "regret",
        "L/kWh",
        "dark kWh",
        "dry m3",
        "starts",
        "<30% h",
        "<40% h",
        "curt. kWh",
        "res. h",
        "N-1 h",
        "cycles",
        "cost"
    ));
    for p in &report.policies {
        let regret = p.regret_frac.map_or("-".to_owned(), |r| format!("{:.1} %", 100.0 * r));
        lines.push(format!(
            "{:24} {:>10.1} {:>7} {:>7.4} {:>9.2} {:>8.2} {:>6} {:>7.1} {:>7.1} {:>9.0} {:>7.1} {:>7.1} {:>6.1} {:>9.0}",
            p.policy, p.fuel_l, regret, p.fuel_l_per_kwh, p.unserved_kwh, p.unserved_m3, p.starts,
            p.under_30_h, p.under_40_h, p.curtailed_kwh, p.reserve_short_h, p.n_minus_1_short_h, p.cycles,
            p.operating_cost
        ));
    }
    for p in &report.policies {
        if let Some(thresholds) = &p.thresholds {
            lines.push(format!("{}: {thresholds}", p.policy));
        }
        if let Some(plans) = &p.plans {
            lines.push(format!(
                "{}: {} plans published, {} kept, {} rule-based, {} failed; {} asked by events; {:.2} s each, {:.1} s at most",
                p.policy, plans.published, plans.kept, plans.fallback, plans.failed, plans.by_event,
                plans.mean_s, plans.worst_s
            ));
            if let Some(why) = &plans.first_failure {
                lines.push(format!("{}: the first without an optimised plan: {why}", p.policy));
            }
        }
    }
    lines.extend(report.rough.iter().map(|what| format!("not as the file says: {what}")));
    for (cause, litres) in &report.saving_by_cause_l {
        lines.push(format!("kept from deciding {cause} the service burns {litres:.1} L more"));
    }
    lines.push(
        "L equal: burnt, and what missing stocks cost to refill less what surplus saves".to_owned(),
    );
    lines.join("\n")
}

/// `backtest.json`, `days.csv` and `report.html` in a folder.
pub(super) fn folder(folder: &Path, report: &Report, json: &str) -> Result<(), String> {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    put("backtest.json", json)?;
    put("days.csv", &days(report))?;
    put("report.html", &drawing::page(report))
}

fn days(report: &Report) -> String {
    let mut text = "policy,day,burnt_l,served_kwh,unserved_kwh,unserved_m3,solar_kwh,curtailed_kwh,starts,stored_kwh\n".to_owned();
    for p in &report.policies {
        for d in &p.days {
            text += &format!(
                "{},{},{:.3},{:.3},{:.3},{:.3},{:.3},{:.3},{},{:.3}\n",
                p.policy,
                d.day,
                d.burnt_l,
                d.served_kwh,
                d.unserved_kwh,
                d.unserved_m3,
                d.solar_kwh,
                d.curtailed_kwh,
                d.starts,
                d.stored_kwh
            );
        }
    }
    text
}
