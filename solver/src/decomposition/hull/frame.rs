//! The rows and columns of a mixture: its frame, and the copies of steps that stand in it.

use super::super::bound::Cut;
use super::super::step::{Apart, Copy, Place, Range, Step};
use crate::program::{Program, ProgramRow};

/// A column with its entries by row.
pub(super) struct Column {
    pub(super) bounds: (f64, f64),
    pub(super) cost: f64,
    pub(super) entries: Vec<(usize, f64)>,
}

/// The copy of a step at one commitment; its rows are over its own columns.
pub(super) struct Piece {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<ProgramRow>,
}

/// Where things stand.
pub(super) struct Frame {
    /// For each column of the program: its entries in the rows between steps.
    pub(super) entries: Vec<Vec<(usize, f64)>>,
    /// The first row of shares.
    pub(super) shares: usize,
    steps: usize,
    /// Of each step: what is copied and what stands once.
    apart: Vec<Apart>,
    /// Of each step: its first row that stands once. Those of its sums come first.
    once: Vec<usize>,
    /// What the columns cost that the bounds hold.
    pub(super) constant: f64,
}

impl Frame {
    pub(super) fn new(cut: &Cut, program: &Program) -> Self {
        let mut entries = vec![Vec::new(); program.columns.len()];
        for (place, row) in cut.priced.iter().enumerate() {
            for (column, a) in &program.rows[*row].entries {
                entries[*column].push((place, *a));
            }
        }
        let held = cut.steps.iter().flat_map(Step::held);
        let constant = held.map(|(column, value)| program.columns[*column].cost * value).sum();
        let apart: Vec<Apart> = cut.steps.iter().map(Step::apart).collect();
        let (shares, steps, fleets) = (cut.priced.len(), cut.steps.len(), cut.fleets.list.len());
        let mut next = shares + steps * (1 + fleets);
        let mut once = Vec::with_capacity(steps);
        for apart in &apart {
            once.push(next);
            next += apart.sums.len() + apart.rows.len();
        }
        Self { entries, shares, steps, apart, once, constant }
    }

    /// The row that counts the changes of fleet `k` at step `t`.
    fn change(&self, k: usize, t: usize) -> usize {
        self.shares + self.steps * (k + 1) + t
    }

    /// The rows that do not belong to a copy, still without columns.
    pub(super) fn rows(&self, cut: &Cut, program: &Program) -> Vec<ProgramRow> {
        let mut fixed = vec![0.0; program.columns.len()];
        for (column, value) in cut.steps.iter().flat_map(Step::held) {
            fixed[*column] = *value;
        }
        let mut rows = Vec::new();
        for old in cut.priced.iter().map(|row| &program.rows[*row]) {
            let held: f64 = old.entries.iter().map(|(column, a)| a * fixed[*column]).sum();
            rows.push(row(Vec::new(), old.constant + held, old.equation));
        }
        rows.extend((0..self.steps).map(|_| row(Vec::new(), -1.0, true)));
        for fleet in &cut.fleets.list {
            let before = |t| if t == 0 { -(fleet.running_at_start as f64) } else { 0.0 };
            rows.extend((0..self.steps).map(|t| row(Vec::new(), before(t), true)));
        }
        for apart in &self.apart {
            rows.extend(apart.sums.iter().map(|_| row(Vec::new(), 0.0, true)));
            rows.extend(apart.rows.iter().map(|r| row(Vec::new(), r.constant, r.equation)));
        }
        rows
    }

    /// The columns that do not belong to a copy.
    pub(super) fn columns(&self, cut: &Cut, program: &Program, counted: &[usize]) -> Vec<Column> {
        let of = |column: usize, bounds: (f64, f64)| Column {
            bounds,
            cost: program.columns[column].cost,
            entries: self.entries[column].clone(),
        };
        let bounds = |column: usize| (program.columns[column].min, program.columns[column].max);
        let of_steps = cut.steps.iter().flat_map(Step::loose);
        let mut columns: Vec<Column> = of_steps.map(|(c, lo, hi)| of(c, (lo, hi))).collect();
        let loose = cut.loose.iter().filter(|column| !counted.contains(column));
        columns.extend(loose.map(|column| of(*column, bounds(*column))));
        for (apart, first) in self.apart.iter().zip(&self.once) {
            for (i, (column, lo, hi)) in apart.columns.iter().enumerate() {
                let Place::Once(sum) = apart.places[i] else { continue };
                let mut new = of(*column, (*lo, *hi));
                new.entries.extend(sum.map(|(sum, size)| (first + sum, size)));
                for (r, row) in apart.rows.iter().enumerate() {
                    let mine = row.entries.iter().filter(|(j, _)| *j == i);
                    new.entries.extend(mine.map(|(_, a)| (first + apart.sums.len() + r, *a)));
                }
                columns.push(new);
            }
        }
        for (k, fleet) in cut.fleets.list.iter().enumerate() {
            for (t, (started, stopped)) in fleet.changes.iter().enumerate() {
                for (column, sign) in [(*started, -1.0), (*stopped, 1.0)] {
                    let mut new = of(column, bounds(column));
                    new.entries.push((self.change(k, t), sign));
                    columns.push(new);
                }
            }
        }
        columns
    }

    /// The copy of step `t` at a commitment. Its first column is the share.
    pub(super) fn piece(
        &self,
        cut: &Cut,
        program: &Program,
        t: usize,
        (state, range): &(usize, Range),
    ) -> Piece {
        let apart = &self.apart[t];
        let Copy { digits, segments, base, rows: copied } =
            cut.steps[t].copy(&cut.fleets, *state, range);
        let cost = |of: &[(usize, f64)]| of.iter().map(|(c, v)| program.columns[*c].cost * v).sum();
        let mut share = self.entries_of(&base);
        share.push((self.shares + t, 1.0));
        for (k, n) in digits.iter().enumerate().filter(|(_, n)| **n > 0) {
            share.push((self.change(k, t), *n as f64));
            if t + 1 < self.steps {
                share.push((self.change(k, t + 1), -(*n as f64)));
            }
        }
        let mut columns = vec![Column { bounds: (0.0, 1.0), cost: cost(&base), entries: share }];
        let mut rows = Vec::new();
        let mut place = vec![None; apart.columns.len()];
        for (i, (column, lo, hi)) in apart.columns.iter().enumerate() {
            if apart.places[i] == Place::Copied {
                place[i] = Some(columns.len());
                let (cost, entries) = (program.columns[*column].cost, &self.entries[*column]);
                // What only costs is not taken in excess.
                let most = (*lo != 0.0 || cost <= 0.0 || !entries.is_empty()).then_some(*hi);
                scaled(&mut rows, columns.len(), *lo, most);
                let (bounds, entries) = ((lo.min(0.0), hi.max(0.0)), entries.clone());
                columns.push(Column { bounds, cost, entries });
            }
        }
        let first_sum = columns.len();
        for (i, sum) in apart.sums.iter().enumerate() {
            scaled(&mut rows, columns.len(), sum.least, Some(sum.most));
            let bounds = (sum.least.min(0.0), sum.most.max(0.0));
            let entries = vec![(self.once[t] + i, -1.0)];
            columns.push(Column { bounds, cost: 0.0, entries });
        }
        let first_segment = columns.len();
        for changes in &segments {
            rows.push(row(vec![(columns.len(), 1.0), (0, -1.0)], 0.0, false));
            columns.push(Column {
                bounds: (0.0, 1.0),
                cost: cost(changes),
                entries: self.entries_of(changes),
            });
        }
        for (r, copied) in copied.iter().enumerate().filter(|(r, _)| apart.is_copied[*r]) {
            let mut entries = vec![(0, copied.at_base)];
            entries.extend(copied.segments.iter().map(|(z, a)| (first_segment + z, *a)));
            entries.extend(copied.local.iter().filter_map(|(i, a)| Some((place[*i]?, *a))));
            for (i, sum) in apart.sums.iter().enumerate() {
                let mine = sum.entries.iter().filter(|(of, _)| *of == r);
                entries.extend(mine.map(|(_, a)| (first_sum + i, *a)));
            }
            rows.push(row(entries, 0.0, copied.equation));
        }
        Piece { columns, rows }
    }

    /// The entries between steps of columns that move together.
    fn entries_of(&self, changes: &[(usize, f64)]) -> Vec<(usize, f64)> {
        let each = changes.iter().flat_map(|(column, value)| {
            self.entries[*column].iter().map(move |(row, a)| (*row, a * value))
        });
        let mut entries: Vec<(usize, f64)> = each.collect();
        entries.sort_unstable_by_key(|(row, _)| *row);
        entries.dedup_by(|b, a| {
            let same = a.0 == b.0;
            if same {
                a.1 += b.1;
            }
            same
        });
        entries
    }
}

/// Bounds of a column of a copy, times the share of the copy.
fn scaled(rows: &mut Vec<ProgramRow>, column: usize, least: f64, most: Option<f64>) {
    if let Some(most) = most {
        rows.push(row(vec![(column, 1.0), (0, -most)], 0.0, false));
    }
    if least != 0.0 {
        rows.push(row(vec![(column, -1.0), (0, least)], 0.0, false));
    }
}

fn row(entries: Vec<(usize, f64)>, constant: f64, equation: bool) -> ProgramRow {
    ProgramRow { entries, constant, equation, detail: false, name: String::new() }
}
