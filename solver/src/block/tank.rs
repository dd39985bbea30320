//! A tank: the stock of its node.
//!
//! ```text
//! level[t] = level[t-1] + dt (flows into the node - flows out of it),  0 <= level <= capacity
//! level[t] + below[t] >= floor,  below never grows: a plan never draws below a floor
//! level[end] + short >= end target
//! ```

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Tank;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::Expression;

#[derive(Debug)]
pub(super) struct TankBlock {
    tank: Tank,
}

impl TankBlock {
    pub(super) fn new(tank: Tank) -> Self {
        Self { tank }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("tank.{}.{what}[{t}]", self.tank.id)
    }
}

impl Block for TankBlock {
    fn build(&mut self, model: &mut Model) {
        let tank = &self.tank;
        let deepest = (tank.floor_m3 - tank.start_m3).max(0.0);
        let mut before = Expression::from(tank.start_m3);
        let mut below_before = Expression::from(deepest);
        for t in 0..model.steps() {
            let dt = model.dt_h[t];
            let level = model.column(self.name("level", t), 0.0, tank.capacity_m3);
            let mut recursion = before - level;
            recursion.add_mul(dt, model.node_mut(&tank.id)[t].clone());
            model.row(self.name("stock", t), recursion.eq(0.0));
            let mut floor = Expression::from(level);
            if deepest > 0.0 {
                let below = model.column(self.name("below", t), 0.0, deepest);
                floor += below;
                let growth = Expression::from(below) - below_before;
                model.row(self.name("below_shrinks", t), growth.leq(0.0));
                model.ledger.fall_short(ShortfallClass::TankFloor, dt, below);
                below_before = below.into();
            }
            model.row(self.name("floor", t), floor.geq(tank.floor_m3));
            // Of two plans that cost the same, the fuller tank is the safer one.
            model.ledger.preference.add_mul(-dt / tank.capacity_m3, level);
            before = level.into();
        }
        if tank.end_m3 > 0.0 {
            let last = model.steps();
            let short = model.column(self.name("end_short", last), 0.0, tank.end_m3);
            model.row(self.name("end_stock", last), (before + short).geq(tank.end_m3));
            model.ledger.fall_short(ShortfallClass::EndStockTank, 1.0, short);
        }
    }

    fn read(&self, _values: &dyn Values, _decisions: &mut Decisions) {
        // A level is not decided: it follows from the flows.
    }
}
