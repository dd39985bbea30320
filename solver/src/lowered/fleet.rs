//! Sets as fleets: like sets are counted, not told apart, until the plan is read.
//!
//! Counting takes the symmetry out of the search. It is exact: like sets that share load in
//! proportion run at the same load, and handing starts to the set that has stood longest and stops
//! to the set that has run longest never breaks a least time on or off that the counts keep.

use crate::problem::Problem;
use crate::site::{Genset, GensetStart, LoadSharing, MinimumLoad};

/// One set of a fleet.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) start: GensetStart,
}

/// A stretch of a fuel curve on which it is convex: exact without a binary of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) from_kw: f64,
    pub(crate) fuel_at_from_l_per_h: f64,
    /// Width, kW, and slope, L/kWh, of each line, slopes rising.
    pub(crate) lines: Vec<(f64, f64)>,
}

/// Like sets with like availability.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) name: String,
    pub(crate) units: Vec<Unit>,
    pub(crate) available: Vec<bool>,
    pub(crate) rated_kw: f64,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) min_load_kw: f64,
    pub(crate) min_load_hard: bool,
    pub(crate) min_up_h: f64,
    pub(crate) min_down_h: f64,
    pub(crate) start_fuel_l: f64,
    pub(crate) start_cost: f64,
    pub(crate) running_cost_per_h: f64,
    pub(crate) shares_load: bool,
}

impl Fleet {
    /// Sets that run before the first step.
    pub(crate) fn running_at_start(&self) -> usize {
        self.units.iter().filter(|u| u.start.running).count()
    }

    /// The piece of the fuel curve on which a set stands at `kw`.
    pub(crate) fn piece_at(&self, kw: f64) -> usize {
        self.pieces.iter().rposition(|p| kw + 1e-6 >= p.from_kw).unwrap_or(0)
    }

    /// Whether at least one set of the fleet can run in step `t`, however it ran before: after an
    /// outage it has been off for no longer than since the outage began.
    pub(crate) fn can_run(&self, t: usize, offset_h: impl Fn(usize) -> f64) -> bool {
        const TOLERANCE_H: f64 = 1e-9;
        let last_out = self.available[..=t].iter().rposition(|ok| !ok);
        let began = last_out.map(|last| {
            self.available[..last].iter().rposition(|ok| *ok).map_or(0, |still_in| still_in + 1)
        });
        self.available[t]
            && self.units.iter().any(|u| {
                let off_h = match (u.start.running, began) {
                    (true, None) => return true,
                    (_, Some(out)) if u.start.running || out > 0 => offset_h(t) - offset_h(out),
                    _ => u.start.for_h + offset_h(t),
                };
                off_h + TOLERANCE_H >= self.min_down_h
            })
    }
}

/// The fleets of a camp. A set with a set-point of its own is a fleet of one.
pub(crate) fn fleets(problem: &Problem) -> Vec<Fleet> {
    let mut groups: Vec<(&Genset, Fleet)> = Vec::new();
    for (id, set) in &problem.site.genset {
        let unit = Unit { id: id.clone(), start: problem.start.genset(id) };
        let available = problem.availability("genset", id);
        let alike = groups.iter_mut().find(|(other, fleet)| {
            set.load_sharing == LoadSharing::Proportional
                && is_alike(set, other)
                && fleet.available == available
        });
        if let Some((_, fleet)) = alike {
            fleet.units.push(unit);
        } else {
            groups.push((set, fleet(set, unit, available)));
        }
    }
    groups.into_iter().map(|(_, fleet)| fleet).collect()
}

fn is_alike(a: &Genset, b: &Genset) -> bool {
    let numbers = |g: &Genset| {
        [
            g.rated_kw,
            g.min_load_frac,
            g.min_up_h,
            g.min_down_h,
            g.start_fuel_l,
            g.start_cost,
            g.running_cost_per_h,
        ]
        .map(f64::to_bits)
    };
    numbers(a) == numbers(b)
        && a.fuel_curve_kw == b.fuel_curve_kw
        && a.fuel_curve_l_per_h == b.fuel_curve_l_per_h
        && a.min_load == b.min_load
        && a.load_sharing == b.load_sharing
}

fn fleet(set: &Genset, unit: Unit, available: Vec<bool>) -> Fleet {
    Fleet {
        name: format!("genset.{}", unit.id),
        units: vec![unit],
        available,
        rated_kw: set.rated_kw,
        pieces: pieces(&set.fuel_curve_kw, &set.fuel_curve_l_per_h),
        min_load_kw: set.min_load_kw(),
        min_load_hard: set.min_load == MinimumLoad::Hard,
        min_up_h: set.min_up_h,
        min_down_h: set.min_down_h,
        start_fuel_l: set.start_fuel_l,
        start_cost: set.start_cost,
        running_cost_per_h: set.running_cost_per_h,
        shares_load: set.load_sharing == LoadSharing::Proportional,
    }
}

/// Cuts a fuel curve, prolonged to no load, into its convex pieces.
fn pieces(kw: &[f64], l_per_h: &[f64]) -> Vec<Piece> {
    let slope = |i: usize| (l_per_h[i + 1] - l_per_h[i]) / (kw[i + 1] - kw[i]);
    let mut pieces = vec![Piece {
        from_kw: 0.0,
        fuel_at_from_l_per_h: l_per_h[0] - kw[0] * slope(0),
        lines: vec![(kw[1], slope(0))],
    }];
    for i in 1..kw.len() - 1 {
        let line = (kw[i + 1] - kw[i], slope(i));
        match pieces.last_mut() {
            Some(piece) if slope(i) >= slope(i - 1) - 1e-12 => piece.lines.push(line),
            _ => pieces.push(Piece {
                from_kw: kw[i],
                fuel_at_from_l_per_h: l_per_h[i],
                lines: vec![line],
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convex_curve_is_one_piece_from_no_load() {
        let list = pieces(&[50.0, 100.0, 150.0, 200.0], &[17.8, 29.1, 41.6, 54.5]);
        assert_eq!(list.len(), 1);
        assert!((list[0].fuel_at_from_l_per_h - 6.5).abs() < 1e-9);
        assert!((list[0].lines[0].0 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_curve_is_cut_where_it_bends_down() {
        let list = pieces(&[14.5, 29.0, 43.5, 58.0], &[5.0, 8.0, 12.0, 15.0]);
        let cuts: Vec<f64> = list.iter().map(|p| p.from_kw).collect();
        assert_eq!(cuts, [0.0, 43.5]);
    }
}
