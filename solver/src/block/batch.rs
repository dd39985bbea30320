//! Batches that run to their end: laundry.
//!
//! Columns: `started[t]`, batches that start with the step, a whole number; `power[t]`, kW;
//! `missed[t]`, batches of a day that are not run, at the step in which they are booked; `unserved[t]`,
//! kW of batches that ran already at the start.
//!
//! ```text
//! power[t] = batch_kw (sum over starts s of share(s, t) started[s] + share of those before)
//! sum over s that run in t of started[s] <= at once - those before
//! sum of a day's started + missed >= asked,   sum of a day's started <= left
//! bus -= power - unserved
//! ```
//!
//! What the plan starts it serves: only a batch from before the horizon may go dark.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::BatchWork;
use crate::model::Model;
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct BatchBlock {
    work: BatchWork,
    started: BTreeMap<usize, Variable>,
    /// By step, where a batch runs from before the horizon.
    unserved: BTreeMap<usize, Variable>,
    steps: usize,
}

impl BatchBlock {
    pub(super) fn new(work: BatchWork) -> Self {
        Self { work, started: BTreeMap::new(), unserved: BTreeMap::new(), steps: 0 }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("batch.{}.{what}[{t}]", self.work.id)
    }

    fn step(&mut self, model: &mut Model, t: usize) {
        let work = &self.work;
        if work.runs[t].is_empty() && work.before[t] <= 0.0 {
            return;
        }
        let before_kw = work.batch_kw * work.before[t];
        let most = work.max_at_once.max(work.before_count[t]);
        let power = model.column(self.name("power", t), 0.0, work.batch_kw * most);
        let mut made = Expression::from(power);
        let mut at_once = Expression::default();
        for (start, share) in &work.runs[t] {
            made.add_mul(-work.batch_kw * share, self.started[start]);
            at_once += self.started[start];
        }
        model.row(self.name("power", t), made.eq(before_kw));
        if !work.runs[t].is_empty() {
            model.row(self.name("at_once", t), at_once.leq(most - work.before_count[t]));
        }
        model.draw(t, 1.0, power);
        if before_kw > 0.0 {
            let unserved = model.column(self.name("unserved", t), 0.0, before_kw);
            model.draw(t, -1.0, unserved);
            let dt = model.dt_h[t];
            model.ledger.fall_short(ShortfallClass::LoadT3, dt, unserved);
            self.unserved.insert(t, unserved);
        }
    }

    fn day(&self, model: &mut Model, day: usize) {
        let day = &self.work.days[day];
        let mut sum = Expression::default();
        for t in &day.steps {
            sum += self.started[t];
        }
        if !day.steps.is_empty() {
            model.row(self.name("per_day", day.due), sum.clone().leq(f64::from(day.left)));
        }
        if day.asked > 0 {
            let asked = f64::from(day.asked);
            let missed = model.column(self.name("missed", day.due), 0.0, asked);
            model.row(self.name("asked", day.due), (sum + missed).geq(asked));
            let energy_kwh = self.work.energy_kwh;
            model.ledger.fall_short(ShortfallClass::LoadT3, energy_kwh, missed);
        }
    }
}

impl Block for BatchBlock {
    fn build(&mut self, model: &mut Model) {
        self.steps = model.steps();
        for day in &self.work.days {
            let most = self.work.max_at_once.min(f64::from(day.left));
            for t in &day.steps {
                let started = model.whole(self.name("started", *t), most);
                self.started.insert(*t, started);
            }
        }
        for t in 0..model.steps() {
            self.step(model, t);
        }
        for day in 0..self.work.days.len() {
            self.day(model, day);
        }
    }

    fn decided(&self, tell: &mut dyn FnMut(String, f64, Expression)) {
        for (t, started) in &self.started {
            tell(self.name("decided", *t), self.work.max_at_once, (*started).into());
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let started = &plan.batch[&self.work.id].started;
        for (t, variable) in &self.started {
            fix(*variable, f64::from(started[*t]));
        }
    }

    fn counted(&self) -> Vec<Variable> {
        self.started.values().copied().collect()
    }

    /// Carries each start's fraction on to the next until a whole batch has come together, and starts
    /// it there if the machines are free; what is left over at the end of a day starts where it still
    /// can.
    fn round(&self, relaxed: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        let work = &self.work;
        let mut free: Vec<f64> =
            work.before_count.iter().map(|before| (work.max_at_once - before).max(0.0)).collect();
        let mut runs_in: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (of, run) in work.runs.iter().enumerate() {
            for (start, _) in run {
                runs_in.entry(*start).or_default().push(of);
            }
        }
        let mut chosen: BTreeMap<usize, f64> = self.started.keys().map(|t| (*t, 0.0)).collect();
        let mut start = |t: usize, most: f64, free: &mut Vec<f64>| {
            let over = runs_in.get(&t).map_or(&[][..], Vec::as_slice);
            let room = over.iter().map(|of| free[*of]).fold(most, f64::min).max(0.0).floor();
            for of in over {
                free[*of] -= room;
            }
            *chosen.entry(t).or_default() += room;
            room
        };
        for day in &work.days {
            let total: f64 = day.steps.iter().map(|t| relaxed.value(self.started[t])).sum();
            let mut left = total.round().min(f64::from(day.left));
            let mut carried = 0.5;
            for t in &day.steps {
                carried += relaxed.value(self.started[t]);
                let begun = start(*t, carried.floor().clamp(0.0, left), &mut free);
                carried -= begun;
                left -= begun;
            }
            for t in day.steps.iter().rev() {
                left -= start(*t, left, &mut free);
            }
        }
        for (t, count) in chosen {
            fix(self.started[&t], count);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let of = |list: &BTreeMap<usize, Variable>| {
            (0..self.steps).map(|t| list.get(&t).map_or(0.0, |v| values.value(*v))).collect()
        };
        decisions.batch_started.insert(self.work.id.clone(), of(&self.started));
        decisions.batch_unserved_kw.insert(self.work.id.clone(), of(&self.unserved));
    }
}
