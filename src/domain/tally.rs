//! How many values each point sent on each day, and what was thought of them. Days are of UTC.

use super::point::PointId;
use super::quality::{Quality, Reason};
use std::collections::VecDeque;

/// Days that are kept of a point.
const KEPT_DAYS: usize = 62;
/// Length of a day, ms.
pub const DAY_MS: i64 = 86_400_000;
const REASONS: usize = Reason::ALL.len();

/// The values of a point on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Values without a reason.
    pub plain: u64,
    /// Values by reason, in the order of [`Reason::ALL`].
    pub by_reason: [u64; REASONS],
}

impl DayCount {
    /// A day without values.
    pub fn new(day: i64) -> Self {
        Self { day, plain: 0, by_reason: [0; REASONS] }
    }

    /// Counts a value.
    pub fn count(&mut self, reason: Option<Reason>) {
        *self.of(reason) += 1;
    }

    fn of(&mut self, reason: Option<Reason>) -> &mut u64 {
        match reason {
            None => &mut self.plain,
            Some(reason) => &mut self.by_reason[reason as usize],
        }
    }

    /// Values that are good, with a reason or without.
    pub fn good(&self) -> u64 {
        let told = Reason::ALL.iter().zip(self.by_reason);
        let good = told.filter(|(reason, _)| reason.quality() == Quality::Good);
        self.plain + good.map(|(_, count)| count).sum::<u64>()
    }

    /// All values.
    pub fn all(&self) -> u64 {
        self.plain + self.by_reason.iter().sum::<u64>()
    }
}

#[derive(Debug, Clone, Default)]
struct PointTally {
    usual_ms: Option<i64>,
    days: VecDeque<DayCount>,
}

/// The counts of every point.
#[derive(Debug, Clone)]
pub struct Tally {
    points: Vec<PointTally>,
    /// Counted since then, ms since 1970.
    since_ms: i64,
}

impl Tally {
    /// Counts from now on.
    pub fn new(since_ms: i64) -> Self {
        Self { points: Vec::new(), since_ms }
    }

    fn point(&mut self, point: PointId) -> &mut PointTally {
        let index = point.0 as usize;
        if self.points.len() <= index {
            self.points.resize(index + 1, PointTally::default());
        }
        &mut self.points[index]
    }

    /// The day of a point; days beyond those that are kept are forgotten, the oldest first.
    fn day(&mut self, point: PointId, day: i64) -> Option<&mut DayCount> {
        let days = &mut self.point(point).days;
        let at = days.partition_point(|d| d.day < day);
        if days.get(at).is_none_or(|d| d.day != day) {
            if days.len() >= KEPT_DAYS && at == 0 {
                return None;
            }
            days.insert(at, DayCount::new(day));
        }
        let at = if days.len() > KEPT_DAYS { days.pop_front().map(|_| at - 1)? } else { at };
        days.get_mut(at)
    }

    /// Counts a value.
    pub fn count(&mut self, point: PointId, time_ms: i64, reason: Option<Reason>) {
        if let Some(day) = self.day(point, time_ms.div_euclid(DAY_MS)) {
            day.count(reason);
        }
    }

    /// Counts a value otherwise than before.
    pub fn recount(
        &mut self,
        point: PointId,
        time_ms: i64,
        was: Option<Reason>,
        reason: Option<Reason>,
    ) {
        if let Some(day) = self.day(point, time_ms.div_euclid(DAY_MS)) {
            let before = day.of(was);
            *before = before.saturating_sub(1);
            day.count(reason);
        }
    }

    /// Notes the usual distance between the values of a point, ms.
    pub fn set_usual(&mut self, point: PointId, usual_ms: Option<i64>) {
        let known = self.point(point);
        known.usual_ms = usual_ms.or(known.usual_ms);
    }

    /// The usual distance between the values of a point, ms.
    pub fn usual_ms(&self, point: PointId) -> Option<i64> {
        self.points.get(point.0 as usize)?.usual_ms
    }

    /// The counts of a whole day; nothing where counting began later.
    pub fn whole_day(&self, point: PointId, day: i64) -> Option<DayCount> {
        if day * DAY_MS < self.since_ms {
            return None;
        }
        let days = self.points.get(point.0 as usize).map(|known| &known.days);
        let found = days.and_then(|days| days.iter().find(|d| d.day == day).copied());
        Some(found.unwrap_or(DayCount::new(day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_for_its_day_and_a_revised_one_moves() {
        let (mut tally, point) = (Tally::new(0), PointId(3));
        tally.count(point, DAY_MS + 5, None);
        tally.count(point, 2 * DAY_MS - 1, Some(Reason::Arrival));
        tally.count(point, 2 * DAY_MS, Some(Reason::Range));
        tally.recount(point, DAY_MS + 5, None, Some(Reason::Spike));
        let day = tally.whole_day(point, 1).unwrap();
        assert_eq!((day.all(), day.good(), day.by_reason[Reason::Spike as usize]), (2, 1, 1));
        assert_eq!(tally.whole_day(point, 2).unwrap().good(), 0);
        assert_eq!(tally.whole_day(point, 3), Some(DayCount::new(3)));
    }

    #[test]
    fn old_days_are_forgotten_and_half_days_are_not_told() {
        let (mut tally, point) = (Tally::new(10), PointId(0));
        for day in 0..100 {
            tally.count(point, day * DAY_MS, None);
        }
        assert_eq!(tally.points[0].days.len(), KEPT_DAYS);
        assert_eq!(tally.whole_day(point, 99).unwrap().all(), 1);
        assert_eq!(tally.whole_day(point, 0), None);
    }
}
