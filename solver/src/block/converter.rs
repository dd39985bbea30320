//! A flow made with electricity: a well or a treatment line.
//!
//! Column: `flow[t] <= max[t]`, m3/h of product; `daily_short[d]`, m3.
//!
//! ```text
//! node[to] += flow,  node[from] -= flow / recovery,  bus -= kwh_per_m3 flow
//! sum over the steps of a local day of dt flow + daily_short >= daily (hours of the day) / 24
//! ```

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::{Converter, ConverterKind};
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct ConverterBlock {
    converter: Converter,
    flow: Vec<Variable>,
}

impl ConverterBlock {
    pub(super) fn new(converter: Converter) -> Self {
        Self { converter, flow: Vec::new() }
    }

    fn name(&self, what: &str, t: usize) -> String {
        let kind = match self.converter.kind {
            ConverterKind::Well => "well",
            ConverterKind::Treatment => "treatment",
        };
        format!("{kind}.{}.{what}[{t}]", self.converter.id)
    }
}

impl Block for ConverterBlock {
    fn build(&mut self, model: &mut Model) {
        let c = &self.converter;
        for t in 0..model.steps() {
            let flow = model.column(self.name("flow", t), 0.0, c.max_m3_per_h[t]);
            model.node_mut(&c.to_tank)[t].add_mul(1.0, flow);
            if let Some(from) = &c.from_tank {
                model.node_mut(from)[t].add_mul(-1.0 / c.recovery, flow);
            }
            model.draw(t, c.kwh_per_m3, flow);
            self.flow.push(flow);
        }
        if let Some(daily) = c.daily_m3 {
            for (d, steps) in model.steps_by_day.clone().into_iter().enumerate() {
                let hours: f64 = steps.iter().map(|t| model.dt_h[*t]).sum();
                let asked = daily * hours / 24.0;
                let short = model.column(self.name("daily_short", d), 0.0, asked);
                let mut made = Expression::from(short);
                for t in steps {
                    made.add_mul(model.dt_h[t], self.flow[t]);
                }
                model.row(self.name("daily", d), made.geq(asked));
                model.ledger.fall_short(ShortfallClass::Water, 1.0, short);
            }
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let c = &self.converter;
        let flows = self.flow.iter().zip(&c.max_m3_per_h);
        let flows = flows.map(|(v, most)| values.value(*v).min(*most)).collect();
        match c.kind {
            ConverterKind::Well => decisions.well_m3_per_h.insert(c.id.clone(), flows),
            ConverterKind::Treatment => decisions.treatment_m3_per_h.insert(c.id.clone(), flows),
        };
    }
}
