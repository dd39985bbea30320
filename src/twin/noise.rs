//! Load within the hour: what people switch on and off from minute to minute.
//!
//! A process of first order, `n[t] = PHI n[t-1] + e[t]`, times the load, less its mean over each hour, so that
//! the hour stays as it was. Both constants were fitted to the measured 5-minute load of El Espino of 2016
//! (8,784 h, mean 9.6 kW) by the spread and the first autocorrelation of what is left of each hour without
//! its straight line: measured 0.070 and -0.00; five-minute means of the process 0.070 and 0.02. Load of more
//! customers is smoother: the spread falls with the root of the load, as if they switched independently. That
//! is assumed, not measured; solar within a quarter of an hour does not move at all.

use super::Truth;
use chrono::{DateTime, Utc};
use fastrand::Rng;
use std::collections::BTreeMap;

/// Correlation from a minute to the next.
const PHI: f64 = 0.6;
/// Spread of a minute about its hour, share of the load, at `AT_KW`.
const SPREAD_FRAC: f64 = 0.11;
/// Load at which it was measured, kW.
const AT_KW: f64 = 9.6;
/// Minutes after which what was is forgotten: 0.6 to the power of 30 is nothing.
const REMEMBERED: i64 = 30;

/// The process, kept by the hour.
#[derive(Debug, Default)]
pub(super) struct LoadNoise {
    seed: u64,
    hour: Option<i64>,
    /// Of each consumer its 60 minutes, in spreads.
    minutes: BTreeMap<String, Vec<f64>>,
}

impl LoadNoise {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Moves the load of a moment off the mean of its hour.
    pub(super) fn bend(&mut self, truth: &mut Truth, time: DateTime<Utc>) {
        let minute = time.timestamp().div_euclid(60);
        let hour = minute.div_euclid(60);
        if self.hour != Some(hour) {
            self.hour = Some(hour);
            self.minutes.clear();
        }
        let seed = self.seed;
        for (path, kw) in &mut truth.demand_kw {
            let of_hour =
                self.minutes.entry(path.clone()).or_insert_with(|| an_hour(seed, path, hour));
            let at = usize::try_from(minute.rem_euclid(60)).unwrap_or(0);
            let spread_frac = SPREAD_FRAC * (AT_KW / kw.max(AT_KW)).sqrt();
            let off = of_hour.get(at).copied().unwrap_or(0.0);
            *kw = (*kw * (1.0 + spread_frac * off)).max(0.0);
        }
    }
}

/// An hour of the process with a spread of 1, less its mean. The minute is the seed: an hour does not depend
/// on how it is reached.
fn an_hour(seed: u64, path: &str, hour: i64) -> Vec<f64> {
    let name = path
        .bytes()
        .fold(seed, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3).rotate_left(17));
    let scale = (1.0 - PHI * PHI).sqrt();
    let mut now = 0.0;
    let mut values = Vec::with_capacity(60);
    for minute in 60 * hour - REMEMBERED..60 * hour + 60 {
        let mut rng =
            Rng::with_seed(name ^ minute.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15));
        // The sum of four even draws has a variance of a third.
        let draw = (0..4).map(|_| rng.f64()).sum::<f64>() - 2.0;
        now = PHI * now + scale * draw * 3.0_f64.sqrt();
        if minute >= 60 * hour {
            values.push(now);
        }
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    for value in &mut values {
        *value -= mean;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures it was fitted to: 5-minute means, each hour less its straight line.
    #[test]
    fn it_has_the_spread_of_the_measured_series() {
        let (mut squares, mut lagged, mut count, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for hour in 0..3000 {
            let minutes = an_hour(7, "load.village", hour);
            assert!(minutes.iter().sum::<f64>().abs() < 1e-9);
            let fives: Vec<f64> =
                minutes.chunks(5).map(|c| SPREAD_FRAC * c.iter().sum::<f64>() / 5.0).collect();
            let at = |i: usize| i as f64 - 5.5;
            let slope: f64 = fives.iter().enumerate().map(|(i, v)| at(i) * v).sum::<f64>() / 143.0;
            let left: Vec<f64> = fives.iter().enumerate().map(|(i, v)| v - slope * at(i)).collect();
            squares += left.iter().map(|v| v * v).sum::<f64>();
            lagged += left.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
            (count, pairs) = (count + 12.0, pairs + 11.0);
        }
        let variance = squares / count;
        assert!((variance.sqrt() - 0.070).abs() < 0.003, "{}", variance.sqrt());
        assert!((lagged / pairs / variance).abs() < 0.05, "{}", lagged / pairs / variance);
    }
}
