//! The local controllers: they follow instructions that hold, and look after the camp by themselves
//! when none do. Whatever is instructed, an overloaded bus gets another set.

use super::plant::{Orders, Plant};
use super::truth::Truth;
use crate::domain::instruction::{
    Acknowledgement, Heartbeat, Instruction, InstructionStatus, MESSAGE_SCHEMA,
};
use camp_solver::Site;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A service that has not been heard for this long is taken for dead.
const HEARTBEAT_LOST: TimeDelta = TimeDelta::seconds(30);
/// Reserve below which the next set starts, share of the load.
const START_RESERVE_FRAC: f64 = 0.10;
/// Reserve that must be left after a stop, share of the load.
const STOP_RESERVE_FRAC: f64 = 0.25;
/// A set that the local control started runs for at least this long, h.
const LEAST_RUN_H: f64 = 0.5;

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
    priority: Vec<String>,
}

impl Controllers {
    pub(super) fn new(site: &Site) -> Self {
        Self { priority: site.genset.keys().cloned().collect(), ..Self::default() }
    }

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
            .is_some_and(|set| set.tagged_out && instruction.desired.running == Some(true));
        if out {
            self.held.remove(asset);
            return answer(InstructionStatus::Rejected, "the set is tagged out");
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

    /// What the plant is to do in the next moment.
    pub(super) fn orders(
        &mut self,
        site: &Site,
        plant: &Plant,
        truth: &Truth,
        now: DateTime<Utc>,
    ) -> Orders {
        let alive = self.service_lives(now);
        self.held.retain(|_, held| alive && now < held.until);
        let mut orders = Orders::default();
        Self::local_water(site, plant, &mut orders);
        self.local_sets(site, plant, truth, &mut orders);
        local_batteries(site, plant, &mut orders);
        for (asset, held) in &self.held {
            let desired = &held.instruction.desired;
            let Some((kind, id)) = asset.split_once('.') else { continue };
            match kind {
                "genset" => {
                    if let Some(run) = desired.running {
                        // Protection comes first: an overloaded bus keeps the set that it called.
                        let called = plant.missing_kw > 0.0 && orders.run.get(id) == Some(&true);
                        orders.run.insert(id.to_owned(), run || called);
                    }
                }
                "battery" => {
                    let flows = (desired.charge_kw, desired.discharge_kw);
                    let flows = (flows.0.unwrap_or(0.0), flows.1.unwrap_or(0.0));
                    orders.battery_kw.insert(id.to_owned(), flows);
                }
                "solar" => {
                    if let Some(limit) = desired.limit_kw {
                        orders.solar_limit_kw.insert(id.to_owned(), limit);
                    }
                }
                "well" => {
                    let flow = desired.flow_m3_per_h.unwrap_or(0.0);
                    orders.well_m3_per_h.insert(id.to_owned(), flow);
                }
                "treatment" => {
                    let flow = desired.flow_m3_per_h.unwrap_or(0.0);
                    orders.line_m3_per_h.insert(id.to_owned(), flow);
                }
                "thermal_store" => {
                    if let Some(kw) = desired.heater_kw {
                        orders.heater_kw.insert(id.to_owned(), kw);
                    }
                }
                "batch" => {
                    if let Some(count) = desired.batches_running {
                        orders.batches_running.insert(id.to_owned(), count);
                    }
                }
                "wastewater" => {
                    let flow = desired.flow_m3_per_h.unwrap_or(0.0);
                    orders.sewage_m3_per_h.insert(id.to_owned(), flow);
                }
                _ => {
                    if let Some(shed) = desired.shed_kw {
                        orders.shed_kw.insert(asset.clone(), shed);
                    }
                }
            }
        }
        orders
    }

    /// Load-dependent start and stop, by fixed priority.
    fn local_sets(&self, site: &Site, plant: &Plant, truth: &Truth, orders: &mut Orders) {
        let placed =
            |path: &String| path.starts_with("thermal_store.") || path.starts_with("batch.");
        let placed_kw = plant.served_kw.iter().filter(|(path, _)| placed(path)).map(|(_, kw)| kw);
        let load_kw = truth.demand_kw.values().chain(placed_kw).sum::<f64>();
        let sun_kw: f64 = plant.solar_kw.values().sum();
        let need_kw = (load_kw - sun_kw).max(0.0);
        let rated_on = |orders: &Orders| -> f64 {
            let on = self.priority.iter().filter(|id| orders.run.get(*id) == Some(&true));
            on.map(|id| site.genset[id].rated_kw).sum()
        };
        for (id, set) in &plant.sets {
            orders.run.insert(id.clone(), set.running);
        }
        if rated_on(orders) < (1.0 + START_RESERVE_FRAC) * need_kw + plant.missing_kw
            || rated_on(orders) <= 0.0
        {
            let next = self
                .priority
                .iter()
                .find(|id| orders.run.get(*id) == Some(&false) && !plant.sets[*id].tagged_out);
            if let Some(id) = next {
                orders.run.insert(id.clone(), true);
            }
            return;
        }
        let running = self.priority.iter().rev().filter(|id| orders.run.get(*id) == Some(&true));
        let candidates: Vec<&String> = running.collect();
        if candidates.len() < 2 {
            return;
        }
        let last = candidates[0];
        let left = rated_on(orders) - site.genset[last].rated_kw;
        let spare = left >= (1.0 + STOP_RESERVE_FRAC) * need_kw;
        if spare && plant.sets[last].held_h >= LEAST_RUN_H {
            orders.run.insert(last.clone(), false);
        }
    }

    /// Tanks by level switches: on below 60 % of the way from floor to rim, off above 90 %; a day's
    /// quota is made evenly.
    fn local_water(site: &Site, plant: &Plant, orders: &mut Orders) {
        let fill = |tank: &str| {
            let spec = &site.tank[tank];
            (plant.level_m3[tank] - spec.floor_m3()) / (spec.capacity_m3 - spec.floor_m3())
        };
        let wanted = |tank: &str, before: f64| {
            if before > 0.0 { fill(tank) < 0.9 } else { fill(tank) < 0.6 }
        };
        for (id, well) in site.well.iter().filter(|(_, w)| !w.standby) {
            let before = plant.well_m3_per_h.get(id).copied().unwrap_or(0.0);
            let flow = if wanted(&well.to_tank, before) { well.flow_m3_per_h } else { 0.0 };
            orders.well_m3_per_h.insert(id.clone(), flow);
        }
        for (id, line) in &site.treatment {
            let before = plant.line_m3_per_h.get(id).copied().unwrap_or(0.0);
            let flow = match line.daily_product_m3 {
                Some(daily) => daily / 24.0,
                None if wanted(&line.to_tank, before) && fill(&line.from_tank) > 0.0 => {
                    line.max_m3_per_h()
                }
                None => 0.0,
            };
            orders.line_m3_per_h.insert(id.clone(), flow);
        }
        // An even flow, and more of it the fuller the equalisation tank.
        for (id, spec) in &site.wastewater {
            let level = plant.sewage_m3.get(id).copied().unwrap_or(0.0);
            let flow = spec.daily_m3 / 24.0 + (level - spec.start_equalisation_m3) / 12.0;
            orders.sewage_m3_per_h.insert(id.clone(), flow.max(0.0));
        }
    }
}

/// A battery left alone gives what sets would do at the end of their range and takes surplus sun:
/// both happen on the bus by themselves. Its set-point is nothing.
fn local_batteries(site: &Site, _plant: &Plant, orders: &mut Orders) {
    for id in site.battery.keys() {
        orders.battery_kw.insert(id.clone(), (0.0, 0.0));
    }
}
