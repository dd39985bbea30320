//! Commitments that are known before the search: their dispatches are its first plans.

use super::plans::Commitment;
use super::search::Search;

/// How many sets of each fleet run in each step, and at which load fraction or so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// By fleet and step.
    pub(crate) counts: Vec<Vec<usize>>,
    pub(crate) loads: Vec<Vec<f64>>,
}

impl Search<'_> {
    /// Dispatches what is known, least times kept. The best is kept as a plan; moves begin from what
    /// prices say, as without it: it is often where moves ended the last time, and would hold them there.
    pub(super) fn begin_with_known(&mut self) {
        let question = self.question;
        for known in question.known {
            let commitment =
                Commitment { counts: known.counts.clone(), loads: known.loads.clone() };
            let lawful = self.repaired(commitment);
            // One that cannot be dispatched is no plan to begin with.
            let _dispatch = self.dispatch(&lawful);
        }
        (self.nearest, self.local) = (None, None);
        self.tried.clear();
    }
}
