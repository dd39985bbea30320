//! A consumer on the bus.
//!
//! Column: `unserved[t] <= demand[t]`, kW; `bus -= demand - unserved`.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Demand;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::Variable;

#[derive(Debug)]
pub(super) struct DemandBlock {
    demand: Demand,
    unserved: Vec<Variable>,
}

impl DemandBlock {
    pub(super) fn new(demand: Demand) -> Self {
        Self { demand, unserved: Vec::new() }
    }
}

impl Block for DemandBlock {
    fn build(&mut self, model: &mut Model) {
        for (t, kw) in self.demand.demand_kw.iter().enumerate() {
            let name = format!("{}.unserved[{t}]", self.demand.path);
            let unserved = model.column(name, 0.0, *kw);
            model.bus[t] -= *kw;
            model.load_served[t] += *kw;
            model.draw(t, -1.0, unserved);
            if matches!(self.demand.class, ShortfallClass::LoadT0 | ShortfallClass::LoadT1) {
                model.critical_served[t] += *kw - unserved;
            }
            let dt = model.dt_h[t];
            model.ledger.fall_short(self.demand.class, dt, unserved);
            self.unserved.push(unserved);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let unserved = self.unserved.iter().map(|v| values.value(*v)).collect();
        decisions.unserved_kw.insert(self.demand.path.clone(), unserved);
    }
}
