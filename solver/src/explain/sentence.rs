//! Sentences for people, made of the figures beside them.

use super::answer::{Change, Rule, RuleCost, SetReason, SiteRule};
use super::changes::total;
use crate::plan::Plan;
use crate::rank::ShortfallClass as C;
use crate::time_grid::TimeGrid;
use chrono::{DateTime, TimeDelta, Utc};

/// Litres and money below this are none.
const LEAST: f64 = 0.05;

/// Why a set runs or stands.
pub(super) fn of_set(plan: &Plan, r: &SetReason) -> String {
    let (state, otherwise) = if r.on { ("on", "without it") } else { ("off", "with it") };
    let (from, to) = (clock(&plan.grid, r.from), clock(&plan.grid, r.to));
    let head = format!("{} {state} {from} to {to}", r.set);
    let set = &r.set;
    let why = match r.rule {
        Rule::Unavailable => "it is out of use, or serviced".to_owned(),
        Rule::MinimumUpTime if r.on => "it has not run for its least time yet".to_owned(),
        Rule::MinimumUpTime => "these hours are fewer than it must run once started".to_owned(),
        Rule::MinimumDownTime => "it has not stood for its least time yet".to_owned(),
        Rule::MustRun => "it must run".to_owned(),
        Rule::GridFormer => format!("{otherwise} nothing would form the grid"),
        Rule::MinimumLoadHard => {
            format!("there is too little load for {set} above its minimum load")
        }
        Rule::NoLawfulPlan => format!("{otherwise} no lawful plan was found"),
        Rule::Cost => cost(plan, r, otherwise),
        Rule::Service | Rule::TankFloor => {
            format!("{otherwise} {}{}", service(r), litres(r.costs_l, "it"))
        }
    };
    format!("{head}: {why}")
}

/// What would fall short.
fn service(r: &SetReason) -> String {
    let Some(class) = r.class else { return "nothing would change".to_owned() };
    let amount = format!("{} {}", number(total(&r.changes, class)), class.unit());
    let whom = || names(&r.affected);
    let lost = || r.culprit.as_deref().map_or("a source", name);
    match class {
        C::SecurityCritical => {
            format!("the loss of {} would drop {} (N-1: {amount} short)", lost(), whom())
        }
        C::SecurityFull => {
            format!("the loss of {} would drop load: {} (N-1: {amount} short)", lost(), whom())
        }
        C::LoadT0 | C::LoadT1 | C::LoadT2 | C::LoadT3 => {
            format!("{} would go unserved ({amount})", whom())
        }
        C::Water => match &r.culprit {
            Some(tank) => {
                format!(
                    "{} would miss {amount}, for {} must not go below its floor",
                    whom(),
                    name(tank)
                )
            }
            None => format!("{} would miss {amount} of water", whom()),
        },
        C::TankFloor => format!("{} would stay below its floor ({amount})", whom()),
        C::BatteryFloor => format!("{} would go below what it keeps ({amount})", whom()),
        C::Reserve => format!("the reserve would not be carried ({amount})"),
        C::MinimumLoad => format!("{} would run below minimum load ({amount})", whom()),
        C::MeanLoad => format!("{} would pass the mean load of 24 h ({amount})", whom()),
        C::QuietHours => format!("more sets would run than quiet hours allow ({amount})"),
        C::Starts => format!("there would be more starts than a day has ({amount})"),
        C::EndStockBattery | C::EndStockTank | C::EndStockHeat => {
            format!("{} would end short of its stock ({amount})", whom())
        }
        C::Heat | C::Cold | C::Wastewater | C::BurnOff | C::Service => {
            format!("{} would fall short at {} ({amount})", class.name().replace('_', " "), whom())
        }
    }
}

/// No service changes.
fn cost(plan: &Plan, r: &SetReason, otherwise: &str) -> String {
    let (costs_l, extra) = (r.costs_l.unwrap_or(0.0), r.extra_cost.unwrap_or(0.0));
    let money = format!("{} {}", number(extra.abs()), plan.cost_unit);
    if costs_l < -LEAST && extra <= 0.0 {
        format!("{otherwise} the plan would burn {} L more", number(-costs_l))
    } else if extra < -LEAST {
        format!("{otherwise} starts and wear would cost {money} more than the fuel saves")
    } else if extra <= LEAST {
        format!("{otherwise} the plan would be as good")
    } else {
        format!("{otherwise} the plan would cost {money} less, which is within its gap")
    }
}

/// What a rule costs.
pub(super) fn of_rule(cost: &RuleCost) -> String {
    let rule = match cost.rule {
        SiteRule::QuietHours => "quiet hours",
        SiteRule::Security => "N-1",
        SiteRule::MinimumLoad => "the minimum load of sets",
        SiteRule::FireFloor => "the water kept for fire",
        SiteRule::Reserve => "the operating reserve",
    };
    let figure = match cost.fuel_l_per_day {
        None => format!("under {} L a day", up(cost.most_l_per_day)),
        Some(l) if l < 0.0 => format!("{} L a day less", number(-l)),
        Some(l) => format!(
            "{} L a day ({} to {})",
            number(l),
            number(cost.least_l_per_day),
            number(cost.most_l_per_day)
        ),
    };
    let one = |c: &Change| {
        let word = if c.total > 0.0 { "more" } else { "less" };
        format!(
            "{} {} {word} of {} short",
            number(c.total.abs()),
            c.unit,
            c.class.name().replace('_', " ")
        )
    };
    let changes: Vec<String> = cost.changes.iter().map(one).collect();
    let changed = if changes.is_empty() {
        String::new()
    } else {
        format!("; without it {}", changes.join(", "))
    };
    format!("{rule}: {figure}{changed}")
}

fn litres(costs_l: Option<f64>, what: &str) -> String {
    match costs_l {
        Some(l) if l > LEAST => format!("; {what} costs {} L", number(l)),
        Some(l) if l < -LEAST => format!("; {what} saves {} L", number(-l)),
        Some(_) => "; no litre more or less".to_owned(),
        None => String::new(),
    }
}

/// `clinic, kitchen and tents`; the kinds are left out.
fn names(paths: &[String]) -> String {
    let list: Vec<&str> = paths.iter().map(|p| name(p)).collect();
    match list.split_last() {
        None => "part of the load".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn name(path: &str) -> &str {
    path.split_once('.').map_or(path, |(_, id)| id)
}

fn number(value: f64) -> String {
    if value.abs() < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// Rounded up: what is under it stays under it.
fn up(value: f64) -> String {
    let scale = if value.abs() < 10.0 { 10.0 } else { 1.0 };
    number((value * scale).ceil() / scale)
}

/// Local time, with the day where the plan has several.
fn clock(grid: &TimeGrid, time: DateTime<Utc>) -> String {
    let local = |at: DateTime<Utc>| {
        let t = grid.index_at(at).unwrap_or(grid.len().saturating_sub(1));
        let minutes = grid.utc_offset_minutes.get(t).copied().unwrap_or(0);
        (at + TimeDelta::minutes(i64::from(minutes))).naive_utc()
    };
    let days = grid.steps_by_day().len();
    local(time).format(if days > 1 { "%a %H:%M" } else { "%H:%M" }).to_string()
}
