//! A store of heat with an electric heater, or of cold with its refrigeration.
//!
//! Columns: `heater[t]`, kW; `stored[t]`, kWh at the end of the step; `unserved[t]`, heat asked for and
//! not drawn, kW; `below[t]`, kWh below the least; `late[t]`, kWh missing at a ready time.
//!
//! ```text
//! stored[t] = kept^dt stored[t-1] + dt (heater - (drawn - unserved)),   0 <= stored <= store
//! below[t] >= least - stored[t]
//! late[t]  >= ready - stored[t]                     in steps at whose end a ready time has come
//! stored[end] + short >= end target
//! ```
//!
//! Cold is lost whether it is wanted or not: in place of `unserved` there is `warm[t]`, kWh by which the
//! store is warmer than its band, and `stored[t] - warm[t]` stands in the first row for the stock.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::HeatStore;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct HeatStoreBlock {
    store: HeatStore,
    heater: Vec<Variable>,
    unserved: Vec<Variable>,
}

impl HeatStoreBlock {
    pub(super) fn new(store: HeatStore) -> Self {
        Self { store, heater: Vec::new(), unserved: Vec::new() }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("thermal_store.{}.{what}[{t}]", self.store.id)
    }

    /// Heat or cold that should be there at the end of a step; what is not falls short for so many hours.
    fn ask(
        model: &mut Model,
        name: String,
        stored: Variable,
        (kwh, hours): (f64, f64),
        class: ShortfallClass,
    ) {
        if kwh <= 0.0 {
            return;
        }
        let missing = model.column(name.clone(), 0.0, kwh);
        model.row(name, (Expression::from(stored) + missing).geq(kwh));
        model.ledger.fall_short(class, hours, missing);
    }
}

impl Block for HeatStoreBlock {
    fn build(&mut self, model: &mut Model) {
        let mut before = Expression::from(self.store.start_kwh);
        let mut warm_before = Expression::default();
        let mut lost_kwh = 0.0;
        let class = if self.store.is_cold { ShortfallClass::Cold } else { ShortfallClass::Heat };
        for t in 0..model.steps() {
            let (s, dt) = (&self.store, model.dt_h[t]);
            let heater = model.column(self.name("heater", t), 0.0, s.heater_max_kw[t]);
            let stored = model.column(self.name("stored", t), 0.0, s.store_kwh);
            let mut recursion = before * s.kept[t] - stored - dt * s.drawn_kw[t];
            recursion.add_mul(dt, heater);
            if s.is_cold {
                lost_kwh += dt * s.drawn_kw[t];
                let warm = model.column(self.name("warm", t), 0.0, lost_kwh);
                recursion += warm - warm_before;
                model.ledger.fall_short(class, dt, warm);
                warm_before = warm.into();
            } else {
                let unserved = model.column(self.name("unserved", t), 0.0, s.drawn_kw[t]);
                recursion.add_mul(dt, unserved);
                model.ledger.fall_short(ShortfallClass::LoadT3, dt, unserved);
                self.unserved.push(unserved);
                warm_before = Expression::default();
            }
            model.row(self.name("stock", t), recursion.eq(0.0));
            let s = &self.store;
            Self::ask(model, self.name("below", t), stored, (s.least_kwh, dt), class);
            if s.ready_steps.contains(&t) {
                // What is missing at its hour counts as if it were missing for an hour.
                Self::ask(model, self.name("late", t), stored, (s.ready_kwh, 1.0), class);
            }
            model.draw(t, 1.0, heater);
            // Of two plans that cost the same, the fuller store is the safer one.
            model.ledger.preference.add_mul(-dt / s.store_kwh, stored);
            self.heater.push(heater);
            before = stored.into();
        }
        let end_kwh = self.store.end_kwh;
        if end_kwh > 0.0 {
            let last = model.steps();
            let short = model.column(self.name("end_short", last), 0.0, end_kwh);
            model.row(self.name("end_stock", last), (before + short).geq(end_kwh));
            model.ledger.fall_short(ShortfallClass::EndStockHeat, 1.0, short);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let read = |list: &[Variable]| list.iter().map(|v| values.value(*v)).collect();
        decisions.heater_kw.insert(self.store.id.clone(), read(&self.heater));
        let unserved =
            if self.store.is_cold { vec![0.0; self.heater.len()] } else { read(&self.unserved) };
        decisions.heat_unserved_kw.insert(self.store.id.clone(), unserved);
    }
}
