//! Stuck: the same for so long that no living meter shows it.
//!
//! Learnt from the point's own repeats, at rest (within 1 % of the range of zero: night, off) and at
//! work apart, so that nights and integer meters do not count.

use super::usual::Usual;

/// How rarely chance alone may make a run of equal values.
const CHANCE: f64 = 1e-6;
/// No run shorter than this is doubted.
const LEAST_RUN: u32 = 4;
/// Weight of the newest value in the share of repeats.
const SHARE_WEIGHT: f64 = 1.0 / 500.0;
/// Values before anything is said.
const LEAST_SEEN: u32 = 100;
/// Share of the range up to which a point rests.
const REST_FRAC: f64 = 0.01;
/// A meter that repeats itself more often than this is too coarse to be called stuck.
const COARSE_FRAC: f64 = 0.5;
/// Values at work, over whole days, after which a point that never rested is not expected to.
const NEVER_RESTS: u32 = 1000;

/// Runs of one state of a point.
#[derive(Debug, Clone, Default)]
struct Runs {
    /// Share of values that repeat the one before.
    repeats_frac: f64,
    longest: Usual,
    /// The longest of all that were not doubted: nights come too rarely for what is usual.
    most: u32,
    seen: u32,
}

/// The run of equal values of a point, and what runs are usual.
#[derive(Debug, Clone, Default)]
pub(super) struct Stuck {
    run: u32,
    is_resting: bool,
    at_work: Runs,
    at_rest: Runs,
}

impl Stuck {
    /// Takes in a value; true if the point has stood still for too long. One that `may_rest` is off for as
    /// long as it likes; one that is not known for days may yet have its first night.
    pub(super) fn take(
        &mut self,
        value: f64,
        last: Option<f64>,
        span: f64,
        may_rest: bool,
        is_known_for_days: bool,
    ) -> bool {
        let is_same = last.is_some_and(|last| last.to_bits() == value.to_bits());
        if !is_same {
            let (run, is_resting) = (self.run, self.is_resting);
            self.runs(is_resting).end(run, is_resting);
        }
        self.is_resting = value.abs() <= REST_FRAC * span;
        self.run = if is_same { self.run + 1 } else { 1 };
        let (run, is_resting) = (self.run, self.is_resting);
        let never_rests =
            is_known_for_days && self.at_rest.seen < LEAST_SEEN && self.at_work.seen >= NEVER_RESTS;
        let runs = self.runs(is_resting);
        let lawful = match runs.longest_lawful(is_resting) {
            None if is_resting && never_rests => Some(2 * LEAST_RUN),
            lawful => lawful,
        };
        let may_rest = is_resting && (may_rest || !is_known_for_days);
        let is_stuck = lawful.is_some_and(|lawful| run > lawful) && !may_rest;
        if !is_stuck {
            runs.see(is_same, run);
        }
        is_stuck
    }

    fn runs(&mut self, is_resting: bool) -> &mut Runs {
        if is_resting { &mut self.at_rest } else { &mut self.at_work }
    }
}

impl Runs {
    /// Takes in a value that is not doubted, the last of a run so far. A night may be longer than what
    /// usual runs are learnt from at a time, so it is learnt while it lasts.
    fn see(&mut self, is_same: bool, run: u32) {
        self.seen = self.seen.saturating_add(1);
        let weight = SHARE_WEIGHT.max(1.0 / f64::from(self.seen));
        self.repeats_frac += weight * (f64::from(u8::from(is_same)) - self.repeats_frac);
        self.longest.learn(f64::from(run), 1.0);
    }

    /// Learns from a run that has ended; one that was doubted teaches little.
    fn end(&mut self, run: u32, is_resting: bool) {
        let most =
            self.longest_lawful(is_resting).map_or(f64::INFINITY, |most| 1.3 * f64::from(most));
        if f64::from(run) <= most {
            self.most = self.most.max(run);
        }
        self.longest.learn(f64::from(run).min(most), 1.0);
    }

    /// The longest run that is not doubted.
    fn longest_lawful(&self, is_resting: bool) -> Option<u32> {
        let usual = self.longest.largest().filter(|_| self.seen >= LEAST_SEEN)?;
        let usual = if is_resting { usual.max(f64::from(self.most)) } else { usual };
        if self.repeats_frac > COARSE_FRAC && !is_resting {
            return None;
        }
        // Where nothing ever repeats, two of five hundred might.
        let share = self.repeats_frac.clamp(0.004, 0.999);
        let by_chance = CHANCE.ln() / share.ln() + 1.0;
        let lawful = by_chance.max(1.5 * usual + 1.0).max(f64::from(LEAST_RUN));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small and positive"
        )]
        Some(lawful.min(1e9) as u32)
    }
}
