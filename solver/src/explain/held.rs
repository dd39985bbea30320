//! The model of a problem with the commitment of a plan held: what would be done otherwise if one set
//! more or less ran through some hours.
//!
//! The linear programme is built once and solved from the last basis. Its objective is the plan's, with
//! shortfalls at prices (`objective.rs`). `probe.*` are draws that are 0 unless a price is asked for.

use super::objective::objective;
use crate::account::{Decisions, settle};
use crate::backend::{Linear, Point, Reading, Solution, evaluate};
use crate::block::{Block, FleetColumns, blocks};
use crate::error::BackendFailure;
use crate::lowered::lower;
use crate::model::Model;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::program::Program;
use crate::rank::ShortfallClass;
use crate::system;
use good_lp::{Expression, Variable};
use std::collections::BTreeMap;
use std::time::Instant;

/// Distance from a whole number, and growth of a shortfall, that is the solver's arithmetic.
const ARITHMETIC: f64 = 1e-6;

/// One set more, or less, of a fleet in the steps `first..after`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flip {
    pub(super) fleet: usize,
    pub(super) first: usize,
    pub(super) after: usize,
    pub(super) more: bool,
}

/// Shortfalls as the model counts them.
pub(super) type Modelled = BTreeMap<ShortfallClass, f64>;

/// A dispatch, settled by the same books as every plan.
pub(super) struct Answer {
    pub(super) plan: Plan,
    /// What the model itself counts as short, before sets take turns.
    pub(super) modelled: Modelled,
    point: Point,
    /// Bounds with every whole number held.
    whole: Vec<(f64, f64)>,
}

/// The model, held.
pub(super) struct Held<'p> {
    problem: &'p Problem,
    model: Model,
    blocks: Vec<Box<dyn Block>>,
    linear: Linear,
    free: Vec<(f64, f64)>,
    /// For each fleet and step: sets that run, and the piece of the fuel curve they stand on.
    counts: Vec<Vec<usize>>,
    pieces: Vec<Vec<usize>>,
    /// For each fleet whose curve has several pieces, and each step: the column of its count.
    sums: Vec<Vec<Variable>>,
    draw: Vec<Variable>,
    taken: BTreeMap<String, Vec<Variable>>,
}

impl<'p> Held<'p> {
    pub(super) fn new(
        problem: &'p Problem,
        plan: &Plan,
        seed: u32,
    ) -> Result<Self, BackendFailure> {
        let mut model = Model::new(&problem.grid);
        let camp = lower(problem);
        system::open(&mut model, &camp);
        let bus = camp.bus.clone();
        let draw = (0..model.steps()).map(|t| {
            let probe = model.column(format!("probe.draw[{t}]"), 0.0, 0.0);
            model.draw(t, 1.0, probe);
            probe
        });
        let draw = draw.collect();
        let mut taken = BTreeMap::new();
        for id in problem.site.tank.keys() {
            let of_tank = (0..model.steps()).map(|t| {
                let probe = model.column(format!("probe.{id}[{t}]"), 0.0, 0.0);
                model.node_mut(id)[t].add_mul(-1.0, probe);
                probe
            });
            taken.insert(id.clone(), of_tank.collect());
        }
        let mut blocks = blocks(camp);
        for block in &mut blocks {
            block.build(&mut model);
        }
        system::close(&mut model, &bus);
        let sums = fleets(&blocks).map(|f| sums(&mut model, f)).collect();
        let objective = objective(problem, plan, &model);
        let free: Vec<_> = model.columns.iter().map(|c| (c.min, c.max)).collect();
        let linear = Linear::new(&Program::new(&model, &objective, &[], &free), true, seed)?;
        let (mut counts, mut pieces) = (Vec::new(), Vec::new());
        for columns in fleets(&blocks) {
            let (n, p) = (0..model.steps()).map(|t| commitment(columns, plan, t)).unzip();
            counts.push(n);
            pieces.push(p);
        }
        Ok(Self { problem, model, blocks, linear, free, counts, pieces, sums, draw, taken })
    }

    /// The fleet that a set belongs to.
    pub(super) fn fleet_of(&self, set: &str) -> Option<usize> {
        fleets(&self.blocks).position(|c| c.fleet.units.iter().any(|u| u.id == set))
    }

    /// The sets of a fleet.
    pub(super) fn like(&self, fleet: usize) -> Vec<String> {
        let columns = fleets(&self.blocks).nth(fleet);
        columns.map_or_else(Vec::new, |c| c.fleet.units.iter().map(|u| u.id.clone()).collect())
    }

    /// The best dispatch of the plan's commitment, or of the one that is flipped in some hours.
    pub(super) fn solve(
        &mut self,
        flip: Option<&Flip>,
        deadline: Instant,
    ) -> Result<Answer, BackendFailure> {
        let mut counts = self.counts.clone();
        if let Some(flip) = flip {
            for n in &mut counts[flip.fleet][flip.first..flip.after] {
                *n = if flip.more { *n + 1 } else { n.saturating_sub(1) };
            }
        }
        let steps = flip.map_or(0..0, |f| f.first..f.after);
        let held = self.hold(&counts, |k, t| (!steps.contains(&t)).then_some(self.pieces[k][t]));
        let first = self.linear.solve(&held, deadline)?;
        let whole = self.whole(&first, &counts);
        let is_whole = first.values.iter().zip(&whole).all(|(value, (least, most))| {
            value + ARITHMETIC >= *least && *most + ARITHMETIC >= *value
        });
        let point = if is_whole { first } else { self.linear.solve(&whole, deadline)? };
        let mut decisions = Decisions::default();
        let solution = Solution {
            values: point.values.clone(),
            objective: point.objective,
            bound: f64::NEG_INFINITY,
        };
        let reading = Reading { model: &self.model, solution: &solution };
        for block in &self.blocks {
            block.read(&reading, &mut decisions);
        }
        let short = self.model.ledger.shortfall.iter();
        let modelled =
            short.map(|(class, total)| (*class, evaluate(&self.model, total, &point.values)));
        let modelled = modelled.collect();
        Ok(Answer { plan: settle(self.problem, &decisions), modelled, point, whole })
    }

    /// Bounds with the counts held; the pieces too, where they are told.
    fn hold(
        &self,
        counts: &[Vec<usize>],
        piece: impl Fn(usize, usize) -> Option<usize>,
    ) -> Vec<(f64, f64)> {
        let mut held = self.free.clone();
        for (k, columns) in fleets(&self.blocks).enumerate() {
            for (t, step) in columns.steps.iter().enumerate() {
                let n = counts[k][t];
                let told = piece(k, t);
                step.fix(n, told.unwrap_or(0), &mut |variable, value| {
                    held[self.model.position(variable)] = (value, value);
                });
                let Some(sum) = self.sums[k].get(t) else { continue };
                held[self.model.position(*sum)] = (n as f64, n as f64);
                if told.is_none() {
                    for variable in step.on.iter().chain(&step.pieces) {
                        let place = self.model.position(*variable);
                        held[place] = self.free[place];
                    }
                }
            }
        }
        held
    }

    /// Bounds with every whole number held near a relaxed point.
    fn whole(&self, relaxed: &Point, counts: &[Vec<usize>]) -> Vec<(f64, f64)> {
        let value = |v: Variable| relaxed.values[self.model.position(v)];
        let all: Vec<_> = fleets(&self.blocks).collect();
        let mut held = self.hold(counts, |k, t| {
            let (fleet, step) = (&all[k].fleet, &all[k].steps[t]);
            let of_piece = |p: usize| {
                let lines = step.lines[p].iter().map(|line| value(*line)).sum::<f64>();
                fleet.pieces[p].from_kw * value(step.on[p]) + lines
            };
            let kw: f64 = (0..step.on.len()).map(of_piece).sum();
            let each_kw = kw / counts[k][t].max(1) as f64;
            // At a bend the piece that is held stays, where it is one.
            let old = self.pieces[k][t];
            let stays = value(step.on[old]) + ARITHMETIC >= counts[k][t] as f64;
            Some(if stays { old } else { fleet.piece_at(each_kw) })
        });
        let solution = Solution {
            values: relaxed.values.clone(),
            objective: relaxed.objective,
            bound: f64::NEG_INFINITY,
        };
        let reading = Reading { model: &self.model, solution: &solution };
        for block in &self.blocks {
            block.round(&reading, &mut |variable, value| {
                held[self.model.position(variable)] = (value, value);
            });
        }
        for (bounds, (column, value)) in
            held.iter_mut().zip(self.model.columns.iter().zip(&relaxed.values))
        {
            if column.integer && bounds.0 < bounds.1 {
                let near = value.round().clamp(bounds.0, bounds.1);
                *bounds = (near, near);
            }
        }
        held
    }

    /// Fuel that `kw` more on the bus (`m3_per_h` more out of a tank) in these steps take, L; nothing
    /// where a service would fall short for them.
    pub(super) fn more_l(
        &mut self,
        base: &Answer,
        tank: Option<&str>,
        steps: &[usize],
        amount: f64,
        deadline: Instant,
    ) -> Result<Option<f64>, BackendFailure> {
        let mut bounds = base.whole.clone();
        let probes = tank.map_or(Some(&self.draw), |id| self.taken.get(id));
        for t in steps {
            if let Some(probe) = probes.and_then(|p| p.get(*t)) {
                bounds[self.model.position(*probe)] = (amount, amount);
            }
        }
        let point = match self.linear.solve(&bounds, deadline) {
            Ok(point) => point,
            Err(BackendFailure::Infeasible) => return Ok(None),
            Err(other) => return Err(other),
        };
        let of = |e: &Expression, p: &Point| evaluate(&self.model, e, &p.values);
        let grows = |e: &Expression| of(e, &point) > of(e, &base.point) + ARITHMETIC;
        if self.model.ledger.shortfall.values().any(grows) {
            return Ok(None);
        }
        let fuel = &self.model.ledger.fuel_l;
        Ok(Some(of(fuel, &point) - of(fuel, &base.point)))
    }
}

fn fleets(blocks: &[Box<dyn Block>]) -> impl Iterator<Item = &FleetColumns> {
    blocks.iter().filter_map(|b| b.fleet())
}

/// For a curve of several pieces: in each step a column that is the sum of the sets on all of them.
fn sums(model: &mut Model, columns: &FleetColumns) -> Vec<Variable> {
    if columns.fleet.pieces.len() < 2 {
        return Vec::new();
    }
    let most = columns.fleet.units.len() as f64;
    let mut list = Vec::new();
    for (t, step) in columns.steps.iter().enumerate() {
        let name = format!("{}.sum[{t}]", columns.fleet.name);
        let sum = model.column(name.clone(), 0.0, most);
        let on: Expression = step.on.iter().sum();
        model.row(name, (on - sum).eq(0.0));
        list.push(sum);
    }
    list
}

/// How many sets of a fleet run in a step of a plan, and on which piece.
fn commitment(columns: &FleetColumns, plan: &Plan, t: usize) -> (usize, usize) {
    let of_fleet = columns.fleet.units.iter().filter_map(|u| plan.genset.get(&u.id));
    let loads: Vec<f64> = of_fleet.filter(|g| g.running[t]).map(|g| g.power_kw[t]).collect();
    let each_kw = loads.iter().sum::<f64>() / loads.len().max(1) as f64;
    (loads.len(), columns.fleet.piece_at(each_kw))
}
