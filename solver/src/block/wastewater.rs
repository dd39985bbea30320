//! A wastewater plant with its equalisation tank.
//!
//! Columns: `flow[t]`, m3/h treated; `power[t]`, kW; `is_aerating[t]` in {0, 1}; `overflow[t]`, m3/h
//! untreated; `level[t]`, m3; `pause_over[t]` in 0..=1; `day_short`, m3, at the last step of a local
//! day; `end_over`, m3.
//!
//! ```text
//! level[t] = level[t-1] + dt (inflow - flow - overflow),  0 <= level <= capacity
//! kwh_per_m3 flow <= power,  least is_aerating <= power <= most is_aerating,  bus -= power
//! sum of is_aerating over the shortest stretch up to t longer than the pause + pause_over[t] >= 1
//! sum over a local day of dt power + kwh_per_m3 day_short >= least share of that of its inflow
//! level[end] - end_over <= end target
//! ```

use super::{Block, Values, stock};
use crate::account::Decisions;
use crate::lowered::Sewage;
use crate::model::Model;
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

const NEAR_H: f64 = 1e-9;
/// Less than this is the arithmetic of the solver, kW.
const NOTHING_KW: f64 = 1e-6;

#[derive(Debug)]
pub(super) struct WastewaterBlock {
    plant: Sewage,
    dt_h: Vec<f64>,
    flow: Vec<Variable>,
    power: Vec<Variable>,
    is_aerating: Vec<Variable>,
}

impl WastewaterBlock {
    pub(super) fn new(plant: Sewage) -> Self {
        let (dt_h, flow, power, is_aerating) = Default::default();
        Self { plant, dt_h, flow, power, is_aerating }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("wastewater.{}.{what}[{t}]", self.plant.id)
    }

    fn step(&mut self, model: &mut Model, t: usize, before: Expression) -> Variable {
        let plant = &self.plant;
        let reach = f64::from(u8::from(plant.available[t]));
        let flow = model.column(self.name("flow", t), 0.0, reach * plant.max_m3_per_h);
        let power = model.column(self.name("power", t), 0.0, reach * plant.most_kw);
        let is_aerating = model.rounded(self.name("is_aerating", t), reach);
        let inflow = plant.inflow_m3_per_h[t];
        let overflow = model.column(self.name("overflow", t), 0.0, inflow);
        let level = model.column(self.name("level", t), 0.0, plant.capacity_m3);
        let dt = self.dt_h[t];
        let recursion = before - level - dt * flow - dt * overflow;
        model.row(self.name("stock", t), recursion.eq(-dt * inflow));
        let energy = plant.kwh_per_m3 * flow - power;
        model.row(self.name("energy", t), energy.leq(0.0));
        let most = Expression::from(power) - plant.most_kw * is_aerating;
        model.row(self.name("power_most", t), most.leq(0.0));
        if plant.least_kw > 0.0 {
            let least = Expression::from(power) - plant.least_kw * is_aerating;
            model.row(self.name("power_least", t), least.geq(0.0));
        }
        model.draw(t, 1.0, power);
        model.ledger.fall_short(ShortfallClass::Wastewater, dt, overflow);
        // Of two plans that cost the same, the emptier tank is the safer one.
        model.ledger.preference.add_mul(dt / plant.capacity_m3.max(1.0), level);
        self.flow.push(flow);
        self.power.push(power);
        self.is_aerating.push(is_aerating);
        level
    }

    /// No pause longer than the longest: each step beyond it misses the least aeration.
    fn pause(&self, model: &mut Model, t: usize) {
        let plant = &self.plant;
        let mut row = Expression::default();
        let mut length_h = 0.0;
        let mut first = t + 1;
        while first > 0 && length_h <= plant.max_pause_h + NEAR_H {
            first -= 1;
            length_h += self.dt_h[first];
            row.add_mul(1.0, self.is_aerating[first]);
        }
        if first == 0 && length_h <= plant.max_pause_h + NEAR_H {
            length_h += plant.paused_h;
        }
        if length_h <= plant.max_pause_h + NEAR_H {
            return;
        }
        let over = model.column(self.name("pause_over", t), 0.0, 1.0);
        model.row(self.name("pause", t), (row + over).geq(1.0));
        let m3 = self.dt_h[t] * plant.least_kw / plant.kwh_per_m3;
        model.ledger.fall_short(ShortfallClass::Wastewater, m3, over);
    }

    /// The least aeration of a local day, as far as the plant's power goes.
    fn day(&self, model: &mut Model, steps: &[usize]) {
        let plant = &self.plant;
        let Some(last) = steps.last().copied() else { return };
        let inflow_m3: f64 = steps.iter().map(|t| self.dt_h[*t] * plant.inflow_m3_per_h[*t]).sum();
        let most_kwh: f64 = steps.iter().map(|t| self.dt_h[*t] * plant.most_kw).sum();
        let asked_kwh = (plant.aeration_min_frac * plant.kwh_per_m3 * inflow_m3).min(most_kwh);
        let short = model.column(self.name("day_short", last), 0.0, asked_kwh / plant.kwh_per_m3);
        let mut row = plant.kwh_per_m3 * short;
        for t in steps {
            row.add_mul(self.dt_h[*t], self.power[*t]);
        }
        model.row(self.name("day", last), row.geq(asked_kwh));
        model.ledger.fall_short(ShortfallClass::Wastewater, 1.0, short);
    }
}

impl Block for WastewaterBlock {
    fn build(&mut self, model: &mut Model) {
        self.dt_h.clone_from(&model.dt_h);
        let (name, most) = (format!("wastewater.{}", self.plant.id), self.plant.capacity_m3);
        let worth = self.plant.worth;
        let room = (most - self.plant.start_m3, 0.0, most);
        let mut before = Expression::from(most) - stock::before(model, &name, room, worth);
        for t in 0..model.steps() {
            before = self.step(model, t, before).into();
            self.pause(model, t);
        }
        for steps in model.steps_by_day.clone() {
            self.day(model, &steps);
        }
        stock::after(model, &name, &(Expression::from(most) - before.clone()), most, worth);
        let plant = &self.plant;
        let last = model.steps();
        if plant.end_m3 < plant.capacity_m3 {
            let most = plant.capacity_m3 - plant.end_m3;
            let over = model.column(self.name("end_over", last), 0.0, most);
            model.row(self.name("end_stock", last), (before - over).leq(plant.end_m3));
            model.ledger.fall_short(ShortfallClass::EndStockTank, 1.0, over);
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let power = &plan.wastewater[&self.plant.id].demand_kw;
        for (is_aerating, kw) in self.is_aerating.iter().zip(power) {
            fix(*is_aerating, f64::from(u8::from(*kw > 1e-6)));
        }
    }

    /// Aeration follows where the relaxed plan aerates, and never pauses too long.
    fn round(&self, relaxed: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        let plant = &self.plant;
        let mut paused_h = plant.paused_h;
        for (t, is_aerating) in self.is_aerating.iter().enumerate() {
            let pause_h = paused_h + self.dt_h[t];
            let wanted = relaxed.value(self.power[t]) >= 0.5 * plant.least_kw
                && relaxed.value(*is_aerating) > 1e-6;
            let on = plant.available[t] && (wanted || pause_h > plant.max_pause_h + NEAR_H);
            paused_h = if on { 0.0 } else { pause_h };
            fix(*is_aerating, f64::from(u8::from(on)));
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let plant = &self.plant;
        let power = |t: usize| {
            // Not `is_aerating`: where any portion may be had, it is a part of 1.
            let power_kw = values.value(self.power[t]);
            if power_kw <= NOTHING_KW {
                return 0.0;
            }
            power_kw.clamp(plant.least_kw, plant.most_kw)
        };
        let power: Vec<f64> = (0..self.dt_h.len()).map(power).collect();
        let flow = |t: usize| values.value(self.flow[t]).min(power[t] / plant.kwh_per_m3);
        let flow = (0..self.dt_h.len()).map(flow).collect();
        decisions.wastewater_m3_per_h.insert(plant.id.clone(), flow);
        decisions.wastewater_kw.insert(plant.id.clone(), power);
    }
}
