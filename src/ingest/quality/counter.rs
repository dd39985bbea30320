//! Counters: they only rise, no faster than the equipment lets them; they may begin anew and roll over.

use super::profile::Profile;
use crate::domain::quality::Reason;

/// Room above what the equipment can count: meters err, nameplates too.
const HEADROOM: f64 = 1.25;
/// Resolution of counters: what they may jump at once, in their unit.
const GRAIN: f64 = 1.0;
/// A counter rolls over at a power of ten, from five digits before the point on, or where its register ends:
/// 2^16 and 2^32 in units, tenths, hundredths or thousandths.
const ENDS: [f64; 13] = [
    1e4,
    1e5,
    1e6,
    1e7,
    1e8,
    65_536.0,
    6_553.6,
    655.36,
    4_294_967_296.0,
    429_496_729.6,
    42_949_672.96,
    4_294_967.296,
    999_999.9,
];

/// What a counter did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// It rose, or stood.
    On,
    /// Doubtful, or worth telling.
    Told(Reason),
}

/// Judges the way of a counter from `old` to `value` in `distance_ms`.
pub(super) fn count(profile: &Profile, old: f64, value: f64, distance_ms: i64) -> Count {
    let hours = distance_ms.max(0) as f64 / 3.6e6;
    let most = profile.rise_per_h.map_or(f64::INFINITY, |rate| HEADROOM * rate * hours) + GRAIN;
    if value >= old {
        return if value - old > most { Count::Told(Reason::Rate) } else { Count::On };
    }
    let rolled_over = |end: &f64| old <= *end && (end - old) + value <= most;
    if most.is_finite() && ENDS.iter().any(rolled_over) {
        return Count::Told(Reason::CounterRollOver);
    }
    // Anew from zero: no more than can have been counted since it was last heard.
    if value <= most.min(0.5 * old) {
        return Count::Told(Reason::CounterReset);
    }
    Count::Told(Reason::CounterFell)
}
