//! Sets that are on or off: a fleet of `N` like sets, counted, all running ones at one load.
//!
//! Columns, for step `t` and convex piece `p` of the fuel curve: `on[p,t]`, sets that run on that
//! piece, 0 to `N`; `line[p,q,t]`, kW above the piece's start on line `q`; `started[t]`,
//! `stopped[t]`, counts; `under[t]`, kW below minimum load; `piece[p,t]` in {0, 1} where a fleet of
//! several sets has several pieces.
//!
//! ```text
//! n = sum_p on[p] <= N;  on[p] <= N piece[p],  sum_p piece[p] <= 1
//! power = sum_p (from[p] on[p] + sum_q line[p,q]),  line[p,q] <= width on[p]
//! fuel = sum (fuel_at_from on + slope line)            exact: one piece, rising slopes, like loads
//! n[t] - n[t-1] = started[t] - stopped[t]
//! sum of starts within min_up before t  <= n[t]           (Rajan and Takriti, on counts)
//! sum of stops within min_down before t <= N - n[t]
//! under >= min_load n - power
//! N any_on >= n                                 any_on[t] in {0, 1}, where N-1 is asked
//! n >= N                                  where the fleet must run and can: `must_run.rs`
//! ```
//!
//! How fleets share the load of one bus is in `sharing.rs`; ramps and limits of start and stop are in
//! `power_limits.rs`, cold starts in `start_tiers.rs`.

mod columns;
mod exchange;
mod mean_load;
mod must_run;
mod power_limits;
mod rotation;
mod run_hours;
mod sharing;
mod start_tiers;
mod transitions;
mod turns_worth;
mod upkeep;

pub(crate) use columns::FleetColumns;
use columns::FleetStep;
use exchange::Course;
use rotation::Turns;

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Fleet;
use crate::model::{Model, Source, SourceKind};
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression, Variable};

const TOLERANCE_H: f64 = 1e-9;

#[derive(Debug)]
pub(super) struct Committed {
    columns: FleetColumns,
    /// For each step: sets on.
    on: Vec<Expression>,
    /// For each step: power of the fleet, kW.
    power: Vec<Expression>,
    /// Start of each step, and the end of the last, h.
    offset_h: Vec<f64>,
    /// For each step, whether a local day begins with it.
    new_day: Vec<bool>,
}

impl Committed {
    pub(super) fn new(fleet: Fleet) -> Self {
        let columns = FleetColumns { fleet, steps: Vec::new() };
        Self {
            columns,
            on: Vec::new(),
            power: Vec::new(),
            offset_h: Vec::new(),
            new_day: Vec::new(),
        }
    }

    fn fleet(&self) -> &Fleet {
        &self.columns.fleet
    }

    fn most(&self) -> f64 {
        self.fleet().units.len() as f64
    }

    /// Which piece the fleet stands on: all its sets on the same one.
    fn one_piece(&self, model: &mut Model, t: usize, on: &[Variable]) -> Vec<Variable> {
        let fleet = self.fleet();
        let name = |what: &str| format!("{}.{what}[{t}]", fleet.name);
        let mut pieces = Vec::new();
        if on.len() == 1 {
            return pieces;
        }
        if fleet.units.len() == 1 {
            let sum: Expression = on.iter().sum();
            model.row(name("one_piece"), sum.leq(1.0));
            return pieces;
        }
        let mut sum = Expression::default();
        for (p, on) in on.iter().enumerate() {
            let piece = model.binary(name(&format!("piece.{p}")), fleet.available[t]);
            let limit = Expression::from(*on) - self.most() * piece;
            model.row(name(&format!("on_piece.{p}")), limit.leq(0.0));
            sum.add_mul(1.0, piece);
            pieces.push(piece);
        }
        model.row(name("one_piece"), sum.leq(1.0));
        pieces
    }

    /// Sets on, their power and their fuel in one step.
    fn step(&mut self, model: &mut Model, t: usize) {
        let (dt, most, fleet) = (model.dt_h[t], self.most(), self.fleet());
        let name = |what: &str| format!("{}.{what}[{t}]", fleet.name);
        let most_on = if fleet.available[t] { most } else { 0.0 };
        let (mut n, mut power) = (Expression::default(), Expression::default());
        let (mut on, mut lines) = (Vec::new(), Vec::new());
        for (p, piece) in fleet.pieces.iter().enumerate() {
            let count = model.whole(name(&format!("on.{p}")), most_on);
            n.add_mul(1.0, count);
            power.add_mul(piece.from_kw, count);
            model.burn(t, dt * piece.fuel_at_from_l_per_h, count);
            model.ledger.other_cost.add_mul(dt * fleet.running_cost_per_h, count);
            let mut of_piece = Vec::new();
            for (q, (width_kw, slope)) in piece.lines.iter().enumerate() {
                let line = model.column(name(&format!("line.{p}.{q}")), 0.0, most * *width_kw);
                if fleet.limits.is_none() {
                    let limit = Expression::from(line) - *width_kw * count;
                    model.row(name(&format!("line_on.{p}.{q}")), limit.leq(0.0));
                }
                power.add_mul(1.0, line);
                model.burn(t, dt * slope, line);
                of_piece.push(line);
            }
            on.push(count);
            lines.push(of_piece);
        }
        let pieces = self.one_piece(model, t, &on);
        model.bus[t] += &power;
        model.sets_kw[t] += &power;
        model.formers[t] += &n;
        if fleet.limits.is_none() {
            model.reserve[t] += fleet.upkeep.available_kw[t] * n.clone() - power.clone();
        }
        upkeep::step(model, fleet, t, &n, &power);
        self.minimum_load(model, t, &n, &power);
        let slots = sharing::build(model, fleet, t, &n, &power);
        let any_on = self.any_on(model, t, &n);
        let started = model.column(name("started"), 0.0, most);
        let stopped = model.column(name("stopped"), 0.0, most);
        self.columns.steps.push(FleetStep { on, lines, pieces, slots, any_on, started, stopped });
        self.on.push(n);
        self.power.push(power);
    }

    /// Whether any set runs, where the loss of one is looked at; of one set that is its count.
    fn any_on(&self, model: &mut Model, t: usize, n: &Expression) -> Option<Variable> {
        if !model.secured[t] || self.fleet().units.len() == 1 {
            return None;
        }
        let name = format!("{}.any_on[{t}]", self.fleet().name);
        let any_on = model.binary(name.clone(), self.fleet().available[t]);
        model.row(name, (self.most() * any_on - n.clone()).geq(0.0));
        Some(any_on)
    }

    fn minimum_load(&self, model: &mut Model, t: usize, n: &Expression, power: &Expression) {
        let fleet = self.fleet();
        let name = |what: &str| format!("{}.{what}[{t}]", fleet.name);
        let from_kw = fleet.pieces.first().map_or(0.0, |piece| piece.from_kw);
        if fleet.min_load_kw <= from_kw {
            return;
        }
        let mut slack = power.clone() - fleet.min_load_kw * n.clone();
        if !fleet.min_load_hard {
            let under = model.column(name("under"), 0.0, fleet.min_load_kw * self.most());
            slack += under;
            model.ledger.fall_short(ShortfallClass::MinimumLoad, model.dt_h[t], under);
        }
        model.row(name("min_load"), slack.geq(0.0));
    }
}

impl Block for Committed {
    fn build(&mut self, model: &mut Model) {
        self.offset_h.clone_from(&model.offset_h);
        self.new_day = vec![false; model.steps()];
        for first in model.steps_by_day.iter().skip(1).filter_map(|day| day.first()) {
            self.new_day[*first] = true;
        }
        for t in 0..model.steps() {
            self.step(model, t);
        }
        self.transitions(model);
        let (fleet, steps) = (&self.columns.fleet, &self.columns.steps);
        must_run::rows(model, fleet, &self.on);
        start_tiers::rows(model, fleet, steps);
        if let Some(limits) = &fleet.limits {
            let (on, power) = (&self.on, &self.power);
            power_limits::OneSet { fleet, limits, on, power, steps }.rows(model);
        }
        mean_load::limit(model, fleet, &self.on, &self.power);
        run_hours::rows(model, fleet, &self.on, &self.power);
        let each_kw = fleet.upkeep.available_kw.clone();
        let carries = self.on.iter().zip(&each_kw).map(|(n, kw)| *kw * n.clone()).collect();
        let runs = std::iter::zip(&self.on, steps).map(|(on, step)| match step.any_on {
            Some(any_on) => any_on.into(),
            None => on.clone(),
        });
        let kind = SourceKind::Sets { most: fleet.units.len(), any_on: runs.collect(), each_kw };
        model.sources.push(Source { name: fleet.name.clone(), kind, carries });
    }

    fn fleet(&self) -> Option<&FleetColumns> {
        Some(&self.columns)
    }

    fn decided(&self, tell: &mut dyn FnMut(String, f64, Expression)) {
        for (t, on) in self.on.iter().enumerate() {
            tell(format!("{}.decided[{t}]", self.fleet().name), self.most(), on.clone());
        }
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        let fleet = self.fleet();
        for (t, step) in self.columns.steps.iter().enumerate() {
            let of_fleet = fleet.units.iter().map(|u| &plan.genset[&u.id]);
            let loads: Vec<f64> =
                of_fleet.filter(|g| g.running[t]).map(|g| g.power_kw[t]).collect();
            let each_kw = loads.iter().sum::<f64>() / loads.len().max(1) as f64;
            step.fix(loads.len(), fleet.piece_at(each_kw), fix);
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let eval =
            |e: &Expression| e.linear_coefficients().map(|(v, c)| c * values.value(v)).sum::<f64>();
        let units = &self.fleet().units;
        let mut turns = Turns::new(self.fleet());
        let mut on_series = vec![Vec::new(); units.len()];
        let mut each_kw = Vec::with_capacity(self.on.len());
        for t in 0..self.on.len() {
            let wanted = (0..=units.len())
                .min_by(|a, b| {
                    let distance = |n: usize| (eval(&self.on[t]) - n as f64).abs();
                    distance(*a).total_cmp(&distance(*b))
                })
                .unwrap_or(0);
            if self.new_day[t] {
                turns.new_day();
            }
            turns.run(wanted, self.offset_h[t]);
            turns.pass(self.offset_h[t + 1] - self.offset_h[t]);
            each_kw.push(if wanted == 0 { 0.0 } else { eval(&self.power[t]) / wanted as f64 });
            for (series, on) in on_series.iter_mut().zip(&turns.running) {
                series.push(*on);
            }
        }
        for (unit, on) in units.iter().zip(on_series) {
            let of_step = |(on, kw): (&bool, &f64)| if *on { *kw } else { 0.0 };
            let power_kw = on.iter().zip(&each_kw).map(of_step).collect();
            decisions.power_kw.insert(unit.id.clone(), power_kw);
            decisions.running.insert(unit.id.clone(), on);
        }
    }

    fn refine(&self, decisions: &mut Decisions) {
        let (fleet, offset_h, new_day) = (self.fleet(), &self.offset_h, &self.new_day);
        let ids = || fleet.units.iter().map(|u| &u.id);
        let series = |id| decisions.running.get(id).cloned().unwrap_or_default();
        let mut on: Vec<Vec<bool>> = ids().map(series).collect();
        let of_one = |id, t: usize| decisions.power_kw.get(id).map_or(0.0, |kw: &Vec<f64>| kw[t]);
        let load = |t: usize| ids().map(|id| of_one(id, t)).fold(0.0, f64::max);
        let each_kw: Vec<f64> = (0..self.on.len()).map(load).collect();
        Course { fleet, offset_h, new_day, each_kw: &each_kw }.exchange(&mut on);
        for (id, on) in ids().zip(on) {
            let of_step = |(on, kw): (&bool, &f64)| if *on { *kw } else { 0.0 };
            let power_kw = on.iter().zip(&each_kw).map(of_step).collect();
            decisions.power_kw.insert(id.clone(), power_kw);
            decisions.running.insert(id.clone(), on);
        }
    }
}
