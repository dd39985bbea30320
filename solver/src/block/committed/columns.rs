//! The columns of a fleet, for whoever decides how many of its sets run.

use super::sharing::Slot;
use crate::lowered::Fleet;
use good_lp::Variable;

/// A fleet and its columns, step by step.
#[derive(Debug)]
pub(crate) struct FleetColumns {
    pub(crate) fleet: Fleet,
    pub(crate) steps: Vec<FleetStep>,
}

/// The columns of one step.
#[derive(Debug)]
pub(crate) struct FleetStep {
    /// Sets on, for each piece of the fuel curve.
    pub(crate) on: Vec<Variable>,
    /// Power on each line of each piece, kW.
    pub(crate) lines: Vec<Vec<Variable>>,
    /// Which piece is in use, where that is a column of its own.
    pub(crate) pieces: Vec<Variable>,
    /// Where the fleet shares load with others: slots in order.
    pub(crate) slots: Vec<Slot>,
    /// Whether any set runs, where that is a column of its own.
    pub(crate) any_on: Option<Variable>,
    pub(crate) started: Variable,
    pub(crate) stopped: Variable,
}

impl FleetStep {
    /// Holds the whole numbers at `running` sets on piece `piece`.
    pub(crate) fn fix(&self, running: usize, piece: usize, fix: &mut dyn FnMut(Variable, f64)) {
        for (p, on) in self.on.iter().enumerate() {
            fix(*on, if p == piece { running as f64 } else { 0.0 });
        }
        if let Some(any_on) = self.any_on {
            fix(any_on, f64::from(u8::from(running > 0)));
        }
        for (p, chosen) in self.pieces.iter().enumerate() {
            fix(*chosen, f64::from(u8::from(p == piece && running > 0)));
        }
        for (j, slot) in self.slots.iter().enumerate() {
            if let Some(on) = slot.on {
                fix(on, f64::from(u8::from(j < running)));
            }
        }
    }
}
