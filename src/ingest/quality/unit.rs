//! Unit: W for kW, percent for a fraction, and the other way round.

use super::profile::Profile;
use super::range::is_within;

/// Factors between units that are mistaken for each other: W and kW, L and m3; percent and fraction.
const FACTORS: [f64; 2] = [1000.0, 100.0];
/// A slipped value lies, its factor taken out, within this factor of what was last seen.
const NEAR: f64 = 2.5;
/// Below this share of the range a level is too small to compare with.
const LEAST_LEVEL_FRAC: f64 = 0.002;
/// A value this far below the least that is usual may have slipped down.
const BELOW_LEAST: f64 = 0.2;

/// Whether a value says in another unit what was last seen. `level` is the last good value, `largest` the
/// usual largest of the point, `least` the usual least.
pub(super) fn has_slipped(
    profile: &Profile,
    value: f64,
    level: f64,
    largest: Option<f64>,
    least: Option<f64>,
) -> bool {
    let (value, level) = (value.abs(), level.abs());
    if level < LEAST_LEVEL_FRAC * profile.span() {
        return false;
    }
    let is_near = |restored: f64| (level / NEAR..=level * NEAR).contains(&restored);
    let is_new_high = largest.is_none_or(|most| value > NEAR * most);
    if is_new_high && FACTORS.iter().any(|f| is_near(value / f)) {
        return true;
    }
    // Down only where the point never comes near zero by itself.
    let is_new_low = least.is_some_and(|least| least > 0.0 && value < BELOW_LEAST * least);
    is_new_low
        && value > 0.0
        && FACTORS.iter().any(|f| is_near(value * f) && is_within(profile, value * f))
}
