//! The dispatch of a commitment, as a program that is much smaller than the model's.
//!
//! What a commitment holds (sets, slots, starts and stops) are numbers, so most rows of sets say nothing
//! more, or bound one column. What is left is made once for all commitments of a search:
//!
//! - rows over held columns only are checked; rows with one other column bound it;
//! - the lines of a fuel curve, and what is priced by the power of the sets alone (kWh outside a band,
//!   below the least load), are one convex curve, cut anew for each commitment: `curve.rs`;
//! - shared load takes one row for each number of sets that may run: `shares.rs`;
//! - rows that are equal but for held columns, as those of N-1, are one row, the tightest;
//! - a row whose columns stand nowhere else is solved by itself: `alone.rs`.
//!
//! Nothing is left out: a point of the small program is one of the model, and costs the same.

mod alone;
mod build;
mod curve;
mod draft;
mod shares;

use crate::backend::{Linear, Point};
use crate::error::BackendFailure;
use alone::Alone;
use curve::Curve;
use shares::Shares;
use std::time::Instant;

/// What a row of held columns may be off.
const TOLERANCE: f64 = 1e-6;

/// The part of a row that a commitment holds.
#[derive(Debug, Clone, Default)]
struct Held {
    entries: Vec<(usize, f64)>,
    constant: f64,
}

impl Held {
    fn value(&self, values: &[f64]) -> f64 {
        self.entries.iter().map(|(column, a)| a * values[*column]).sum::<f64>() + self.constant
    }
}

/// A row over held columns only.
#[derive(Debug)]
struct Check {
    held: Held,
    equation: bool,
}

/// A row over one column and held ones.
#[derive(Debug)]
struct Bounding {
    column: usize,
    a: f64,
    held: Held,
    equation: bool,
}

/// One of the rows that stand in the small program as one.
#[derive(Debug)]
struct Part {
    row: usize,
    /// What it is multiplied with to be that row.
    scale: f64,
    held: Held,
    /// Curves in it, with their coefficients in the row as it was.
    curves: Vec<(usize, f64)>,
}

/// A row of the small program, and the column that stands for what a commitment adds to it.
#[derive(Debug)]
struct Joint {
    parts: Vec<Part>,
    column: Option<usize>,
}

/// The small program.
pub(super) struct Dispatch {
    linear: Linear,
    /// By column of the model: its cost, whether a commitment holds it, and where it stands.
    costs: Vec<f64>,
    is_held: Vec<bool>,
    places: Vec<Option<usize>>,
    checks: Vec<Check>,
    bounding: Vec<Bounding>,
    curves: Vec<Curve>,
    shares: Vec<Shares>,
    alone: Vec<Alone>,
    /// Columns in no row that is left.
    idle: Vec<usize>,
    /// Rows in the order of the small program.
    joints: Vec<Joint>,
    rows: usize,
    /// Bounds of the small program.
    bounds: Vec<(f64, f64)>,
}

impl Dispatch {
    /// Solves within bounds of the model that hold a commitment, until `deadline`.
    pub(super) fn solve(
        &mut self,
        bounds: &[(f64, f64)],
        deadline: Instant,
    ) -> Result<Point, BackendFailure> {
        self.solve_below(bounds, f64::INFINITY, deadline)
    }

    /// The same, but what is known to come to more than `most` is given up: it is told as infeasible.
    pub(super) fn solve_below(
        &mut self,
        bounds: &[(f64, f64)],
        most: f64,
        deadline: Instant,
    ) -> Result<Point, BackendFailure> {
        let mut bounds = bounds.to_vec();
        let mut values: Vec<f64> = bounds.iter().map(|(min, _)| *min).collect();
        self.checks_hold(&values)?;
        self.tighten(&mut bounds, &values)?;
        let is_held = self.is_held.iter().enumerate().filter(|(_, held)| **held);
        let mut objective: f64 = is_held.map(|(at, _)| self.costs[at] * values[at]).sum();
        let mut prices = vec![0.0; self.rows];
        for column in &self.idle {
            let best = alone::best(self.costs[*column], bounds[*column]);
            values[*column] = best;
            objective += self.costs[*column] * best;
        }
        for alone in &self.alone {
            let (cost, price) =
                alone.solve(&self.costs, &bounds, &mut values).ok_or(BackendFailure::Infeasible)?;
            objective += cost;
            prices[alone.row] = price;
        }
        let mut cuts = Vec::with_capacity(self.curves.len());
        for curve in &mut self.curves {
            let cut = curve.cut(&bounds, &values).ok_or(BackendFailure::Infeasible)?;
            objective += cut.base_cost;
            curve.hand_over(&cut, &mut self.linear, &mut self.bounds)?;
            cuts.push(cut);
        }
        for (column, place) in self.places.iter().enumerate() {
            if let Some(place) = place {
                self.bounds[*place] = bounds[column];
            }
        }
        for shares in &self.shares {
            shares.hand_over(&values, &mut self.bounds);
        }
        let mut tightest = Vec::with_capacity(self.joints.len());
        for joint in &self.joints {
            let of_part = |part: &Part| {
                let curves: f64 = part.curves.iter().map(|(c, a)| a * cuts[*c].from).sum();
                part.scale * (part.held.value(&values) + curves)
            };
            let each = joint.parts.iter().map(of_part).enumerate();
            let (part, most) = each.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
            if let Some(column) = joint.column {
                self.bounds[column] = (most, most);
            }
            tightest.push(part);
        }
        let point = self.linear.solve_below(&self.bounds, most - objective, deadline)?;
        for (column, place) in self.places.iter().enumerate() {
            if let Some(place) = place {
                values[column] = point.values[*place];
            }
        }
        for (curve, cut) in self.curves.iter().zip(&cuts) {
            curve.read(cut, &bounds, &point.values, &mut values);
        }
        for shares in &self.shares {
            shares.read(&mut values);
        }
        for ((joint, part), price) in self.joints.iter().zip(&tightest).zip(&point.prices) {
            let part = &joint.parts[*part];
            prices[part.row] += price * part.scale;
        }
        Ok(Point { values, objective: objective + point.objective, prices })
    }

    fn checks_hold(&self, values: &[f64]) -> Result<(), BackendFailure> {
        let holds = |check: &Check| {
            let value = check.held.value(values);
            value <= TOLERANCE && (!check.equation || value >= -TOLERANCE)
        };
        self.checks.iter().all(holds).then_some(()).ok_or(BackendFailure::Infeasible)
    }

    /// Bounds by the rows of one column.
    fn tighten(&self, bounds: &mut [(f64, f64)], values: &[f64]) -> Result<(), BackendFailure> {
        for Bounding { column, a, held, equation } in &self.bounding {
            let at = -held.value(values) / a;
            let (min, max) = &mut bounds[*column];
            if *equation || *a > 0.0 {
                *max = max.min(at);
            }
            if *equation || *a < 0.0 {
                *min = min.max(at);
            }
            if *min > *max + TOLERANCE {
                return Err(BackendFailure::Infeasible);
            }
            *max = max.max(*min);
        }
        Ok(())
    }
}
