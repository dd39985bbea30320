//! Tiny linear programs in boxes, by the dual simplex method on a dense table.
//!
//! ```text
//! minimise c x   with   A x + s = b,   lo <= x <= hi,   s >= 0 (or = 0 for an equation)
//! ```
//!
//! Every column stands at the bound that its cost prefers, so the slack basis is dual feasible and
//! there is no first phase. The value of any dual feasible basis is a lower bound, so stopping early
//! is never wrong, only weaker.

/// Below this a number is the arithmetic.
const ZERO: f64 = 1e-9;
/// Primal infeasibility that is let pass.
const FEASIBLE: f64 = 1e-7;
const MOST_PIVOTS: usize = 200;

/// A program under construction, reused from one to the next.
#[derive(Debug, Default)]
pub(super) struct Tiny {
    lo: Vec<f64>,
    hi: Vec<f64>,
    cost: Vec<f64>,
    /// Row-major table of the rows that were added, one entry a structural column.
    table: Vec<f64>,
    rhs: Vec<f64>,
    equation: Vec<bool>,
    columns: usize,
    // Working state.
    at_upper: Vec<bool>,
    reduced: Vec<f64>,
    basis: Vec<usize>,
    is_basic: Vec<bool>,
    value: Vec<f64>,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// The least value, or a lower bound of it.
    Value(f64),
    Infeasible,
}

impl Tiny {
    /// Starts a program with these columns; rows are added after it.
    pub(super) fn start(&mut self) {
        self.lo.clear();
        self.hi.clear();
        self.cost.clear();
        self.table.clear();
        self.rhs.clear();
        self.equation.clear();
        self.columns = 0;
    }

    pub(super) fn column(&mut self, lo: f64, hi: f64, cost: f64) -> usize {
        self.lo.push(lo);
        self.hi.push(hi);
        self.cost.push(cost);
        self.columns += 1;
        self.columns - 1
    }

    /// Adds the row `entries <= rhs` (or `=`), after all columns.
    pub(super) fn row(&mut self, entries: &[(usize, f64)], rhs: f64, equation: bool) {
        let from = self.table.len();
        self.table.resize(from + self.columns, 0.0);
        for (column, coefficient) in entries {
            self.table[from + column] += coefficient;
        }
        self.rhs.push(rhs);
        self.equation.push(equation);
    }

    fn bounds(&self, j: usize) -> (f64, f64) {
        if j < self.columns {
            return (self.lo[j], self.hi[j]);
        }
        (0.0, if self.equation[j - self.columns] { 0.0 } else { f64::INFINITY })
    }

    fn resting(&self, j: usize) -> f64 {
        let (lo, hi) = self.bounds(j);
        if self.at_upper[j] { hi } else { lo }
    }

    /// Widens the table by the slacks and sets up the slack basis.
    fn prepare(&mut self) {
        let (n, m) = (self.columns, self.rhs.len());
        let width = n + m;
        let mut wide = vec![0.0; m * width];
        for i in 0..m {
            wide[i * width..i * width + n].copy_from_slice(&self.table[i * n..(i + 1) * n]);
            wide[i * width + n + i] = 1.0;
        }
        self.table = wide;
        self.at_upper.clear();
        self.at_upper.extend(self.cost.iter().map(|c| *c < 0.0));
        self.at_upper.resize(width, false);
        self.reduced.clear();
        self.reduced.extend_from_slice(&self.cost);
        self.reduced.resize(width, 0.0);
        self.basis.clear();
        self.basis.extend(n..width);
        self.is_basic.clear();
        self.is_basic.resize(width, false);
        for j in n..width {
            self.is_basic[j] = true;
        }
        self.value.clear();
        for i in 0..m {
            let resting: f64 = (0..n).map(|j| self.table[i * width + j] * self.resting(j)).sum();
            self.value.push(self.rhs[i] - resting);
        }
    }

    /// The row that is furthest out of its bounds, and whether it lies below.
    fn leaving(&self) -> Option<(usize, bool)> {
        let mut worst = (FEASIBLE, None);
        for (i, j) in self.basis.iter().enumerate() {
            let (lo, hi) = self.bounds(*j);
            let (below, above) = (lo - self.value[i], self.value[i] - hi);
            if below > worst.0 {
                worst = (below, Some((i, true)));
            }
            if above > worst.0 {
                worst = (above, Some((i, false)));
            }
        }
        worst.1
    }

    /// The column that can bring row `i` back at the least cost.
    fn entering(&self, i: usize, below: bool) -> Option<usize> {
        let width = self.reduced.len();
        let mut best: Option<(f64, f64, usize)> = None;
        for j in (0..width).filter(|j| !self.is_basic[*j]) {
            let (lo, hi) = self.bounds(j);
            if hi - lo <= 0.0 {
                continue;
            }
            let a = self.table[i * width + j];
            // Raising column j by d lowers the row's basic variable by a d.
            let helps = if below == self.at_upper[j] { a > ZERO } else { a < -ZERO };
            if !helps {
                continue;
            }
            let ratio = self.reduced[j].abs() / a.abs();
            let better = best.is_none_or(|(r, size, _)| {
                ratio < r - 1e-12 || (ratio <= r + 1e-12 && a.abs() > size)
            });
            if better {
                best = Some((ratio, a.abs(), j));
            }
        }
        best.map(|(_, _, j)| j)
    }

    fn pivot(&mut self, i: usize, j: usize, below: bool) {
        let (m, width) = (self.rhs.len(), self.reduced.len());
        let out = self.basis[i];
        let (lo, hi) = self.bounds(out);
        let target = if below { lo } else { hi };
        let a = self.table[i * width + j];
        let step = (self.value[i] - target) / a;
        for k in 0..m {
            self.value[k] -= self.table[k * width + j] * step;
        }
        self.value[i] = self.resting(j) + step;
        self.at_upper[out] = !below;
        self.is_basic[out] = false;
        self.is_basic[j] = true;
        self.basis[i] = j;
        for c in 0..width {
            self.table[i * width + c] /= a;
        }
        let (head, tail) = self.table.split_at_mut(i * width);
        let (row, tail) = tail.split_at_mut(width);
        for other in head.chunks_exact_mut(width).chain(tail.chunks_exact_mut(width)) {
            let factor = other[j];
            if factor != 0.0 {
                for (x, r) in other.iter_mut().zip(row.iter()) {
                    *x -= factor * r;
                }
            }
        }
        let factor = self.reduced[j];
        if factor != 0.0 {
            for (x, r) in self.reduced.iter_mut().zip(row.iter()) {
                *x -= factor * r;
            }
        }
    }

    /// Solves the program.
    pub(super) fn solve(&mut self) -> Outcome {
        self.prepare();
        for _ in 0..MOST_PIVOTS {
            let Some((i, below)) = self.leaving() else {
                break;
            };
            let Some(j) = self.entering(i, below) else {
                return Outcome::Infeasible;
            };
            self.pivot(i, j, below);
        }
        Outcome::Value(self.dual_value())
    }

    /// The value of the dual solution that the basis stands for: never above the least.
    fn dual_value(&self) -> f64 {
        let n = self.columns;
        // The reduced cost of a slack is minus the multiplier of its row.
        let rows: f64 = self
            .rhs
            .iter()
            .enumerate()
            .map(|(i, b)| -self.reduced[n + i].max(self.least(i)) * b)
            .sum();
        let mut boxes = 0.0;
        for j in 0..n {
            let reduced = self.reduced[j];
            boxes += if reduced > 0.0 { reduced * self.lo[j] } else { reduced * self.hi[j] };
        }
        rows + boxes
    }

    /// Least reduced cost that the slack of row `i` may have: any for an equation.
    fn least(&self, i: usize) -> f64 {
        if self.equation[i] { f64::NEG_INFINITY } else { 0.0 }
    }

    /// Values of the structural columns after [`Tiny::solve`].
    pub(super) fn value_of(&self, j: usize) -> f64 {
        match self.basis.iter().position(|b| *b == j) {
            Some(i) => self.value[i],
            None => self.resting(j),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cheap_source_runs_to_its_bound_and_a_dear_one_does_the_rest() {
        let mut lp = Tiny::default();
        lp.start();
        let (cheap, dear) = (lp.column(0.0, 30.0, 1.0), lp.column(0.0, 100.0, 3.0));
        lp.row(&[(cheap, 1.0), (dear, 1.0)], 50.0, true);
        assert_eq!(lp.solve(), Outcome::Value(90.0));
        assert!((lp.value_of(dear) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_fit_is_infeasible() {
        let mut lp = Tiny::default();
        lp.start();
        let only = lp.column(0.0, 30.0, 1.0);
        lp.row(&[(only, 1.0)], 50.0, true);
        assert_eq!(lp.solve(), Outcome::Infeasible);
    }

    #[test]
    fn a_negative_cost_stops_at_a_row() {
        let mut lp = Tiny::default();
        lp.start();
        let (a, b) = (lp.column(0.0, 10.0, -2.0), lp.column(0.0, 10.0, -1.0));
        lp.row(&[(a, 1.0), (b, 1.0)], 12.0, false);
        lp.row(&[(a, 2.0), (b, -1.0)], 6.0, false);
        // a = 6, b = 6.
        assert_eq!(lp.solve(), Outcome::Value(-18.0));
        assert!((lp.value_of(a) - 6.0).abs() < 1e-9 && (lp.value_of(b) - 6.0).abs() < 1e-9);
    }
}
