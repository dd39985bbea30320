//! A linear program that grows: columns and rows are added to it, and it is solved from the basis of
//! the last time.

use super::linear::{Point, Spent, prepare, solve};
use super::other;
use crate::error::BackendFailure;
use crate::program::{ProgramColumn, ProgramRow};
use highs::{Col, ColProblem, Model, Row, Sense};
use std::time::Instant;

/// The program, kept by the solver.
pub(crate) struct Growing {
    highs: Option<Model>,
    rows: Vec<Row>,
    /// Columns that came later, and the number of those that were there from the start.
    columns: Vec<Col>,
    first: usize,
    /// What has changed since the last solve.
    has_grown: bool,
    has_other_bounds: bool,
    spent: Spent,
}

/// The solver's names of its simplex methods.
const DUAL: i32 = 1;
const PRIMAL: i32 = 4;

impl Growing {
    /// Takes over what there is from the start.
    pub(crate) fn new(
        columns: &[ProgramColumn],
        rows: &[ProgramRow],
        seed: u32,
    ) -> Result<Self, BackendFailure> {
        let mut problem = ColProblem::new();
        let mut handles = Vec::with_capacity(rows.len());
        let mut of_column: Vec<Vec<(Row, f64)>> = vec![Vec::new(); columns.len()];
        for row in rows {
            let handle = problem.add_row(least(row)..=-row.constant);
            for (column, a) in &row.entries {
                of_column[*column].push((handle, *a));
            }
            handles.push(handle);
        }
        for (column, entries) in columns.iter().zip(&of_column) {
            problem.add_column(column.cost, column.min..=column.max, entries);
        }
        let mut highs = problem.try_optimise(Sense::Minimise).map_err(other)?;
        prepare(&mut highs, seed)?;
        // Measured: the mixtures of commitments take 0.8 s without and 1.3 s with it.
        highs.try_set_option("presolve", "off").map_err(other)?;
        let (columns, first) = (Vec::new(), columns.len());
        Ok(Self {
            highs: Some(highs),
            rows: handles,
            columns,
            first,
            has_grown: false,
            has_other_bounds: true,
            spent: Spent::default(),
        })
    }

    fn alive(&mut self) -> Result<&mut Model, BackendFailure> {
        let failed = || BackendFailure::Other("the solver has failed before".to_owned());
        self.highs.as_mut().ok_or_else(failed)
    }

    /// Adds a column with its entries in the rows that there are; gives its number.
    pub(crate) fn add_column(
        &mut self,
        (min, max): (f64, f64),
        cost: f64,
        entries: &[(usize, f64)],
    ) -> Result<usize, BackendFailure> {
        let entries: Vec<_> = entries.iter().map(|(row, a)| (self.rows[*row], *a)).collect();
        let column = self.alive()?.try_add_column(cost, min..=max, entries).map_err(other)?;
        self.columns.push(column);
        self.has_grown = true;
        Ok(self.first + self.columns.len() - 1)
    }

    /// Adds a row that is still without columns; gives its number. (A row over columns that are there
    /// would cost the solver a pass through all of them.)
    pub(crate) fn add_row(&mut self, row: &ProgramRow) -> Result<usize, BackendFailure> {
        let bounds = least(row)..=-row.constant;
        let no_entries: [(Col, f64); 0] = [];
        let handle = self.alive()?.try_add_row(bounds, no_entries).map_err(other)?;
        self.rows.push(handle);
        Ok(self.rows.len() - 1)
    }

    /// Gives a column that came later other bounds.
    pub(crate) fn bound(
        &mut self,
        column: usize,
        (min, max): (f64, f64),
    ) -> Result<(), BackendFailure> {
        let column = self.columns[column - self.first];
        self.has_other_bounds = true;
        self.alive()?.change_column_bounds(column, min..=max);
        Ok(())
    }

    /// Solves it; values and prices are in the order in which columns and rows came.
    pub(crate) fn solve(&mut self, deadline: Instant) -> Result<Point, BackendFailure> {
        // What grew is still primal feasible, what is bounded otherwise still dual feasible. Measured:
        // 0.9 s instead of 5.4 s after growth, 4.8 s instead of 1.4 s where bounds have changed.
        let method = if self.has_grown && !self.has_other_bounds { PRIMAL } else { DUAL };
        self.alive()?.try_set_option("simplex_strategy", method).map_err(other)?;
        (self.has_grown, self.has_other_bounds) = (false, false);
        let Some(highs) = self.highs.take() else {
            return Err(BackendFailure::Other("the solver has failed before".to_owned()));
        };
        let (highs, solved) = solve(highs, deadline, &mut self.spent);
        self.highs = highs;
        solved
    }
}

fn least(row: &ProgramRow) -> f64 {
    if row.equation { -row.constant } else { f64::NEG_INFINITY }
}
