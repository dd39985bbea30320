//! A source limited by a profile, curtailable at no cost.
//!
//! Column: `power[t] <= usable[t]`, kW. What is not used is curtailed. What must be taken is, unless
//! the camp is dark:
//!
//! ```text
//! least (1 - dark) <= power <= usable (1 - dark)
//! ```

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Curtailable;
use crate::model::{Model, Source, SourceKind};
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct CurtailableBlock {
    source: Curtailable,
    power: Vec<Variable>,
}

impl CurtailableBlock {
    pub(super) fn new(source: Curtailable) -> Self {
        Self { source, power: Vec::new() }
    }
}

impl Block for CurtailableBlock {
    fn build(&mut self, model: &mut Model) {
        for t in 0..model.steps() {
            let usable = self.source.usable_kw[t];
            let name = format!("solar.{}.power[{t}]", self.source.id);
            let power = model.column(name, 0.0, usable);
            if let Some(dark) = model.dark.get(&t).copied() {
                let limit = Expression::from(power) + usable * dark;
                model.row(format!("solar.{}.dark[{t}]", self.source.id), limit.leq(usable));
            }
            let least = self.source.least_kw[t];
            if least > 0.0 {
                let mut taken = Expression::from(power);
                if let Some(dark) = model.dark.get(&t).copied() {
                    taken.add_mul(least, dark);
                }
                model.row(format!("solar.{}.least[{t}]", self.source.id), taken.geq(least));
            }
            model.bus[t].add_mul(1.0, power);
            model.solar_used[t].add_mul(1.0, power);
            self.power.push(power);
        }
        let kind = SourceKind::Solar { usable_kw: self.source.usable_kw.clone() };
        let carries = self.power.iter().map(|v| Expression::from(*v)).collect();
        let name = format!("solar.{}", self.source.id);
        model.sources.push(Source { name, kind, carries });
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let kw = self.power.iter().zip(&self.source.usable_kw);
        let kw = kw.map(|(v, usable)| values.value(*v).min(*usable)).collect();
        decisions.solar_kw.insert(self.source.id.clone(), kw);
    }
}
