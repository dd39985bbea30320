//! A series by the hour, with gaps.

/// Seconds of an hour.
pub const HOUR_S: i64 = 3600;
/// An hour counts as known from this share of its time on.
const LEAST_KNOWN_FRAC: f64 = 0.3;

/// Means of hours of the clock; not a number where nothing is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hourly {
    first: i64,
    means: Vec<f64>,
}

/// A count of hours as a distance in time.
pub(super) fn hours(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The mean of the finite ones; not a number where there is none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.filter(|v| v.is_finite()) {
        sum += value;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { f64::NAN }
}

impl Hourly {
    /// Means from an hour on, counted from 1970 in UTC; not a number is a gap.
    pub fn new(first: i64, means: Vec<f64>) -> Self {
        Self { first, means }
    }

    /// Hours `from..to` of a function.
    pub fn of(from: i64, to: i64, mean: impl Fn(i64) -> f64) -> Self {
        Self::new(from, (from..to).map(mean).collect())
    }

    /// Hourly means of equal intervals from `start_s` (seconds from 1970) on. Intervals longer than an
    /// hour hold for all their hours; an hour of which less than 0.3 is known is a gap.
    pub fn from_intervals(start_s: i64, interval_s: i64, values: &[Option<f64>]) -> Self {
        let interval_s = interval_s.max(1);
        let first = start_s.div_euclid(HOUR_S);
        let end_s = start_s.saturating_add(hours(values.len()).saturating_mul(interval_s));
        let count = usize::try_from((end_s + HOUR_S - 1).div_euclid(HOUR_S) - first).unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); count];
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value.filter(|v| v.is_finite()) else { continue };
            let (mut at_s, to_s) =
                (start_s + hours(index) * interval_s, start_s + hours(index + 1) * interval_s);
            while at_s < to_s {
                let hour = at_s.div_euclid(HOUR_S);
                let next_s = ((hour + 1) * HOUR_S).min(to_s);
                let share = (next_s - at_s) as f64 / HOUR_S as f64;
                let slot = usize::try_from(hour - first).ok().and_then(|i| sums.get_mut(i));
                if let Some((sum, known)) = slot {
                    *sum += value * share;
                    *known += share;
                }
                at_s = next_s;
            }
        }
        let mean = |(sum, known): (f64, f64)| {
            if known >= LEAST_KNOWN_FRAC { sum / known } else { f64::NAN }
        };
        Self::new(first, sums.into_iter().map(mean).collect())
    }

    /// The first hour.
    pub fn first(&self) -> i64 {
        self.first
    }

    /// The hour after the last.
    pub fn end(&self) -> i64 {
        self.first + hours(self.means.len())
    }

    /// The mean of an hour; not a number where it is not known.
    pub fn at(&self, hour: i64) -> f64 {
        let index = usize::try_from(hour - self.first).ok();
        index.and_then(|i| self.means.get(i).copied()).unwrap_or(f64::NAN)
    }

    /// The means, gaps included.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// How many hours are known.
    pub fn known(&self) -> usize {
        self.means.iter().filter(|v| v.is_finite()).count()
    }

    /// The part before an hour.
    #[must_use]
    pub fn before(&self, hour: i64) -> Self {
        let count = usize::try_from(hour - self.first).unwrap_or(0).min(self.means.len());
        Self::new(self.first, self.means[..count].to_vec())
    }

    /// Root of the mean square distance from the mean; 1 where that is nothing.
    pub(super) fn spread(&self) -> f64 {
        let middle = mean(self.means.iter().copied());
        let square = mean(self.means.iter().map(|v| (v - middle).powi(2)));
        if square > 1e-18 { square.sqrt() } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_intervals_are_averaged_and_long_ones_hold() {
        // Twelve intervals of 5 min make an hour; four of them are not enough with two known.
        let mut values = vec![Some(2.0); 6];
        values.extend(vec![Some(4.0); 6]);
        values.extend([Some(9.0), Some(9.0), None, None]);
        let hourly = Hourly::from_intervals(7200, 300, &values);
        assert_eq!(hourly.first(), 2);
        assert!((hourly.at(2) - 3.0).abs() < 1e-12);
        assert!(hourly.at(3).is_nan() && hourly.at(1).is_nan());
        let days = Hourly::from_intervals(0, 7200, &[Some(1.0), None, Some(3.0)]);
        assert_eq!(days.known(), 4);
        assert!((days.at(5) - 3.0).abs() < 1e-12);
    }
}
