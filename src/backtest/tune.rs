//! The thresholds of a baseline: the best of a grid on seven generated days that are not those of the
//! course. Best is what leaves least unserved, and of those what burns least at equal end stocks.

use super::{Baseline, Course};
use crate::twin::{LocalPolicy, Rates};
use chrono::TimeDelta;

/// Days on which thresholds are tried.
const DAYS: i64 = 7;
/// Added to the seed of the course for days that are not its own.
const OTHER_SEED: u64 = 0x5EED;
/// Less than this unserved is none, kWh or m3.
const NEAR: f64 = 0.5;

/// The best thresholds of a baseline, and how many were tried.
pub(super) fn tuned(baseline: Baseline, course: &Course) -> (LocalPolicy, usize) {
    let candidates = baseline.candidates(&course.file.site);
    let tried = candidates.len();
    if let [only] = candidates.as_slice() {
        return (*only, 1);
    }
    let rates = Rates::of(&course.file.site);
    let score = |policy: &LocalPolicy| {
        let mut twin = course.twin_elsewhere(OTHER_SEED).with_policy(*policy);
        let before = twin.stocks();
        twin.advance(course.start + TimeDelta::days(DAYS));
        let tally = twin.tally();
        let dark = (tally.unserved_kwh + tally.unserved_m3 - NEAR).max(0.0);
        (dark, tally.fuel_l + rates.owed_l(&before, &twin.stocks()))
    };
    let scored = candidates.into_iter().map(|policy| (score(&policy), policy));
    let best = scored.min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    (best.map(|(_, policy)| policy).unwrap_or_default(), tried)
}
