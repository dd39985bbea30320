//! Water at the taps, with the booster pump.
//!
//! Column: `unserved[t]`, m3/h, at least what the booster cannot carry;
//! `node -= asked - unserved`, `bus -= kwh_per_m3 (asked - unserved)`.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Draw;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::Variable;

#[derive(Debug)]
pub(super) struct DrawBlock {
    draw: Draw,
    unserved: Vec<Variable>,
}

impl DrawBlock {
    pub(super) fn new(draw: Draw) -> Self {
        Self { draw, unserved: Vec::new() }
    }
}

impl Block for DrawBlock {
    fn build(&mut self, model: &mut Model) {
        let d = &self.draw;
        for (t, asked) in d.asked_m3_per_h.iter().enumerate() {
            let least = (asked - d.max_m3_per_h).max(0.0);
            let unserved = model.column(format!("taps.{}.unserved[{t}]", d.id), least, *asked);
            let node = &mut model.node_mut(&d.from_tank)[t];
            *node -= *asked;
            node.add_mul(1.0, unserved);
            model.bus[t] -= *asked * d.kwh_per_m3;
            model.load_served[t] += *asked * d.kwh_per_m3;
            model.draw(t, -d.kwh_per_m3, unserved);
            let dt = model.dt_h[t];
            model.ledger.fall_short(ShortfallClass::Water, dt, unserved);
            self.unserved.push(unserved);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let unserved = self.unserved.iter().map(|v| values.value(*v)).collect();
        decisions.taps_unserved_m3_per_h.insert(self.draw.id.clone(), unserved);
    }
}
