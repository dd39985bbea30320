//! The model in free MPS format, with its own names, for any other solver.

use crate::model::Model;
use good_lp::{Constraint, Expression, IntoAffineExpression};

/// Writes `model` with `objective`, the rows of `caps`, and `bounds` in place of the columns' own.
pub(crate) fn write(
    model: &Model,
    name: &str,
    objective: &Expression,
    caps: &[Constraint],
    bounds: &[(f64, f64)],
) -> String {
    let rows: Vec<&Constraint> = model.rows.iter().chain(caps).collect();
    let mut entries: Vec<Vec<(&str, f64)>> = vec![Vec::new(); model.columns.len()];
    for (variable, coefficient) in objective.linear_coefficients() {
        entries[model.position(variable)].push(("objective", coefficient));
    }
    let mut out = format!("NAME {name}\nROWS\n N objective\n");
    for row in &rows {
        let kind = if row.is_equality() { 'E' } else { 'L' };
        let row_name = row.name().unwrap_or("row");
        out.push_str(&format!(" {kind} {row_name}\n"));
        for (variable, coefficient) in row.expression().linear_coefficients() {
            if coefficient != 0.0 {
                entries[model.position(variable)].push((row_name, coefficient));
            }
        }
    }
    out.push_str("COLUMNS\n");
    let mut in_integers = false;
    for (column, entries) in model.columns.iter().zip(&entries) {
        // The cost stage leaves pumps and trains broken.
        let integer = column.integer && !column.rounded;
        if integer != in_integers {
            let marker = if integer { "INTORG" } else { "INTEND" };
            out.push_str(&format!(" MARKER 'MARKER' '{marker}'\n"));
            in_integers = integer;
        }
        if entries.is_empty() {
            out.push_str(&format!(" {} objective 0\n", column.name));
        }
        for (row, coefficient) in entries {
            out.push_str(&format!(" {} {row} {coefficient}\n", column.name));
        }
    }
    if in_integers {
        out.push_str(" MARKER 'MARKER' 'INTEND'\n");
    }
    out.push_str("RHS\n");
    for row in &rows {
        let constant = -row.expression().constant();
        if constant != 0.0 {
            out.push_str(&format!(" rhs {} {constant}\n", row.name().unwrap_or("row")));
        }
    }
    out.push_str("BOUNDS\n");
    for (column, (min, max)) in model.columns.iter().zip(bounds) {
        out.push_str(&format!(" LO bound {} {min}\n", column.name));
        if max.is_finite() {
            out.push_str(&format!(" UP bound {} {max}\n", column.name));
        }
    }
    out.push_str("ENDATA\n");
    out
}
