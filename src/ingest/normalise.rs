//! Device names to our points. Our own format speaks our units and signs already; formats of other
//! devices turn theirs here.

use super::decode::RawValue;
use crate::domain::point::PointMap;
use crate::domain::reading::Reading;

/// The reading of a raw value, or the reason and the words why there is none.
pub(super) fn normalise(
    raw: &RawValue,
    points: &PointMap,
) -> Result<Reading, (&'static str, String)> {
    let Some(point) = points.resolve(&raw.name) else {
        return Err(("unmapped", format!("{} names no point of the site", raw.name)));
    };
    let Some(value) = raw.value.filter(|v| v.is_finite()) else {
        return Err(("not_a_number", format!("{} has no value", raw.name)));
    };
    Ok(Reading { point, time_ms: raw.time_ms, value, reason: None })
}
