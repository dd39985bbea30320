//! Range: outside what the point can show.

use super::profile::Profile;

/// Play at both ends, share of the range: zero of a meter, and the dark offset of a pyranometer.
const PLAY_FRAC: f64 = 0.005;

/// Whether a value can be shown.
pub(super) fn is_within(profile: &Profile, value: f64) -> bool {
    let play = PLAY_FRAC * profile.span();
    (profile.min - play..=profile.max + play).contains(&value)
}
