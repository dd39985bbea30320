//! A row whose columns stand in no other row: the cheapest way to keep it is known at once.

use super::{Held, TOLERANCE};

/// The row: `sum a x + held <= 0`, or `= 0`.
#[derive(Debug)]
pub(super) struct Alone {
    pub(super) row: usize,
    /// Its columns with their coefficients.
    pub(super) entries: Vec<(usize, f64)>,
    pub(super) held: Held,
    pub(super) equation: bool,
}

impl Alone {
    /// Sets its columns; gives what they cost and the price of the row. `None` if it cannot be kept.
    pub(super) fn solve(
        &self,
        costs: &[f64],
        bounds: &[(f64, f64)],
        values: &mut [f64],
    ) -> Option<(f64, f64)> {
        let mut over = self.held.value(values);
        for (column, a) in &self.entries {
            values[*column] = best(costs[*column], bounds[*column]);
            over += a * values[*column];
        }
        let mut price = 0.0;
        let sign = if over > 0.0 { -1.0 } else { 1.0 };
        if over > 0.0 || self.equation {
            // From the cheapest change of the sum to the dearest.
            let mut order: Vec<&(usize, f64)> = self.entries.iter().collect();
            let each = |(column, a): &(usize, f64)| sign * costs[*column] / a;
            order.sort_by(|x, y| each(x).total_cmp(&each(y)));
            for (column, a) in order {
                let (min, max) = bounds[*column];
                let before = values[*column];
                let value = (before - over / a).clamp(min, max);
                if (value - before).abs() > 0.0 {
                    values[*column] = value;
                    over += a * (value - before);
                    price = costs[*column] / a;
                }
            }
        }
        let is_kept = over <= TOLERANCE && (!self.equation || over >= -TOLERANCE);
        let cost = self.entries.iter().map(|(column, _)| costs[*column] * values[*column]).sum();
        is_kept.then_some((cost, price))
    }
}

/// Where a column stands that nothing else asks for.
pub(super) fn best(cost: f64, (min, max): (f64, f64)) -> f64 {
    let value = if cost < 0.0 { max } else { min };
    if value.is_finite() { value } else { 0.0_f64.clamp(min, max) }
}
