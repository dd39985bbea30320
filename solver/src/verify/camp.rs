//! The plan and the problem side by side, with the few readings that every check needs.

use crate::plan::Plan;
use crate::problem::Problem;
use crate::site::{Site, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

pub(super) struct Camp<'a> {
    pub(super) problem: &'a Problem,
    pub(super) site: &'a Site,
    pub(super) plan: &'a Plan,
    pub(super) steps: usize,
    /// Length of each step, h.
    pub(super) dt: Vec<f64>,
    /// Start of each step after the first, h.
    pub(super) at: Vec<f64>,
    /// Energy that each battery keeps, its window's lower end included, kWh.
    pub(super) kept_kwh: BTreeMap<String, f64>,
}

impl<'a> Camp<'a> {
    pub(super) fn new(problem: &'a Problem, plan: &'a Plan) -> Self {
        let minutes = &problem.grid.step_minutes;
        let dt: Vec<f64> = minutes.iter().map(|m| f64::from(*m) / 60.0).collect();
        let mut at = Vec::with_capacity(dt.len());
        let mut passed = 0_u32;
        for m in minutes {
            at.push(f64::from(passed) / 60.0);
            passed += m;
        }
        let (site, steps) = (&problem.site, dt.len());
        let mut camp = Self { problem, site, plan, steps, dt, at, kept_kwh: BTreeMap::new() };
        camp.kept_kwh = camp.kept();
        camp
    }

    /// What a set can give in step `t` at the height and in the air of the camp, kW.
    pub(super) fn most_kw(&self, id: &str, t: usize) -> f64 {
        let (set, place) = (&self.site.genset[id], &self.site.place);
        let Some(loss) = &set.derating else {
            return set.rated_kw;
        };
        let told = self.problem.series.temperature_c.get(t).copied();
        let air_c = told.or(place.design_temperature_c).unwrap_or(loss.above_c);
        let mut left = 1.0;
        if air_c > loss.above_c {
            left -= (air_c - loss.above_c) * loss.frac_per_10c / 10.0;
        }
        if place.altitude_m > loss.above_m {
            left -= (place.altitude_m - loss.above_m) * loss.frac_per_300m / 300.0;
        }
        left.max(0.0) * set.rated_kw
    }

    /// Minutes since the epoch, on the camp's clocks, at the start of step `t`.
    fn local_minutes(&self, t: usize) -> i64 {
        let grid = &self.problem.grid;
        let passed: i64 = grid.step_minutes[..t].iter().map(|m| i64::from(*m)).sum();
        grid.start.timestamp().div_euclid(60) + passed + i64::from(grid.utc_offset_minutes[t])
    }

    /// The steps that start in each local day.
    pub(super) fn local_days(&self) -> Vec<Vec<usize>> {
        let mut days: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for t in 0..self.steps {
            days.entry(self.local_minutes(t).div_euclid(24 * 60)).or_default().push(t);
        }
        days.into_values().collect()
    }

    /// Hours of a local day before and after its part of the horizon.
    pub(super) fn day_outside_h(&self, steps: &[usize]) -> (f64, f64) {
        let (first, last) = (steps[0], steps[steps.len() - 1]);
        let hour = |t: usize| self.local_minutes(t).rem_euclid(24 * 60) as f64 / 60.0;
        let before = if first == 0 { hour(0) } else { 0.0 };
        let ends = last + 1 == self.steps;
        let after = if ends { 24.0 - hour(last) - self.dt[last] } else { 0.0 };
        (before, after.max(0.0))
    }

    /// Whether an asset is out of reach in step `t`, or a set under service.
    pub(super) fn is_out(&self, path: &str, t: usize) -> bool {
        self.problem.unavailable.get(path).is_some_and(|steps| steps[t]) || self.in_service(path, t)
    }

    /// Whether the plan has a set under service in any part of step `t`.
    pub(super) fn in_service(&self, path: &str, t: usize) -> bool {
        let set = path.strip_prefix("genset.").and_then(|id| self.plan.genset.get(id));
        let service = set.and_then(|g| g.upkeep.service.as_ref());
        let time = service.and_then(|s| s.from.zip(s.to));
        time.is_some_and(|(from, to)| from < self.end_of(t) && self.start_of(t) < to)
    }

    /// When step `t` begins.
    pub(super) fn start_of(&self, t: usize) -> DateTime<Utc> {
        let passed: i64 = self.problem.grid.step_minutes[..t].iter().map(|m| i64::from(*m)).sum();
        self.problem.grid.start + TimeDelta::minutes(passed)
    }

    /// When step `t` ends.
    pub(super) fn end_of(&self, t: usize) -> DateTime<Utc> {
        self.start_of(t) + TimeDelta::minutes(i64::from(self.problem.grid.step_minutes[t]))
    }

    /// Hours after local midnight as step `t` begins.
    pub(super) fn local_hour(&self, t: usize) -> f64 {
        self.local_minutes(t).rem_euclid(24 * 60) as f64 / 60.0
    }

    /// The window's lower end and, where asked, what carries the battery's share of T0 and T1.
    fn kept(&self) -> BTreeMap<String, f64> {
        let mut critical = vec![0.0_f64; self.steps];
        for (path, _) in self.consumers().iter().filter(|(_, tier)| *tier <= Tier::T1) {
            for (kw, demand) in critical.iter_mut().zip(&self.problem.series.demand_kw[path]) {
                *kw += demand;
            }
        }
        let most = critical.into_iter().fold(0.0, f64::max);
        let mut all_kw = 0.0;
        for battery in self.site.battery.values().filter(|b| b.critical_floor_h.is_some()) {
            all_kw += battery.discharge_max_kw;
        }
        let mut kept = BTreeMap::new();
        for (id, battery) in &self.site.battery {
            let low = battery.state_of_charge_min_frac * battery.energy_kwh;
            let top = battery.state_of_charge_max_frac * battery.energy_kwh;
            let hours = battery.critical_floor_h.unwrap_or(0.0);
            let share = if all_kw > 0.0 { battery.discharge_max_kw / all_kw } else { 0.0 };
            let more = hours * most * share / battery.discharge_efficiency_frac;
            kept.insert(id.clone(), top.min(low + more));
        }
        kept
    }

    /// What a battery can sustain through step `t`, kW, above what it keeps.
    pub(super) fn sustained_kw(&self, id: &str, t: usize) -> f64 {
        let (battery, stored) = (&self.site.battery[id], &self.plan.battery[id].stored_kwh);
        let low = battery.state_of_charge_min_frac;
        let start = self.problem.start.battery.get(id).map_or(low, |s| s.state_of_charge_frac);
        let before = if t == 0 { start * battery.energy_kwh } else { stored[t - 1] };
        let energy = before.min(stored[t]) - self.kept_kwh[id];
        let lasts = self.site.reserve.battery_sustain_h;
        let sustained = energy.max(0.0) * battery.discharge_efficiency_frac / lasts;
        battery.discharge_max_kw.min(sustained)
    }

    /// Consumers by `kind.id`, with their tiers.
    pub(super) fn consumers(&self) -> Vec<(String, Tier)> {
        let site = self.site;
        let loads = site.load.iter().map(|(id, l)| (format!("load.{id}"), l.tier));
        loads.collect()
    }

    /// Electricity used in step `t` by consumers, the water plant, heaters and batches, kW.
    pub(super) fn load_kw(&self, t: usize) -> f64 {
        let plan = self.plan;
        let consumers: f64 = plan.consumer.values().map(|c| c.served_kw[t]).sum();
        let wells: f64 = plan.well.values().map(|w| w.demand_kw[t]).sum();
        let lines: f64 = plan.treatment.values().map(|l| l.demand_kw[t]).sum();
        let taps: f64 = plan.taps.values().map(|x| x.demand_kw[t]).sum();
        let sewage: f64 = plan.wastewater.values().map(|w| w.demand_kw[t]).sum();
        let heaters: f64 = plan.thermal_store.values().map(|h| h.heater_kw[t]).sum();
        let batches: f64 = plan.batch.values().map(|b| b.served_kw[t]).sum();
        consumers + wells + lines + taps + sewage + heaters + batches
    }
}
