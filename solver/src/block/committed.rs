//! Sets that are on or off: a fleet of `n` like sets.
//!
//! Columns, for step `t`, the `j`-th set on and convex piece `p` of the fuel curve:
//! `is_on[j,p,t]` in {0, 1}; `line[j,p,q,t]`, kW above the piece's start; `started[t]`,
//! `stopped[t]`, counts; `under[t]`, kW below minimum load.
//!
//! ```text
//! on[j] = sum_p is_on[j,p] <= 1,  on[j] >= on[j+1],  n = sum_j on[j]
//! power[j] = sum_p (from[p] is_on[j,p] + sum_q line[j,p,q]),  line <= width is_on
//! fuel = sum (fuel_at_from is_on + slope line)            exact: one piece, rising slopes
//! n[t] - n[t-1] = started[t] - stopped[t]
//! sum of starts within min_up before t  <= n[t]           (Rajan and Takriti, on counts)
//! sum of stops within min_down before t <= N - n[t]
//! under >= min_load n - sum_j power[j]
//! power[j]/rated within on[j] - 1 + x .. min(on[j], x)    x: load fraction of the bus
//! ```

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::{Fleet, Unit};
use crate::model::Model;
use crate::plan::Plan;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression, Variable};

const TOLERANCE_H: f64 = 1e-9;

#[derive(Debug)]
pub(super) struct Committed {
    fleet: Fleet,
    /// For each step: sets on.
    on: Vec<Expression>,
    /// For each step: power of the fleet, kW.
    power: Vec<Expression>,
    /// For each step and set: the `is_on` of each piece.
    is_on: Vec<Vec<Vec<Variable>>>,
}

impl Committed {
    pub(super) fn new(fleet: Fleet) -> Self {
        Self { fleet, on: Vec::new(), power: Vec::new(), is_on: Vec::new() }
    }

    /// One set of the fleet in one step: its `on` and its power.
    fn unit(&mut self, model: &mut Model, j: usize, t: usize) -> (Expression, Expression) {
        let fleet = &self.fleet;
        let (mut on, mut power) = (Expression::default(), Expression::default());
        let mut pieces = Vec::new();
        let name = |what: &str| format!("{}.{what}.{j}[{t}]", fleet.name);
        for (p, piece) in fleet.pieces.iter().enumerate() {
            let is_on = model.binary(name(&format!("is_on.{p}")), fleet.available[t]);
            on.add_mul(1.0, is_on);
            power.add_mul(piece.from_kw, is_on);
            let dt = model.dt_h[t];
            model.ledger.fuel_l.add_mul(dt * piece.fuel_at_from_l_per_h, is_on);
            model.ledger.other_cost.add_mul(dt * fleet.running_cost_per_h, is_on);
            for (q, (width_kw, slope)) in piece.lines.iter().enumerate() {
                let line = model.column(name(&format!("line.{p}.{q}")), 0.0, *width_kw);
                let limit = Expression::from(line) - *width_kw * is_on;
                model.row(name(&format!("line_on.{p}.{q}")), limit.leq(0.0));
                power.add_mul(1.0, line);
                model.ledger.fuel_l.add_mul(dt * slope, line);
            }
            pieces.push(is_on);
        }
        self.is_on[t].push(pieces);
        if fleet.pieces.len() > 1 {
            model.row(name("one_piece"), on.clone().leq(1.0));
        }
        if fleet.min_load_hard {
            let slack = power.clone() - fleet.min_load_kw * on.clone();
            model.row(name("min_load"), slack.geq(0.0));
        }
        if let (true, Some(load_frac)) = (fleet.shares_load, &model.load_frac) {
            let x = load_frac[t];
            let loading = power.clone() * (1.0 / fleet.rated_kw);
            model.row(name("share_most"), (loading.clone() - x).leq(0.0));
            model.row(name("share_least"), (loading - x - on.clone()).geq(-1.0));
        }
        (on, power)
    }

    fn step(&mut self, model: &mut Model, t: usize) {
        self.is_on.push(Vec::new());
        let (mut n, mut power) = (Expression::default(), Expression::default());
        let mut before: Option<Expression> = None;
        for j in 0..self.fleet.units.len() {
            let (on, unit_power) = self.unit(model, j, t);
            if let Some(before) = before {
                let name = format!("{}.order.{j}[{t}]", self.fleet.name);
                model.row(name, (before - on.clone()).geq(0.0));
            }
            n += &on;
            power += &unit_power;
            before = Some(on);
        }
        model.bus[t] += &power;
        model.formers[t] += &n;
        model.reserve[t] += self.fleet.rated_kw * n.clone() - power.clone();
        if !self.fleet.min_load_hard && self.fleet.min_load_kw > 0.0 {
            let most = self.fleet.min_load_kw * self.fleet.units.len() as f64;
            let under = model.column(format!("{}.under[{t}]", self.fleet.name), 0.0, most);
            let slack = power.clone() + under - self.fleet.min_load_kw * n.clone();
            model.row(format!("{}.min_load[{t}]", self.fleet.name), slack.geq(0.0));
            let dt = model.dt_h[t];
            model.ledger.fall_short(ShortfallClass::MinimumLoad, dt, under);
        }
        self.on.push(n);
        self.power.push(power);
    }

    /// Starts, stops, and the least times on and off.
    fn transitions(&self, model: &mut Model) {
        let fleet = &self.fleet;
        let most = fleet.units.len() as f64;
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        for t in 0..model.steps() {
            let started = model.column(format!("{}.started[{t}]", fleet.name), 0.0, most);
            let stopped = model.column(format!("{}.stopped[{t}]", fleet.name), 0.0, most);
            model.ledger.fuel_l.add_mul(fleet.start_fuel_l, started);
            model.ledger.other_cost.add_mul(fleet.start_cost, started);
            let before = match t {
                0 => Expression::from(fleet.running_at_start() as f64),
                _ => self.on[t - 1].clone(),
            };
            let change = self.on[t].clone() - before - started + stopped;
            model.row(format!("{}.change[{t}]", fleet.name), change.eq(0.0));
            starts.push(started);
            stops.push(stopped);
        }
        let offset_h = model.offset_h.clone();
        for t in 0..model.steps() {
            let since = |tau: usize| offset_h[t] - offset_h[tau];
            if fleet.available[t] {
                // A start before the set went out of reach binds nothing after it.
                let first =
                    fleet.available[..t].iter().rposition(|ok| !ok).map_or(0, |out| out + 1);
                let recent = (first..=t).filter(|tau| since(*tau) + TOLERANCE_H < fleet.min_up_h);
                let mut row = self.on[t].clone();
                for tau in recent {
                    row.add_mul(-1.0, starts[tau]);
                }
                let carried = if first == 0 { self.young(true, offset_h[t]) } else { 0.0 };
                model.row(format!("{}.min_up[{t}]", fleet.name), row.geq(carried));
            }
            let recent = (0..=t).filter(|tau| since(*tau) + TOLERANCE_H < fleet.min_down_h);
            let mut row = self.on[t].clone();
            for tau in recent {
                row.add_mul(1.0, stops[tau]);
            }
            let free = most - self.young(false, offset_h[t]);
            model.row(format!("{}.min_down[{t}]", fleet.name), row.leq(free));
        }
    }

    /// Sets that still owe their least time on (or off) from before the horizon, at `offset_h`. A set
    /// that may not run below its least load owes none on: there may be no load to keep it on.
    fn young(&self, running: bool, offset_h: f64) -> f64 {
        if running && self.fleet.min_load_hard {
            return 0.0;
        }
        let least = if running { self.fleet.min_up_h } else { self.fleet.min_down_h };
        let owes = |u: &&Unit| {
            u.start.running == running && u.start.for_h + offset_h + TOLERANCE_H < least
        };
        self.fleet.units.iter().filter(owes).count() as f64
    }
}

impl Block for Committed {
    fn build(&mut self, model: &mut Model) {
        for t in 0..model.steps() {
            self.step(model, t);
        }
        self.transitions(model);
    }

    fn commitment(&self, plan: &Plan, fix: &mut dyn FnMut(Variable, f64)) {
        for (t, units) in self.is_on.iter().enumerate() {
            let of_fleet = self.fleet.units.iter().map(|u| &plan.genset[&u.id]);
            let mut loads: Vec<f64> =
                of_fleet.filter(|g| g.running[t]).map(|g| g.power_kw[t]).collect();
            loads.sort_by(|a, b| b.total_cmp(a));
            for (j, pieces) in units.iter().enumerate() {
                let piece = loads.get(j).map(|kw| {
                    let above = |p: &crate::lowered::Piece| *kw + 1e-6 >= p.from_kw;
                    self.fleet.pieces.iter().rposition(above).unwrap_or(0)
                });
                for (p, is_on) in pieces.iter().enumerate() {
                    fix(*is_on, if piece == Some(p) { 1.0 } else { 0.0 });
                }
            }
        }
    }

    fn read(&self, values: &dyn Values, decisions: &mut Decisions) {
        let eval =
            |e: &Expression| e.linear_coefficients().map(|(v, c)| c * values.value(v)).sum::<f64>();
        let units = &self.fleet.units;
        // Hours since each set last changed, before the first step; ties keep the file's order.
        let mut running: Vec<bool> = units.iter().map(|u| u.start.running).collect();
        let mut since: Vec<f64> = units.iter().map(|u| -u.start.for_h).collect();
        let mut on_series = vec![Vec::new(); units.len()];
        let mut kw_series = vec![Vec::new(); units.len()];
        for t in 0..self.on.len() {
            let wanted = (0..=units.len())
                .min_by(|a, b| {
                    let distance = |n: usize| (eval(&self.on[t]) - n as f64).abs();
                    distance(*a).total_cmp(&distance(*b))
                })
                .unwrap_or(0);
            while running.iter().filter(|on| **on).count() != wanted {
                let start = running.iter().filter(|on| **on).count() < wanted;
                let oldest = (0..units.len())
                    .filter(|j| running[*j] != start)
                    .min_by(|a, b| since[*a].total_cmp(&since[*b]));
                let Some(j) = oldest else { break };
                running[j] = start;
                since[j] = t as f64;
            }
            let each_kw = if wanted == 0 { 0.0 } else { eval(&self.power[t]) / wanted as f64 };
            for j in 0..units.len() {
                on_series[j].push(running[j]);
                kw_series[j].push(if running[j] { each_kw } else { 0.0 });
            }
        }
        for (j, unit) in units.iter().enumerate() {
            decisions.running.insert(unit.id.clone(), std::mem::take(&mut on_series[j]));
            decisions.power_kw.insert(unit.id.clone(), std::mem::take(&mut kw_series[j]));
        }
    }
}
