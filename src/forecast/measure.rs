//! Forecasts held against what came: replayed from origin to origin on the past only.

use super::learn::{Demand, Foresight, Hourly, LEVELS, Rows, Sun, foresee};

/// Hours ahead that are measured.
pub const LEADS: usize = 48;
/// Leads of a block of the calibration table, h.
pub const BLOCK: usize = 6;
/// Blocks of the calibration table.
pub const BLOCKS: usize = LEADS / BLOCK;

/// What forecasts of one series were worth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Origins, 00:00 UTC each, of which anything came.
    pub origins: usize,
    /// Hours compared with all rivals.
    pub compared: usize,
    /// Sum of squares that the forecast missed.
    square: f64,
    /// The rivals: name and sum of squares.
    rivals: Vec<(&'static str, f64)>,
    /// Outcomes by block of leads.
    came: [usize; BLOCKS],
    /// Outcomes at or below each level, by block of leads.
    below: [[usize; LEVELS.len()]; BLOCKS],
}

impl Measured {
    /// Root mean square error, in the unit of the series.
    pub fn rmse(&self) -> f64 {
        (self.square / self.compared.max(1) as f64).sqrt()
    }

    /// The rivals and their root mean square errors.
    pub fn rivals(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let count = self.compared.max(1) as f64;
        self.rivals.iter().map(move |(name, square)| (*name, (square / count).sqrt()))
    }

    /// 1 - RMSE over that of a rival; nothing where there is none.
    pub fn skill_over_frac(&self, rival: &str) -> Option<f64> {
        let (_, rmse) = self.rivals().find(|(name, _)| *name == rival)?;
        (rmse > 0.0).then(|| 1.0 - self.rmse() / rmse)
    }

    /// Skill over the better of the seasonal rivals, those but `persistence`.
    pub fn skill_frac(&self) -> Option<f64> {
        let seasonal = self.rivals().filter(|(name, _)| *name != PERSISTENCE);
        let best = seasonal.map(|(_, rmse)| rmse).fold(f64::MAX, f64::min);
        (best > 0.0 && self.compared > 0).then(|| 1.0 - self.rmse() / best)
    }

    /// Share of outcomes at or below each level, minus the level, over all leads; nothing came: nothing.
    pub fn pooled_off_frac(&self) -> Option<[f64; LEVELS.len()]> {
        let all = self.below.iter().fold([0; LEVELS.len()], |mut sum, block| {
            sum.iter_mut().zip(block).for_each(|(sum, count)| *sum += count);
            sum
        });
        off_frac(&all, self.came.iter().sum())
    }

    /// The same in a block of leads.
    pub fn block_off_frac(&self, block: usize) -> Option<[f64; LEVELS.len()]> {
        off_frac(self.below.get(block)?, *self.came.get(block)?)
    }

    /// The largest distance from nominal over all leads.
    pub fn worst_pooled_frac(&self) -> Option<f64> {
        self.pooled_off_frac().map(largest)
    }

    /// The largest distance from nominal in any block of leads of which anything came.
    pub fn worst_block_frac(&self) -> Option<f64> {
        let worst = (0..BLOCKS).filter_map(|block| self.block_off_frac(block).map(largest));
        worst.reduce(f64::max)
    }

    fn take(&mut self, lead: usize, actual: f64, told: &Foresight, rivals: &[(&'static str, f64)]) {
        self.came[lead / BLOCK] += 1;
        for (count, level) in self.below[lead / BLOCK].iter_mut().zip(told.quantiles[lead]) {
            *count += usize::from(actual <= level);
        }
        if rivals.iter().any(|(_, value)| !value.is_finite()) {
            return;
        }
        if self.rivals.is_empty() {
            self.rivals = rivals.iter().map(|(name, _)| (*name, 0.0)).collect();
        }
        for ((_, square), (_, value)) in self.rivals.iter_mut().zip(rivals) {
            *square += (value - actual).powi(2);
        }
        self.square += (told.values[lead] - actual).powi(2);
        self.compared += 1;
    }
}

/// Name of the rival that holds the last value.
pub const PERSISTENCE: &str = "persistence";
/// Name of the rival that repeats the last known day.
pub const DAILY: &str = "daily naive";
/// Name of the rival that repeats the last known week.
pub const WEEKLY: &str = "weekly naive";
/// Name of the rival that holds yesterday's clearness.
pub const CLEARNESS: &str = "clear-sky persistence";

fn off_frac(below: &[usize; LEVELS.len()], came: usize) -> Option<[f64; LEVELS.len()]> {
    let mut off = LEVELS.map(|level| -level);
    for (off, count) in off.iter_mut().zip(below) {
        *off += *count as f64 / came.max(1) as f64;
    }
    (came > 0).then_some(off)
}

fn largest(off: [f64; LEVELS.len()]) -> f64 {
    off.into_iter().map(f64::abs).fold(0.0, f64::max)
}

/// Midnights of the last `days` days before an hour, in UTC.
fn midnights(end: i64, days: usize) -> impl Iterator<Item = i64> {
    let last = (end - 1).div_euclid(24);
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    (last.saturating_sub(days) + 1..=last).map(|day| 24 * day)
}

/// Measures forecasts of a demand from each midnight of its last `days` days. `drivers` are known ahead.
pub fn demand(series: &Hourly, drivers: &[Hourly], utc_offset_h: i64, days: usize) -> Measured {
    // Features of an origin look at what lies before it alone, so one preparation serves them all.
    let rows = Demand::new(series, drivers, utc_offset_h);
    let mut measured = Measured::default();
    for origin in midnights(series.end(), days) {
        let Some(told) = foresee(&rows, origin, LEADS) else { continue };
        let last = (origin - 24..origin).rev().map(|h| series.at(h)).find(|v| v.is_finite());
        let again = |hour: i64, step_h: i64, most: i64| {
            let steps = (1..=most).map(|n| hour - step_h * n).filter(|h| *h < origin);
            steps.map(|h| series.at(h)).find(|v| v.is_finite()).unwrap_or(f64::NAN)
        };
        measured.each(
            origin,
            |hour| series.at(hour),
            &told,
            |hour| {
                vec![
                    (DAILY, again(hour, 24, 14)),
                    (WEEKLY, again(hour, 168, 5)),
                    (PERSISTENCE, last.unwrap_or(f64::NAN)),
                ]
            },
        );
    }
    measured
}

/// Measures forecasts of the sun from each midnight of the last `days` days, but the first `learn_days` of
/// the series. `clear` is the power under a clear sky.
pub fn sun(power: &Hourly, clear: &Hourly, learn_days: usize, days: usize) -> Measured {
    let rows = Sun::new(power, clear);
    let from = power.first() + 24 * i64::try_from(learn_days).unwrap_or(i64::MAX);
    let mut measured = Measured::default();
    for origin in midnights(power.end(), days).filter(|origin| *origin >= from) {
        let Some(told) = foresee(&rows, origin, LEADS) else { continue };
        let yesterday = rows.clearness(origin - 24, origin);
        // Nights are right by themselves and would flatter the calibration.
        let rival = |hour: i64| vec![(CLEARNESS, clear.at(hour) * yesterday)];
        measured.each(origin, |hour| rows.actual(hour), &told, rival);
    }
    measured
}

impl Measured {
    fn each(
        &mut self,
        origin: i64,
        actual: impl Fn(i64) -> f64,
        told: &Foresight,
        rivals: impl Fn(i64) -> Vec<(&'static str, f64)>,
    ) {
        let mut any = false;
        for (lead, hour) in (origin..).take(told.values.len()).enumerate() {
            let actual = actual(hour);
            if actual.is_finite() {
                self.take(lead, actual, told, &rivals(hour));
                any = true;
            }
        }
        self.origins += usize::from(any);
    }
}
