//! A battery.
//!
//! Columns: `charge[t]`, `discharge[t]`, kW at the AC terminals; `is_charging[t]` in {0, 1};
//! `stored[t]`, kWh at the end of the step; `is_below[t]` in {0, 1} where the battery starts below its
//! window; `is_low[t]` in {0, 1} where energy is kept for T0 and T1 above it; `below[t]`, kWh, in both
//! cases; `is_above[t]` in {0, 1} where it starts above; `headroom[t]`, kW that could be sustained.
//!
//! ```text
//! stored[t] = stored[t-1] + dt (eta_c charge - discharge / eta_d)
//! charge <= charge_max is_charging,  discharge <= discharge_max (1 - is_charging)
//! min - (min - start) is_below[t] <= stored[t] <= max + (start - max) is_above[t]
//! is_below and is_above never grow
//! below[t] >= kept - stored[t],  below[t] <= depth is_low[t]     is_low = is_below if kept = min
//! discharge <= discharge_max (1 - is_below),  charge <= charge_max (1 - is_above)
//! headroom <= discharge_max (1 - is_low)
//! headroom sustain_h / eta_d <= stored - kept + below    at the start and at the end of the step
//! reserve += headroom + charge - discharge
//! stored[end] + short >= end target;  what it is worth at the ends: `stock.rs`
//! ```

use super::{Block, Values, stock};
use crate::account::Decisions;
use crate::lowered::Storage;
use crate::model::{Model, Source, SourceKind};
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};

#[derive(Debug)]
pub(super) struct StorageBlock {
    storage: Storage,
    charge: Vec<Variable>,
    discharge: Vec<Variable>,
    /// For each step, where both directions are possible.
    is_charging: Vec<Option<Variable>>,
    /// For each step, where the battery starts below its window.
    is_below: Vec<Variable>,
    /// For each step, where energy is kept above the window's lower end, with what is below.
    is_low: Vec<(Variable, Variable)>,
    /// For each step, where the battery starts above its window.
    is_above: Vec<Variable>,
    /// For each step: what it could sustain, kW.
    headroom: Vec<Expression>,
}

/// Stock, how far it is below what is kept, and whether it is (1) or not (0), at one instant.
struct Instant {
    stored: Expression,
    below: Expression,
    is_low: Expression,
}

impl StorageBlock {
    pub(super) fn new(storage: Storage) -> Self {
        Self {
            storage,
            charge: Vec::new(),
            discharge: Vec::new(),
            is_charging: Vec::new(),
            is_below: Vec::new(),
            is_low: Vec::new(),
            is_above: Vec::new(),
            headroom: Vec::new(),
        }
    }

    fn name(&self, what: &str, t: usize) -> String {
        format!("battery.{}.{what}[{t}]", self.storage.id)
    }

    fn step(&mut self, model: &mut Model, t: usize, before: &Instant) -> Instant {
        let s = &self.storage;
        let charge_max = s.charge_max_kw[t];
        let discharge_max = if s.available[t] { s.discharge_max_kw } else { 0.0 };
        let charge = model.column(self.name("charge", t), 0.0, charge_max);
        let discharge = model.column(self.name("discharge", t), 0.0, discharge_max);
        let mut direction = None;
        if charge_max > 0.0 && discharge_max > 0.0 {
            let is_charging = model.binary(self.name("is_charging", t), true);
            let limit = Expression::from(charge) - charge_max * is_charging;
            model.row(self.name("charge_max", t), limit.leq(0.0));
            let limit = Expression::from(discharge) + discharge_max * is_charging;
            model.row(self.name("discharge_max", t), limit.leq(discharge_max));
            direction = Some(is_charging);
        }
        if let Some(dark) = model.dark.get(&t).copied() {
            let most = charge_max + discharge_max;
            let limit = Expression::from(charge) + discharge + most * dark;
            model.row(self.name("dark", t), limit.leq(most));
        }
        let stored = model.column(self.name("stored", t), 0.0, s.energy_kwh);
        let dt = model.dt_h[t];
        let mut recursion = before.stored.clone() - stored;
        recursion.add_mul(dt * s.charge_efficiency, charge);
        recursion.add_mul(-dt / s.discharge_efficiency, discharge);
        model.row(self.name("stock", t), recursion.eq(0.0));
        let (below, is_low) = self.floor(model, t, stored, discharge);
        self.ceiling(model, t, stored, charge);
        let s = &self.storage;
        model.bus[t] += Expression::from(discharge) - charge;
        model.ledger.other_cost.add_mul(dt * s.wear_cost_per_kwh, discharge);
        // Of two plans that cost the same, the fuller battery is the safer one.
        model.ledger.preference.add_mul(-dt / s.energy_kwh, stored);
        let now = Instant { stored: stored.into(), below, is_low };
        let headroom = self.headroom(model, t, before, &now);
        if self.storage.sustain_h.is_some() && self.storage.available[t] {
            model.reserve[t] += headroom.clone() + charge - discharge;
        }
        self.headroom.push(headroom);
        self.is_charging.push(direction);
        self.charge.push(charge);
        self.discharge.push(discharge);
        now
    }

    /// What could be sustained from the energy above what is kept, kW.
    fn headroom(&self, model: &mut Model, t: usize, before: &Instant, now: &Instant) -> Expression {
        let s = &self.storage;
        let (Some(sustain_h), true) = (s.sustain_h, s.available[t]) else {
            return Expression::default();
        };
        let most = s.discharge_max_kw;
        let headroom = model.column(self.name("headroom", t), 0.0, most);
        let instants = [(before, "start"), (now, "end")];
        for (instant, what) in instants {
            let mut row = Expression::from(headroom) * (sustain_h / s.discharge_efficiency);
            row -= instant.stored.clone();
            row -= instant.below.clone();
            model.row(self.name(&format!("headroom_{what}"), t), row.leq(-s.kept_kwh));
        }
        // One that is inside its window stays there, but it may fall below what is kept.
        let may_be_low = |what: &str| match what {
            "start" => s.start_kwh < s.kept_kwh || s.kept_kwh > s.min_kwh,
            _ => s.kept_kwh > s.min_kwh,
        };
        for (instant, what) in instants.into_iter().filter(|(_, what)| may_be_low(what)) {
            let row = Expression::from(headroom) + instant.is_low.clone() * most;
            model.row(self.name(&format!("headroom_low_{what}"), t), row.leq(most));
        }
        headroom.into()
    }

    /// The lower end of the window, and what is kept above it. A battery that starts below its window
    /// only rises: it gives nothing, and carries nothing, until it is inside, and then stays there.
    fn floor(
        &mut self,
        model: &mut Model,
        t: usize,
        stored: Variable,
        discharge: Variable,
    ) -> (Expression, Expression) {
        let s = &self.storage;
        let deepest = s.min_kwh - s.start_kwh;
        let mut low = None;
        if deepest > 0.0 {
            let is_below = model.binary(self.name("is_below", t), true);
            let level = Expression::from(stored) + deepest * is_below;
            model.row(self.name("window_min", t), level.geq(s.min_kwh));
            let shut = Expression::from(discharge) + s.discharge_max_kw * is_below;
            model.row(self.name("shut_below", t), shut.leq(s.discharge_max_kw));
            if let Some(before) = self.is_below.last() {
                let back = Expression::from(is_below) - *before;
                model.row(self.name("below_once", t), back.leq(0.0));
            }
            self.is_below.push(is_below);
            low = Some(is_below);
        } else {
            model.row(self.name("window_min", t), Expression::from(stored).geq(s.min_kwh));
        }
        let s = &self.storage;
        let depth = s.kept_kwh - s.min_kwh.min(s.start_kwh);
        if depth <= 0.0 {
            return (Expression::default(), Expression::default());
        }
        let below = model.column(self.name("below", t), 0.0, depth);
        model.row(self.name("below", t), (Expression::from(stored) + below).geq(s.kept_kwh));
        model.ledger.fall_short(ShortfallClass::BatteryFloor, model.dt_h[t], below);
        if s.kept_kwh > s.min_kwh {
            let is_low = model.binary(self.name("is_low", t), true);
            let limit = Expression::from(below) - depth * is_low;
            model.row(self.name("low", t), limit.leq(0.0));
            self.is_low.push((is_low, below));
            low = Some(is_low);
        }
        (below.into(), low.map_or_else(Expression::default, Expression::from))
    }

    /// The upper end of the window. A battery that starts above it only comes back: it takes nothing
    /// until it is inside, and then stays there.
    fn ceiling(&mut self, model: &mut Model, t: usize, stored: Variable, charge: Variable) {
        let s = &self.storage;
        let over = s.start_kwh - s.max_kwh;
        if over <= 0.0 {
            model.row(self.name("window_max", t), Expression::from(stored).leq(s.max_kwh));
            return;
        }
        let is_above = model.binary(self.name("is_above", t), true);
        let level = Expression::from(stored) - over * is_above;
        model.row(self.name("window_max", t), level.leq(s.max_kwh));
        let shut = Expression::from(charge) + s.charge_max_kw[t] * is_above;
        model.row(self.name("shut_above", t), shut.leq(s.charge_max_kw[t]));
        if let Some(before) = self.is_above.last() {
            let back = Expression::from(is_above) - *before;
            model.row(self.name("above_once", t), back.leq(0.0));
        }
        self.is_above.push(is_above);
    }
}

impl Block for StorageBlock {
    fn build(&mut self, model: &mut Model) {
        let s = &self.storage;
        let (name, worth) = (format!("battery.{}", s.id), s.worth);
        let start = (s.start_kwh, s.kept_kwh.min(s.max_kwh), s.max_kwh);
        let mut instant = Instant {
            stored: stock::before(model, &name, start, worth),
            below: (s.kept_kwh - s.start_kwh).max(0.0).into(),
            is_low: f64::from(u8::from(s.start_kwh < s.kept_kwh)).into(),
        };
        for t in 0..model.steps() {
            instant = self.step(model, t, &instant);
        }
        stock::after(model, &name, &instant.stored, self.storage.max_kwh, worth);
        let end_kwh = self.storage.end_kwh;
        if end_kwh > 0.0 {
            let last = model.steps();
            let short = model.column(self.name("end_short", last), 0.0, end_kwh);
            model.row(self.name("end_stock", last), (instant.stored + short).geq(end_kwh));
            model.ledger.fall_short(ShortfallClass::EndStockBattery, 1.0, short);
        }
        let kind = SourceKind::Battery {
            forms_grid: self.storage.forms_grid,
            available: self.storage.available.clone(),
            most_kw: self.storage.discharge_max_kw,
        };
        model.sources.push(Source { name, kind, carries: self.headroom.clone() });
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let battery = &plan.battery[&self.storage.id];
        for (t, is_charging) in self.is_charging.iter().enumerate() {
            if let Some(is_charging) = is_charging {
                let charges = battery.charge_kw[t] > battery.discharge_kw[t];
                fix(*is_charging, f64::from(u8::from(charges)));
            }
        }
        for (t, is_below) in self.is_below.iter().enumerate() {
            let below = battery.stored_kwh[t] < self.storage.min_kwh - 1e-6;
            fix(*is_below, f64::from(u8::from(below)));
        }
        for (t, (is_low, _)) in self.is_low.iter().enumerate() {
            let low = battery.stored_kwh[t] < self.storage.kept_kwh - 1e-6;
            fix(*is_low, f64::from(u8::from(low)));
        }
        for (t, is_above) in self.is_above.iter().enumerate() {
            let above = battery.stored_kwh[t] > self.storage.max_kwh + 1e-6;
            fix(*is_above, f64::from(u8::from(above)));
        }
    }

    fn round(&self, relaxed: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        for (t, is_charging) in self.is_charging.iter().enumerate() {
            if let Some(is_charging) = is_charging {
                let charges = relaxed.value(self.charge[t]) > relaxed.value(self.discharge[t]);
                fix(*is_charging, f64::from(u8::from(charges)));
            }
        }
        // Below (or above) the window until the relaxed stock is inside.
        for is_below in &self.is_below {
            fix(*is_below, f64::from(u8::from(relaxed.value(*is_below) > 1e-6)));
        }
        for is_above in &self.is_above {
            fix(*is_above, f64::from(u8::from(relaxed.value(*is_above) > 1e-6)));
        }
        for (is_low, below) in &self.is_low {
            fix(*is_low, f64::from(u8::from(relaxed.value(*below) > 1e-6)));
        }
    }

    /// A battery that gives nothing may as well take: so curtailment can wait.
    fn free(&self, cheapest: &dyn Values, fix: &mut dyn FnMut(Variable, f64)) {
        for (is_charging, discharge) in self.is_charging.iter().zip(&self.discharge) {
            if let (Some(is_charging), true) = (is_charging, cheapest.value(*discharge) < 1e-9) {
                fix(*is_charging, 1.0);
            }
        }
    }

    /// Directions follow the load that pumps make, and so does when the stock comes back inside.
    fn loose(&self, free: &mut dyn FnMut(Variable)) {
        let window = self.is_below.iter().chain(&self.is_above);
        self.is_charging.iter().flatten().chain(window).for_each(|v| free(*v));
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let read = |list: &[Variable]| list.iter().map(|v| values.value(*v)).collect();
        decisions.charge_kw.insert(self.storage.id.clone(), read(&self.charge));
        decisions.discharge_kw.insert(self.storage.id.clone(), read(&self.discharge));
    }
}
