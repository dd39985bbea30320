//! A plan as a page of text.

use camp_solver::site::SecurityLevel;
use camp_solver::{Plan, Problem};
use chrono_tz::Tz;

/// The plan hour by hour, then its figures, shortfalls and the rules it does not honour.
pub(super) fn page(problem: &Problem, plan: &Plan, zone: Tz) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = |text: String| lines.push(text);
    line(format!(
        "{:16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8}  sets",
        "local time", "load kW", "sets kW", "sun kW", "batt kW", "charge", "water m3"
    ));
    let mut t = 0;
    while t < plan.grid.len() {
        line(row(problem, plan, zone, t));
        // One line an hour, on the step that starts it.
        let hour = plan.grid.offset_h(t).floor() + 1.0;
        while t < plan.grid.len() && plan.grid.offset_h(t) < hour - 1e-9 {
            t += 1;
        }
    }
    line(String::new());
    line(format!(
        "status {}; cost {:.2} {}; fuel {:.1} L{}",
        plan.status.name(),
        plan.cost,
        plan.cost_unit,
        plan.fuel_l,
        match (plan.bound, plan.gap_frac) {
            (Some(bound), Some(gap)) => format!("; bound {bound:.2}, gap {:.2} %", 100.0 * gap),
            _ => String::new(),
        }
    ));
    line(format!("built in {:.3} s, solved in {:.2} s", plan.build_s, plan.solve_s));
    if let Some(text) = tightest_hour(plan, zone) {
        line(text);
    }
    if plan.shortfalls.is_empty() {
        line("no shortfall".to_owned());
    }
    for s in &plan.shortfalls {
        line(format!("SHORTFALL {} at {}: {:.2} {}", s.class, s.asset, s.total, s.unit));
    }
    for rule in &plan.not_honoured {
        line(format!("not honoured yet: {}: {}", rule.field, rule.instead));
    }
    lines.join("\n")
}

/// N-1 where it is tightest.
fn tightest_hour(plan: &Plan, zone: Tz) -> Option<String> {
    let security = plan.security.as_ref()?;
    let asked = (0..plan.grid.len()).filter(|t| security.level[*t] != SecurityLevel::None);
    let margin_kw = |t: usize| security.carried_kw[t] - security.required_kw[t];
    let t = asked.min_by(|a, b| margin_kw(*a).total_cmp(&margin_kw(*b)))?;
    let time = plan.grid.start_of(t).with_timezone(&zone).format("%Y-%m-%d %H:%M");
    Some(format!(
        "N-1 {}: tightest at {time}: the loss of {} leaves {:.1} kW for {:.1} kW",
        security.level[t].name(),
        security.lost[t].as_deref().unwrap_or("nothing"),
        security.carried_kw[t],
        security.required_kw[t]
    ))
}

fn row(problem: &Problem, plan: &Plan, zone: Tz, t: usize) -> String {
    let time = plan.grid.start_of(t).with_timezone(&zone).format("%Y-%m-%d %H:%M");
    let sun: f64 = plan.solar.values().map(|s| s.power_kw[t]).sum();
    let battery: f64 = plan.battery.values().map(|b| b.discharge_kw[t] - b.charge_kw[t]).sum();
    let stored: f64 = plan.battery.values().map(|b| b.stored_kwh[t]).sum();
    let capacity: f64 = problem.site.battery.values().map(|b| b.energy_kwh).sum();
    let charge =
        if capacity > 0.0 { format!("{:.0} %", 100.0 * stored / capacity) } else { "-".to_owned() };
    let water: f64 = plan.tank.values().map(|k| k.level_m3[t]).sum();
    let sets: Vec<_> =
        plan.genset.iter().filter(|(_, g)| g.running[t]).map(|(id, _)| id.as_str()).collect();
    format!(
        "{time} {:7.1} {:7.1} {sun:7.1} {battery:7.1} {charge:>7} {water:8.1}  {}",
        plan.genset_kw(t) + sun + battery,
        plan.genset_kw(t),
        if sets.is_empty() { "none".to_owned() } else { sets.join(" ") }
    )
}
