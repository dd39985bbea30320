//! The controllers' ears: they follow instructions that hold. Whatever is instructed, their own
//! protection comes after it.

use super::local::Local;
use super::plant::{Orders, Plant};
use super::truth::Truth;
use crate::domain::instruction::{
    Acknowledgement, DesiredState, Heartbeat, Instruction, InstructionStatus, MESSAGE_SCHEMA,
};
use camp_solver::Site;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A service that has not been heard for this long is taken for dead.
const HEARTBEAT_LOST: TimeDelta = TimeDelta::seconds(30);
/// An instruction as its controller holds it.
#[derive(Debug, Clone)]
struct Held {
    instruction: Instruction,
    /// Counted from receipt, by the controller's own clock.
    until: DateTime<Utc>,
    reported: bool,
}

/// All local controllers.
#[derive(Debug, Default)]
pub(super) struct Controllers {
    heard: Option<DateTime<Utc>>,
    /// Whether the last heartbeat said that an envelope is in force.
    may_act: bool,
    held: BTreeMap<String, Held>,
    /// The largest sequence each controller has seen.
    seen: BTreeMap<String, i64>,
}

impl Controllers {
    pub(super) fn hear(&mut self, heartbeat: &Heartbeat, now: DateTime<Utc>) {
        self.heard = Some(now);
        self.may_act = heartbeat.mode == "act";
        if !self.may_act {
            // No envelope is in force: nothing that was allowed is allowed any more.
            self.held.clear();
        }
    }

    fn service_lives(&self, now: DateTime<Utc>) -> bool {
        self.heard.is_some_and(|heard| now - heard <= HEARTBEAT_LOST)
    }

    /// Takes an instruction, or refuses it.
    pub(super) fn instruct(
        &mut self,
        instruction: &Instruction,
        plant: &Plant,
        now: DateTime<Utc>,
    ) -> Option<Acknowledgement> {
        // Before a live heartbeat nothing is believed: it may be the word of the dead.
        if !self.service_lives(now) || !self.may_act {
            return None;
        }
        let asset = &instruction.asset;
        let last = self.seen.get(asset).copied().unwrap_or(i64::MIN);
        if instruction.sequence <= last {
            // A repetition: the validity it came with first still runs.
            return None;
        }
        self.seen.insert(asset.clone(), instruction.sequence);
        let answer = |status, detail: &str| {
            Some(Acknowledgement {
                schema: MESSAGE_SCHEMA,
                asset: asset.clone(),
                sequence: instruction.sequence,
                status,
                detail: detail.to_owned(),
            })
        };
        if instruction.desired.is_release() {
            self.held.remove(asset);
            return answer(InstructionStatus::Succeeded, "released");
        }
        let out = asset
            .strip_prefix("genset.")
            .and_then(|id| plant.sets.get(id))
            .is_some_and(|set| set.is_out() && instruction.desired.running == Some(true));
        if out {
            self.held.remove(asset);
            return answer(InstructionStatus::Rejected, "the set cannot be had");
        }
        let until = now + TimeDelta::seconds(i64::from(instruction.valid_for_s));
        let held = Held { instruction: instruction.clone(), until, reported: false };
        self.held.insert(asset.clone(), held);
        answer(InstructionStatus::Accepted, "")
    }

    /// Tells of instructions that have been carried out.
    pub(super) fn reports(&mut self, plant: &Plant) -> Vec<Acknowledgement> {
        let mut reports = Vec::new();
        for (asset, held) in self.held.iter_mut().filter(|(_, h)| !h.reported) {
            let desired = &held.instruction.desired;
            let done = match (asset.strip_prefix("genset."), desired.running) {
                (Some(id), Some(run)) => plant.sets.get(id).is_some_and(|s| s.on_bus() == run),
                _ => true,
            };
            if done {
                held.reported = true;
                reports.push(Acknowledgement {
                    schema: MESSAGE_SCHEMA,
                    asset: asset.clone(),
                    sequence: held.instruction.sequence,
                    status: InstructionStatus::Succeeded,
                    detail: String::new(),
                });
            }
        }
        reports
    }

    /// What the plant is to do in the next moment; `local` is what it does where nothing is instructed.
    pub(super) fn orders(
        &mut self,
        local: &mut Local,
        site: &Site,
        (plant, truth, now): (&Plant, &Truth, DateTime<Utc>),
    ) -> Orders {
        let alive = self.service_lives(now);
        self.held.retain(|_, held| alive && now < held.until);
        let mut orders = local.own(site, plant, truth, now);
        let mut instructed_kw = None;
        for (asset, held) in &self.held {
            let desired = &held.instruction.desired;
            let Some((kind, id)) = asset.split_once('.') else { continue };
            if let ("genset", Some(true), Some(kw)) = (kind, desired.running, desired.expected_kw) {
                *instructed_kw.get_or_insert(0.0) += kw;
            }
            take(&mut orders, (kind, id), desired);
        }
        // Where batteries are left alone, they and the sets do as the plant's own control has it.
        let batteries = self.held.keys().any(|asset| asset.starts_with("battery."));
        let instructed_kw = instructed_kw.filter(|_| batteries);
        local.protect(site, plant, instructed_kw, &mut orders);
        orders
    }
}

/// Does what an asset is asked.
fn take(orders: &mut Orders, (kind, id): (&str, &str), desired: &DesiredState) {
    let flow = desired.flow_m3_per_h.unwrap_or(0.0);
    let id = id.to_owned();
    match kind {
        "genset" => {
            if let Some(run) = desired.running {
                orders.run.insert(id, run);
            }
        }
        "battery" => {
            let flows = (desired.charge_kw, desired.discharge_kw);
            orders.battery_kw.insert(id, (flows.0.unwrap_or(0.0), flows.1.unwrap_or(0.0)));
        }
        "solar" => {
            if let Some(limit) = desired.limit_kw {
                orders.solar_limit_kw.insert(id, limit);
            }
        }
        "well" => _ = orders.well_m3_per_h.insert(id, flow),
        "treatment" => _ = orders.line_m3_per_h.insert(id, flow),
        "thermal_store" => {
            if let Some(kw) = desired.heater_kw {
                orders.heater_kw.insert(id, kw);
            }
        }
        "batch" => {
            if let Some(count) = desired.batches_running {
                orders.batches_running.insert(id, count);
            }
        }
        "wastewater" => _ = orders.sewage_m3_per_h.insert(id, flow),
        _ => {
            if let Some(shed) = desired.shed_kw {
                orders.shed_kw.insert(format!("{kind}.{id}"), shed);
            }
        }
    }
}
