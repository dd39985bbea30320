//! Commitments near the best one, tried as long as one of them is cheaper.
//!
//! At the prices of the highest bound each commitment costs at least the sum of its steps and changes:
//! its promise. That takes microseconds where a dispatch takes milliseconds, so very many are looked
//! at and the few that promise most are dispatched.

use super::changes;
use super::hull::Mixed;
use super::plans::{Commitment, IMPROVEMENT};
use super::search::{Nearest, Search};

/// Dispatches at once: while prices are poor, once they are better, and at last.
pub(super) const FEW_MOVES: usize = 30;
pub(super) const SOME_MOVES: usize = 60;
pub(super) const ALL_MOVES: usize = usize::MAX;
/// How much of the way from the bound to the best a promise may take. Of 38 commitments that turned out
/// cheaper than the best, on a day each of the small, medium and large camp, 36 promised less than this.
const PROMISING: f64 = 0.25;
/// What is added to a mixture's broken number of running sets before it is cut off.
const ROUNDED_UP: [f64; 3] = [0.5, 0.7, 0.3];

impl Search<'_> {
    /// Takes over from a mixture, stretch by stretch, how many sets run, as long as that pays and for a few
    /// dispatches. `None` once the search is done.
    pub(super) fn towards(&mut self, mixed: &Mixed) -> Option<()> {
        let mut left = FEW_MOVES;
        for above in ROUNDED_UP {
            let of_fleets = mixed.running.iter().zip(&self.cut.fleets.list);
            let target: Vec<Vec<usize>> = of_fleets
                .map(|(running, fleet)| {
                    running.iter().map(|n| most_below(n + above, fleet.units)).collect()
                })
                .collect();
            let current = self.nearest.as_ref()?.commitment.clone();
            let mut stretches = changes::between(&current.counts, &target);
            while let Some(stretch) = stretches.pop() {
                self.look_around();
                let Nearest { cost: before, commitment: current, .. } = self.nearest.clone()?;
                let Some(counts) = stretch.taken(&current.counts, &target) else { continue };
                let commitment = self.repaired(Commitment { counts, loads: current.loads.clone() });
                if self.promise(&commitment).is_some() {
                    if left == 0 {
                        return Some(());
                    }
                    left -= 1;
                    self.cheaper(&commitment);
                    if self.is_done() {
                        return None;
                    }
                }
                if self.nearest.as_ref().is_none_or(|n| n.cost >= before) {
                    stretches.extend(stretch.halves());
                }
            }
        }
        Some(())
    }

    /// Tries commitments near the best one, the most promising first, as long as that pays. `None` once
    /// the search is done. After `most` dispatches the rest is left for the next time.
    pub(super) fn polish(&mut self, most: usize) -> Option<()> {
        let mut left = most;
        if self.is_done() {
            return None;
        }
        'better: while let Some(Nearest { cost: before, commitment: current, .. }) =
            self.nearest.clone()
        {
            self.look_around();
            for commitment in self.promising(&current) {
                if left == 0 {
                    break 'better;
                }
                left -= 1;
                self.cheaper(&commitment);
                if self.is_done() {
                    return None;
                }
                if self.nearest.as_ref().is_some_and(|n| n.cost < before - IMPROVEMENT) {
                    continue 'better;
                }
            }
            break;
        }
        Some(())
    }

    /// Commitments near one, untried, the most promising first.
    fn promising(&self, current: &Commitment) -> Vec<Commitment> {
        let mut list: Vec<(f64, Commitment)> = Vec::new();
        for change in changes::of(&current.counts) {
            let Some(counts) = change.applied(&current.counts) else { continue };
            let commitment = self.repaired(Commitment { counts, loads: current.loads.clone() });
            if let Some(promise) = self.promise(&commitment) {
                list.push((promise, commitment));
            }
        }
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        list.dedup_by(|a, b| a.1.counts == b.1.counts);
        list.into_iter().map(|(_, commitment)| commitment).collect()
    }

    /// What an untried commitment costs at least, at the prices of the highest bound; `None` if it was
    /// tried, cannot be, or promises too little.
    fn promise(&self, commitment: &Commitment) -> Option<f64> {
        if self.tried.contains(&commitment.counts) {
            return None;
        }
        let (Some(nearest), Some(highest)) = (&self.nearest, &self.highest) else {
            return Some(f64::NEG_INFINITY);
        };
        let (fleets, steps) = (&self.cut.fleets, &self.cut.steps);
        let least = highest.ways.least(fleets, steps, &commitment.counts)?;
        if least - highest.bound >= PROMISING * (nearest.cost - highest.bound) {
            return None;
        }
        let Some(local) = &self.local else { return Some(least) };
        let least = local.ways.least(fleets, steps, &commitment.counts)?.max(least);
        (least < nearest.cost - IMPROVEMENT).then_some(least)
    }

    /// Prices commitments as the dispatch of the nearest one does: there its own cost is exact, and
    /// that of its neighbours almost.
    fn look_around(&mut self) {
        if self.local.is_none()
            && let Some(nearest) = &self.nearest
        {
            let mut prices = nearest.prices.clone();
            prices.resize(self.program.rows.len(), 0.0);
            self.local = self.cut.bound(&self.program, &prices);
        }
    }
}

/// The largest whole number of sets that is no more than this.
fn most_below(number: f64, units: usize) -> usize {
    (0..=units).rev().find(|n| *n as f64 <= number).unwrap_or(0)
}
