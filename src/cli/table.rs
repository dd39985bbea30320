//! A plan as a page of text.

use camp_solver::plan::{FuelPlan, ServicePlan};
use camp_solver::site::SecurityLevel;
use camp_solver::{Explanation, Plan, Problem};
use chrono::{DateTime, Utc};
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
    for (id, fuel) in &plan.fuel_store {
        line(fuel_line(id, fuel, zone));
    }
    for (id, set) in &plan.genset {
        if let Some(service) = &set.upkeep.service {
            line(service_line(id, service, zone));
        }
        if let Some(at) = set.upkeep.burnt_off_at {
            let time = at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
            line(format!("burn-off of {id}: complete by {time}"));
        }
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

/// When a set is serviced, or why not.
fn service_line(id: &str, service: &ServicePlan, zone: Tz) -> String {
    let due = service.due_h.map_or(String::new(), |h| format!(", due at {h} h"));
    let time = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    match (service.from, service.to) {
        (Some(from), Some(to)) => format!("service of {id}: {} to {}{due}", time(from), time(to)),
        _ => format!("service of {id}: waits{due}: {}", service.waits.as_deref().unwrap_or("")),
    }
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

/// How long a store lasts, and what people may want to do about it.
fn fuel_line(id: &str, fuel: &FuelPlan, zone: Tz) -> String {
    let days = |d: Option<f64>| d.map_or("60 d or more".to_owned(), |d| format!("{d:.1} d"));
    let left_l = fuel.level_l.last().copied().unwrap_or(0.0);
    let mut text = format!(
        "fuel {id}: {left_l:.0} L at the end; lasts {} as expected, {} at P90; reserve {:.0} L",
        days(fuel.endurance_p50_d),
        days(fuel.endurance_p90_d),
        fuel.reserve_l
    );
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    if let (Some(touched), Some(order)) = (fuel.reserve_touched_at, fuel.order_by_at) {
        text += &format!(", touched {} at P90; order by {}", local(touched), local(order));
    }
    if let Some(economy) = &fuel.economy {
        let enough = if economy.keeps_reserve { "would keep it" } else { "would not keep it" };
        let until = local(economy.until_at);
        text += &format!("; T3 at {:.0} kW until {until} {enough}", economy.t3_limit_kw);
    }
    text
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

/// Why a plan is as it is: its sentences, and the prices of each hour and day.
pub(super) fn explanation(told: &Explanation, zone: Tz) -> String {
    let mut lines = vec![String::new(), "why:".to_owned()];
    lines.extend(told.sets.iter().map(|r| format!("  {}", r.sentence)));
    lines.push("what rules cost:".to_owned());
    lines.extend(told.rules.iter().map(|r| format!("  {}", r.sentence)));
    lines.push("one more kWh burns, L:".to_owned());
    let price = |l: Option<f64>| l.map_or("-".to_owned(), |l| format!("{l:.3}"));
    let hour = |h: &camp_solver::HourPrice| {
        let from = h.from.with_timezone(&zone).format("%H:%M");
        format!("{from} {}", price(h.fuel_l_per_kwh))
    };
    let hours: Vec<String> = told.electricity.iter().map(hour).collect();
    lines.extend(hours.chunks(8).map(|row| format!("  {}", row.join("  "))));
    lines.push("one more m3 out of a tank burns, L:".to_owned());
    let water = told.water.iter().map(|w| {
        let day = w.from.with_timezone(&zone).format("%a");
        format!("  {} {day} {}", w.tank, price(w.fuel_l_per_m3))
    });
    lines.extend(water);
    lines.extend(told.left_out.iter().map(|what| format!("not answered: {what}")));
    lines.push(format!("explained in {:.2} s", told.seconds));
    lines.join("\n")
}
