//! What wells and lines have done so far, and what they may still do.

use super::Water;
use crate::problem::{Problem, WellDay};
use crate::site::ById;

const NEAR: f64 = 1e-9;

/// The water plant while the rules run.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Plant {
    /// Position of each step's local day.
    day_of: Vec<usize>,
    pub(super) floor_m3: ById<f64>,
    pub(super) well: ById<WellState>,
    pub(super) line: ById<LineState>,
    /// Levels of equalisation tanks.
    pub(super) sewage_m3: ById<f64>,
}

/// A well while the rules run.
#[derive(Debug, Clone)]
pub(super) struct WellState {
    days: Vec<WellDay>,
    pub(super) on: bool,
    used_m3: f64,
    used_h: f64,
    /// Of its rest that lasts still.
    rest_h: f64,
    rested: bool,
}

/// A treatment line while the rules run.
#[derive(Debug, Clone)]
pub(super) struct LineState {
    /// Hours that each running train has run, the oldest first.
    pub(super) run_h: Vec<f64>,
    /// Product of the local day so far, m3.
    pub(super) made_m3: f64,
}

impl Plant {
    pub(in crate::rules) fn new(problem: &Problem) -> Self {
        let site = &problem.site;
        let mut day_of = vec![0; problem.grid.len()];
        for (d, steps) in problem.grid.steps_by_day().into_iter().enumerate() {
            for t in steps {
                day_of[t] = d;
            }
        }
        let well = |id: &String| {
            let mut state = WellState {
                days: problem.well_days(id),
                on: problem.start.well(id).running,
                used_m3: 0.0,
                used_h: 0.0,
                rest_h: 0.0,
                rested: false,
            };
            state.begin(0);
            (id.clone(), state)
        };
        let line = |id: &String| {
            let start = problem.start.treatment(id);
            let run_h = vec![start.for_h; start.trains_running as usize];
            (id.clone(), LineState { run_h, made_m3: 0.0 })
        };
        Self {
            day_of,
            floor_m3: site.tank.keys().map(|t| (t.clone(), problem.tank_floor_m3(t))).collect(),
            well: site.well.keys().map(well).collect(),
            line: site.treatment.keys().map(line).collect(),
            sewage_m3: site
                .wastewater
                .keys()
                .map(|id| (id.clone(), problem.start.wastewater(site, id).level_m3))
                .collect(),
        }
    }

    /// Turns the page where a local day begins with step `t`.
    pub(super) fn begin(&mut self, t: usize) {
        if t == 0 || self.day_of[t] == self.day_of[t - 1] {
            return;
        }
        self.well.values_mut().for_each(|w| w.begin(self.day_of[t]));
        self.line.values_mut().for_each(|l| l.made_m3 = 0.0);
    }

    /// Product that the local day of step `t` asks for within the horizon, m3.
    pub(super) fn quota_m3(&self, problem: &Problem, t: usize, daily_m3: f64) -> f64 {
        let of_day = (0..problem.grid.len()).filter(|i| self.day_of[*i] == self.day_of[t]);
        daily_m3 * of_day.map(|i| problem.grid.dt_h(i)).sum::<f64>() / 24.0
    }

    /// Lives through step `t` with these flows.
    pub(super) fn pass(&mut self, problem: &Problem, t: usize, water: &Water) {
        let dt_h = problem.grid.dt_h(t);
        for (id, state) in &mut self.well {
            state.pass(self.day_of[t], water.well[id], dt_h);
        }
        for (id, level) in &mut self.sewage_m3 {
            let inflow = problem.series.wastewater_m3_per_h[id][t];
            let change = dt_h * (inflow - water.sewage[id].flow_m3_per_h);
            let most = problem.site.wastewater[id].equalisation_m3;
            *level = (*level + change).clamp(0.0, most);
        }
        for (id, state) in &mut self.line {
            let min_run_h = problem.site.treatment[id].min_run_h.unwrap_or(0.0);
            let made = &water.line[id];
            state.pass(made.trains, min_run_h, made.flow_m3_per_h, dt_h);
        }
    }

    /// Most that a well may give in step `t`, m3/h: nothing, if its day's rest would not fit any
    /// more after it.
    pub(super) fn well_most_m3_per_h(&self, problem: &Problem, id: &str, t: usize) -> f64 {
        let (well, state) = (&problem.site.well[id], &self.well[id]);
        let day = &state.days[self.day_of[t]];
        let dt_h = problem.grid.dt_h(t);
        let left_h: f64 = day.steps.iter().filter(|i| **i > t).map(|i| problem.grid.dt_h(*i)).sum();
        let rests_later =
            day.rest.is_none_or(|rest| state.rested || left_h + rest.trail_h + NEAR >= rest.due_h);
        if !problem.well_may_run(id, t) || !rests_later || state.used_h + dt_h > day.most_h + NEAR {
            return 0.0;
        }
        let most = ((day.most_m3 - state.used_m3) / dt_h).clamp(0.0, well.flow_m3_per_h);
        if well.is_on_off() && most + NEAR < well.flow_m3_per_h { 0.0 } else { most }
    }
}

impl WellState {
    fn begin(&mut self, d: usize) {
        let rest = self.days.get(d).and_then(|day| day.rest);
        (self.used_m3, self.used_h) = (0.0, 0.0);
        self.rest_h = rest.map_or(0.0, |rest| rest.lead_h);
        self.rested = rest.is_none();
    }

    /// Lives through a step of its day `d`.
    fn pass(&mut self, d: usize, flow_m3_per_h: f64, dt_h: f64) {
        self.on = flow_m3_per_h > 0.0;
        self.used_m3 += dt_h * flow_m3_per_h;
        self.used_h += if self.on { dt_h } else { 0.0 };
        self.rest_h = if self.on { 0.0 } else { self.rest_h + dt_h };
        let due = self.days[d].rest.is_none_or(|rest| self.rest_h + NEAR >= rest.due_h);
        self.rested |= due;
    }
}

impl LineState {
    /// Trains that owe running time.
    pub(super) fn young(&self, min_run_h: f64) -> usize {
        self.run_h.iter().filter(|h| **h + NEAR < min_run_h).count()
    }

    /// Lives through a step with `trains` running. Of those that could stop, the oldest does if it
    /// has run long enough, else the youngest.
    fn pass(&mut self, trains: usize, min_run_h: f64, flow_m3_per_h: f64, dt_h: f64) {
        while self.run_h.len() > trains {
            let is_old = self.run_h.first().is_some_and(|h| h + NEAR >= min_run_h);
            let stops = if is_old { 0 } else { self.run_h.len() - 1 };
            self.run_h.remove(stops);
        }
        self.run_h.resize(trains, 0.0);
        self.run_h.iter_mut().for_each(|h| *h += dt_h);
        self.made_m3 += dt_h * flow_m3_per_h;
    }
}
