//! Heaters and laundries of the simulated camp: thermostats and machines.

use super::Truth;
use super::plant::Orders;
use camp_solver::Site;
use std::collections::BTreeMap;

/// A thermostat left alone heats up to this fill.
const FULL_FRAC: f64 = 0.95;

/// Machines of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Machines {
    /// For each batch that runs: how long it still takes, h.
    pub(super) left_h: Vec<f64>,
    pub(super) done_today: u32,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Placed {
    pub(super) heat_kwh: BTreeMap<String, f64>,
    /// Whether the thermostat left alone heats.
    heats: BTreeMap<String, bool>,
    pub(super) machines: BTreeMap<String, Machines>,
    day: Option<i64>,
    /// Batches of days that are over which were never begun; taken away by who counts them.
    pub(super) undone: u32,
}

impl Placed {
    pub(super) fn new(site: &Site) -> Self {
        let start = &site.start;
        let machines = |id: &String| {
            let state = start.batch(id);
            Machines { left_h: state.running_left_h, done_today: state.done_today }
        };
        Self {
            heat_kwh: site
                .thermal_store
                .keys()
                .map(|id| (id.clone(), start.heat_kwh(site, id)))
                .collect(),
            heats: BTreeMap::new(),
            machines: site.batch.keys().map(|id| (id.clone(), machines(id))).collect(),
            day: None,
            undone: 0,
        }
    }

    /// What heaters and machines ask of the bus in the next moment, kW by `kind.id`. Instructed ones
    /// do as told, the others as their own control has it; a batch that runs is never broken off.
    pub(super) fn demand_kw(
        &mut self,
        site: &Site,
        truth: &Truth,
        orders: &Orders,
    ) -> BTreeMap<String, f64> {
        let mut demand = BTreeMap::new();
        for (id, store) in &site.thermal_store {
            let fill = self.heat_kwh[id] / store.store_kwh;
            let heats = self.heats.entry(id.clone()).or_default();
            *heats = if *heats { fill < FULL_FRAC } else { fill < store.held_frac() };
            let own = if *heats { store.heater_kw } else { 0.0 };
            let kw = orders.heater_kw.get(id).copied().unwrap_or(own).min(store.heater_kw);
            let room = fill < 1.0;
            demand.insert(format!("thermal_store.{id}"), if room { kw } else { 0.0 });
        }
        let new_day = self.day != Some(truth.local_day);
        for (id, batch) in &site.batch {
            let Some(machines) = self.machines.get_mut(id) else { continue };
            if new_day && self.day.is_some() {
                self.undone += batch.per_day.saturating_sub(machines.done_today);
                machines.done_today = 0;
            }
            let open =
                truth.local_h >= batch.from_h && truth.local_h + batch.batch_h <= batch.to_h + 1e-9;
            let own = if open { batch.max_at_once } else { 0 };
            let wanted = orders.batches_running.get(id).copied().unwrap_or(own);
            let running = |m: &Machines| u32::try_from(m.left_h.len()).unwrap_or(u32::MAX);
            while running(machines) < wanted.min(batch.max_at_once)
                && machines.done_today.saturating_add(running(machines)) < batch.per_day
            {
                machines.left_h.push(batch.batch_h);
            }
            let kw = f64::from(running(machines)) * batch.batch_kw;
            demand.insert(format!("batch.{id}"), kw);
        }
        self.day = Some(truth.local_day);
        demand
    }

    /// Lives for `dt_h` on what was served; heat that is asked for and not there is told, kWh.
    pub(super) fn live(
        &mut self,
        site: &Site,
        truth: &Truth,
        served_kw: &BTreeMap<String, f64>,
        dt_h: f64,
    ) -> f64 {
        let mut missing_kwh = 0.0;
        for (id, store) in &site.thermal_store {
            let Some(heat) = self.heat_kwh.get_mut(id) else { continue };
            let heater = served_kw.get(&format!("thermal_store.{id}")).copied().unwrap_or(0.0);
            let drawn = truth.heat_kw.get(id).copied().unwrap_or(0.0) * dt_h;
            let there = *heat * store.kept_frac(dt_h) + heater * dt_h;
            missing_kwh += (drawn - there).max(0.0);
            *heat = (there - drawn).clamp(0.0, store.store_kwh);
        }
        for machines in self.machines.values_mut() {
            machines.left_h.iter_mut().for_each(|left| *left -= dt_h);
            let before = machines.left_h.len();
            machines.left_h.retain(|left| *left > 1e-9);
            let ended = before - machines.left_h.len();
            machines.done_today += u32::try_from(ended).unwrap_or(0);
        }
        missing_kwh
    }
}
