//! A learner by the hour: what the past of a series says of the hours ahead, with quantiles.
//!
//! For each lead a ridge regression on what is known at the origin, beside means and naive repetitions;
//! all are replayed on past origins and averaged by how they did there, and the errors of those replays
//! give the quantiles. Nothing but the past of the origin is looked at (`docs/forecasts.md`).

mod blend;
mod demand;
mod hourly;
mod levels;
mod replay;
mod ridge;
mod sun;

pub use demand::Demand;
pub use hourly::{HOUR_S, Hourly};
pub use sun::Sun;

use hourly::hours;
use replay::Replays;

/// Quantiles of every forecast, as shares of the outcomes at or below.
pub const LEVELS: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
/// Simple forecasts that compete.
pub(super) const SIMPLE: usize = 4;
/// Longest look ahead, h.
pub const MOST_LEADS: usize = 336;

/// What is known of one hour ahead at an origin.
#[derive(Debug, Clone)]
pub struct Row {
    /// Features, those in the unit of the series first.
    features: Vec<f64>,
    /// Simple forecasts; the regression corrects the first.
    simple: [f64; SIMPLE],
}

/// A series as the learner sees it. Hours are counted from 1970 in UTC; `origin` is the first hour that
/// is not known.
pub trait Rows {
    /// Number of features.
    fn width(&self) -> usize;
    /// How many of the features, the first ones, have the unit of the series.
    fn alike(&self) -> usize;
    /// The feature that, taken whole, turns the first simple forecast into the second.
    fn second(&self) -> usize;
    /// The simple forecasts that skill is told over, the better of them.
    fn rivals(&self) -> [usize; 2];
    /// The first hour of the series.
    fn first(&self) -> i64;
    /// Fills the row of an hour `lead` after `origin`, from hours before `origin` only; false where
    /// nothing can be said.
    fn fill(&self, origin: i64, lead: usize, row: &mut Row) -> bool;
    /// What an hour was; not a number where it is not known.
    fn actual(&self, hour: i64) -> f64;
    /// Least and largest value that an hour can have, as `origin` knows.
    fn bounds(&self, origin: i64, hour: i64) -> (f64, f64);
}

/// Hours ahead, with quantiles.
#[derive(Debug, Clone, PartialEq)]
pub struct Foresight {
    /// The mean expected of each hour.
    pub values: Vec<f64>,
    /// The quantiles of [`LEVELS`] of each hour.
    pub quantiles: Vec<[f64; 7]>,
    /// Past origins that were replayed.
    pub replayed: usize,
    /// 1 - RMSE over that of the better simple rival ([`Rows::rivals`]), on the replays of the first two
    /// days; nothing where there are too few.
    pub skill_frac: Option<f64>,
}

/// Forecasts `leads` hours from `origin` on; nothing where the past says nothing.
pub fn foresee(rows: &dyn Rows, origin: i64, leads: usize) -> Option<Foresight> {
    let leads = leads.clamp(1, MOST_LEADS);
    let replays = Replays::of(rows, origin, leads);
    let blended = blend::blend(&replays);
    let now = blended.now?;
    let spread = levels::levels(&blended.missed, replays.scale);
    let mut values = Vec::with_capacity(leads);
    let mut quantiles = Vec::with_capacity(leads);
    for ((lead, mean), spread) in now.iter().enumerate().zip(spread) {
        let (least, most) = rows.bounds(origin, origin + hours(lead));
        values.push(mean.clamp(least, most));
        quantiles.push(spread.map(|off| (mean + off).clamp(least, most)));
    }
    Some(Foresight {
        values,
        quantiles,
        replayed: replays.tested(),
        skill_frac: blended.skill_frac,
    })
}

#[cfg(test)]
mod tests;
