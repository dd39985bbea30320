//! A well.
//!
//! Columns: `is_on[t]` in {0, 1}, where the pump is on or off, or where its hours or its rest are
//! limited; `flow[t]`, m3/h, where the pump may give a part of its flow; `rest_begins[t]` and
//! `rests[t]` in 0..=1 for the days that owe a rest.
//!
//! ```text
//! flow[t] = most is_on[t]   on or off,   flow[t] <= most is_on[t]   otherwise
//! node[to] += flow,  bus -= kwh_per_m3 flow
//! sum over a local day of dt flow  <= most m3 of that day
//! sum over a local day of dt is_on <= most h of that day
//! sum over a local day of rest_begins = 1      where the shortest rest that begins there fits
//! rests[t] = rests[t-1] + rest_begins[t] - rest_begins of the rests that end with t-1
//! is_on[t] + rests[t] <= 1
//! ```
//!
//! `rest_begins` need not be whole: where any rest begins in part, the whole well stands.

use super::rounding::{Diffusion, top_up};
use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::{Well, WellDay};
use crate::model::Model;
use crate::plan::Plan;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct WellBlock {
    well: Well,
    dt_h: Vec<f64>,
    /// For each step, if it must be known whether the well runs.
    is_on: Vec<Variable>,
    /// For each step, unless the well is on or off.
    flow: Vec<Variable>,
}

impl WellBlock {
    pub(super) fn new(well: Well) -> Self {
        Self { well, dt_h: Vec::new(), is_on: Vec::new(), flow: Vec::new() }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("well.{}.{what}[{t}]", self.well.id)
    }

    fn step(&mut self, model: &mut Model, t: usize) {
        let most = self.well.flow_m3_per_h;
        let may_run = self.well.may_run[t];
        let (variable, m3_per_h) = if self.well.on_off {
            let is_on = model.rounded(self.name("is_on", t), f64::from(u8::from(may_run)));
            self.is_on.push(is_on);
            (is_on, most)
        } else {
            let flow = model.column(self.name("flow", t), 0.0, if may_run { most } else { 0.0 });
            if self.well.is_switched() {
                let is_on = model.rounded(self.name("is_on", t), f64::from(u8::from(may_run)));
                let limit = Expression::from(flow) - most * is_on;
                model.row(self.name("flow_on", t), limit.leq(0.0));
                self.is_on.push(is_on);
            }
            self.flow.push(flow);
            (flow, 1.0)
        };
        model.node_mut(&self.well.to_tank)[t].add_mul(m3_per_h, variable);
        model.draw(t, self.well.kwh_per_m3 * m3_per_h, variable);
    }

    /// Most water and most hours of a day; for a pump that is on or off they are one row.
    fn caps(&self, model: &mut Model, day: &WellDay) {
        let Some(last) = day.steps.last().copied() else { return };
        let sum = |variables: &[Variable]| {
            let mut sum = Expression::default();
            day.steps.iter().for_each(|t| sum.add_mul(self.dt_h[*t], variables[*t]));
            sum
        };
        let mut most_h = day.most_h;
        if self.well.on_off {
            most_h = most_h.min(day.most_m3 / self.well.flow_m3_per_h);
        } else if day.most_m3.is_finite() {
            model.row(self.name("day_m3", last), sum(&self.flow).leq(day.most_m3));
        }
        if most_h.is_finite() {
            model.row(self.name("day_h", last), sum(&self.is_on).leq(most_h));
        }
    }

    fn rest(&self, model: &mut Model, day: &WellDay) {
        let Some(rest) = day.rest else { return };
        let dt_h: Vec<f64> = day.steps.iter().map(|t| self.dt_h[*t]).collect();
        let mut one = Expression::default();
        let mut before = Expression::default();
        let mut ending: Vec<Expression> = vec![Expression::default(); dt_h.len() + 1];
        for (i, end) in rest.ends(&dt_h).into_iter().enumerate() {
            let t = day.steps[i];
            let rests = model.column(self.name("rests", t), 0.0, 1.0);
            let mut recursion = before - rests - std::mem::take(&mut ending[i]);
            if let Some(end) = end {
                let begins = model.column(self.name("rest_begins", t), 0.0, 1.0);
                recursion.add_mul(1.0, begins);
                one.add_mul(1.0, begins);
                ending[end + 1].add_mul(1.0, begins);
            }
            model.row(self.name("rests", t), recursion.eq(0.0));
            let stands = Expression::from(self.is_on[t]) + rests;
            model.row(self.name("stands", t), stands.leq(1.0));
            before = rests.into();
        }
        model.row(self.name("rest", day.steps[0]), one.eq(1.0));
    }

    /// Whether a day's cap and hours allow step `t` beside those that run already.
    fn has_hours_left(&self, day: &WellDay, t: usize, on: &[f64]) -> bool {
        let run_h = self.dt_h[t] + day.steps.iter().map(|t| self.dt_h[*t] * on[*t]).sum::<f64>();
        let capped = self.well.on_off;
        run_h <= day.most_h + 1e-9
            && (!capped || run_h * self.well.flow_m3_per_h <= day.most_m3 + 1e-9)
    }

    /// The steps of a day in which the well shall rest: those of the rest that costs the least
    /// running time of a relaxed plan; ties go to the earlier.
    fn rest_steps(&self, day: &WellDay, relaxed_h: &[f64]) -> Vec<usize> {
        let Some(rest) = day.rest else { return Vec::new() };
        let dt_h: Vec<f64> = day.steps.iter().map(|t| self.dt_h[*t]).collect();
        let ends = rest.ends(&dt_h).into_iter().enumerate();
        let windows = ends.filter_map(|(i, end)| end.map(|end| &day.steps[i..=end]));
        let lost_h = |steps: &[usize]| steps.iter().map(|t| relaxed_h[*t]).sum::<f64>();
        let best = windows.min_by(|a, b| lost_h(a).total_cmp(&lost_h(b)));
        best.map(<[usize]>::to_vec).unwrap_or_default()
    }
}

impl Block for WellBlock {
    fn build(&mut self, model: &mut Model) {
        self.dt_h.clone_from(&model.dt_h);
        for t in 0..model.steps() {
            self.step(model, t);
        }
        for day in &self.well.days {
            self.caps(model, day);
            self.rest(model, day);
        }
    }

    fn decided(&self, tell: &mut dyn FnMut(String, f64, Expression)) {
        for (t, is_on) in self.is_on.iter().enumerate().filter(|_| self.well.on_off) {
            tell(self.name("decided", t), 1.0, (*is_on).into());
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let flow = &plan.well[&self.well.id].flow_m3_per_h;
        for (is_on, flow) in self.is_on.iter().zip(flow) {
            fix(*is_on, f64::from(u8::from(*flow > 1e-6)));
        }
    }

    fn round(&self, relaxed: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        if self.is_on.is_empty() {
            return;
        }
        let relaxed_h: Vec<f64> =
            self.is_on.iter().zip(&self.dt_h).map(|(v, dt)| relaxed.value(*v) * dt).collect();
        let mut diffusion = Diffusion::default();
        let mut on = vec![0.0; relaxed_h.len()];
        let rests: Vec<Vec<usize>> =
            self.well.days.iter().map(|day| self.rest_steps(day, &relaxed_h)).collect();
        let may = |t: usize, on: &[f64]| {
            on[t] < 0.5
                && self.well.may_run[t]
                && self
                    .well
                    .days
                    .iter()
                    .zip(&rests)
                    .filter(|(day, _)| day.steps.contains(&t))
                    .all(|(day, rests)| !rests.contains(&t) && self.has_hours_left(day, t, on))
        };
        for t in 0..on.len() {
            let most = f64::from(u8::from(may(t, &on)));
            on[t] = diffusion.step(relaxed_h[t], self.dt_h[t], 0.0, most);
        }
        top_up(&mut on, &relaxed_h, &self.dt_h, may);
        for (is_on, on) in self.is_on.iter().zip(on) {
            fix(*is_on, on);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let well = &self.well;
        let flow = |t: usize| {
            let on = self.is_on.get(t).is_none_or(|v| values.value(*v) > 0.5);
            match self.flow.get(t) {
                _ if !on || !well.may_run[t] => 0.0,
                Some(flow) => values.value(*flow).min(well.flow_m3_per_h),
                None => well.flow_m3_per_h,
            }
        };
        let flows = (0..self.dt_h.len()).map(flow).collect();
        decisions.well_m3_per_h.insert(well.id.clone(), flows);
    }
}
