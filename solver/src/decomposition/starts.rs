//! How often a fleet starts and stops in a day, and how many sets run, as columns: they are whole, and
//! what bounds them bounds the cost.

use crate::block::Block;
use crate::model::Model;
use crate::program::{Program, ProgramColumn, ProgramRow};

/// Length of the stretches that are counted alone, h.
const STRETCH_H: f64 = 24.0;

/// Steps whose running sets are counted are this far apart, h.
const COUNTED_EVERY_H: f64 = 1.0;

/// Columns that are whole in any plan.
pub(super) struct Counted {
    /// Their positions: starts and stops first, then running sets.
    pub(super) columns: Vec<usize>,
    /// How many of them count starts and stops.
    pub(super) changes: usize,
}

/// Adds a column for the starts and one for the stops of each fleet in each 24 h, and one for the sets
/// that run in a step of each hour, each with its row `sum - column = 0`.
pub(super) fn count(program: &mut Program, model: &Model, blocks: &[Box<dyn Block>]) -> Counted {
    let mut columns = Vec::new();
    let at = |variable| model.position(variable);
    for fleet in blocks.iter().filter_map(|block| block.fleet()) {
        for is_start in [true, false] {
            for steps in apart(model, fleet.steps.len(), STRETCH_H) {
                let variable = |t: usize| {
                    let step = &fleet.steps[t];
                    if is_start { step.started } else { step.stopped }
                };
                let of: Vec<usize> = steps.map(|t| at(variable(t))).collect();
                let most = of.iter().map(|column| program.columns[*column].max).sum();
                columns.push(add(program, &of, most));
            }
        }
    }
    let changes = columns.len();
    for fleet in blocks.iter().filter_map(|block| block.fleet()) {
        for steps in apart(model, fleet.steps.len(), COUNTED_EVERY_H) {
            let of: Vec<usize> =
                fleet.steps[steps.start].on.iter().map(|variable| at(*variable)).collect();
            columns.push(add(program, &of, fleet.fleet.units.len() as f64));
        }
    }
    Counted { columns, changes }
}

/// The steps, in stretches of this length.
fn apart(model: &Model, steps: usize, length_h: f64) -> Vec<std::ops::Range<usize>> {
    let mut list = Vec::new();
    let mut from = 0;
    while from < steps {
        let end_h = model.offset_h[from] + length_h;
        let to = (from + 1..steps).find(|t| model.offset_h[*t] + 1e-9 >= end_h).unwrap_or(steps);
        list.push(from..to);
        from = to;
    }
    list
}

/// Adds a column that is the sum of others; gives its position.
fn add(program: &mut Program, of: &[usize], most: f64) -> usize {
    let column = program.columns.len();
    let mut entries: Vec<(usize, f64)> = of.iter().map(|column| (*column, 1.0)).collect();
    entries.push((column, -1.0));
    program.columns.push(ProgramColumn {
        min: 0.0,
        max: most,
        cost: 0.0,
        integer: false,
        step: None,
    });
    program.rows.push(ProgramRow {
        entries,
        constant: 0.0,
        equation: true,
        detail: false,
        name: String::new(),
    });
    column
}
