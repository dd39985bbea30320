//! Least squares with a penalty on the distance from a prior (ridge regression, Hoerl and Kennard 1970), in
//! closed form by Cholesky's factors.

/// Place of row `i`, column `j` in the lower half of a symmetric matrix, `j <= i`.
fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// Normal equations: fading sums of products of features, and with the target.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    products: Vec<f64>,
    targets: Vec<f64>,
    /// Rows taken in.
    pub(super) rows: usize,
}

impl Normal {
    pub(super) fn new(width: usize) -> Self {
        Self { products: vec![0.0; at(width, 0)], targets: vec![0.0; width], rows: 0 }
    }

    /// Fades what is known by `keep` and takes in a row.
    pub(super) fn add(&mut self, keep: f64, features: &[f64], target: f64) {
        let mut place = 0;
        for (i, x) in features.iter().enumerate() {
            for other in &features[..=i] {
                self.products[place] = self.products[place] * keep + x * other;
                place += 1;
            }
            self.targets[i] = self.targets[i] * keep + x * target;
        }
        self.rows += 1;
    }

    /// Takes in the rows of another as if they were its own.
    pub(super) fn join(&mut self, other: &Self) {
        for (own, more) in self.products.iter_mut().zip(&other.products) {
            *own += more;
        }
        for (own, more) in self.targets.iter_mut().zip(&other.targets) {
            *own += more;
        }
    }

    /// The coefficients `b` with the least sum of squares plus `penalty` times `|b - prior|^2`; the prior
    /// where the rows are too far from regular.
    pub(super) fn solve(&self, penalty: f64, prior: &[f64]) -> Vec<f64> {
        self.factor(penalty).map_or_else(|| prior.to_vec(), |f| self.through(&f, penalty, prior))
    }

    fn factor(&self, penalty: f64) -> Option<Vec<f64>> {
        let mut factor = self.products.clone();
        for i in 0..self.targets.len() {
            factor[at(i, i)] += penalty;
            for j in 0..=i {
                let (row, other) = (&factor[at(i, 0)..at(i, j)], &factor[at(j, 0)..at(j, j)]);
                let known: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                let rest = factor[at(i, j)] - known;
                if i != j {
                    factor[at(i, j)] = rest / factor[at(j, j)];
                } else if rest > 1e-12 {
                    factor[at(i, i)] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        Some(factor)
    }

    fn through(&self, factor: &[f64], penalty: f64, prior: &[f64]) -> Vec<f64> {
        let width = self.targets.len();
        let right = self.targets.iter().zip(prior).map(|(t, p)| t + penalty * p);
        let mut b: Vec<f64> = right.collect();
        for i in 0..width {
            let known: f64 = (0..i).map(|k| factor[at(i, k)] * b[k]).sum();
            b[i] = (b[i] - known) / factor[at(i, i)];
        }
        for i in (0..width).rev() {
            let known: f64 = (i + 1..width).map(|k| factor[at(k, i)] * b[k]).sum();
            b[i] = (b[i] - known) / factor[at(i, i)];
        }
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_found_and_drawn_to_the_prior() {
        let mut normal = Normal::new(2);
        for n in 0..40 {
            let (x, y) = (f64::from(n % 7), f64::from(n % 5));
            normal.add(1.0, &[x, y], 3.0 * x - 2.0 * y);
        }
        let free = normal.solve(1e-9, &[0.0, 0.0]);
        assert!((free[0] - 3.0).abs() < 1e-6 && (free[1] + 2.0).abs() < 1e-6);
        let bound = normal.solve(1e12, &[1.0, 5.0]);
        assert!((bound[0] - 1.0).abs() < 1e-6 && (bound[1] - 5.0).abs() < 1e-6);
        // Nothing known, nothing moved; no penalty on nothing known cannot be solved.
        assert_eq!(Normal::new(1).solve(0.0, &[7.0]), [7.0]);
    }
}
