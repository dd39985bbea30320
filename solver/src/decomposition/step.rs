//! One step of the program by itself: what it costs at each commitment, time-coupling rows priced.

mod apart;
mod copy;
mod value;

pub(super) use apart::{Apart, Place};
pub(super) use copy::{Copy, Range};

use super::fleets::Fleets;
use crate::program::Program;

/// Stands for no bound.
const FAR: f64 = 1e7;
/// A row is kept if it is no further off.
const TOLERANCE: f64 = 1e-6;

/// A row of the step: fixed columns are in the constant.
#[derive(Debug)]
struct LocalRow {
    free: Vec<(usize, f64)>,
    constant: f64,
    equation: bool,
}

/// What a fleet adds at one count: for each point of its group, the rows' activity.
#[derive(Debug, Clone, Default)]
struct Contribution {
    /// Columns of each point.
    columns: Vec<Vec<(usize, f64)>>,
    /// Activity of each row at each point, row by row within a point.
    rows: Vec<Vec<f64>>,
}

/// A step of the program.
#[derive(Debug)]
pub(super) struct Step {
    t: usize,
    /// Columns that neither a fleet owns nor the bounds hold, with their bounds.
    free: Vec<(usize, f64, f64)>,
    /// Columns that the bounds hold.
    held: Vec<(usize, f64)>,
    /// Whether a free column stands in any row.
    in_rows: Vec<bool>,
    rows: Vec<LocalRow>,
    /// By fleet and by count from `least`.
    fleets: Vec<(usize, Vec<Contribution>)>,
    /// What the load fraction itself adds: for each point of its group, the rows' activity.
    load: Vec<Vec<f64>>,
}

impl Step {
    /// Cuts step `t` out of the program. `mine` are its rows.
    pub(super) fn new(
        program: &Program,
        fleets: &Fleets,
        t: usize,
        mine: &[usize],
        columns: &[usize],
    ) -> Self {
        let mut bounds: Vec<(usize, f64, f64)> = columns
            .iter()
            .filter(|c| !fleets.owner.contains_key(c))
            .map(|c| (*c, program.columns[*c].min, program.columns[*c].max.min(FAR)))
            .collect();
        // A row on one column is a bound.
        let mut kept = Vec::new();
        for row in mine.iter().map(|r| &program.rows[*r]) {
            match row.entries.as_slice() {
                [(column, a)] if !fleets.owner.contains_key(column) && *a != 0.0 => {
                    let limit = -row.constant / a;
                    if let Some((_, lo, hi)) = bounds.iter_mut().find(|(c, ..)| c == column) {
                        if *a > 0.0 || row.equation {
                            *hi = hi.min(limit);
                        }
                        if *a < 0.0 || row.equation {
                            *lo = lo.max(limit);
                        }
                    }
                }
                _ => kept.push(row),
            }
        }
        let (held, free): (Vec<_>, Vec<_>) =
            bounds.into_iter().partition(|(_, lo, hi)| hi - lo <= 1e-12);
        let held: Vec<(usize, f64)> = held.into_iter().map(|(c, lo, _)| (c, lo)).collect();
        let index = |column: usize| free.iter().position(|(c, ..)| *c == column);
        let ranges: Vec<(usize, usize)> = fleets
            .list
            .iter()
            .map(|f| f.range(t, |c| (program.columns[c].min, program.columns[c].max)))
            .collect();
        let mut step = Self {
            t,
            in_rows: vec![false; free.len()],
            held,
            rows: Vec::new(),
            fleets: ranges
                .iter()
                .enumerate()
                .map(|(k, (least, most))| {
                    let points = &fleets.points[fleets.list[k].group];
                    let at = |n: usize| Contribution {
                        columns: points.iter().map(|x| fleets.list[k].at(t, n, *x)).collect(),
                        rows: vec![Vec::new(); points.len()],
                    };
                    (*least, (*least..=*most).map(at).collect())
                })
                .collect(),
            load: fleets
                .load_frac
                .as_ref()
                .map_or_else(Vec::new, |(group, _)| vec![Vec::new(); fleets.points[*group].len()]),
            free: free.clone(),
        };
        for row in kept {
            let mut free = Vec::new();
            let mut constant = row.constant;
            let mut owned: Vec<(usize, f64)> = Vec::new();
            for (column, a) in &row.entries {
                if fleets.owner.contains_key(column) {
                    owned.push((*column, *a));
                } else if let Some(i) = index(*column) {
                    free.push((i, *a));
                } else if let Some((_, value)) = step.held.iter().find(|(c, _)| c == column) {
                    constant += a * value;
                }
            }
            step.add(fleets, &owned, LocalRow { free, constant, equation: row.equation });
        }
        step
    }

    /// Keeps a row unless the fleets keep it by themselves, however they run.
    fn add(&mut self, fleets: &Fleets, owned: &[(usize, f64)], row: LocalRow) {
        let t = self.t;
        let coefficient =
            |column: usize| owned.iter().find(|(c, _)| *c == column).map_or(0.0, |(_, a)| *a);
        let of_load = fleets.load_frac.as_ref().map_or(0.0, |(_, columns)| coefficient(columns[t]));
        let mut activity: Vec<Vec<Vec<f64>>> = Vec::new();
        for (_, counts) in &self.fleets {
            let of = |c: &Contribution| -> Vec<f64> {
                c.columns
                    .iter()
                    .map(|point| point.iter().map(|(column, v)| coefficient(*column) * v).sum())
                    .collect()
            };
            activity.push(counts.iter().map(of).collect());
        }
        let touched: Vec<usize> = (0..activity.len())
            .filter(|k| activity[*k].iter().flatten().any(|a| *a != 0.0))
            .collect();
        if let (true, [k]) = (row.free.is_empty(), touched.as_slice()) {
            let points = &fleets.points[fleets.list[*k].group];
            let kept = activity[*k].iter().all(|of_count| {
                of_count.iter().zip(points).all(|(a, x)| {
                    let value = a + of_load * x + row.constant;
                    if row.equation { value.abs() < TOLERANCE } else { value < TOLERANCE }
                })
            });
            if kept {
                return;
            }
        }
        if touched.is_empty() && row.free.is_empty() && of_load == 0.0 {
            // Only held columns: true, or the program has no solution at all.
            if row.constant < TOLERANCE && (!row.equation || row.constant > -TOLERANCE) {
                return;
            }
        }
        for (i, _) in &row.free {
            self.in_rows[*i] = true;
        }
        for ((_, counts), of_fleet) in self.fleets.iter_mut().zip(&activity) {
            for (contribution, of_count) in counts.iter_mut().zip(of_fleet) {
                for (point, a) in contribution.rows.iter_mut().zip(of_count) {
                    point.push(*a);
                }
            }
        }
        if let Some((group, _)) = &fleets.load_frac {
            for (point, x) in self.load.iter_mut().zip(&fleets.points[*group]) {
                point.push(of_load * x);
            }
        }
        self.rows.push(row);
    }

    /// Columns that the bounds hold, with their values.
    pub(super) fn held(&self) -> &[(usize, f64)] {
        &self.held
    }

    /// Columns that stand in no row of the step, with their bounds.
    pub(super) fn loose(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        self.free.iter().zip(&self.in_rows).filter(|(_, used)| !**used).map(|(c, _)| *c)
    }

    /// The number of a commitment, if the step allows it. The last fleet's count varies fastest.
    pub(super) fn state_of(&self, counts: &[usize]) -> Option<usize> {
        let mut state = 0;
        for (count, (least, choices)) in counts.iter().zip(&self.fleets) {
            let digit = count.checked_sub(*least).filter(|d| *d < choices.len())?;
            state = state * choices.len() + digit;
        }
        Some(state)
    }

    /// Sets that run in the commitment of this number, by fleet.
    pub(super) fn counts(&self, state: usize) -> Vec<usize> {
        self.digits(state).iter().zip(&self.fleets).map(|(d, (least, _))| d + least).collect()
    }

    fn digits(&self, mut state: usize) -> Vec<usize> {
        let mut digits = Vec::new();
        for (_, choices) in self.fleets.iter().rev() {
            digits.push(state % choices.len());
            state /= choices.len();
        }
        digits.reverse();
        digits
    }

    /// Counts that each fleet may have: the least and the number of choices.
    pub(super) fn choices(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.fleets.iter().map(|(least, counts)| (*least, counts.len()))
    }

    /// The cost of what does not depend on the commitment.
    pub(super) fn constant(&self, cost: &[f64]) -> f64 {
        let held: f64 = self.held.iter().map(|(c, v)| cost[*c] * v).sum();
        let loose = self.free.iter().zip(&self.in_rows).filter(|(_, used)| !**used);
        held + loose.map(|((c, lo, hi), _)| (cost[*c] * lo).min(cost[*c] * hi)).sum::<f64>()
    }

    /// For each fleet, count and point: what its columns cost.
    pub(super) fn fleet_costs(&self, cost: &[f64]) -> Vec<Vec<Vec<f64>>> {
        let of_point = |point: &Vec<(usize, f64)>| point.iter().map(|(c, v)| cost[*c] * v).sum();
        let of_count = |c: &Contribution| c.columns.iter().map(of_point).collect();
        self.fleets.iter().map(|(_, counts)| counts.iter().map(of_count).collect()).collect()
    }
}
