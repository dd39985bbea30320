//! How complete a day of a point is: what came, and what its usual pace asks for.

use super::point::PointId;
use super::ports::{ReadingStore, StoreError};
use super::reading::time_of_ms;
use super::tally::{DAY_MS, DayCount};
use chrono::{DateTime, Utc};

/// Most values of a point and day that are counted from the store.
const MOST_VALUES: usize = 1_000_000;

/// The counts of a day as the store has them; `day` counts from 1970-01-01.
///
/// # Errors
/// The store's.
pub fn count_from(
    store: &dyn ReadingStore,
    point: PointId,
    day: i64,
) -> Result<DayCount, StoreError> {
    let (from, to) = (time_of_ms(day * DAY_MS), time_of_ms((day + 1) * DAY_MS));
    let mut count = DayCount::new(day);
    for sample in store.range(point, from, to, MOST_VALUES)? {
        count.count(sample.reason);
    }
    Ok(count)
}

impl DayCount {
    /// Values that a usual distance of so many ms asks for: of today up to now, of days to come none;
    /// nothing where the distance is not known.
    pub fn expected(&self, usual_ms: Option<i64>, now: DateTime<Utc>) -> Option<u64> {
        let passed_ms = (now.timestamp_millis() - self.day * DAY_MS).clamp(0, DAY_MS);
        usual_ms.map(|usual| (passed_ms / usual.max(1)).unsigned_abs())
    }
}

/// A number of values as a share of those expected, at most 1; nothing where none are.
pub fn share_frac(count: u64, expected: Option<u64>) -> Option<f64> {
    let expected = expected.filter(|n| *n > 0)?;
    Some((count as f64 / expected as f64).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_asks_for_what_has_passed_of_it() {
        let day = DayCount::new(2);
        let at = |ms| day.expected(Some(60_000), time_of_ms(ms));
        assert_eq!(at(DAY_MS), Some(0), "a day to come");
        assert_eq!(at(2 * DAY_MS + 3_600_000), Some(60), "today");
        assert_eq!(at(9 * DAY_MS), Some(1440), "a day that is over");
        assert_eq!(day.expected(None, time_of_ms(9 * DAY_MS)), None);
        assert_eq!(share_frac(30, Some(60)), Some(0.5));
        assert_eq!((share_frac(70, Some(60)), share_frac(0, Some(0))), (Some(1.0), None));
    }
}
