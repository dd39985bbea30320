//! What the past of an array says of an hour ahead: clear-sky power times the clearness of late.

use super::hourly::{Hourly, hours, mean};
use super::replay::days_until_known;
use super::{Row, Rows};

/// Hours with less clear-sky power than this share of the largest say nothing of clouds.
const LEAST_CLEAR_FRAC: f64 = 0.03;
/// Days of the usual clearness of an hour of day.
const USUAL_DAYS: i64 = 30;
/// Days that draw the clearness of an hour to that of the whole day.
const DRAWN_DAYS: f64 = 3.0;
/// Clearness lies below this: edges of clouds throw light.
const MOST_CLEARNESS: f64 = 1.3;
/// Features, all in the unit of power.
const WIDTH: usize = 9;

/// An array's power prepared for the learner.
#[derive(Debug)]
pub struct Sun<'a> {
    power: &'a Hourly,
    clear: &'a Hourly,
    least_clear: f64,
    /// Sums of power and clear power of all hours before each that tell of clouds.
    sums: Vec<(f64, f64)>,
}

impl<'a> Sun<'a> {
    /// Prepares the power that the sun offered, and what it offers under a clear sky, which must also be
    /// known ahead. Hours in which the array was held back must be gaps.
    pub fn new(power: &'a Hourly, clear: &'a Hourly) -> Self {
        let most = clear.means().iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        let least_clear = (LEAST_CLEAR_FRAC * most).max(1e-9);
        let mut sums = vec![(0.0, 0.0)];
        let mut sun = Self { power, clear, least_clear, sums: Vec::new() };
        let mut sum = (0.0, 0.0);
        for hour in power.first()..power.end() {
            if sun.tells(hour) {
                sum = (sum.0 + power.at(hour), sum.1 + clear.at(hour));
            }
            sums.push(sum);
        }
        sun.sums = sums;
        sun
    }

    fn tells(&self, hour: i64) -> bool {
        self.is_up(hour) && self.power.at(hour).is_finite()
    }

    /// Power and clear power of the hours `from..to` that tell of clouds.
    fn between(&self, from: i64, to: i64) -> (f64, f64) {
        let at = |hour: i64| {
            let index = usize::try_from(hour - self.power.first()).unwrap_or(0);
            self.sums.get(index).or(self.sums.last()).copied().unwrap_or_default()
        };
        let (low, high) = (at(from), at(to));
        (high.0 - low.0, high.1 - low.1)
    }

    /// Power over clear power of the hours `from..to`; not a number where none tells.
    pub(crate) fn clearness(&self, from: i64, to: i64) -> f64 {
        ratio(self.between(from, to))
    }

    fn is_up(&self, hour: i64) -> bool {
        self.clear.at(hour) >= self.least_clear
    }

    /// Clearness of the newest `count` hours with sun, within two days.
    fn newest(&self, origin: i64, count: usize) -> f64 {
        let newest = (origin - 48..origin).rev().filter(|hour| self.tells(*hour)).take(count);
        self.clearness_of(newest)
    }

    fn clearness_of(&self, hours: impl Iterator<Item = i64>) -> f64 {
        ratio(self.sum_of(hours))
    }

    fn sum_of(&self, hours: impl Iterator<Item = i64>) -> (f64, f64) {
        hours.filter(|hour| self.tells(*hour)).fold((0.0, 0.0), |(power, clear), hour| {
            (power + self.power.at(hour), clear + self.clear.at(hour))
        })
    }
}

fn ratio((power, clear): (f64, f64)) -> f64 {
    if clear > 1e-9 { (power / clear).clamp(0.0, MOST_CLEARNESS) } else { f64::NAN }
}

impl Rows for Sun<'_> {
    fn width(&self) -> usize {
        WIDTH
    }

    fn alike(&self) -> usize {
        WIDTH
    }

    fn second(&self) -> usize {
        0
    }

    fn rivals(&self) -> [usize; 2] {
        // Yesterday's clearness holds.
        [1, 1]
    }

    fn first(&self) -> i64 {
        self.power.first()
    }

    fn fill(&self, origin: i64, lead: usize, row: &mut Row) -> bool {
        let hour = origin + hours(lead);
        let clear = self.clear.at(hour);
        if !clear.is_finite() {
            return false;
        }
        let usual = self.clearness(origin - 24 * USUAL_DAYS, origin);
        if !usual.is_finite() {
            return false;
        }
        let wait = hours(days_until_known(lead));
        let same = (wait..wait + USUAL_DAYS).map(|k| hour - 24 * k);
        let (power, seen) = self.sum_of(same);
        let drawn = DRAWN_DAYS * clear;
        // Arrays are shaded and tilted as nobody wrote down: each hour of day has a clearness of its own.
        let own = if seen + drawn > 0.0 { (power + usual * drawn) / (seen + drawn) } else { usual };
        let or = |value: f64| if value.is_finite() { value } else { usual };
        let day = |n: i64| or(self.clearness(origin - 24 * n, origin - 24 * (n - 1)));
        let days = |n: i64| or(self.clearness(origin - 24 * n, origin));
        let (yesterday, week) = (day(1), days(7));
        row.simple = [clear * own, clear * yesterday, clear * days(3), clear * week];
        let same_hour = or(self.clearness(hour - 24 * wait, hour - 24 * wait + 1));
        let spread = mean((1..=7).map(|n| (day(n) - week).abs()));
        let all = [
            yesterday - own,
            day(2) - usual,
            days(3) - usual,
            week - usual,
            usual - own,
            or(self.newest(origin, 1)) - usual,
            or(self.newest(origin, 3)) - usual,
            same_hour - usual,
            spread,
        ];
        for (feature, value) in row.features.iter_mut().zip(all) {
            *feature = clear * value;
        }
        true
    }

    fn actual(&self, hour: i64) -> f64 {
        if self.is_up(hour) { self.power.at(hour) } else { f64::NAN }
    }

    fn bounds(&self, _origin: i64, hour: i64) -> (f64, f64) {
        (0.0, (MOST_CLEARNESS * self.clear.at(hour)).max(0.0))
    }
}
