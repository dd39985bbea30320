//! Least squares that a few wrong readings do not move, with what is known beforehand and with an error
//! that trusts no formula of noise.
//!
//! Minimised is `sum w_i (y_i - x_i b)^2 / s^2 + (b - m)' P (b - m)`; the weights are Huber's, then
//! Tukey's biweight, and `s` is 1.4826 times the median of the absolute residuals (Huber and Ronchetti,
//! Robust Statistics, 2009). The variance is that of the jackknife by groups (Efron, The Jackknife, 1982),
//! because readings of one day err together, and never less than the inverse of the normal matrix.

/// One equation: `y = x b` with an error of like size in every row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) x: Vec<f64>,
    pub(super) y: f64,
    /// Rows that err together: the day.
    pub(super) group: i64,
}

/// What is known before any reading: the mean of `b` and the inverse of its covariance.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    pub(super) mean: Vec<f64>,
    pub(super) precision: Vec<Vec<f64>>,
}

impl Prior {
    /// Nothing is known but a rough size: each is `mean`, give or take `sd`.
    pub(super) fn around(mean: &[f64], sd: f64) -> Self {
        let n = mean.len();
        let mut precision = vec![vec![0.0; n]; n];
        for (i, row) in precision.iter_mut().enumerate() {
            row[i] = 1.0 / (sd * sd);
        }
        Self { mean: mean.to_vec(), precision }
    }

    /// Also known: `b[i] - b[j]` is zero, give or take `sd`.
    pub(super) fn tie(&mut self, i: usize, j: usize, sd: f64) {
        let p = 1.0 / (sd * sd);
        self.precision[i][i] += p;
        self.precision[j][j] += p;
        self.precision[i][j] -= p;
        self.precision[j][i] -= p;
    }
}

/// What was found.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) b: Vec<f64>,
    pub(super) covariance: Vec<Vec<f64>>,
    /// Rows that count for more than half.
    pub(super) used: u64,
    /// Groups that have such rows.
    pub(super) groups: u64,
}

impl Fit {
    /// Standard error of `sum c_i b_i`.
    pub(super) fn error_of(&self, c: &[f64]) -> f64 {
        let row = |r: &Vec<f64>| r.iter().zip(c).map(|(v, c)| v * c).sum::<f64>();
        let variance: f64 = self.covariance.iter().zip(c).map(|(r, c)| c * row(r)).sum();
        variance.max(0.0).sqrt()
    }
}

/// Rounds of weighting; the last ones with the biweight.
const ROUNDS: usize = 12;
const HUBER_ROUNDS: usize = 5;

/// Sums of one group: `X'WX` and `X'Wy`.
#[derive(Debug, Clone)]
struct Sums {
    xx: Vec<Vec<f64>>,
    xy: Vec<f64>,
}

impl Sums {
    fn zero(n: usize) -> Self {
        Self { xx: vec![vec![0.0; n]; n], xy: vec![0.0; n] }
    }

    fn add(&mut self, row: &Row, weight: f64) {
        for (i, xi) in row.x.iter().enumerate() {
            self.xy[i] += weight * xi * row.y;
            for (j, xj) in row.x.iter().enumerate() {
                self.xx[i][j] += weight * xi * xj;
            }
        }
    }

    fn plus(&mut self, other: &Self, sign: f64) {
        for (a, b) in self.xy.iter_mut().zip(&other.xy) {
            *a += sign * b;
        }
        for (ra, rb) in self.xx.iter_mut().zip(&other.xx) {
            for (a, b) in ra.iter_mut().zip(rb) {
                *a += sign * b;
            }
        }
    }

    /// `b` of these sums with the prior, and the normal matrix.
    fn solved(&self, prior: &Prior) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
        let (mut a, mut rhs) = (self.xx.clone(), self.xy.clone());
        for (i, row) in prior.precision.iter().enumerate() {
            for (j, p) in row.iter().enumerate() {
                a[i][j] += p;
                rhs[i] += p * prior.mean[j];
            }
        }
        solve(&a, &rhs).map(|b| (b, a))
    }
}

/// Fits; nothing where the rows say nothing.
pub(super) fn robust(rows: &[Row], prior: &Prior, least_scale: f64) -> Option<Fit> {
    let n = prior.mean.len();
    let mut b = prior.mean.clone();
    let mut weights = vec![1.0; rows.len()];
    let mut last = None;
    for round in 0..ROUNDS {
        let residuals: Vec<f64> = rows.iter().map(|r| r.y - dot(&r.x, &b)).collect();
        // The first round has no `b` to measure by: plain least squares about the median residual.
        let scale =
            (1.4826 * median(residuals.iter().map(|r| r.abs()).collect())?).max(least_scale);
        if round > 0 {
            for (w, r) in weights.iter_mut().zip(&residuals) {
                let u = r.abs() / scale;
                *w = if round <= HUBER_ROUNDS { huber(u) } else { biweight(u) };
            }
        }
        let mut groups: std::collections::BTreeMap<i64, Sums> = std::collections::BTreeMap::new();
        for (row, w) in rows.iter().zip(&weights).filter(|(_, w)| **w > 0.0) {
            groups.entry(row.group).or_insert_with(|| Sums::zero(n)).add(row, w / (scale * scale));
        }
        let mut all = Sums::zero(n);
        for group in groups.values() {
            all.plus(group, 1.0);
        }
        let (found, normal) = all.solved(prior)?;
        b = found;
        last = Some((groups, all, normal));
    }
    let (groups, all, normal) = last?;
    let covariance = jackknife(&groups, &all, prior, &invert(&normal)?);
    let used = weights.iter().filter(|w| **w > 0.5).count() as u64;
    Some(Fit { b, covariance, used, groups: groups.len() as u64 })
}

/// The covariance of the delete-a-group jackknife; for each coefficient no less than that of the model.
fn jackknife(
    groups: &std::collections::BTreeMap<i64, Sums>,
    all: &Sums,
    prior: &Prior,
    model: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let n = prior.mean.len();
    let found: Vec<Vec<f64>> = groups
        .values()
        .filter_map(|g| {
            let mut without = all.clone();
            without.plus(g, -1.0);
            without.solved(prior).map(|(b, _)| b)
        })
        .collect();
    let count = found.len() as f64;
    let mut covariance = model.to_vec();
    if found.len() < 3 {
        return covariance;
    }
    let mean: Vec<f64> = (0..n).map(|i| found.iter().map(|b| b[i]).sum::<f64>() / count).collect();
    let spread = |i: usize, j: usize| {
        let sum: f64 = found.iter().map(|b| (b[i] - mean[i]) * (b[j] - mean[j])).sum();
        (count - 1.0) / count * sum
    };
    // Either matrix is one of covariance; the one with the larger trace is taken whole.
    let trace: f64 = (0..n).map(|i| spread(i, i)).sum();
    if trace > (0..n).map(|i| model[i][i]).sum() {
        for (i, row) in covariance.iter_mut().enumerate() {
            for (j, c) in row.iter_mut().enumerate() {
                *c = spread(i, j);
            }
        }
    }
    covariance
}

fn huber(u: f64) -> f64 {
    if u <= 1.345 { 1.0 } else { 1.345 / u }
}

fn biweight(u: f64) -> f64 {
    let inside = (1.0 - (u / 4.685).powi(2)).max(0.0);
    inside * inside
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The median; nothing of nothing.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mid = values.len() / 2;
    let (_, m, _) = values.select_nth_unstable_by(mid, f64::total_cmp);
    Some(*m)
}

/// Gaussian elimination with pivots.
fn solve(matrix: &[Vec<f64>], rhs: &[f64]) -> Option<Vec<f64>> {
    let n = rhs.len();
    let mut rows: Vec<Vec<f64>> = matrix.to_vec();
    let mut found = rhs.to_vec();
    for c in 0..n {
        let pivot = (c..n).max_by(|i, j| rows[*i][c].abs().total_cmp(&rows[*j][c].abs()))?;
        if rows[pivot][c].abs() < 1e-300 {
            return None;
        }
        rows.swap(c, pivot);
        found.swap(c, pivot);
        for i in c + 1..n {
            let factor = rows[i][c] / rows[c][c];
            let (upper, lower) = rows.split_at_mut(i);
            lower[0].iter_mut().zip(&upper[c]).skip(c).for_each(|(x, p)| *x -= factor * p);
            found[i] -= factor * found[c];
        }
    }
    for c in (0..n).rev() {
        let known: f64 = (c + 1..n).map(|j| rows[c][j] * found[j]).sum();
        found[c] = (found[c] - known) / rows[c][c];
    }
    found.iter().all(|v| v.is_finite()).then_some(found)
}

fn invert(a: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = a.len();
    let columns: Option<Vec<_>> = (0..n)
        .map(|j| solve(a, &(0..n).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>()))
        .collect();
    columns
}
