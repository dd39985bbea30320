//! Better prices: a linear program over a few commitments of each step, mixed.
//!
//! ```text
//! every step: copies of its columns for each kept commitment s, all scaled by a share m[t,s]
//!             rows of the step hold for each copy, sum_s m[t,s] = 1
//! between steps: the rows of the program, on the sums over the copies
//! ```
//!
//! Its value is no bound, because commitments are left out; its prices are good ones. Commitments are
//! added as they are met, and the numbers of starts can be held: see [`super::branch`].

mod frame;

use super::bound::Cut;
use super::path::Ways;
use super::step::Range;
use crate::backend::{Growing, Point};
use crate::error::BackendFailure;
use crate::program::{Program, ProgramColumn, ProgramRow};
use frame::{Column, Frame};
use std::time::Instant;

/// Commitments of a step that are kept, beside those of the path around it.
const CHEAPEST: usize = 3;
/// Steps before and after whose commitments on the path are kept.
const AROUND: usize = 2;

/// The program of mixed commitments. Its rows: those between steps in the order of the cut, one for
/// the shares of each step, one for the changes of each fleet and step, then those of the copies.
pub(super) struct Mixture {
    linear: Growing,
    frame: Frame,
    /// For each step: commitments, each within a range of its load.
    kept: Vec<Vec<(usize, Range)>>,
    /// The column of the share of each.
    shares: Vec<Vec<usize>>,
    /// The columns whose bounds may be changed, and their bounds.
    counted: Vec<usize>,
    within: Vec<(f64, f64)>,
}

/// What the mixture says.
pub(super) struct Mixed {
    pub(super) value: f64,
    /// One for each row of the cut between steps.
    pub(super) prices: Vec<f64>,
    pub(super) counted: Vec<f64>,
    /// For each step: the commitment with the largest share.
    pub(super) largest: Vec<usize>,
    /// For each fleet and step: how many sets run, in the mean of the shares.
    pub(super) running: Vec<Vec<f64>>,
}

impl Mixture {
    /// The mixture of the commitments around a first way; the bounds of `counted`, which are loose
    /// columns of the program, may be changed. A unit outside of them costs `beside`.
    pub(super) fn new(
        cut: &Cut,
        program: &Program,
        ways: &Ways,
        counted: &[usize],
        (beside, seed): (f64, u32),
    ) -> Result<Self, BackendFailure> {
        let frame = Frame::new(cut, program);
        let mut first = Whole { columns: Vec::new(), rows: frame.rows(cut, program) };
        for column in frame.columns(cut, program, counted) {
            first.add(&column);
        }
        let mut kept = vec![Vec::new(); cut.steps.len()];
        let mut shares = vec![Vec::new(); cut.steps.len()];
        for (t, state) in met(cut, program, ways, &mut kept) {
            let piece = frame.piece(cut, program, t, &state);
            let base = first.columns.len();
            shares[t].push(base);
            piece.columns.iter().for_each(|column| first.add(column));
            first.rows.extend(piece.rows.into_iter().map(|row| shifted(row, base)));
        }
        let mut linear = Growing::new(&first.columns, &first.rows, seed)?;
        let mut places = Vec::with_capacity(counted.len());
        let mut within = Vec::with_capacity(counted.len());
        for column in counted {
            let c = &program.columns[*column];
            let entries = &frame.entries[*column];
            places.push(linear.add_column((c.min, c.max), c.cost, entries)?);
            within.push((c.min, c.max));
            // What is kept may not suffice for other bounds: then this price asks for more.
            for sign in [1.0, -1.0] {
                let over: Vec<_> = entries.iter().map(|(row, a)| (*row, sign * a)).collect();
                linear.add_column((0.0, f64::INFINITY), beside, &over)?;
            }
        }
        Ok(Self { linear, frame, kept, shares, counted: places, within })
    }

    /// Adds the commitments around another way; false if all are there.
    pub(super) fn keep(
        &mut self,
        cut: &Cut,
        program: &Program,
        ways: &Ways,
    ) -> Result<bool, BackendFailure> {
        let new = met(cut, program, ways, &mut self.kept);
        for (t, state) in &new {
            let piece = self.frame.piece(cut, program, *t, state);
            let mut entries: Vec<Vec<(usize, f64)>> =
                piece.columns.iter().map(|column| column.entries.clone()).collect();
            for row in &piece.rows {
                let place = self.linear.add_row(row)?;
                row.entries.iter().for_each(|(column, a)| entries[*column].push((place, *a)));
            }
            let mut base = None;
            for (column, entries) in piece.columns.iter().zip(&entries) {
                let place = self.linear.add_column(column.bounds, column.cost, entries)?;
                base.get_or_insert(place);
            }
            self.shares[*t].push(base.unwrap_or(0));
        }
        Ok(!new.is_empty())
    }

    /// The cheapest mixture with these bounds of the counted columns.
    pub(super) fn solve(
        &mut self,
        cut: &Cut,
        counted: &[(f64, f64)],
        deadline: Instant,
    ) -> Result<Mixed, BackendFailure> {
        for ((column, new), old) in self.counted.iter().zip(counted).zip(&mut self.within) {
            if new != old {
                self.linear.bound(*column, *new)?;
                *old = *new;
            }
        }
        let Point { values, objective, mut prices } = self.linear.solve(deadline)?;
        prices.truncate(self.frame.shares);
        let counted = self.counted.iter().map(|column| values[*column]).collect();
        let of_step = self.kept.iter().zip(&self.shares).map(|(kept, shares)| {
            let largest =
                kept.iter().zip(shares).max_by(|a, b| values[*a.1].total_cmp(&values[*b.1]));
            largest.map_or(0, |((state, _), _)| *state)
        });
        let largest = of_step.collect();
        let mut running = vec![vec![0.0; self.kept.len()]; cut.fleets()];
        for (t, (kept, shares)) in self.kept.iter().zip(&self.shares).enumerate() {
            for ((state, _), share) in kept.iter().zip(shares) {
                for (of_fleet, n) in running.iter_mut().zip(cut.steps[t].counts(*state)) {
                    of_fleet[t] += values[*share] * n as f64;
                }
            }
        }
        Ok(Mixed { value: objective + self.frame.constant, prices, counted, largest, running })
    }
}

/// The program before it is handed over.
struct Whole {
    columns: Vec<ProgramColumn>,
    rows: Vec<ProgramRow>,
}

impl Whole {
    fn add(&mut self, column: &Column) {
        for (row, a) in &column.entries {
            self.rows[*row].entries.push((self.columns.len(), *a));
        }
        let ((min, max), cost) = (column.bounds, column.cost);
        self.columns.push(ProgramColumn { min, max, cost, integer: false, step: None });
    }
}

fn shifted(mut row: ProgramRow, by: usize) -> ProgramRow {
    row.entries.iter_mut().for_each(|(column, _)| *column += by);
    row
}

/// The commitments to keep that are not kept yet: those of the path around each step, and the
/// cheapest ones.
fn met(
    cut: &Cut,
    program: &Program,
    ways: &Ways,
    kept: &mut [Vec<(usize, Range)>],
) -> Vec<(usize, (usize, Range))> {
    let steps = &cut.steps;
    let cost: Vec<f64> = program.columns.iter().map(|c| c.cost).collect();
    let mut new = Vec::new();
    for (t, kept) in kept.iter_mut().enumerate() {
        let near = t.saturating_sub(AROUND)..(t + AROUND + 1).min(steps.len());
        let around = near.filter_map(|u| steps[t].state_of(&ways.path.counts[u]));
        let mut cheapest: Vec<(f64, usize)> =
            ways.through[t].iter().copied().enumerate().map(|(s, v)| (v, s)).collect();
        cheapest.sort_by(|a, b| a.0.total_cmp(&b.0));
        let cheapest = cheapest.iter().take(CHEAPEST).filter(|(v, _)| v.is_finite());
        for state in around.chain(cheapest.map(|(_, s)| *s)) {
            if ways.through[t][state].is_finite() {
                let range = steps[t].range(&cut.fleets, &cost, state, &ways.loads[t][state]);
                let state = (state, range);
                if !kept.contains(&state) {
                    kept.push(state.clone());
                    new.push((t, state));
                }
            }
        }
    }
    new
}
