//! The model as a sparse program, its rows sorted into those of one step and those between steps.

use crate::model::Model;
use good_lp::{Constraint, Expression, IntoAffineExpression};
use std::collections::HashMap;

/// Entries up to this are what is left of sums that are 0; the solver leaves them out too, and warns.
const SMALL: f64 = 1e-9;

/// A column of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProgramColumn {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) cost: f64,
    pub(crate) integer: bool,
    /// The step that stands in its name.
    pub(crate) step: Option<usize>,
}

/// A row: `entries + constant <= 0`, or `= 0`.
#[derive(Debug, Clone)]
pub(crate) struct ProgramRow {
    pub(crate) entries: Vec<(usize, f64)>,
    pub(crate) constant: f64,
    pub(crate) equation: bool,
    pub(crate) detail: bool,
    pub(crate) name: String,
}

impl ProgramRow {
    /// Whether it counts a fleet's starts and stops: `n[t] - n[t-1] = started[t] - stopped[t]`.
    pub(crate) fn is_change(&self) -> bool {
        self.name.rsplit_once('.').is_some_and(|(_, last)| last.starts_with("change["))
    }
}

/// Columns and rows as numbers, in the model's order, caps last.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) columns: Vec<ProgramColumn>,
    pub(crate) rows: Vec<ProgramRow>,
    pub(crate) steps: usize,
}

impl Program {
    pub(crate) fn new(
        model: &Model,
        objective: &Expression,
        caps: &[Constraint],
        bounds: &[(f64, f64)],
    ) -> Self {
        let steps = model.steps();
        let mut columns: Vec<ProgramColumn> = model
            .columns
            .iter()
            .zip(bounds)
            .map(|(column, (min, max))| ProgramColumn {
                min: *min,
                max: *max,
                cost: 0.0,
                integer: column.integer,
                step: step_of(&column.name).filter(|t| *t < steps),
            })
            .collect();
        for (variable, coefficient) in objective.linear_coefficients() {
            columns[model.position(variable)].cost += coefficient;
        }
        let is_detail = model.row_detail.iter().copied().chain(std::iter::repeat(false));
        let rows = model.rows.iter().chain(caps).zip(is_detail).map(|(row, detail)| {
            let mut merged: HashMap<usize, f64> = HashMap::new();
            for (variable, coefficient) in row.expression().linear_coefficients() {
                *merged.entry(model.position(variable)).or_default() += coefficient;
            }
            let mut entries: Vec<_> = merged.into_iter().filter(|(_, c)| c.abs() > SMALL).collect();
            entries.sort_unstable_by_key(|(column, _)| *column);
            ProgramRow {
                entries,
                constant: row.expression().constant(),
                equation: row.is_equality(),
                detail,
                name: row.name().unwrap_or_default().to_owned(),
            }
        });
        Self { rows: rows.collect(), columns, steps }
    }

    /// The one step that all columns of a row belong to.
    pub(crate) fn step_of_row(&self, row: &ProgramRow) -> Option<usize> {
        let mut steps = row.entries.iter().map(|(column, _)| self.columns[*column].step);
        let first = steps.next()??;
        steps.all(|step| step == Some(first)).then_some(first)
    }
}

/// The number in the last brackets of a name: `tank.raw.level[14]`.
fn step_of(name: &str) -> Option<usize> {
    name.strip_suffix(']')?.rsplit_once('[')?.1.parse().ok()
}
