//! Branches on how often fleets start and stop in a day, and on how many sets run.
//!
//! A mixture of commitments may start 0.4 of a set; the cost of the other 0.6 is what its bound
//! lacks. So the starts (or stops) of a fleet in a day are held at no more than the whole number
//! below, and at no less than the one above, and each side gets prices of its own. Where these are
//! whole, the sets that run at a time are held in the same way. The least bound of the sides that are
//! open is a bound of the whole.

use super::hull::{Mixed, Mixture};
use super::nearby::SOME_MOVES;
use super::search::Search;

/// Most branches that are looked at.
const MOST: usize = 60;
/// A number is broken if it is this far from a whole one.
const BROKEN: f64 = 1e-3;
/// A branch whose bound is this near to its mixture's value is not looked at again, share.
const CLOSE: f64 = 3e-4;
/// Mixtures of a branch.
const ROUNDS: usize = 4;

/// Numbers of starts and stops within bounds.
struct Branch {
    within: Vec<(f64, f64)>,
    bound: f64,
    /// What the mixture says of the numbers.
    counted: Vec<f64>,
}

impl Branch {
    /// The number that is most broken, of starts and stops, or else of running sets.
    fn broken(&self, changes: usize) -> Option<usize> {
        let off = |i: &usize| (self.counted[*i] - self.counted[*i].round()).abs();
        let most = |of: std::ops::Range<usize>| {
            of.filter(|i| off(i) > BROKEN).max_by(|a, b| off(a).total_cmp(&off(b)))
        };
        most(0..changes).or_else(|| most(changes..self.counted.len()))
    }
}

impl Search<'_> {
    /// Raises the bound, and looks for plans, branch by branch. Ends with `None`, like the search.
    pub(super) fn branch(&mut self, mixture: &mut Mixture, root: Mixed) -> Option<()> {
        let free = self.counted_bounds();
        let first = Branch { within: free.clone(), bound: self.bound, counted: root.counted };
        let mut open = vec![first];
        // Branches that nothing more can be said of.
        let mut ended = f64::INFINITY;
        for _ in 0..MOST {
            let least = (0..open.len()).min_by(|a, b| open[*a].bound.total_cmp(&open[*b].bound))?;
            let branch = open.swap_remove(least);
            let Some(number) = branch.broken(self.changes).filter(|_| branch.bound < ended) else {
                break;
            };
            let below = branch.counted[number].floor();
            for (min, max) in [(f64::NEG_INFINITY, below), (below + 1.0, f64::INFINITY)] {
                let mut within = branch.within.clone();
                let (least, most) = within[number];
                within[number] = (least.max(min), most.min(max));
                if within[number].0 > within[number].1 {
                    continue;
                }
                match self.side(mixture, &within, branch.bound) {
                    Some(side) => open.push(side),
                    // No mixture of what is kept: that proves nothing.
                    None => ended = ended.min(branch.bound),
                }
                self.hold(&free);
            }
            let least = open.iter().map(|b| b.bound).fold(ended, f64::min);
            self.bound = self.bound.max(least);
            self.polish(SOME_MOVES)?;
        }
        None
    }

    /// One side of a branch: its bound, and what its mixture says.
    fn side(
        &mut self,
        mixture: &mut Mixture,
        within: &[(f64, f64)],
        parent: f64,
    ) -> Option<Branch> {
        let mut prices = vec![0.0; self.program.rows.len()];
        let mut side: Option<Branch> = None;
        self.hold(within);
        for _ in 0..ROUNDS {
            let mixed = mixture.solve(&self.cut, within, self.question.deadline).ok()?;
            self.take_prices(&mixed.prices, &mut prices);
            let bounded = self.priced(&prices)?;
            self.round(&mixed, &bounded)?;
            let known = side.as_ref().map_or(parent, |side| side.bound);
            let bound = known.max(bounded.bound);
            side = Some(Branch { within: within.to_vec(), bound, counted: mixed.counted });
            if self.is_done()
                || mixed.value - bound <= CLOSE * mixed.value.abs()
                || !mixture.keep(&self.cut, &self.program, &bounded.ways).ok()?
            {
                break;
            }
        }
        side
    }

    /// Holds the numbers in the program that the bounds are made from.
    fn hold(&mut self, within: &[(f64, f64)]) {
        for (column, (min, max)) in self.counted.iter().zip(within) {
            let column = &mut self.program.columns[*column];
            (column.min, column.max) = (*min, *max);
        }
    }
}
