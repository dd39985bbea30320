//! A plan as lines: every series of every asset by steps, and a summary.

use super::line::Line;
use super::lines::{PLAN, PLAN_SUMMARY};
use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::domain::ports::StoreError;
use serde_json::Value;

/// Rooms of a plan that hold one asset an entry, by the asset's kind.
const KINDS: &[&str] = &[
    "genset",
    "solar",
    "battery",
    "well",
    "treatment",
    "tank",
    "taps",
    "thermal_store",
    "batch",
    "fuel_store",
    "wastewater",
];

/// The lines of a plan. Steps are told only of plans that came into force.
pub(super) fn plan(site: &str, record: &PlanRecord) -> Result<Vec<String>, StoreError> {
    let mut lines: Vec<String> = summary(site, record)?.into_iter().collect();
    if record.verdict == Verdict::Kept {
        return Ok(lines);
    }
    let told = serde_json::to_value(&record.plan)
        .map_err(|e| StoreError::Other(format!("a plan cannot be written: {e}")))?;
    let starts: Vec<i64> = (0..record.plan.grid.len())
        .map(|t| record.plan.grid.start_of(t).timestamp_millis())
        .collect();
    for kind in KINDS {
        for (id, asset) in told[kind].as_object().into_iter().flatten() {
            series(&mut lines, site, kind, id, asset, &starts);
        }
    }
    for (name, consumer) in told["consumer"].as_object().into_iter().flatten() {
        if let Some((kind, id)) = name.split_once('.') {
            series(&mut lines, site, kind, id, consumer, &starts);
        }
    }
    series(&mut lines, site, "reserve", "camp", &told["reserve"], &starts);
    Ok(lines)
}

/// Appends a line a step with every series of an asset that has a value in each step.
fn series(
    lines: &mut Vec<String>,
    site: &str,
    kind: &str,
    id: &str,
    asset: &Value,
    starts: &[i64],
) {
    let fields = asset.as_object().into_iter().flatten();
    let fields: Vec<(&str, &Vec<Value>)> = fields
        .filter_map(|(name, values)| {
            let values = values.as_array().filter(|v| v.len() == starts.len())?;
            let name = if kind == "genset" && name == "running" { "is_running" } else { name };
            Some((name, values))
        })
        .collect();
    for (t, start) in starts.iter().enumerate() {
        let mut line = Line::new(PLAN, &[("id", id), ("kind", kind), ("site", site)]);
        for (name, values) in &fields {
            match &values[t] {
                Value::Bool(flag) => line.number(name, f64::from(u8::from(*flag))),
                Value::Number(number) => line.number(name, number.as_f64().unwrap_or(f64::NAN)),
                Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {}
            }
        }
        lines.extend(line.at(*start));
    }
}

fn summary(site: &str, record: &PlanRecord) -> Result<Option<String>, StoreError> {
    let plan = &record.plan;
    let mut line = Line::new(PLAN_SUMMARY, &[("site", site)]);
    line.number("fuel_l", plan.fuel_l);
    line.number("cost", plan.cost);
    line.number("seconds", plan.build_s + plan.solve_s);
    line.number("gap_frac", plan.gap_frac.unwrap_or(f64::NAN));
    line.number("shortfalls", plan.shortfalls.len() as f64);
    if let Some(worth) = &record.worth {
        line.number("saved_l", worth.saved_l);
        line.number("saved_cost", worth.saved_cost);
    }
    let mut classes: Vec<_> = plan.shortfalls.iter().map(|s| s.class).collect();
    classes.sort_by_key(|class| class.name());
    classes.dedup();
    for class in classes {
        line.number(&format!("shortfall_{}", class.name()), plan.shortfall_total(class));
    }
    let verdict = serde_json::to_value(record.verdict)
        .map_err(|e| StoreError::Other(format!("a plan cannot be written: {e}")))?;
    line.text("status", plan.status.name());
    line.text("verdict", verdict.as_str().unwrap_or_default());
    line.text("trigger", &record.trigger);
    Ok(line.at(record.issued_at.timestamp_millis()))
}
