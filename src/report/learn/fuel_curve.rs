//! The fuel curve of a set, from its metered power and fuel flow, or from the tank that it draws on.
//!
//! The stated curve is a row of points with straight lines between. Learnt is a factor at each point, so that
//! the curve is `sum f_k F_k hat_k(P)`. Beforehand each factor is 1 give or take 0.3, and neighbours differ by
//! 0.06 (learnt from the tank: 0.015): where a set never ran, its curve goes on as its neighbour says.

use crate::report::estimate::TWO_SIDED_90;
use crate::report::fit::{Fit, Prior, Row, robust};
use camp_solver::site::Genset;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a set's curve may be from its data sheet, share of it; all but free.
const LEVEL_SD: f64 = 0.30;
/// How far the factors of neighbouring points may differ where a meter looks at single loads, and where only
/// sums over half a day are known, which tell the level and hardly the shape.
const TIE_SD: f64 = 0.06;
const TANK_TIE_SD: f64 = 0.015;
/// Spread of single readings below which nothing is believed, share.
const LEAST_SCALE: f64 = 0.001;
/// Least readings of a curve, and least days.
const LEAST_ROWS: u64 = 48;
const LEAST_DRAWS: u64 = 12;
const LEAST_DAYS: u64 = 3;
/// Readings near a point for it to be called measured.
const NEAR: u64 = 12;

/// A curve as it is stated: loads, kW, rising, and fuel, L/h.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Loads, rising.
    pub load_kw: Vec<f64>,
    /// Fuel at these loads.
    pub fuel_l_per_h: Vec<f64>,
}

impl Curve {
    /// The curve that a site file states.
    pub fn of(set: &Genset) -> Self {
        Self { load_kw: set.fuel_curve_kw.clone(), fuel_l_per_h: set.fuel_curve_l_per_h.clone() }
    }

    /// A learnt curve.
    pub fn learnt(points: &[LearntPoint]) -> Self {
        Self {
            load_kw: points.iter().map(|p| p.load_kw).collect(),
            fuel_l_per_h: points.iter().map(|p| p.learnt_l_per_h).collect(),
        }
    }

    /// The curve times a factor.
    pub(crate) fn times(&self, factor: f64) -> Self {
        let fuel_l_per_h = self.fuel_l_per_h.iter().map(|l| factor * l).collect();
        Self { load_kw: self.load_kw.clone(), fuel_l_per_h }
    }

    /// Weights of the points at a load; the first line is prolonged downwards, the last one upwards.
    fn hats(&self, kw: f64) -> Vec<f64> {
        let x = &self.load_kw;
        let mut hats = vec![0.0; x.len()];
        if x.len() < 2 {
            hats.fill(1.0);
            return hats;
        }
        let k = (1..x.len() - 1).take_while(|k| kw >= x[*k]).count();
        let t = (kw - x[k]) / (x[k + 1] - x[k]);
        hats[k] = 1.0 - t;
        hats[k + 1] = t;
        hats
    }

    /// Litres of each point's line at a load; their sum is the fuel, L/h.
    pub(crate) fn parts_l_per_h(&self, kw: f64) -> Vec<f64> {
        self.hats(kw).iter().zip(&self.fuel_l_per_h).map(|(h, f)| h * f).collect()
    }

    /// Fuel of the running set at a load, L/h.
    pub fn at_l_per_h(&self, kw: f64) -> f64 {
        self.parts_l_per_h(kw).iter().sum::<f64>().max(0.0)
    }

    fn nearest(&self, kw: f64) -> usize {
        let near = |(_, a): &(usize, &f64), (_, b): &(usize, &f64)| {
            (*a - kw).abs().total_cmp(&(*b - kw).abs())
        };
        self.load_kw.iter().enumerate().min_by(near).map_or(0, |(k, _)| k)
    }
}

/// A running set at some moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    /// Mean power.
    pub power_kw: f64,
    /// Mean fuel flow.
    pub fuel_l_per_h: f64,
    /// The day, as a running number.
    pub day: i64,
}

/// A stretch over which a tank was drawn on.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// What left the tank.
    pub drawn_l: f64,
    /// Running hours by mean power of each set: index of its curve, kW, h.
    pub runs: Vec<(usize, f64, f64)>,
    /// The day, as a running number.
    pub day: i64,
}

/// A point of a learnt curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LearntPoint {
    /// Load of the site file's point, kW.
    #[schema(example = 100.0)]
    pub load_kw: f64,
    /// What the site file states, L/h.
    #[schema(example = 29.1)]
    pub stated_l_per_h: f64,
    /// What was learnt, L/h.
    #[schema(example = 30.4)]
    pub learnt_l_per_h: f64,
    /// Lower end of its 90 % band, L/h.
    #[schema(example = 30.2)]
    pub learnt_min_l_per_h: f64,
    /// Upper end of its 90 % band, L/h.
    #[schema(example = 30.6)]
    pub learnt_max_l_per_h: f64,
    /// Readings nearer to this point than to any other.
    #[schema(example = 812)]
    pub samples: u64,
    /// Whether these are enough; if not, the point goes on as its neighbours say.
    pub is_measured: bool,
}

/// Learnt from the meters of a set.
pub fn from_flow(stated: &Curve, runs: &[Running]) -> Option<Vec<LearntPoint>> {
    let row = |run: &Running| {
        let parts = stated.parts_l_per_h(run.power_kw);
        let sum: f64 = parts.iter().sum();
        // Shares of what is stated: the error of a flow meter is one of its reading.
        (sum > 0.0).then(|| Row {
            x: parts.iter().map(|p| p / sum).collect(),
            y: run.fuel_l_per_h / sum,
            group: run.day,
        })
    };
    let rows: Vec<Row> = runs.iter().filter_map(row).collect();
    let mut near = vec![0; stated.load_kw.len()];
    for run in runs {
        near[stated.nearest(run.power_kw)] += 1;
    }
    let fit = robust(&rows, &prior(std::slice::from_ref(stated), TIE_SD), LEAST_SCALE)?;
    (fit.used >= LEAST_ROWS && fit.groups >= LEAST_DAYS).then(|| points(stated, &fit, 0, &near))
}

/// Learnt from a tank that all sets draw on, one curve for all sets that state the same.
pub fn from_tank(stated: &[Curve], draws: &[Draw]) -> Option<Vec<Vec<LearntPoint>>> {
    let mut near: Vec<Vec<u64>> = stated.iter().map(|c| vec![0; c.load_kw.len()]).collect();
    let mut rows = Vec::new();
    for draw in draws {
        let mut x: Vec<Vec<f64>> = stated.iter().map(|c| vec![0.0; c.load_kw.len()]).collect();
        for (set, kw, hours) in &draw.runs {
            let (Some(curve), Some(x)) = (stated.get(*set), x.get_mut(*set)) else { continue };
            let parts = curve.parts_l_per_h(*kw);
            x.iter_mut().zip(parts).for_each(|(x, part)| *x += part * hours);
            near[*set][curve.nearest(*kw)] += 1;
        }
        let x: Vec<f64> = x.concat();
        let sum: f64 = x.iter().sum();
        if sum > 0.0 {
            let x = x.iter().map(|p| p / sum).collect();
            rows.push(Row { x, y: draw.drawn_l / sum, group: draw.day });
        }
    }
    let fit = robust(&rows, &prior(stated, TANK_TIE_SD), LEAST_SCALE)?;
    if fit.used < LEAST_DRAWS || fit.groups < 2 * LEAST_DAYS {
        return None;
    }
    let mut first = 0;
    let curves = stated.iter().zip(&near).map(|(curve, near)| {
        let found = points(curve, &fit, first, near);
        first += curve.load_kw.len();
        found
    });
    Some(curves.collect())
}

fn prior(curves: &[Curve], tie_sd: f64) -> Prior {
    let n = curves.iter().map(|c| c.load_kw.len()).sum();
    let mut prior = Prior::around(&vec![1.0; n], LEVEL_SD);
    let mut first = 0;
    for curve in curves {
        let end = first + curve.load_kw.len();
        (first + 1..end).for_each(|k| prior.tie(k - 1, k, tie_sd));
        first = end;
    }
    prior
}

fn points(stated: &Curve, fit: &Fit, first: usize, near: &[u64]) -> Vec<LearntPoint> {
    let one = |k: usize| {
        let mut c = vec![0.0; fit.b.len()];
        c[first + k] = 1.0;
        let f = stated.fuel_l_per_h[k];
        let (learnt, half) = (fit.b[first + k] * f, TWO_SIDED_90 * fit.error_of(&c) * f);
        LearntPoint {
            load_kw: stated.load_kw[k],
            stated_l_per_h: f,
            learnt_l_per_h: learnt,
            learnt_min_l_per_h: learnt - half,
            learnt_max_l_per_h: learnt + half,
            samples: near[k],
            is_measured: near[k] >= NEAR,
        }
    };
    (0..stated.load_kw.len()).map(one).collect()
}
