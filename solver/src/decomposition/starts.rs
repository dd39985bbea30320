//! How often a fleet starts and stops in a day, as columns: they are whole, and what bounds them
//! bounds the cost.

use crate::block::Block;
use crate::model::Model;
use crate::program::{Program, ProgramColumn, ProgramRow};

/// Length of the stretches that are counted alone, h.
const STRETCH_H: f64 = 24.0;

/// Adds a column for the starts and one for the stops of each fleet in each 24 h, with its row
/// `sum - column = 0`; gives the columns.
pub(super) fn count(program: &mut Program, model: &Model, blocks: &[Box<dyn Block>]) -> Vec<usize> {
    let mut counted = Vec::new();
    for fleet in blocks.iter().filter_map(|block| block.fleet()) {
        for is_start in [true, false] {
            let mut from = 0;
            while from < fleet.steps.len() {
                let end_h = model.offset_h[from] + STRETCH_H;
                let to = (from + 1..fleet.steps.len())
                    .find(|t| model.offset_h[*t] + 1e-9 >= end_h)
                    .unwrap_or(fleet.steps.len());
                let variable = |t: usize| {
                    let step = &fleet.steps[t];
                    if is_start { step.started } else { step.stopped }
                };
                let mut entries: Vec<(usize, f64)> =
                    (from..to).map(|t| (model.position(variable(t)), 1.0)).collect();
                let most: f64 = entries.iter().map(|(c, _)| program.columns[*c].max).sum();
                let column = program.columns.len();
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
                counted.push(column);
                from = to;
            }
        }
    }
    counted
}
