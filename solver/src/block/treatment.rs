//! A treatment line of like trains.
//!
//! Columns: `running[t]`, whole trains, where they are counted; `flow[t]`, m3/h of product, unless a
//! running train gives its full product; `started[t]`, `stopped[t]`, trains, and `short_run[t]`,
//! starts whose run will be shorter than the least, where starts matter; `day_short`, m3, and
//! `day_starts_over`, starts, at the last step of a local day.
//!
//! ```text
//! least running[t] <= flow[t] <= train running[t],   or flow = train running
//! node[to] += flow,  node[from] -= flow / recovery + flush started / dt,  bus -= kwh_per_m3 flow
//! running[t] - running[t-1] = started[t] - stopped[t]
//! started[t] <= running[t],  started[t] <= trains - running[t-1]
//! sum of (started - short_run) over the starts younger than the least run + young <= running[t]
//! sum over a local day of started + today's before <= most starts + day_starts_over
//! sum over a local day of dt flow + day_short >= daily (hours of the day) / 24
//! ```
//!
//! An outage ends a run without making it short.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Line;
use crate::model::Model;
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression, Variable};

mod rounds;

const NEAR_H: f64 = 1e-9;

#[derive(Debug)]
pub(super) struct TreatmentBlock {
    line: Line,
    dt_h: Vec<f64>,
    steps_by_day: Vec<Vec<usize>>,
    /// For each step, where trains are counted.
    running: Vec<Variable>,
    /// Product of each step, m3/h.
    flow: Vec<Expression>,
}

impl TreatmentBlock {
    pub(super) fn new(line: Line) -> Self {
        let (dt_h, steps_by_day, running, flow) = Default::default();
        Self { line, dt_h, steps_by_day, running, flow }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("treatment.{}.{what}[{t}]", self.line.id)
    }

    fn step(&mut self, model: &mut Model, t: usize) {
        let line = &self.line;
        let trains = if line.available[t] { line.trains } else { 0.0 };
        let running = line.is_counted().then(|| model.rounded(self.name("running", t), trains));
        let flow = match running {
            Some(running) if line.is_full_or_none() => line.train_m3_per_h * running,
            _ => {
                let most = trains * line.train_m3_per_h;
                model.column(self.name("flow", t), 0.0, most).into()
            }
        };
        if let (Some(running), false) = (running, line.is_full_or_none()) {
            let most = flow.clone() - line.train_m3_per_h * running;
            model.row(self.name("flow_most", t), most.leq(0.0));
            let least = flow.clone() - line.least_m3_per_h * running;
            model.row(self.name("flow_least", t), least.geq(0.0));
        }
        model.node_mut(&line.to_tank)[t] += &flow;
        model.node_mut(&line.from_tank)[t].add_mul(-1.0 / line.recovery, &flow);
        for (variable, m3_per_h) in (&flow).linear_coefficients() {
            model.draw(t, line.kwh_per_m3 * m3_per_h, variable);
        }
        self.running.extend(running);
        self.flow.push(flow);
    }

    /// Starts and stops of trains, with the flush that each start books.
    fn transitions(&self, model: &mut Model) -> Vec<Variable> {
        let line = &self.line;
        let mut before = Expression::from(line.running_at_start);
        let mut starts = Vec::new();
        for (t, running) in self.running.iter().enumerate() {
            let started = model.column(self.name("started", t), 0.0, line.trains);
            let stopped = model.column(self.name("stopped", t), 0.0, line.trains);
            let change = Expression::from(*running) - before.clone() - started + stopped;
            model.row(self.name("trains", t), change.eq(0.0));
            let most = Expression::from(started) - *running;
            model.row(self.name("started_runs", t), most.leq(0.0));
            let most = Expression::from(started) + before;
            model.row(self.name("started_stood", t), most.leq(line.trains));
            let flush_m3_per_h = line.flush_m3 / self.dt_h[t];
            model.node_mut(&line.from_tank)[t].add_mul(-flush_m3_per_h, started);
            starts.push(started);
            before = (*running).into();
        }
        starts
    }

    fn least_runs(&self, model: &mut Model, starts: &[Variable]) {
        let line = &self.line;
        let offset_h = model.offset_h.clone();
        let short_runs: Vec<Variable> = (0..starts.len())
            .map(|t| model.column(self.name("short_run", t), 0.0, line.trains))
            .collect();
        // Of the trains that run at the start, those that are stopped too early.
        let is_young = line.for_h + NEAR_H < line.min_run_h;
        let young = if is_young { line.running_at_start } else { 0.0 };
        let start_short = model.column(self.name("start_short_run", 0), 0.0, young);
        for short in short_runs.iter().chain([&start_short]) {
            model.ledger.fall_short(ShortfallClass::Starts, 1.0, *short);
        }
        for t in (0..starts.len()).filter(|t| line.available[*t]) {
            let after_outage =
                line.available[..t].iter().rposition(|ok| !ok).map_or(0, |out| out + 1);
            let mut row = Expression::from(self.running[t]);
            let is_recent = |tau: &usize| offset_h[t] - offset_h[*tau] + NEAR_H < line.min_run_h;
            for tau in (after_outage..=t).filter(is_recent) {
                row.add_mul(-1.0, starts[tau]);
                row.add_mul(1.0, short_runs[tau]);
            }
            let owes = after_outage == 0 && line.for_h + offset_h[t] + NEAR_H < line.min_run_h;
            if owes {
                row.add_mul(1.0, start_short);
            }
            let carried = if owes { young } else { 0.0 };
            model.row(self.name("least_run", t), row.geq(carried));
        }
    }

    fn starts_by_day(&self, model: &mut Model, starts: &[Variable], most: f64) {
        for (d, steps) in self.steps_by_day.iter().enumerate() {
            let Some(last) = steps.last().copied() else { continue };
            let before = if d == 0 { self.line.today_starts } else { 0.0 };
            let could = before + self.line.trains * steps.len() as f64;
            let over = model.column(self.name("day_starts_over", last), 0.0, could);
            let mut row = Expression::from(over) * -1.0;
            for t in steps {
                row.add_mul(1.0, starts[*t]);
            }
            model.row(self.name("day_starts", last), row.leq(most - before));
            model.ledger.fall_short(ShortfallClass::Starts, 1.0, over);
        }
    }

    fn quota(&self, model: &mut Model, daily_m3: f64) {
        for steps in &self.steps_by_day {
            let Some(last) = steps.last().copied() else { continue };
            let hours: f64 = steps.iter().map(|t| self.dt_h[*t]).sum();
            let asked = daily_m3 * hours / 24.0;
            let short = model.column(self.name("day_short", last), 0.0, asked);
            let mut made = Expression::from(short);
            for t in steps {
                made.add_mul(self.dt_h[*t], &self.flow[*t]);
            }
            model.row(self.name("day", last), made.geq(asked));
            model.ledger.fall_short(ShortfallClass::Water, 1.0, short);
        }
    }
}

impl Block for TreatmentBlock {
    fn build(&mut self, model: &mut Model) {
        self.dt_h.clone_from(&model.dt_h);
        self.steps_by_day.clone_from(&model.steps_by_day);
        for t in 0..model.steps() {
            self.step(model, t);
        }
        if self.line.counts_starts() {
            let starts = self.transitions(model);
            if self.line.min_run_h > 0.0 {
                self.least_runs(model, &starts);
            }
            if let Some(most) = self.line.max_starts_per_day {
                self.starts_by_day(model, &starts, most);
            }
        }
        if let Some(daily_m3) = self.line.daily_m3 {
            self.quota(model, daily_m3);
        }
    }

    fn decided(&self, tell: &mut dyn FnMut(String, f64, Expression)) {
        for (t, running) in self.running.iter().enumerate() {
            tell(self.name("decided", t), self.line.trains, (*running).into());
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let trains = &plan.treatment[&self.line.id].trains_running;
        for (running, trains) in self.running.iter().zip(trains) {
            fix(*running, f64::from(*trains));
        }
    }

    fn round(&self, relaxed: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        let relaxed_h: Vec<f64> =
            self.running.iter().zip(&self.dt_h).map(|(v, dt)| relaxed.value(*v) * dt).collect();
        for (running, trains) in self.running.iter().zip(self.rounded(&relaxed_h)) {
            fix(*running, trains);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let line = &self.line;
        let flow = |t: usize| {
            let product: f64 =
                (&self.flow[t]).linear_coefficients().map(|(v, c)| c * values.value(v)).sum();
            let trains = match self.running.get(t) {
                Some(running) => values.value(*running).round(),
                None => (product / line.train_m3_per_h - 1e-6).ceil(),
            };
            let trains = trains.clamp(0.0, if line.available[t] { line.trains } else { 0.0 });
            let (least, most) = (trains * line.least_m3_per_h, trains * line.train_m3_per_h);
            (trains, product.clamp(least, most))
        };
        let (trains, flows) = (0..self.dt_h.len()).map(flow).unzip();
        decisions.treatment_trains.insert(line.id.clone(), trains);
        decisions.treatment_m3_per_h.insert(line.id.clone(), flows);
    }
}
