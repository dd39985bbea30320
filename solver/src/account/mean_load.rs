//! The mean load over the running hours of any 24 h (ISO 8528-1), for one set.

/// Window of the mean load, h, and the share of the rating that less load counts as.
const WINDOW_H: f64 = 24.0;
const LEAST_COUNTED_FRAC: f64 = 0.30;

/// What a set may have, and what it had before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeanLoad<'a> {
    pub(crate) rated_kw: f64,
    /// Most mean load, share of the rating.
    pub(crate) most_frac: f64,
    /// Mean load of the hours before, kW, oldest first.
    pub(crate) told_kw: &'a [f64],
}

impl MeanLoad<'_> {
    /// For each step, by how much the largest excess of a window that ends with a step grows, kWh.
    /// `offset_h` has the start of each step and the end of the last; a set that stands has 0 kW.
    pub(crate) fn growth_kwh(
        &self,
        offset_h: &[f64],
        running: &[bool],
        power_kw: &[f64],
    ) -> Vec<f64> {
        // Corners of the balance: time after the start, h, and kWh above the mean allowed.
        let mut corners = Vec::with_capacity(running.len() + self.told_kw.len() + 2);
        corners.push((-WINDOW_H, 0.0));
        let mut balance = 0.0;
        corners.push((-(self.told_kw.len() as f64), balance));
        for (i, kw) in self.told_kw.iter().enumerate() {
            balance += if *kw > 0.0 { self.above_kw(*kw) } else { 0.0 };
            corners.push(((i + 1) as f64 - self.told_kw.len() as f64, balance));
        }
        let mut highest = 0.0_f64;
        let mut growth = Vec::with_capacity(running.len());
        for (t, on) in running.iter().enumerate() {
            let dt_h = offset_h[t + 1] - offset_h[t];
            balance += if *on { dt_h * self.above_kw(power_kw[t]) } else { 0.0 };
            corners.push((offset_h[t + 1], balance));
            let excess = balance - interpolated(&corners, offset_h[t + 1] - WINDOW_H);
            growth.push((excess - highest).max(0.0));
            highest = highest.max(excess);
        }
        growth
    }

    fn above_kw(&self, kw: f64) -> f64 {
        kw.max(LEAST_COUNTED_FRAC * self.rated_kw) - self.most_frac * self.rated_kw
    }
}

/// The value at `x` of the line through corners whose first coordinates rise.
fn interpolated(corners: &[(f64, f64)], x: f64) -> f64 {
    let after = corners.partition_point(|(at, _)| *at <= x).clamp(1, corners.len() - 1);
    let ((x0, y0), (x1, y1)) = (corners[after - 1], corners[after]);
    if x1 > x0 { y0 + (y1 - y0) * (x - x0) / (x1 - x0) } else { y1 }
}
