//! Rate and spike: what changes faster than it can, and what sticks out between its neighbours.
//!
//! The rate is limited by the equipment where that is known, else by what is usual at the point. A spike
//! is Hampel's identifier on the shortest window: the distance of a value from the median of itself and
//! its two neighbours, against what is usual. It is known when the next value comes.

use super::profile::{Nature, Profile};
use super::usual::Usual;

/// Times the usual largest step beyond which a step is doubted.
const STEP_TIMES: f64 = 2.0;
/// Times the usual largest excursion beyond which a value is a spike.
const EXCURSION_TIMES: f64 = 2.1;
/// Steps and excursions up to this share of the range are never doubted.
const FLOOR_FRAC: f64 = 0.02;
/// Nor are so many times the smallest step that the meter has shown, its last digit.
const GRAINS: f64 = 3.0;
/// That counts up to this share of the range.
const MOST_GRAIN_FRAC: f64 = 0.15;
/// Smaller steps are noise of arithmetic, share of the range.
const LEAST_GRAIN_FRAC: f64 = 1e-6;
/// After a gap more may have changed: as the square root of its length, up to so many times.
const MOST_GAP: f64 = 16.0;
/// Room above what the equipment can do: meters err, nameplates too.
const HEADROOM: f64 = 1.25;
/// Noise of a level meter, share of its range.
const LEVEL_NOISE_FRAC: f64 = 0.01;
/// The shortest time that a rate is taken over, h.
const LEAST_H: f64 = 1.0 / 3600.0;

/// What steps and excursions are usual at a point.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    step: Usual,
    excursion: Usual,
    /// The smallest step that was ever seen: the last digit of the meter.
    grain: Option<f64>,
}

/// The distance of `b` from the median of `a`, `b` and `c`.
fn excursion(a: f64, b: f64, c: f64) -> f64 {
    let (before, after) = (b - a, b - c);
    if before * after > 0.0 { before.abs().min(after.abs()) } else { 0.0 }
}

impl Steps {
    /// Whether the way from `old` to `value` in `distance_ms` is too fast. `intervals` is the distance in usual
    /// intervals of the point.
    pub(super) fn is_too_fast(
        &self,
        profile: &Profile,
        old: f64,
        value: f64,
        distance_ms: i64,
        intervals: f64,
    ) -> bool {
        let step = value - old;
        let by_equipment = if step > 0.0 { profile.rise_per_h } else { profile.fall_per_h };
        if let Some(most_per_h) = by_equipment {
            let hours = (distance_ms as f64 / 3.6e6).max(LEAST_H);
            let noise = LEVEL_NOISE_FRAC * profile.span();
            return step.abs() > HEADROOM * most_per_h * hours + noise;
        }
        if matches!(profile.nature, Nature::Flag | Nature::Switched) {
            return false;
        }
        let floor = self.floor(profile);
        let gap = intervals.clamp(1.0, MOST_GAP).sqrt();
        self.step.largest().is_some_and(|usual| step.abs() > (STEP_TIMES * usual * gap).max(floor))
    }

    /// Learns a step over one usual interval.
    pub(super) fn learn_step(&mut self, profile: &Profile, old: f64, value: f64) {
        let step = (value - old).abs();
        self.step.learn(step, self.floor(profile));
        if step > LEAST_GRAIN_FRAC * profile.span() && self.grain.is_none_or(|grain| step < grain) {
            self.grain = Some(step);
        }
    }

    /// What is never doubted: a small share of the range, and the last digit of the meter.
    fn floor(&self, profile: &Profile) -> f64 {
        let by_grain = GRAINS * self.grain.unwrap_or(0.0);
        (FLOOR_FRAC * profile.span()).max(by_grain.min(MOST_GRAIN_FRAC * profile.span()))
    }

    /// Whether `b` sticks out between its neighbours; learns what it sees.
    pub(super) fn sticks_out(&mut self, profile: &Profile, a: f64, b: f64, c: f64) -> bool {
        let out = excursion(a, b, c);
        let floor = self.floor(profile);
        let usual = self.excursion.largest();
        self.excursion.learn(out, floor);
        usual.is_some_and(|usual| out > (EXCURSION_TIMES * usual).max(floor))
    }
}
