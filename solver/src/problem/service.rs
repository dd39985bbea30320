//! When a service is best done: chosen before the search, by comparing the hours in which it can be.
//!
//! Of the stretches that lie in the site's service hours, the best is, in this order: the one in
//! which the other sources leave least load and least of what N-1 asks for uncovered, the one in which
//! the set runs fewest hours beyond its slack before it, the one in which it is out of reach anyway,
//! the one with the least load left for sets, the earliest.

use super::Problem;
use crate::site::{SecurityLevel, Tier};
use std::ops::Range;

/// Times closer than this are equal, h; power below this is arithmetic, kW.
const NEAR_H: f64 = 1e-9;
const NEAR_KWH: f64 = 0.1;
/// Share of its window that a battery is counted on to hold when a service begins; an assumption.
const BATTERY_FILL: f64 = 0.5;

/// Why a service that is due is not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unplaced {
    /// It fits into no service hours of the plan.
    NoHours,
    /// Where it would fit, another set is serviced.
    Taken,
    /// Wherever it fits, the other sources would leave something uncovered.
    NoCover,
}

impl Problem {
    /// The first step of the best time for a set's service, or why there is none.
    pub(crate) fn place_service(&self, id: &str) -> Result<usize, Unplaced> {
        let windows = self.service_windows(id, true);
        let scores = windows.iter().map(|steps| self.score(id, steps));
        let best = scores.zip(&windows).min_by(|(a, _), (b, _)| {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        });
        match best {
            None if self.service_windows(id, false).is_empty() => Err(Unplaced::NoHours),
            None => Err(Unplaced::Taken),
            Some((score, _)) if score[0] > NEAR_KWH => Err(Unplaced::NoCover),
            Some((_, steps)) => Ok(steps.start),
        }
    }

    /// Stretches of steps in which a set's service can lie: beside no other service if it is to be
    /// alone.
    fn service_windows(&self, id: &str, alone: bool) -> Vec<Range<usize>> {
        let (Some(set), Some(state)) = (self.site.genset.get(id), self.service_state(id)) else {
            return Vec::new();
        };
        let (grid, length_h) = (&self.grid, set.service_duration_h);
        let hours = &self.site.plant.service_hours;
        let others = || self.site.genset.keys().filter(|other| *other != id);
        let is_free = |t: usize| !alone || !others().any(|other| self.is_in_service(other, t));
        let window = |first: usize| {
            let from_h = grid.offset_h(first);
            let early = from_h + NEAR_H < state.earliest_h();
            if early || !hours.holds_all(grid.local_minute(first), length_h * 60.0) {
                return None;
            }
            let ends = |after: &usize| grid.offset_h(*after) - from_h + NEAR_H >= length_h;
            let after = (first + 1..=grid.len()).find(ends)?;
            (first..after).all(is_free).then_some(first..after)
        };
        (0..grid.len()).filter_map(window).collect()
    }

    /// What a stretch would cost the camp; less is better, the first first.
    fn score(&self, id: &str, steps: &Range<usize>) -> [f64; 4] {
        let mut gap_kwh = 0.0;
        let (mut usable_h, mut for_sets_kwh) = (0.0, 0.0);
        for t in steps.clone() {
            let dt_h = self.grid.dt_h(t);
            gap_kwh += dt_h * self.uncovered_kw(id, t, steps);
            usable_h += if self.is_available("genset", id, t) { dt_h } else { 0.0 };
            for_sets_kwh += dt_h * (self.demand_kw(t) - self.sun_kw(t)).max(0.0);
        }
        let may_run_h = self.service_state(id).map_or(f64::MAX, |s| s.may_run_h());
        let late_h = (self.grid.offset_h(steps.start) - may_run_h).max(0.0);
        // To the nearest kWh and quarter of an hour, so that a trifle does not outweigh what follows.
        [(gap_kwh * 10.0).round() / 10.0, (late_h * 4.0).round(), usable_h, for_sets_kwh]
    }

    /// Load, and load that N-1 protects, which the other sources would not cover, kW.
    fn uncovered_kw(&self, id: &str, t: usize, service: &Range<usize>) -> f64 {
        let (load_kw, sun_kw) = (self.demand_kw(t), self.sun_kw(t));
        let reserve = &self.site.reserve;
        let asked_kw = load_kw * (1.0 + reserve.load_frac) + self.reserve_kw(t);
        let sun_kw = sun_kw * (1.0 - reserve.solar_frac);
        let mut others: Vec<f64> = Vec::new();
        for other in self.site.genset.keys().filter(|other| *other != id) {
            if self.set_can_run(other, t) {
                others.push(self.genset_available_kw(other, t));
            }
        }
        let all_kw = others.iter().sum::<f64>() + self.batteries_kw(t, service);
        let largest_kw = others.iter().copied().fold(0.0, f64::max);
        let level = self.site.security.as_ref().map(|s| s.level_in(&self.grid, t));
        let protected_kw = match level {
            Some(SecurityLevel::Full) => load_kw - sun_kw,
            Some(SecurityLevel::Critical) => self.critical_in_kw(t),
            Some(SecurityLevel::None) | None => 0.0,
        };
        (asked_kw - sun_kw - all_kw).max(0.0) + (protected_kw - (all_kw - largest_kw)).max(0.0)
    }

    /// What batteries could give through a service, kW.
    fn batteries_kw(&self, t: usize, service: &Range<usize>) -> f64 {
        let length_h = self.grid.offset_h(service.end) - self.grid.offset_h(service.start);
        let batteries =
            self.site.battery.iter().filter(|(id, _)| self.is_available("battery", id, t));
        batteries
            .map(|(_, b)| {
                let kwh = BATTERY_FILL * (b.max_kwh() - b.min_kwh()) * b.discharge_efficiency_frac;
                b.discharge_max_kw.min(kwh / length_h)
            })
            .sum()
    }

    /// Forecast load of T0 and T1, kW.
    fn critical_in_kw(&self, t: usize) -> f64 {
        let critical = self.site.load.iter().filter(|(_, load)| load.tier <= Tier::T1);
        let demand =
            critical.filter_map(|(id, _)| self.series.demand_kw.get(&format!("load.{id}")));
        demand.map(|s| s[t]).sum()
    }

    /// Forecast load of all consumers, kW; what is placed by the plan can wait.
    pub(super) fn demand_kw(&self, t: usize) -> f64 {
        self.series.demand_kw.values().map(|s| s[t]).sum()
    }

    /// Forecast sun that can be used, kW.
    pub(super) fn sun_kw(&self, t: usize) -> f64 {
        self.site.solar.keys().map(|id| self.solar_usable_kw(id, t)).sum()
    }
}
