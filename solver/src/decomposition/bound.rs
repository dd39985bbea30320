//! Prices on the rows between steps: what is left falls apart into steps, and bounds the cost.
//!
//! For any prices `p <= 0` of the rows `a x + const <= 0` (any sign for equations),
//! `min c x  >=  sum p (-const) + min (c - p A) x` over what is not priced. A dynamic programme over
//! the commitments solves the rest exactly, but for whole numbers that are no set's.

use super::fleets::{Fleets, Owner};
use super::path::{Ways, cheapest};
use super::step::Step;
use crate::block::Block;
use crate::model::Model;
use crate::program::Program;

/// Stands for no bound.
const FAR: f64 = 1e7;
/// Most commitments of a step, times the stretches of their curves.
const MOST_STATES: usize = 16_384;

/// The program, cut into steps.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(super) fleets: Fleets,
    pub(super) steps: Vec<Step>,
    /// Rows that are priced.
    pub(super) priced: Vec<usize>,
    /// Columns of no step.
    pub(super) loose: Vec<usize>,
}

/// A commitment with the bound that was found on the way.
#[derive(Debug, Clone)]
pub(crate) struct Bounded {
    pub(crate) bound: f64,
    pub(super) ways: Ways,
}

impl Cut {
    /// Cuts a program into steps; `None` where there are no sets, or too many different ones.
    pub(crate) fn new(model: &Model, blocks: &[Box<dyn Block>], program: &Program) -> Option<Self> {
        let fleets = Fleets::new(model, blocks);
        let states: usize =
            fleets.list.iter().fold(1, |product, f| product.saturating_mul(f.units + 1));
        let stretches: usize = fleets.points.iter().map(|points| points.len() - 1).sum();
        if fleets.list.is_empty() || states.saturating_mul(stretches) > MOST_STATES {
            return None;
        }
        let mut mine: Vec<Vec<usize>> = vec![Vec::new(); program.steps];
        let mut priced = Vec::new();
        for (i, row) in program.rows.iter().enumerate() {
            let changes = |c: &(usize, f64)| fleets.owner.get(&c.0) == Some(&Owner::Change);
            if row.is_change() {
                continue;
            }
            match program.step_of_row(row) {
                Some(t) if !row.entries.iter().any(changes) => mine[t].push(i),
                _ => priced.push(i),
            }
        }
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); program.steps];
        let mut loose = Vec::new();
        for (i, column) in program.columns.iter().enumerate() {
            match column.step {
                Some(t) => columns[t].push(i),
                None => loose.push(i),
            }
        }
        let steps = (0..program.steps)
            .map(|t| Step::new(program, &fleets, t, &mine[t], &columns[t]))
            .collect();
        Some(Self { fleets, steps, priced, loose })
    }

    /// The bound and the path at these prices, one for each row of the program.
    pub(crate) fn bound(&self, program: &Program, prices: &[f64]) -> Option<Bounded> {
        let mut cost: Vec<f64> = program.columns.iter().map(|c| c.cost).collect();
        let mut constant = 0.0;
        for row in &self.priced {
            let (price, row) = (prices[*row], &program.rows[*row]);
            let price = if row.equation { price } else { price.min(0.0) };
            if price != 0.0 {
                constant -= price * row.constant;
                for (column, a) in &row.entries {
                    cost[*column] -= price * a;
                }
            }
        }
        for column in &self.loose {
            let c = &program.columns[*column];
            constant += (cost[*column] * c.min).min(cost[*column] * c.max.min(FAR));
        }
        let mut ways = cheapest(&self.fleets, &self.steps, &cost)?;
        ways.constant += constant;
        Some(Bounded { bound: ways.path.value + constant, ways })
    }

    pub(super) fn fleets(&self) -> usize {
        self.fleets.list.len()
    }

    /// The group of fleet `k`.
    pub(super) fn group_of(&self, k: usize) -> usize {
        self.fleets.list[k].group
    }
}
