//! A tank: the stock of its node.
//!
//! ```text
//! level[t] = level[t-1] + dt (flows into the node - flows out of it),  0 <= level <= capacity
//! level[t] >= floor - (floor - start) is_below[t],  is_below never grows
//! level[t] >= level[t-1] - capacity (1 - is_below[t])      below its floor a tank only rises
//! below[t] >= floor - level[t]
//! level[end] + short >= end target
//! ```

use super::{Block, Values, stock};
use crate::account::Decisions;
use crate::lowered::Tank;
use crate::model::Model;
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct TankBlock {
    tank: Tank,
    level: Vec<Variable>,
    /// For each step, where the tank starts below its floor.
    is_below: Vec<Variable>,
}

impl TankBlock {
    pub(super) fn new(tank: Tank) -> Self {
        Self { tank, level: Vec::new(), is_below: Vec::new() }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("tank.{}.{what}[{t}]", self.tank.id)
    }

    /// No plan draws below a floor. A tank that starts below one only rises until it is over it.
    fn floor(&mut self, model: &mut Model, t: usize, before: &Expression, level: Variable) {
        let tank = &self.tank;
        let deepest = tank.floor_m3 - tank.start_m3;
        if deepest <= 0.0 {
            model.row(self.name("floor", t), Expression::from(level).geq(tank.floor_m3));
            return;
        }
        let is_below = model.binary(self.name("is_below", t), true);
        let least = Expression::from(level) + deepest * is_below;
        model.row(self.name("floor", t), least.geq(tank.floor_m3));
        let rise = Expression::from(level) - before.clone() - tank.capacity_m3 * is_below;
        model.row(self.name("only_rises", t), rise.geq(-tank.capacity_m3));
        if let Some(earlier) = self.is_below.last() {
            let back = Expression::from(is_below) - *earlier;
            model.row(self.name("below_once", t), back.leq(0.0));
        }
        let below = model.column(self.name("below", t), 0.0, deepest);
        model.row(self.name("below", t), (Expression::from(level) + below).geq(tank.floor_m3));
        model.ledger.fall_short(ShortfallClass::TankFloor, model.dt_h[t], below);
        self.is_below.push(is_below);
    }
}

impl Block for TankBlock {
    fn build(&mut self, model: &mut Model) {
        let (name, worth) = (format!("tank.{}", self.tank.id), self.tank.worth);
        let start = (self.tank.start_m3, self.tank.floor_m3, self.tank.capacity_m3);
        let mut before = stock::before(model, &name, start, worth);
        for t in 0..model.steps() {
            let dt = model.dt_h[t];
            let tank = &self.tank;
            let level = model.column(self.name("level", t), 0.0, tank.capacity_m3);
            let mut recursion = before.clone() - level;
            recursion.add_mul(dt, model.node_mut(&tank.id)[t].clone());
            model.row(self.name("stock", t), recursion.eq(0.0));
            self.floor(model, t, &before, level);
            let tank = &self.tank;
            // Of two plans that cost the same, the fuller tank is the safer one.
            model.ledger.preference.add_mul(-dt / tank.capacity_m3, level);
            before = level.into();
            self.level.push(level);
        }
        let tank = &self.tank;
        stock::after(model, &name, &before, tank.capacity_m3, worth);
        if tank.end_m3 > 0.0 {
            let last = model.steps();
            let short = model.column(self.name("end_short", last), 0.0, tank.end_m3);
            model.row(self.name("end_stock", last), (before + short).geq(tank.end_m3));
            model.ledger.fall_short(ShortfallClass::EndStockTank, 1.0, short);
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let levels = &plan.tank[&self.tank.id].level_m3;
        for (t, is_below) in self.is_below.iter().enumerate() {
            fix(*is_below, f64::from(u8::from(levels[t] < self.tank.floor_m3 - 1e-6)));
        }
    }

    fn loose(&self, free: &mut dyn FnMut(Variable)) {
        self.is_below.iter().for_each(|v| free(*v));
    }

    fn narrow(&self, frac: f64, bound: &mut dyn FnMut(Variable, f64, f64)) {
        let tank = &self.tank;
        let room_m3 = frac * tank.room_m3;
        // A tank that starts near an end of its range is left alone there.
        let least = (tank.floor_m3 + room_m3).min(tank.start_m3);
        let most = (tank.capacity_m3 - room_m3).max(tank.start_m3);
        for (t, level) in self.level.iter().enumerate() {
            let last = t + 1 == self.level.len();
            let end = if last { (tank.end_m3 + room_m3).min(most) } else { 0.0 };
            bound(*level, least.max(end), most);
        }
    }

    fn read(&self, _values: &dyn Values, _decisions: &mut Decisions) {
        // A level is not decided: it follows from the flows.
    }
}
