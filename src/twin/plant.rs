//! The plant: what the bus does in the next moment, given what the controllers order.

mod bus;
mod water;

pub(super) use bus::Dispatch;

use super::fleet::fuel_l_per_h;
use super::placed::Placed;
use super::{Tally, Truth};
use camp_solver::Site;
use camp_solver::site::Tier;
use chrono::{NaiveTime, Timelike};
use std::collections::BTreeMap;

/// From the order to start until the set is on the bus, h.
const START_H: f64 = 1.5 / 60.0;
/// A share of a rating nearer than this to a bound is at it.
const NEAR_SHARE: f64 = 1e-6;

/// A set.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    /// Ordered on; on the bus once it has run up.
    pub(super) running: bool,
    pub(super) running_up_h: f64,
    pub(super) tagged_out: bool,
    /// In somebody's hands, who holds it running or standing.
    pub(super) manual: Option<bool>,
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

    /// Whether its controller cannot run it.
    pub(super) fn is_out(&self) -> bool {
        self.tagged_out || self.manual.is_some()
    }
}

/// What controllers order for the next moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    pub(super) run: BTreeMap<String, bool>,
    /// Who balances the bus.
    pub(super) dispatch: Dispatch,
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
    /// A well that gives nothing.
    pub(super) dry: Option<String>,
    pub(super) placed: Placed,
    pub(super) served_kw: BTreeMap<String, f64>,
    /// Load that the sources on the bus could not carry in the last moment, kW.
    pub(super) missing_kw: f64,
    /// What was asked of the bus in the last moment, kW, before anything dropped out.
    pub(super) load_kw: f64,
    /// What the sun offered in the last moment, kW.
    pub(super) offered_kw: f64,
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

    /// Lives for `dt_h`.
    pub(super) fn step(&mut self, site: &Site, truth: &Truth, orders: &Orders, dt_h: f64) {
        self.switch_sets(site, orders, dt_h);
        self.service_sets(site, truth);
        let water_kw =
            self.water(site, truth, orders, dt_h) + self.sewage(site, truth, orders, dt_h);
        let mut load_kw = water_kw;
        self.served_kw.clear();
        for (path, demand) in &truth.demand_kw {
            let shed = orders.shed_kw.get(path).copied().unwrap_or(0.0).min(*demand);
            self.served_kw.insert(path.clone(), demand - shed);
            if shed > 0.0 {
                let tier = site.load.iter().find(|(id, _)| path.strip_prefix("load.") == Some(*id));
                self.tally.drop_load(tier.map_or(Tier::T3, |(_, load)| load.tier), shed * dt_h);
            }
            load_kw += demand - shed;
        }
        for (path, kw) in self.placed.demand_kw(site, truth, orders) {
            load_kw += kw;
            self.served_kw.insert(path, kw);
        }
        self.bus(site, truth, orders, load_kw, dt_h);
        self.shed_missing(site, dt_h);
        let cold_kwh = self.placed.live(site, truth, &self.served_kw, dt_h);
        self.tally.drop_load(Tier::T3, cold_kwh);
        self.tally.batches_undone += std::mem::take(&mut self.placed.undone);
        self.burn(site, dt_h);
        self.count(site, dt_h);
    }

    /// Books of the moment that has passed.
    fn count(&mut self, site: &Site, dt_h: f64) {
        let (load_kw, missing_kw) = (self.load_kw, self.missing_kw);
        let tally = &mut self.tally;
        tally.lived_h += dt_h;
        tally.served_kwh += (load_kw - missing_kw).max(0.0) * dt_h;
        for (id, set) in self.sets.iter().filter(|(_, s)| s.on_bus()) {
            let share = set.power_kw / site.genset[id].rated_kw;
            tally.sets_kwh += set.power_kw * dt_h;
            tally.under_30_h += if share < 0.30 - NEAR_SHARE { dt_h } else { 0.0 };
            tally.under_40_h += if share < 0.40 - NEAR_SHARE { dt_h } else { 0.0 };
        }
        let sun_kw: f64 = self.solar_kw.values().sum();
        tally.solar_kwh += sun_kw * dt_h;
        tally.curtailed_kwh += (self.offered_kw - sun_kw).max(0.0) * dt_h;
        tally.charged_kwh += self.battery_kw.values().map(|(c, _)| c).sum::<f64>() * dt_h;
        for (id, (_, kw)) in &self.battery_kw {
            let of_one = tally.discharged_by_battery_kwh.entry(id.clone()).or_default();
            *of_one += kw * dt_h;
        }
        tally.discharged_kwh += self.battery_kw.values().map(|(_, d)| d).sum::<f64>() * dt_h;
        let is_low = |(id, spec): (&String, &camp_solver::site::Tank)| {
            self.level_m3.get(id).is_some_and(|m3| *m3 < spec.floor_m3() - 1e-6)
        };
        tally.below_floor_h += if site.tank.iter().any(is_low) { dt_h } else { 0.0 };
    }

    fn switch_sets(&mut self, site: &Site, orders: &Orders, dt_h: f64) {
        let has_fuel = self.fuel_l.is_empty() || self.fuel_l.values().any(|l| *l > 0.0);
        for (id, set) in &mut self.sets {
            let ordered = orders.run.get(id).copied().unwrap_or(set.running);
            let run = set.manual.unwrap_or(ordered) && !set.tagged_out && has_fuel;
            set.held_h += dt_h;
            set.running_up_h = (set.running_up_h - dt_h).max(0.0);
            if run != set.running {
                set.running = run;
                set.held_h = 0.0;
                set.running_up_h = if run { START_H } else { 0.0 };
                if run {
                    // Warm-up and cool-down are in it.
                    let start_l = site.genset[id].start_fuel_l;
                    self.tally.starts += 1;
                    *self.tally.starts_by_set.entry(id.clone()).or_default() += 1;
                    self.tally.fuel_l += start_l;
                    take_fuel(&mut self.fuel_l, start_l);
                }
            }
        }
    }

    /// What the bus cannot carry drops out, T3 first.
    fn shed_missing(&mut self, site: &Site, dt_h: f64) {
        let mut missing = self.missing_kw;
        let mut is_dark = false;
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
                self.tally.drop_load(tier, dropped * dt_h);
                is_dark |= tier <= Tier::T1 && dropped > 1e-6;
            }
        }
        self.tally.blackout_h += if is_dark { dt_h } else { 0.0 };
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
            let on = set.on_bus();
            set.fuel_l_per_h = if on { fuel_l_per_h(&site.genset[id], set.power_kw) } else { 0.0 };
            if set.running {
                set.run_hours_h += dt_h;
                *self.tally.run_h.entry(id.clone()).or_default() += dt_h;
            }
            litres += set.fuel_l_per_h * dt_h;
        }
        self.tally.fuel_l += litres;
        take_fuel(&mut self.fuel_l, litres);
    }
}

impl Plant {
    /// Fuel comes, as much as there is room for.
    pub(super) fn deliver(&mut self, site: &Site, lived_h: f64, dt_h: f64, late_d: f64) {
        for (id, store) in &site.fuel_store {
            let due = |h: f64| ((h / 24.0 - late_d) / store.delivery_every_d).floor().max(0.0);
            if due(lived_h + dt_h) > due(lived_h)
                && let Some(level) = self.fuel_l.get_mut(id)
            {
                *level = (*level + store.delivery_l).min(store.capacity_l);
            }
        }
    }

    /// Sets that somebody has taken into his hands, and those that nobody has.
    pub(super) fn take_by_hand(&mut self, hands: impl Fn(&str) -> Option<bool>) {
        for (id, set) in &mut self.sets {
            set.manual = hands(id);
        }
    }
}

fn take_fuel(stores: &mut BTreeMap<String, f64>, litres: f64) {
    if let Some(level) = stores.values_mut().next() {
        *level = (*level - litres).max(0.0);
    }
}
