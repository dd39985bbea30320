//! What is usual is learnt, what is beyond is summed.

use super::anchors::Anchor;
use super::{Book, Delivery};
use crate::report::estimate::TWO_SIDED_90;
use crate::report::fit::median;

/// Drift of a level sensor, share of the capacity a day, one standard error.
const DRIFT_FRAC_PER_DAY: f64 = 1e-4;
/// How far the curve's error and the drift wander from day to day.
const CURVE_WANDER_FRAC: f64 = 3e-4;
const DRIFT_WANDER_FRAC: f64 = 1e-5;
/// Error of a day's metered energy that no other day shares, share of its litres, until enough days tell.
const DAY_ERROR_FRAC: f64 = 0.004;
/// Error of what was guessed over gaps, share of it.
const GUESS_ERROR_FRAC: f64 = 0.3;
/// Days after which their own spread is believed.
const ENOUGH_DAYS: usize = 7;
/// A day beyond so many standard errors teaches nothing.
const TEACHES: f64 = 2.5;
/// Page's CUSUM: what is let pass each day, and where it speaks, in standard errors. Without a loss it speaks
/// once in some 9,000 days (Siegmund's formula).
const SLACK: f64 = 0.75;
const SPEAKS: f64 = 5.0;
/// Days in a row that fit, after which a suspicion is over.
const OVER_DAYS: u32 = 3;

/// A stretch of the book, usually a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BookDay {
    /// Day of the anchor at its end.
    pub day: i64,
    /// Day of the anchor at its begin.
    pub from_day: i64,
    /// What the sets should have burnt.
    pub expected_l: f64,
    /// What left the tank, deliveries taken out.
    pub drawn_l: f64,
    /// Drawn less expected, less what is usual.
    pub missing_l: f64,
    /// Half of the 90 % band about no loss.
    pub band_l: f64,
    /// The least loss a night that would be told after three of them.
    pub told_from_l: f64,
    /// Whether the sum of this and the days before is beyond all bands.
    pub is_suspect: bool,
}

/// Fuel that is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspicion {
    /// The first day of it.
    pub since_day: i64,
    /// Days that it lasts.
    pub days: u32,
    /// What is missing in them.
    pub missing_l: f64,
    /// Half of its 90 % band.
    pub band_l: f64,
}

/// The state: error of the curve, share; drift of the sensor, L a day; and their covariance.
struct Usual {
    mean: [f64; 2],
    p: [[f64; 2]; 2],
}

impl Usual {
    fn new(book: &Book) -> Self {
        let drift_l = DRIFT_FRAC_PER_DAY * book.capacity_l;
        Self { mean: [0.0; 2], p: [[book.curve_error_frac.powi(2), 0.0], [0.0, drift_l.powi(2)]] }
    }

    fn wander(&mut self, book: &Book, days: f64) {
        self.p[0][0] += days * CURVE_WANDER_FRAC.powi(2);
        self.p[1][1] += days * (DRIFT_WANDER_FRAC * book.capacity_l).powi(2);
    }

    fn predicted(&self, h: [f64; 2]) -> (f64, f64) {
        let ph = self.times(h);
        (h[0] * self.mean[0] + h[1] * self.mean[1], h[0] * ph[0] + h[1] * ph[1])
    }

    fn times(&self, h: [f64; 2]) -> [f64; 2] {
        let row = |r: [f64; 2]| r[0] * h[0] + r[1] * h[1];
        [row(self.p[0]), row(self.p[1])]
    }

    fn learn(&mut self, h: [f64; 2], innovation: f64, variance: f64) {
        let ph = self.times(h);
        for i in 0..2 {
            self.mean[i] += ph[i] / variance * innovation;
            for j in 0..2 {
                self.p[i][j] -= ph[i] * ph[j] / variance;
            }
        }
    }
}

pub(super) fn run(
    book: &Book,
    anchors: &[Anchor],
    deliveries: &[Delivery],
) -> (Vec<BookDay>, Option<Suspicion>) {
    let mut usual = Usual::new(book);
    let mut fitted: Vec<f64> = Vec::new();
    let mut days = Vec::new();
    let mut sum = Sum::default();
    for pair in anchors.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        let length_d = (b.day - a.day) as f64;
        let expected_l = b.so_far_l - a.so_far_l;
        let lost_l = a.balance_l - b.balance_l;
        usual.wander(book, length_d);
        let h = [expected_l, length_d];
        let (known_l, known_var) = usual.predicted(h);
        let between = |d: &&Delivery| d.to > a.slot && d.from < b.slot;
        let delivered: f64 = deliveries.iter().filter(between).map(|d| d.error_l.powi(2)).sum();
        let guessed_l: f64 = book.guessed_l[a.slot..b.slot].iter().sum();
        let own = a.error_l.powi(2)
            + b.error_l.powi(2)
            + delivered
            + 1.0
            + (GUESS_ERROR_FRAC * guessed_l).powi(2);
        let day_var = if fitted.len() >= ENOUGH_DAYS {
            let spread = median(fitted.iter().rev().take(28).map(|r| r.abs()).collect());
            let spread_var = (1.4826 * spread.unwrap_or(0.0)).powi(2);
            (spread_var * length_d - own - known_var).max(0.0)
        } else {
            (DAY_ERROR_FRAC * expected_l).powi(2)
        };
        let variance = known_var + own + day_var;
        let missing_l = lost_l - known_l;
        let score = missing_l / variance.sqrt();
        if score.abs() <= TEACHES {
            usual.learn(h, missing_l, variance);
            fitted.push(missing_l / length_d.sqrt());
        }
        let is_suspect = sum.add(b.day, score, missing_l, variance);
        days.push(BookDay {
            day: b.day,
            from_day: a.day,
            expected_l,
            drawn_l: expected_l + lost_l,
            missing_l,
            band_l: TWO_SIDED_90 * variance.sqrt(),
            told_from_l: (SLACK + SPEAKS / 3.0) * variance.sqrt(),
            is_suspect,
        });
    }
    (days, sum.suspicion())
}

/// Page's sum, upwards only.
#[derive(Debug, Default)]
struct Sum {
    score: f64,
    speaks: bool,
    since_day: i64,
    days: u32,
    missing_l: f64,
    variance: f64,
    fitting: u32,
}

impl Sum {
    fn add(&mut self, day: i64, score: f64, missing_l: f64, variance: f64) -> bool {
        self.score = (self.score + score - SLACK).clamp(0.0, 2.0 * SPEAKS);
        self.fitting = if score < SLACK { self.fitting + 1 } else { 0 };
        if self.score <= 0.0 || self.fitting >= OVER_DAYS {
            *self = Self::default();
            return false;
        }
        if self.days == 0 {
            self.since_day = day;
        }
        self.days += 1;
        self.missing_l += missing_l;
        self.variance += variance;
        self.speaks |= self.score > SPEAKS;
        self.speaks
    }

    fn suspicion(&self) -> Option<Suspicion> {
        self.speaks.then(|| Suspicion {
            since_day: self.since_day,
            days: self.days,
            missing_l: self.missing_l,
            band_l: TWO_SIDED_90 * self.variance.sqrt(),
        })
    }
}
