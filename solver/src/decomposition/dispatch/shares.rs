//! Shared load: `power = rated n x` for the number `n` of sets that run, one row for each that may.

/// A fleet in a step.
#[derive(Debug)]
pub(super) struct Shares {
    /// Its slots: the columns that tell whether each runs, and its load fraction.
    pub(super) slots: Vec<(Vec<usize>, usize)>,
    /// The load fraction of the bus.
    pub(super) load_frac: usize,
    /// For each number of sets from 1: the column that lets its row go, and its bounds then.
    pub(super) loose: Vec<(usize, (f64, f64))>,
}

impl Shares {
    fn runs(&self, slot: usize, values: &[f64]) -> bool {
        self.slots[slot].0.iter().map(|column| values[*column]).sum::<f64>() > 0.5
    }

    /// Only the row of the number that runs holds.
    pub(super) fn hand_over(&self, values: &[f64], bounds: &mut [(f64, f64)]) {
        let running = (0..self.slots.len()).filter(|slot| self.runs(*slot, values)).count();
        for (i, (column, free)) in self.loose.iter().enumerate() {
            bounds[*column] = if i + 1 == running { (0.0, 0.0) } else { *free };
        }
    }

    pub(super) fn read(&self, values: &mut [f64]) {
        for (slot, (_, share)) in self.slots.iter().enumerate() {
            values[*share] = if self.runs(slot, values) { values[self.load_frac] } else { 0.0 };
        }
    }
}
