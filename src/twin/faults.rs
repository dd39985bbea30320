//! Meters that are not exact and fall silent, and operators who take a set into their own hands.

use crate::domain::point::PointMap;
use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde_json::{Map, Value};

/// Spread of a meter about the truth, share of the value: a meter of class 0.5 with its transformer.
const NOISE_FRAC: f64 = 0.005;
/// Chance that a point is silent for an hour.
const SILENT: f64 = 0.01;
/// Chance that a set is in manual, share of the time; as often held running as standing.
const MANUAL: f64 = 0.005;

fn draw(seed: u64, name: &str, slot: i64) -> Rng {
    let hash = name
        .bytes()
        .fold(seed, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3).rotate_left(13));
    Rng::with_seed(hash ^ slot.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// What meters make of the truth at a time: off by a little, and some of them silent for an hour.
pub(super) fn blur(values: &mut Map<String, Value>, seed: u64, time: DateTime<Utc>) {
    let (hour, second) = (time.timestamp().div_euclid(3600), time.timestamp());
    values.retain(|name, _| draw(seed, name, hour).f64() >= SILENT);
    for (name, value) in values.iter_mut() {
        let is_count = ["is_running", "is_available", "run_hours_h", "service_due_h", "done_today"];
        if is_count.iter().any(|what| name.ends_with(what)) {
            continue;
        }
        if let Some(exact) = value.as_f64() {
            let off =
                NOISE_FRAC * (2.0 * draw(seed ^ 1, name, second).f64() - 1.0) * 3.0_f64.sqrt();
            let shown = exact * (1.0 + off);
            // A share is one at most, whatever the meter's error.
            let shown = if name.ends_with("_frac") { shown.clamp(0.0, 1.0) } else { shown };
            *value = serde_json::json!((shown * 1000.0).round() / 1000.0);
        }
    }
}

/// Points that are silent in the six hours of the meter drop-out of the events: every third, about; and the
/// fuel meter, which shows what it showed.
pub(super) fn drop_out(values: &mut Map<String, Value>, points: &PointMap, seed: u64) {
    values.retain(|name, _| {
        let is_known = points.resolve(name).is_some();
        !is_known || draw(seed, name, 0).f64() >= 0.30
    });
}

/// Whether a set is in somebody's hands in an hour, and whether it is held running.
pub(super) fn manual(seed: u64, set: &str, time: DateTime<Utc>) -> Option<bool> {
    // Whoever takes it keeps it for three hours.
    let slot = time.timestamp().div_euclid(3 * 3600);
    let mut rng = draw(seed ^ 2, set, slot);
    (rng.f64() < MANUAL).then(|| rng.bool())
}
