//! What a plan wants of each asset now, and whether the envelope allows it.

use crate::domain::instruction::DesiredState;
use crate::domain::mode::Envelope;
use crate::domain::plan_record::PlanRecord;
use crate::domain::state::CampState;
use camp_solver::Plan;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wanted of an asset, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Wanted {
    /// The asset, `kind.id`.
    #[schema(example = "genset.g1")]
    pub asset: String,
    /// The state wanted.
    pub desired: DesiredState,
    /// Why, in a sentence.
    pub why: String,
}

/// What a plan wants at a time; nothing outside its horizon, and nothing of assets that it leaves
/// alone: a set whose meter is silent may be the one that carries the camp.
pub fn wanted(record: &PlanRecord, now: DateTime<Utc>) -> Vec<Wanted> {
    let plan = &record.plan;
    let Some(t) = plan.grid.index_at(now) else { return Vec::new() };
    let mut list = Vec::new();
    let mut add = |asset: String, desired: DesiredState, why: String| {
        if !record.left_out.contains_key(&asset) {
            list.push(Wanted { asset, desired, why });
        }
    };
    for (id, g) in &plan.genset {
        let (running, kw) = (g.running[t], g.power_kw[t]);
        let word = if running { "runs" } else { "stands" };
        let until = until(plan, t, |i| g.running[i] == running);
        let desired = DesiredState {
            running: Some(running),
            expected_kw: Some(kw),
            ..DesiredState::default()
        };
        add(format!("genset.{id}"), desired, format!("{word} until {until} by the plan"));
    }
    for (id, b) in &plan.battery {
        let (charge_kw, discharge_kw) = (b.charge_kw[t], b.discharge_kw[t]);
        let desired = DesiredState {
            charge_kw: Some(charge_kw),
            discharge_kw: Some(discharge_kw),
            ..DesiredState::default()
        };
        let to = 100.0 * b.state_of_charge_frac[t];
        add(format!("battery.{id}"), desired, format!("to {to:.0} % at the end of the step"));
    }
    for (id, s) in &plan.solar {
        let curtailed = s.curtailed_kw[t];
        if curtailed > 0.5 {
            let desired = DesiredState { limit_kw: Some(s.power_kw[t]), ..DesiredState::default() };
            let why = format!("{curtailed:.0} kW of sun find no use");
            add(format!("solar.{id}"), desired, why);
        }
    }
    let wells = plan.well.iter().map(|(id, w)| (format!("well.{id}"), w.flow_m3_per_h[t]));
    let lines = plan.treatment.iter();
    let lines = lines.map(|(id, l)| (format!("treatment.{id}"), l.flow_m3_per_h[t]));
    let plants = plan.wastewater.iter();
    let plants = plants.map(|(id, w)| (format!("wastewater.{id}"), w.flow_m3_per_h[t]));
    for (asset, flow) in wells.chain(lines).chain(plants) {
        let desired = DesiredState { flow_m3_per_h: Some(flow), ..DesiredState::default() };
        add(asset, desired, format!("{flow:.1} m3/h by the plan"));
    }
    for (id, h) in &plan.thermal_store {
        let desired = DesiredState { heater_kw: Some(h.heater_kw[t]), ..DesiredState::default() };
        let to = 100.0 * h.fill_frac[t];
        add(format!("thermal_store.{id}"), desired, format!("to {to:.0} % at the end of the step"));
    }
    for (id, b) in &plan.batch {
        let count = b.running[t];
        let desired = DesiredState { batches_running: Some(count), ..DesiredState::default() };
        add(format!("batch.{id}"), desired, format!("{count} at once by the plan"));
    }
    for (path, c) in &plan.consumer {
        let shed = c.shed_kw[t];
        if shed > 0.0 {
            let desired = DesiredState { shed_kw: Some(shed), ..DesiredState::default() };
            add(path.clone(), desired, format!("{shed:.1} kW cannot be carried"));
        }
    }
    list
}

/// The end of the run of steps from `t` on in which `holds`.
fn until(plan: &Plan, t: usize, holds: impl Fn(usize) -> bool) -> String {
    let end = (t..plan.grid.len()).take_while(|i| holds(*i)).last().unwrap_or(t) + 1;
    plan.grid.start_of(end).format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Whether an envelope allows what is wanted. `Err(None)`: the asset is none of its business.
pub(super) fn within(
    wanted: &Wanted,
    envelope: &Envelope,
    state: &CampState,
) -> Result<(), Option<String>> {
    let Some(limits) = envelope.assets.get(&wanted.asset) else { return Err(None) };
    let asset = &wanted.asset;
    let desired = &wanted.desired;
    if let (Some(running), Some(id)) = (desired.running, asset.strip_prefix("genset.")) {
        let run = state.run(id).map(|r| r.running);
        if running && run != Some(true) && !limits.may_start {
            return Err(Some(format!("{asset} may not be started")));
        }
        if !running && run != Some(false) && !limits.may_stop {
            return Err(Some(format!("{asset} may not be stopped")));
        }
    }
    let powers = [
        desired.charge_kw,
        desired.discharge_kw,
        desired.expected_kw,
        desired.shed_kw,
        desired.heater_kw,
    ];
    let most_kw = powers.into_iter().flatten().fold(0.0, f64::max);
    if let Some(limit) = limits.max_kw.filter(|limit| most_kw > *limit) {
        return Err(Some(format!("{asset}: {most_kw:.1} kW are over the limit of {limit:.1} kW")));
    }
    let flow = desired.flow_m3_per_h.unwrap_or(0.0);
    if let Some(limit) = limits.max_m3_per_h.filter(|limit| flow > *limit) {
        return Err(Some(format!("{asset}: {flow:.1} m3/h are over the limit of {limit:.1} m3/h")));
    }
    Ok(())
}
