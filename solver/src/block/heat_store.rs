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

use super::{Block, Values, stock};
use crate::account::Decisions;
use crate::lowered::HeatStore;
use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct HeatStoreBlock {
    store: HeatStore,
    heater: Vec<Variable>,
    /// `unserved`, or `warm`.
    missing: Vec<Variable>,
}

impl HeatStoreBlock {
    pub(super) fn new(store: HeatStore) -> Self {
        Self { store, heater: Vec::new(), missing: Vec::new() }
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
        let (name, worth) = (format!("thermal_store.{}", self.store.id), self.store.worth);
        let start = (self.store.start_kwh, self.store.least_kwh, self.store.store_kwh);
        let mut before = stock::before(model, &name, start, worth);
        let mut lost_kwh = 0.0;
        let class = if self.store.is_cold { ShortfallClass::Cold } else { ShortfallClass::Heat };
        for t in 0..model.steps() {
            let (s, dt) = (&self.store, model.dt_h[t]);
            let heater = model.column(self.name("heater", t), 0.0, s.heater_max_kw[t]);
            lost_kwh += dt * s.drawn_kw[t];
            let (what, most) =
                if s.is_cold { ("warm", lost_kwh) } else { ("unserved", s.drawn_kw[t]) };
            let missing = model.column(self.name(what, t), 0.0, most);
            let stored = model.column(self.name("stored", t), 0.0, s.store_kwh);
            let mut recursion = before * s.kept[t] - stored - dt * s.drawn_kw[t];
            recursion.add_mul(dt, heater);
            recursion.add_mul(if s.is_cold { 1.0 } else { dt }, missing);
            if let Some(warm_before) = self.missing.last().filter(|_| s.is_cold) {
                recursion.add_mul(-1.0, *warm_before);
            }
            model.row(self.name("stock", t), recursion.eq(0.0));
            Self::ask(model, self.name("below", t), stored, (s.least_kwh, dt), class);
            if s.ready_steps.contains(&t) {
                // What is missing at its hour counts as if it were missing for an hour.
                Self::ask(model, self.name("late", t), stored, (s.ready_kwh, 1.0), class);
            }
            model.draw(t, 1.0, heater);
            let falls_short = if s.is_cold { class } else { ShortfallClass::LoadT3 };
            model.ledger.fall_short(falls_short, dt, missing);
            self.missing.push(missing);
            // Of two plans that cost the same, the fuller store is the safer one.
            model.ledger.preference.add_mul(-dt / s.store_kwh, stored);
            self.heater.push(heater);
            before = stored.into();
        }
        stock::after(model, &name, &before, self.store.store_kwh, worth);
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
            if self.store.is_cold { vec![0.0; self.heater.len()] } else { read(&self.missing) };
        decisions.heat_unserved_kw.insert(self.store.id.clone(), unserved);
    }
}
