//! The time grid: a start and steps of any whole number of minutes, named by their starts.

use crate::fault::Faults;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest horizon that a problem may have, hours (14 days).
const MAX_HORIZON_H: f64 = 336.0;

/// The steps of a problem. A value of a series holds over its whole step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeGrid {
    /// Start of the first step.
    pub start: DateTime<Utc>,
    /// Length of each step, minutes, 1 to 1440.
    pub step_minutes: Vec<u32>,
    /// Offset of local time from UTC at the start of each step, minutes. Rules that are local
    /// (a day's quota) follow it, also over a change of summer time.
    pub utc_offset_minutes: Vec<i32>,
}

/// A local calendar day, as far as the horizon covers it.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalDay {
    /// Its steps: those that start in it.
    pub steps: Vec<usize>,
    /// Hours of the day that lie before the horizon, h.
    pub before_h: f64,
    /// Hours of the day that lie after the horizon, h.
    pub after_h: f64,
}

impl TimeGrid {
    /// A grid of `count` equal steps in a zone without summer time.
    pub fn uniform(
        start: DateTime<Utc>,
        step_minutes: u32,
        count: usize,
        utc_offset_minutes: i32,
    ) -> Self {
        Self {
            start,
            step_minutes: vec![step_minutes; count],
            utc_offset_minutes: vec![utc_offset_minutes; count],
        }
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.step_minutes.len()
    }

    /// True if there is no step.
    pub fn is_empty(&self) -> bool {
        self.step_minutes.is_empty()
    }

    /// Length of step `t`, h.
    pub fn dt_h(&self, t: usize) -> f64 {
        f64::from(self.step_minutes[t]) / 60.0
    }

    /// Time from the grid's start to the start of step `t`, h. `t` may be the number of steps.
    pub fn offset_h(&self, t: usize) -> f64 {
        let minutes: u64 = self.step_minutes[..t].iter().map(|m| u64::from(*m)).sum();
        minutes as f64 / 60.0
    }

    /// Length of the horizon, h.
    pub fn total_h(&self) -> f64 {
        self.offset_h(self.len())
    }

    /// Start of step `t`; the end of the horizon for `t` = number of steps.
    pub fn start_of(&self, t: usize) -> DateTime<Utc> {
        let minutes: i64 = self.step_minutes[..t].iter().map(|m| i64::from(*m)).sum();
        self.start + TimeDelta::minutes(minutes)
    }

    /// End of the horizon.
    pub fn end(&self) -> DateTime<Utc> {
        self.start_of(self.len())
    }

    /// The local calendar day in which step `t` starts, as a running number.
    pub fn local_day(&self, t: usize) -> i64 {
        let local = self.start_of(t).timestamp()
            + i64::from(self.utc_offset_minutes.get(t).copied().unwrap_or(0)) * 60;
        local.div_euclid(86_400)
    }

    /// Local time at the start of step `t`, minutes after midnight.
    pub fn local_minute(&self, t: usize) -> u32 {
        let offset = i64::from(self.utc_offset_minutes.get(t).copied().unwrap_or(0));
        let minutes = self.start_of(t).timestamp().div_euclid(60) + offset;
        u32::try_from(minutes.rem_euclid(1440)).unwrap_or(0)
    }

    /// Local hour of the day at the start of step `t`, 0 to 24; at the end of the horizon for `t` =
    /// number of steps.
    pub fn local_h(&self, t: usize) -> f64 {
        let offset = self.utc_offset_minutes.get(t).or(self.utc_offset_minutes.last());
        let local = self.start_of(t).timestamp() + i64::from(offset.copied().unwrap_or(0)) * 60;
        local.rem_euclid(86_400) as f64 / 3600.0
    }

    /// The steps of the grid by local calendar day, in order.
    pub fn steps_by_day(&self) -> Vec<Vec<usize>> {
        let mut days: Vec<(i64, Vec<usize>)> = Vec::new();
        for t in 0..self.len() {
            let day = self.local_day(t);
            match days.last_mut() {
                Some((d, steps)) if *d == day => steps.push(t),
                _ => days.push((day, vec![t])),
            }
        }
        days.into_iter().map(|(_, steps)| steps).collect()
    }

    /// The local calendar days of the horizon, in order.
    pub fn local_days(&self) -> Vec<LocalDay> {
        const DAY_MIN: i64 = 24 * 60;
        let minute_of_day = |t: usize| {
            let offset = self.utc_offset_minutes.get(t).copied().unwrap_or(0);
            let minute = self.start_of(t).timestamp().div_euclid(60) + i64::from(offset);
            minute.rem_euclid(DAY_MIN)
        };
        let days = self.steps_by_day().into_iter();
        let mut days: Vec<LocalDay> =
            days.map(|steps| LocalDay { steps, before_h: 0.0, after_h: 0.0 }).collect();
        if let Some(first) = days.first_mut() {
            first.before_h = minute_of_day(0) as f64 / 60.0;
        }
        if let Some(last) = days.last_mut() {
            let t = self.len() - 1;
            let end = minute_of_day(t) + i64::from(self.step_minutes[t]);
            last.after_h = (DAY_MIN - end).max(0) as f64 / 60.0;
        }
        days
    }

    /// The step that holds `time`, if the horizon does.
    pub fn index_at(&self, time: DateTime<Utc>) -> Option<usize> {
        if time < self.start {
            return None;
        }
        let mut end = self.start;
        self.step_minutes.iter().position(|m| {
            end += TimeDelta::minutes(i64::from(*m));
            time < end
        })
    }

    /// Adds every fault of the grid.
    pub fn check(&self, faults: &mut Faults) {
        if self.is_empty() {
            faults.add("grid.step_minutes", "[]", "must have at least one step");
        }
        for (i, m) in self.step_minutes.iter().enumerate() {
            if !(1..=1440).contains(m) {
                faults.add(format!("grid.step_minutes[{i}]"), m, "must lie in 1 to 1440");
            }
        }
        if self.utc_offset_minutes.len() != self.len() {
            faults.add(
                "grid.utc_offset_minutes",
                format!("{} values", self.utc_offset_minutes.len()),
                format!("must have {} values, one a step", self.len()),
            );
        }
        if self.total_h() > MAX_HORIZON_H {
            faults.add(
                "grid",
                format!("{} h", self.total_h()),
                format!("must not be longer than {MAX_HORIZON_H} h"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> TimeGrid {
        let start = DateTime::from_timestamp(1_772_000_000 / 86_400 * 86_400, 0).unwrap();
        TimeGrid { start, step_minutes: vec![15, 15, 60, 30], utc_offset_minutes: vec![120; 4] }
    }

    #[test]
    fn offsets_add_unequal_steps() {
        let g = grid();
        assert!((g.offset_h(3) - 1.5).abs() < 1e-12);
        assert!((g.total_h() - 2.0).abs() < 1e-12);
        assert_eq!(g.index_at(g.start + TimeDelta::minutes(31)), Some(2));
        assert_eq!(g.index_at(g.end()), None);
    }

    #[test]
    fn a_day_has_hours_outside_the_horizon() {
        // From 02:00 local on, for 30 h.
        let days = TimeGrid::uniform(grid().start, 60, 30, 120).local_days();
        let outside: Vec<_> = days.iter().map(|d| (d.before_h, d.after_h)).collect();
        assert_eq!(outside, [(2.0, 0.0), (0.0, 16.0)]);
    }

    #[test]
    fn days_are_local() {
        let mut g = TimeGrid::uniform(grid().start, 60, 30, 120);
        assert_eq!(g.steps_by_day().iter().map(Vec::len).collect::<Vec<_>>(), [22, 8]);
        // The clock goes forward by an hour: the local day is an hour shorter.
        for offset in &mut g.utc_offset_minutes[10..] {
            *offset += 60;
        }
        assert_eq!(g.steps_by_day().iter().map(Vec::len).collect::<Vec<_>>(), [21, 9]);
    }
}
