//! What the power of a fleet costs in one step: a convex curve, cut into stretches.

use super::{Held, TOLERANCE};
use crate::backend::Linear;
use crate::error::BackendFailure;

/// A stretch narrower than this has no price of its own, kW.
const NARROW: f64 = 1e-9;

/// A column that is at least `slope power + held`, and priced.
#[derive(Debug)]
pub(super) struct Slack {
    pub(super) column: usize,
    pub(super) cost: f64,
    pub(super) slope: f64,
    pub(super) held: Held,
    /// What the held part is divided by.
    pub(super) size: f64,
}

/// The power is the sum of the lines.
#[derive(Debug)]
pub(super) struct Curve {
    /// The cheapest first, each with its cost.
    pub(super) lines: Vec<(usize, f64)>,
    pub(super) slacks: Vec<Slack>,
    /// Rows `a power + held <= 0`.
    pub(super) limits: Vec<(f64, Held)>,
    /// The first of its stretches in the small program, and what each costs there.
    pub(super) first: usize,
    pub(super) costs: Vec<f64>,
}

/// The curve at a commitment.
#[derive(Debug)]
pub(super) struct CutCurve {
    /// The least power, and what it costs.
    pub(super) from: f64,
    pub(super) base_cost: f64,
    /// Width and cost of each stretch.
    stretches: Vec<(f64, f64)>,
    /// For each slack: what it is at least where the power is 0.
    offsets: Vec<f64>,
}

impl Curve {
    /// How many stretches there are at most.
    pub(super) fn stretches(&self) -> usize {
        self.lines.len() + self.slacks.len()
    }

    /// `None` if the bounds leave nothing.
    pub(super) fn cut(&self, bounds: &[(f64, f64)], values: &[f64]) -> Option<CutCurve> {
        let least: f64 = self.lines.iter().map(|(column, _)| bounds[*column].0).sum();
        let most: f64 = self.lines.iter().map(|(column, _)| bounds[*column].1).sum();
        let (mut from, mut to) = (least, most);
        let mut keep = |a: f64, held: f64| {
            let at = -held / a;
            if a > 0.0 { to = to.min(at) } else { from = from.max(at) }
        };
        for (a, held) in &self.limits {
            keep(*a, held.value(values));
        }
        let offsets: Vec<f64> =
            self.slacks.iter().map(|slack| slack.held.value(values) / slack.size).collect();
        for (slack, offset) in self.slacks.iter().zip(&offsets) {
            keep(slack.slope, offset - bounds[slack.column].1);
        }
        if from > to + TOLERANCE {
            return None;
        }
        let to = to.max(from);
        let kinks: Vec<f64> = self
            .slacks
            .iter()
            .zip(&offsets)
            .map(|(s, offset)| (bounds[s.column].0 - offset) / s.slope)
            .collect();
        let mut edges = vec![least];
        for (column, _) in &self.lines {
            let before = edges[edges.len() - 1];
            edges.push(before + bounds[*column].1 - bounds[*column].0);
        }
        let mut all: Vec<f64> = edges[1..].to_vec();
        all.extend(kinks.iter().map(|kink| kink.clamp(least, most.max(least))));
        all.sort_by(f64::total_cmp);
        let mut before = least;
        let mut stretches = Vec::with_capacity(all.len());
        for edge in all {
            let middle = f64::midpoint(before, edge);
            let line = edges[1..].iter().position(|e| middle <= *e).unwrap_or(0);
            let mut cost = self.lines[line].1;
            for (slack, kink) in self.slacks.iter().zip(&kinks) {
                if (slack.slope > 0.0) == (middle > *kink) {
                    cost += slack.slope * slack.cost;
                }
            }
            stretches.push(((edge.min(to) - before.max(from)).max(0.0), cost));
            before = edge;
        }
        let mut cut = CutCurve { from, base_cost: 0.0, stretches, offsets };
        let mut left = from - least;
        for (column, cost) in &self.lines {
            let (min, max) = bounds[*column];
            let taken = left.min(max - min);
            cut.base_cost += cost * (min + taken);
            left -= taken;
        }
        for (slack, offset) in self.slacks.iter().zip(&cut.offsets) {
            let at_least = (slack.slope * from + offset).max(bounds[slack.column].0);
            cut.base_cost += slack.cost * at_least;
        }
        Some(cut)
    }

    pub(super) fn hand_over(
        &mut self,
        cut: &CutCurve,
        linear: &mut Linear,
        bounds: &mut [(f64, f64)],
    ) -> Result<(), BackendFailure> {
        for (i, ((width, cost), old)) in cut.stretches.iter().zip(&mut self.costs).enumerate() {
            bounds[self.first + i] = (0.0, *width);
            if *width > NARROW && (*cost - *old).abs() > f64::EPSILON * cost.abs() {
                linear.price(self.first + i, *cost)?;
                *old = *cost;
            }
        }
        Ok(())
    }

    /// Lines and slacks, from the stretches of a solution.
    pub(super) fn read(
        &self,
        cut: &CutCurve,
        bounds: &[(f64, f64)],
        point: &[f64],
        values: &mut [f64],
    ) {
        let least: f64 = self.lines.iter().map(|(column, _)| bounds[*column].0).sum();
        let stretches = self.first..self.first + self.stretches();
        let power = cut.from + point[stretches].iter().sum::<f64>();
        let mut left = power - least;
        for (column, _) in &self.lines {
            let (min, max) = bounds[*column];
            let taken = left.clamp(0.0, max - min);
            values[*column] = min + taken;
            left -= taken;
        }
        for (slack, offset) in self.slacks.iter().zip(&cut.offsets) {
            let (min, max) = bounds[slack.column];
            values[slack.column] = (slack.slope * power + offset).clamp(min, max);
        }
    }
}
