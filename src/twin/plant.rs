//! The plant: what the bus does in the next moment, given what the controllers order.

mod water;

use super::placed::Placed;
use super::{Tally, Truth};
use camp_solver::Site;
use camp_solver::site::Tier;
use chrono::{NaiveTime, Timelike};
use std::collections::BTreeMap;

/// From the order to start until the set is on the bus, h.
const START_H: f64 = 1.5 / 60.0;

/// A set.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    /// Ordered on; on the bus once it has run up.
    pub(super) running: bool,
    pub(super) running_up_h: f64,
    pub(super) tagged_out: bool,
    pub(super) power_kw: f64,
    pub(super) fuel_l_per_h: f64,
    pub(super) run_hours_h: f64,
    /// Run hours at which its next service is due.
    pub(super) service_due_h: Option<f64>,
    /// Since the last start or stop, h.
    pub(super) held_h: f64,
}

impl Set {
    pub(super) fn on_bus(&self) -> bool {
        self.running && self.running_up_h <= 0.0
    }
}

/// What controllers order for the next moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    pub(super) run: BTreeMap<String, bool>,
    /// Charge and discharge set-points, kW; a battery alone on the bus takes what the bus asks.
    pub(super) battery_kw: BTreeMap<String, (f64, f64)>,
    pub(super) solar_limit_kw: BTreeMap<String, f64>,
    pub(super) well_m3_per_h: BTreeMap<String, f64>,
    pub(super) line_m3_per_h: BTreeMap<String, f64>,
    pub(super) sewage_m3_per_h: BTreeMap<String, f64>,
    pub(super) shed_kw: BTreeMap<String, f64>,
    pub(super) heater_kw: BTreeMap<String, f64>,
    pub(super) batches_running: BTreeMap<String, u32>,
}

/// The plant's state.
#[derive(Debug, Clone, Default)]
pub(super) struct Plant {
    pub(super) sets: BTreeMap<String, Set>,
    pub(super) stored_kwh: BTreeMap<String, f64>,
    pub(super) battery_kw: BTreeMap<String, (f64, f64)>,
    pub(super) solar_kw: BTreeMap<String, f64>,
    pub(super) well_m3_per_h: BTreeMap<String, f64>,
    pub(super) line_m3_per_h: BTreeMap<String, f64>,
    pub(super) level_m3: BTreeMap<String, f64>,
    /// Levels of equalisation tanks, and what treating takes.
    pub(super) sewage_m3: BTreeMap<String, f64>,
    pub(super) sewage_kw: BTreeMap<String, f64>,
    pub(super) fuel_l: BTreeMap<String, f64>,
    pub(super) placed: Placed,
    pub(super) served_kw: BTreeMap<String, f64>,
    /// Load that the sources on the bus could not carry in the last moment, kW.
    pub(super) missing_kw: f64,
    pub(super) tally: Tally,
}

impl Plant {
    pub(super) fn new(site: &Site) -> Self {
        let mut plant = Self { placed: Placed::new(site), ..Self::default() };
        for (id, set) in &site.genset {
            let start = site.start.genset(id);
            let run_hours_h = set.run_hours_h.unwrap_or(0.0);
            let state = Set {
                running: start.running,
                held_h: start.for_h,
                run_hours_h,
                service_due_h: set.service_due_h,
                ..Set::default()
            };
            plant.sets.insert(id.clone(), state);
        }
        for id in site.battery.keys() {
            plant.stored_kwh.insert(id.clone(), site.start.battery_kwh(site, id));
        }
        for id in site.tank.keys() {
            plant.level_m3.insert(id.clone(), site.start.tank_m3(site, id));
        }
        for id in site.wastewater.keys() {
            let level_m3 = site.start.wastewater(site, id).level_m3;
            plant.sewage_m3.insert(id.clone(), level_m3);
        }
        for (id, store) in &site.fuel_store {
            plant.fuel_l.insert(id.clone(), store.start_l);
        }
        plant
    }

    pub(super) fn tag_out(&mut self, id: &str, out: bool) {
        if let Some(set) = self.sets.get_mut(id) {
            set.tagged_out = out;
            set.running &= !out;
        }
    }

    /// Rating of the sets on the bus, kW.
    pub(super) fn rated_on_bus_kw(&self, site: &Site) -> f64 {
        self.sets.iter().filter(|(_, s)| s.on_bus()).map(|(id, _)| site.genset[id].rated_kw).sum()
    }

    /// Lives for `dt_h`.
    pub(super) fn step(&mut self, site: &Site, truth: &Truth, orders: &Orders, dt_h: f64) {
        self.switch_sets(orders, dt_h);
        self.service_sets(site, truth);
        let water_kw =
            self.water(site, truth, orders, dt_h) + self.sewage(site, truth, orders, dt_h);
        let mut load_kw = water_kw;
        self.served_kw.clear();
        for (path, demand) in &truth.demand_kw {
            let shed = orders.shed_kw.get(path).copied().unwrap_or(0.0).min(*demand);
            self.served_kw.insert(path.clone(), demand - shed);
            self.tally.unserved_kwh += shed * dt_h;
            load_kw += demand - shed;
        }
        for (path, kw) in self.placed.demand_kw(site, truth, orders) {
            load_kw += kw;
            self.served_kw.insert(path, kw);
        }
        self.bus(site, truth, orders, load_kw, dt_h);
        self.shed_missing(site, dt_h);
        self.tally.unserved_kwh += self.placed.live(site, truth, &self.served_kw, dt_h);
        self.burn(site, dt_h);
    }

    fn switch_sets(&mut self, orders: &Orders, dt_h: f64) {
        for (id, set) in &mut self.sets {
            let run = orders.run.get(id).copied().unwrap_or(set.running) && !set.tagged_out;
            set.held_h += dt_h;
            set.running_up_h = (set.running_up_h - dt_h).max(0.0);
            if run != set.running {
                set.running = run;
                set.held_h = 0.0;
                set.running_up_h = if run { START_H } else { 0.0 };
                self.tally.starts += u32::from(run);
            }
        }
    }

    /// Sets, sun and batteries carry the load: set-points first, sets share the rest, and a battery
    /// that forms the grid takes what is left.
    fn bus(&mut self, site: &Site, truth: &Truth, orders: &Orders, load_kw: f64, dt_h: f64) {
        let rated_kw = self.rated_on_bus_kw(site);
        let formed = rated_kw > 0.0 || site.battery.values().any(|b| b.grid_forming);
        let mut sun_kw = BTreeMap::new();
        for (id, array) in &site.solar {
            let limit = orders.solar_limit_kw.get(id).copied().unwrap_or(array.inverter_kw);
            let offered = truth.sun_kw.get(id).copied().unwrap_or(0.0);
            sun_kw.insert(
                id.clone(),
                if formed { offered.min(limit).min(array.inverter_kw) } else { 0.0 },
            );
        }
        // Positive: out of the battery.
        let mut flows: BTreeMap<String, f64> = BTreeMap::new();
        for id in site.battery.keys() {
            let (charge, discharge) = orders.battery_kw.get(id).copied().unwrap_or((0.0, 0.0));
            let flow = if rated_kw > 0.0 { discharge - charge } else { 0.0 };
            flows.insert(id.clone(), self.within_battery(site, id, flow, dt_h));
        }
        let sum = |map: &BTreeMap<String, f64>| map.values().sum::<f64>();
        let mut sets_kw = load_kw - sum(&sun_kw) - sum(&flows);
        if sets_kw > rated_kw || sets_kw < 0.0 {
            // The batteries give or take what the sets cannot.
            for id in site.battery.keys() {
                let surplus = sets_kw.clamp(0.0, rated_kw) - sets_kw;
                let wanted = flows[id] - surplus;
                let flow = self.within_battery(site, id, wanted, dt_h);
                sets_kw += flows[id] - flow;
                flows.insert(id.clone(), flow);
            }
        }
        if sets_kw < 0.0 {
            for kw in sun_kw.values_mut() {
                let curtailed = kw.min(-sets_kw);
                *kw -= curtailed;
                sets_kw += curtailed;
            }
        }
        self.missing_kw = if formed { (sets_kw - rated_kw).max(0.0) } else { load_kw };
        let sets_kw = sets_kw.clamp(0.0, rated_kw);
        for (id, set) in &mut self.sets {
            let share = if rated_kw > 0.0 { site.genset[id].rated_kw / rated_kw } else { 0.0 };
            set.power_kw = if set.on_bus() { sets_kw * share } else { 0.0 };
        }
        for (id, flow) in flows {
            let battery = &site.battery[&id];
            let (charge, discharge) = ((-flow).max(0.0), flow.max(0.0));
            let gain = charge * battery.charge_efficiency_frac
                - discharge / battery.discharge_efficiency_frac;
            if let Some(stored) = self.stored_kwh.get_mut(&id) {
                *stored = (*stored + gain * dt_h).clamp(0.0, battery.energy_kwh);
            }
            self.battery_kw.insert(id, (charge, discharge));
        }
        self.solar_kw = sun_kw;
    }

    /// A flow as the battery can do it, kW out of it.
    fn within_battery(&self, site: &Site, id: &str, flow: f64, dt_h: f64) -> f64 {
        let battery = &site.battery[id];
        let stored = self.stored_kwh[id];
        let out = (stored - battery.min_kwh()).max(0.0) * battery.discharge_efficiency_frac / dt_h;
        let into = (battery.max_kwh() - stored).max(0.0) / battery.charge_efficiency_frac / dt_h;
        flow.min(battery.discharge_max_kw).min(out).max(-battery.charge_max_kw.min(into))
    }

    /// What the bus cannot carry drops out, T3 first.
    fn shed_missing(&mut self, site: &Site, dt_h: f64) {
        let mut missing = self.missing_kw;
        let heaters = site.thermal_store.keys().map(|id| (format!("thermal_store.{id}"), Tier::T3));
        let batches = site.batch.keys().map(|id| (format!("batch.{id}"), Tier::T3));
        let feeders = site.consumers().into_iter().map(|(path, tier, _)| (path, tier));
        let consumers: Vec<_> = heaters.chain(feeders).chain(batches).collect();
        for tier in [Tier::T3, Tier::T2, Tier::T1, Tier::T0] {
            for (path, _) in consumers.iter().filter(|(_, of)| *of == tier) {
                let Some(served) = self.served_kw.get_mut(path) else { continue };
                let dropped = missing.min(*served);
                *served -= dropped;
                missing -= dropped;
                self.tally.unserved_kwh += dropped * dt_h;
                if matches!(tier, Tier::T0 | Tier::T1) {
                    self.tally.unserved_critical_kwh += dropped * dt_h;
                }
            }
        }
    }

    /// A set that is due and has stood for as long as a service takes was serviced, by day.
    fn service_sets(&mut self, site: &Site, truth: &Truth) {
        let hours = &site.plant.service_hours;
        let clock = |time: NaiveTime| f64::from(time.num_seconds_from_midnight()) / 3600.0;
        let by_day = (clock(hours.from)..=clock(hours.to)).contains(&truth.local_h);
        for (id, set) in &mut self.sets {
            let spec = &site.genset[id];
            let is_due =
                set.service_due_h.is_some_and(|h| set.run_hours_h + spec.service_slack_h() >= h);
            if by_day && is_due && !set.running && set.held_h >= spec.service_duration_h {
                set.service_due_h = Some(set.run_hours_h + spec.service_every_h());
            }
        }
    }

    fn burn(&mut self, site: &Site, dt_h: f64) {
        let mut litres = 0.0;
        for (id, set) in &mut self.sets {
            let spec = &site.genset[id];
            set.fuel_l_per_h = if set.running {
                let points: Vec<_> =
                    spec.fuel_curve_kw.iter().zip(&spec.fuel_curve_l_per_h).collect();
                let line = points.windows(2).rev().find(|w| set.power_kw >= *w[0].0);
                let (a, b) = line.map_or((points[0], points[1]), |w| (w[0], w[1]));
                a.1 + (b.1 - a.1) * (set.power_kw - a.0) / (b.0 - a.0)
            } else {
                0.0
            };
            set.run_hours_h += if set.running { dt_h } else { 0.0 };
            litres += set.fuel_l_per_h * dt_h;
        }
        self.tally.fuel_l += litres;
        if let Some(level) = self.fuel_l.values_mut().next() {
            *level = (*level - litres).max(0.0);
        }
    }
}
