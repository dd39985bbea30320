//! What is agreed or due of services and burn-offs, and the problem with them placed.

use super::Problem;
use crate::site::{BurnOff, Genset};
use chrono::{DateTime, TimeDelta, Utc};
use std::ops::Range;
use std::time::Duration;

/// Times closer than this are equal, h.
const NEAR_H: f64 = 1e-9;

/// A service that is due: where its set stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ServiceState {
    /// Hours run before the plan, and those at which the service is due, h.
    pub(crate) run_hours_h: f64,
    pub(crate) due_h: f64,
    /// How much earlier or later it may be, h.
    pub(crate) slack_h: f64,
    pub(crate) every_h: f64,
}

impl ServiceState {
    /// Hours that the set may run from the first step on before they are a shortfall, h.
    pub(crate) fn may_run_h(&self) -> f64 {
        (self.due_h + self.slack_h - self.run_hours_h).max(0.0)
    }

    /// Hours after the first step's start before which a service would be too early, h.
    pub(super) fn earliest_h(&self) -> f64 {
        self.due_h - self.slack_h - self.run_hours_h
    }

    /// Whether a horizon must hold the service: it may be done now, or will be overdue at its end.
    pub(crate) fn is_due_within(&self, horizon_h: f64) -> bool {
        self.earliest_h() <= NEAR_H || self.may_run_h() + NEAR_H < horizon_h
    }
}

impl Problem {
    /// Hours that a set has run before the plan, if anybody says.
    pub fn run_hours_h(&self, id: &str) -> Option<f64> {
        let said = self.start.genset.get(id).and_then(|s| s.run_hours_h);
        said.or(self.site.genset.get(id).and_then(|g| g.run_hours_h))
    }

    /// Where a set stands with its service, if it has one to come.
    pub(crate) fn service_state(&self, id: &str) -> Option<ServiceState> {
        let set = self.site.genset.get(id)?;
        let said = self.start.genset.get(id).and_then(|s| s.service_due_h);
        Some(ServiceState {
            run_hours_h: self.run_hours_h(id)?,
            due_h: said.or(set.service_due_h)?,
            slack_h: set.service_slack_h(),
            every_h: set.service_every_h(),
        })
    }

    /// Start and end of an agreed service that is not over.
    pub(crate) fn service_at(&self, id: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let from = self.start.genset.get(id)?.service_at?;
        let to = from + hours(self.site.genset.get(id)?.service_duration_h);
        (to > self.grid.start).then_some((from, to))
    }

    /// Whether a set is under service in step `t`.
    pub fn is_in_service(&self, id: &str, t: usize) -> bool {
        self.service_at(id).is_some_and(|(from, to)| {
            from < self.grid.start_of(t + 1) && self.grid.start_of(t) < to
        })
    }

    /// Whether a set can run in step `t`: it is within reach and not under service.
    pub fn set_can_run(&self, id: &str, t: usize) -> bool {
        self.is_available("genset", id, t) && !self.is_in_service(id, t)
    }

    /// The steps of the agreed burn-offs of a set within the horizon.
    pub(crate) fn burn_off_steps(&self, id: &str) -> Vec<Range<usize>> {
        let (state, set) = (self.start.genset.get(id), self.site.genset.get(id));
        let Some((state, burn_off)) = state.zip(set.and_then(|g| g.burn_off.as_ref())) else {
            return Vec::new();
        };
        let steps = |from: &DateTime<Utc>| {
            let had_h = if *from <= self.grid.start { self.high_load_h(id) } else { 0.0 };
            let to = (*from).max(self.grid.start) + hours(burn_off.for_h - had_h);
            let within =
                |t: &usize| *from < self.grid.start_of(t + 1) && self.grid.start_of(*t) < to;
            let first = (0..self.grid.len()).find(within)?;
            Some(first..(first..self.grid.len()).rfind(within)? + 1)
        };
        state.burn_offs_at.iter().filter_map(steps).collect()
    }

    /// For how long a set has been at the load of a burn-off as the plan begins, h.
    pub(crate) fn high_load_h(&self, id: &str) -> f64 {
        let state = self.start.genset.get(id).filter(|s| s.running);
        state.map_or(0.0, |s| s.high_load_h)
    }

    /// Hours that a set has run at low load, and for how long a burn-off is owed, h; the latter only
    /// if one is.
    pub(crate) fn low_load_h(&self, id: &str, burn_off: &BurnOff) -> (f64, Option<f64>) {
        let (low_h, owed_h) =
            self.start.genset.get(id).map_or((0.0, 0.0), |s| (s.low_load_h, s.burn_off_owed_h));
        (low_h, (low_h + NEAR_H >= burn_off.after_h).then_some(owed_h))
    }

    /// Whether a set's service or burn-off sets it apart from its like.
    pub(crate) fn is_set_apart(&self, id: &str) -> bool {
        let total_h = self.grid.total_h();
        let overdue = self.service_state(id).is_some_and(|s| s.may_run_h() + NEAR_H < total_h);
        overdue || self.service_at(id).is_some() || !self.burn_off_steps(id).is_empty()
    }

    /// The problem with a time for every service that is due and every burn-off that is owed, where
    /// there is a good one. What is agreed already stays as it is.
    #[must_use]
    pub(crate) fn with_upkeep(&self) -> Self {
        let mut placed = self.clone();
        let mut due: Vec<(f64, &String)> = Vec::new();
        for id in self.site.genset.keys().filter(|id| self.service_at(id).is_none()) {
            let state = self.service_state(id);
            if let Some(state) = state.filter(|s| s.is_due_within(self.grid.total_h())) {
                due.push((state.due_h - state.run_hours_h, id));
            }
        }
        // The set that has fewest hours left chooses first.
        due.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, id) in due {
            let at = placed.place_service(id).ok().map(|t| self.grid.start_of(t));
            let mut state = self.start.genset(id);
            state.service_at = at;
            placed.start.genset.insert(id.clone(), state);
        }
        for (id, set) in &self.site.genset {
            let Some(burn_off) = set.burn_off.as_ref() else { continue };
            let mut state = placed.start.genset(id);
            if state.burn_offs_at.is_empty()
                && let (_, Some(owed_h)) = self.low_load_h(id, burn_off)
            {
                let first = placed.place_burn_off(id, burn_off, owed_h);
                state.burn_offs_at = first.map(|t| self.grid.start_of(t)).into_iter().collect();
                placed.start.genset.insert(id.clone(), state);
            }
        }
        placed
    }

    /// Fuel of a set at `kw`, L/h; the first and the last line of its curve go on.
    pub(super) fn burns_l_per_h(set: &Genset, kw: f64) -> f64 {
        let (x, y) = (&set.fuel_curve_kw, &set.fuel_curve_l_per_h);
        let after = x.partition_point(|point| *point < kw).clamp(1, x.len() - 1);
        let slope = (y[after] - y[after - 1]) / (x[after] - x[after - 1]);
        y[after - 1] + (kw - x[after - 1]) * slope
    }
}

/// A length of time; none for what is below 0.
fn hours(h: f64) -> TimeDelta {
    let length = Duration::try_from_secs_f64(3600.0 * h).unwrap_or_default();
    TimeDelta::from_std(length).unwrap_or_default()
}
