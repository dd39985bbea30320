//! What is usual at a point: the largest of so many values, learnt without remembering them.

/// Values of a block.
const BLOCK: u32 = 250;
/// Blocks that are remembered.
const BLOCKS: usize = 8;
/// From so many blocks on their median stands; before it the largest, for little is known.
const SURE: usize = 3;
/// Below so many values nothing is said.
const LEAST: u32 = 30;
/// A value counts up to so many times what is usual: a fault does not teach, a change does in time.
const CLIP: f64 = 1.3;

/// The usual largest value of a block of 250: the median of the largest of the last eight blocks. Faults
/// in fewer than half of them leave it where it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Usual {
    largest: [f64; BLOCKS],
    blocks: usize,
    next: usize,
    now: f64,
    count: u32,
    /// Of full blocks; what [`Usual::largest`] gives once they are enough.
    median: f64,
}

impl Usual {
    /// Learns from a value, 0 or more. Up to `floor` every value counts as it is.
    pub(super) fn learn(&mut self, value: f64, floor: f64) {
        let most = self.sure().map_or(f64::INFINITY, |usual| CLIP * usual.max(floor));
        self.now = self.now.max(value.min(most));
        self.count += 1;
        if self.count < BLOCK {
            return;
        }
        self.largest[self.next] = self.now;
        self.next = (self.next + 1) % BLOCKS;
        self.blocks = (self.blocks + 1).min(BLOCKS);
        (self.now, self.count) = (0.0, 0);
        let mut sorted = self.largest;
        let known = &mut sorted[..self.blocks];
        known.sort_unstable_by(f64::total_cmp);
        let at = if self.blocks < SURE { self.blocks - 1 } else { (self.blocks - 1) / 2 };
        self.median = known[at];
    }

    fn sure(&self) -> Option<f64> {
        (self.blocks >= SURE).then_some(self.median)
    }

    /// The usual largest of 250 values; nothing before 30 were seen.
    pub(super) fn largest(&self) -> Option<f64> {
        if self.blocks >= SURE {
            return Some(self.median);
        }
        if self.blocks == 0 && self.count < LEAST {
            return None;
        }
        Some(if self.blocks == 0 { self.now } else { self.now.max(self.median) })
    }
}
