//! What the columns of the fleets do at a commitment: how many sets run, and at which load.
//!
//! Sets that share load stand at one load fraction `x`, so a group of fleets has one degree of freedom.
//! Between the points of the fuel curves everything is linear in it.

use crate::block::{Block, FleetColumns};
use crate::lowered::Piece;
use crate::model::Model;
use std::collections::HashMap;

/// Whose column it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A column of a fleet that its count and its load decide.
    Fleet(usize),
    /// A count of starts or stops.
    Change,
    /// The load fraction of a group.
    LoadFrac,
}

/// The columns of a fleet by position, and how it may stand.
#[derive(Debug)]
pub(super) struct FleetShape {
    pub(super) group: usize,
    pub(super) units: usize,
    pub(super) running_at_start: usize,
    /// By step: positions of started and stopped.
    pub(super) changes: Vec<(usize, usize)>,
    /// By step: the columns that the count fixes.
    steps: Vec<StepColumns>,
    rated_kw: f64,
    /// For each piece: its start, kW, and the widths of its lines, kW.
    pieces: Vec<(f64, Vec<f64>)>,
}

#[derive(Debug)]
struct StepColumns {
    on: Vec<usize>,
    lines: Vec<Vec<usize>>,
    pieces: Vec<usize>,
    slots: Vec<(Option<usize>, usize)>,
    any_on: Option<usize>,
}

/// The columns of a fleet in one step.
#[derive(Debug)]
pub(super) struct Owned {
    /// What a commitment holds.
    pub(super) held: Vec<usize>,
    pub(super) lines: Vec<usize>,
    /// Its slots: the columns that tell whether each runs, and its load fraction.
    pub(super) slots: Vec<(Vec<usize>, usize)>,
    /// The load fraction of the bus that it shares.
    pub(super) load_frac: Option<usize>,
}

/// All fleets, their groups, and who owns which column.
#[derive(Debug)]
pub(super) struct Fleets {
    pub(super) list: Vec<FleetShape>,
    /// For each group: load fractions between which all is linear, from 0 to 1.
    pub(super) points: Vec<Vec<f64>>,
    /// The group whose load fraction is a column, and that column by step.
    pub(super) load_frac: Option<(usize, Vec<usize>)>,
    pub(super) owner: HashMap<usize, Owner>,
}

impl Fleets {
    pub(super) fn new(model: &Model, blocks: &[Box<dyn Block>]) -> Self {
        let views: Vec<&FleetColumns> = blocks.iter().filter_map(|b| b.fleet()).collect();
        let mut owner = HashMap::new();
        let mut points: Vec<Vec<f64>> = Vec::new();
        let mut shared: Option<usize> = None;
        let mut list = Vec::new();
        for (k, view) in views.iter().enumerate() {
            let group = match shared.filter(|_| view.fleet.shares_load) {
                Some(group) => group,
                None => {
                    points.push(vec![0.0, 1.0]);
                    if view.fleet.shares_load {
                        shared = Some(points.len() - 1);
                    }
                    points.len() - 1
                }
            };
            let shape = shape(model, view, group);
            for (from_kw, widths) in &shape.pieces {
                let mut kw = *from_kw;
                for width in std::iter::once(&0.0).chain(widths) {
                    kw += width;
                    points[group].push((kw / shape.rated_kw).clamp(0.0, 1.0));
                }
            }
            shape.own(k, &mut owner);
            list.push(shape);
        }
        for group in &mut points {
            group.sort_by(f64::total_cmp);
            group.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        }
        let load_frac = model.load_frac.as_ref().zip(shared).map(|(columns, group)| {
            let positions: Vec<usize> = columns.iter().map(|v| model.position(*v)).collect();
            for position in &positions {
                owner.insert(*position, Owner::LoadFrac);
            }
            (group, positions)
        });
        Self { list, points, load_frac, owner }
    }
}

impl Fleets {
    /// The columns of each fleet and step.
    pub(super) fn owned(&self) -> Vec<Owned> {
        let mut list = Vec::new();
        for fleet in &self.list {
            let x = self.load_frac.as_ref().filter(|(group, _)| *group == fleet.group);
            for (t, (step, changes)) in fleet.steps.iter().zip(&fleet.changes).enumerate() {
                let slots = step.slots.iter();
                let mut held: Vec<usize> = step.on.iter().chain(&step.pieces).copied().collect();
                held.extend(slots.clone().filter_map(|(on, _)| *on).chain(step.any_on));
                held.extend([changes.0, changes.1]);
                let runs = |on: Option<usize>| on.map_or_else(|| step.on.clone(), |on| vec![on]);
                list.push(Owned {
                    held,
                    lines: step.lines.iter().flatten().copied().collect(),
                    slots: slots.map(|(on, share)| (runs(*on), *share)).collect(),
                    load_frac: x.map(|(_, columns)| columns[t]).filter(|_| !step.slots.is_empty()),
                });
            }
        }
        list
    }
}

fn shape(model: &Model, view: &FleetColumns, group: usize) -> FleetShape {
    let at = |v: &good_lp::Variable| model.position(*v);
    let steps = view.steps.iter().map(|step| StepColumns {
        on: step.on.iter().map(at).collect(),
        lines: step.lines.iter().map(|l| l.iter().map(at).collect()).collect(),
        pieces: step.pieces.iter().map(at).collect(),
        slots: step.slots.iter().map(|s| (s.on.as_ref().map(at), at(&s.share))).collect(),
        any_on: step.any_on.as_ref().map(at),
    });
    let widths = |p: &Piece| p.lines.iter().map(|(w, _)| *w).collect();
    FleetShape {
        group,
        units: view.fleet.units.len(),
        running_at_start: view.fleet.running_at_start(),
        changes: view.steps.iter().map(|s| (at(&s.started), at(&s.stopped))).collect(),
        steps: steps.collect(),
        rated_kw: view.fleet.rated_kw,
        pieces: view.fleet.pieces.iter().map(|p| (p.from_kw, widths(p))).collect(),
    }
}

impl FleetShape {
    fn own(&self, k: usize, owner: &mut HashMap<usize, Owner>) {
        for step in &self.steps {
            let lines = step.lines.iter().flatten();
            let slots = step.slots.iter().flat_map(|(on, share)| on.iter().chain([share]));
            let counts = step.on.iter().chain(&step.pieces).chain(&step.any_on);
            for column in counts.chain(lines).chain(slots) {
                owner.insert(*column, Owner::Fleet(k));
            }
        }
        for (started, stopped) in &self.changes {
            owner.insert(*started, Owner::Change);
            owner.insert(*stopped, Owner::Change);
        }
    }

    /// Most sets that the bounds of a step allow, and the fewest.
    pub(super) fn range(&self, t: usize, bounds: impl Fn(usize) -> (f64, f64)) -> (usize, usize) {
        let of = self.steps[t].on.iter().map(|column| bounds(*column));
        let (least, most) = of.fold((0.0, 0.0_f64), |(l, m), (lo, hi)| (l + lo, m.max(hi)));
        let whole = |v: f64| (0..=self.units).rev().find(|n| *n as f64 <= v + 0.5).unwrap_or(0);
        (whole(least), whole(most))
    }

    /// Every column of step `t` that is not 0 when `n` sets run at load fraction `x`.
    pub(super) fn at(&self, t: usize, n: usize, x: f64) -> Vec<(usize, f64)> {
        let mut values = Vec::new();
        if n == 0 {
            return values;
        }
        let (step, count) = (&self.steps[t], n as f64);
        let kw = x * self.rated_kw;
        let piece = self.pieces.iter().rposition(|(from, _)| kw + 1e-6 >= *from).unwrap_or(0);
        values.push((step.on[piece], count));
        let mut left_kw = kw - self.pieces[piece].0;
        for (line, width) in step.lines[piece].iter().zip(&self.pieces[piece].1) {
            values.push((*line, left_kw.clamp(0.0, *width) * count));
            left_kw -= width;
        }
        values.extend(step.any_on.map(|any_on| (any_on, 1.0)));
        if let Some(chosen) = step.pieces.get(piece) {
            values.push((*chosen, 1.0));
        }
        for (on, share) in step.slots.iter().take(n) {
            values.extend(on.map(|on| (on, 1.0)));
            values.push((*share, x));
        }
        values
    }
}
