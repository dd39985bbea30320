//! A step's columns and rows at one commitment, as numbers, for a program that mixes some.
//!
//! Where a curve is not convex, a program would fill its dear stretches last whatever their order: a
//! copy is then for one convex range of the load, see [`super::value`].

use super::super::fleets::Fleets;
use super::value::{Segment, ranges};
use super::{Step, TOLERANCE};

/// For each segment of the load: the least and the most of it that is filled.
pub(in crate::decomposition) type Range = Vec<(f64, f64)>;

/// Amounts by column.
type Amounts = Vec<(usize, f64)>;

/// The columns and rows of a commitment within a range.
#[derive(Debug)]
pub(in crate::decomposition) struct Copy {
    /// Sets that run, by fleet.
    pub(in crate::decomposition) digits: Vec<usize>,
    /// For each segment within the range: what its filling changes.
    pub(in crate::decomposition) segments: Vec<Vec<(usize, f64)>>,
    /// What stands at the range's start.
    pub(in crate::decomposition) base: Vec<(usize, f64)>,
    pub(in crate::decomposition) rows: Vec<CopiedRow>,
}

/// A row of a copy: coefficients of its segments and of the columns of [`super::Apart`], its value at the range's
/// start, and whether it is an equation.
#[derive(Debug)]
pub(in crate::decomposition) struct CopiedRow {
    pub(in crate::decomposition) segments: Vec<(usize, f64)>,
    pub(in crate::decomposition) local: Vec<(usize, f64)>,
    pub(in crate::decomposition) at_base: f64,
    pub(in crate::decomposition) equation: bool,
}

impl Step {
    /// The convex range, at these costs, in which a commitment stands at the loads of its groups.
    pub(in crate::decomposition) fn range(
        &self,
        fleets: &Fleets,
        cost: &[f64],
        state: usize,
        loads: &[f64],
    ) -> Range {
        let fleet_costs = self.fleet_costs(cost);
        let (_, segments) = self.segments(fleets, Some((cost, &fleet_costs)), &self.digits(state));
        let mut from = 0.0;
        let mut group = None;
        let mut filled = Vec::with_capacity(segments.len());
        for segment in &segments {
            if group != Some(segment.group) {
                (group, from) = (Some(segment.group), 0.0);
            }
            let load = loads.get(segment.group).copied().unwrap_or(0.0);
            filled.push(((load - from) / segment.width).clamp(0.0, 1.0));
            from += segment.width;
        }
        let holds = |range: &Range| {
            let within = range.iter().zip(&filled);
            within.into_iter().all(|((lo, hi), f)| *f >= lo - TOLERANCE && *f <= hi + TOLERANCE)
        };
        let mut ranges = ranges(&segments);
        let place = ranges.iter().position(holds).unwrap_or(0);
        ranges.swap_remove(place)
    }

    /// The copy of one commitment within a range.
    pub(in crate::decomposition) fn copy(
        &self,
        fleets: &Fleets,
        state: usize,
        range: &Range,
    ) -> Copy {
        let digits = self.digits(state);
        let (mut base, all) = self.changes(fleets, &digits);
        let (start, of_rows) = self.segments(fleets, None, &digits);
        let mut at_base = start.1;
        let mut segments = Vec::new();
        let mut rows_of: Vec<&Segment> = Vec::new();
        for ((changes, segment), (least, most)) in all.into_iter().zip(&of_rows).zip(range) {
            if *least > 0.5 {
                base.extend(changes);
                at_base.iter_mut().zip(&segment.rows).for_each(|(sum, a)| *sum += a);
            } else if *most > 0.5 {
                segments.push(changes);
                rows_of.push(segment);
            }
        }
        let place = self.places();
        let rows = self.rows.iter().zip(&at_base).enumerate().map(|(r, (row, at_base))| {
            let of_segments = rows_of.iter().enumerate().map(|(z, s)| (z, s.rows[r]));
            CopiedRow {
                segments: of_segments.filter(|(_, a)| *a != 0.0).collect(),
                local: row.free.iter().map(|(i, a)| (place[*i], *a)).collect(),
                at_base: row.constant + at_base,
                equation: row.equation,
            }
        });
        Copy { digits: self.counts(state), segments, base, rows: rows.collect() }
    }

    /// What stands at the start of a commitment's load, and what each segment changes.
    fn changes(&self, fleets: &Fleets, digits: &[usize]) -> (Amounts, Vec<Amounts>) {
        let (mut base, mut segments) = (Vec::new(), Vec::new());
        for (group, points) in fleets.points.iter().enumerate() {
            let runs = |k: &usize| self.fleets[*k].0 + digits[*k] > 0;
            let members: Vec<usize> =
                (0..digits.len()).filter(|k| fleets.list[*k].group == group).filter(runs).collect();
            if members.is_empty() {
                continue;
            }
            let load = fleets.load_frac.as_ref().filter(|(of, _)| *of == group);
            let at = |q: usize| {
                let of_fleets = members
                    .iter()
                    .flat_map(|k| self.fleets[*k].1[digits[*k]].columns[q].iter().copied());
                let of_load = load.map(|(_, columns)| (columns[self.t], points[q]));
                of_fleets.chain(of_load).collect::<Vec<(usize, f64)>>()
            };
            base.extend(at(0));
            for q in 0..points.len() - 1 {
                let mut change = at(q + 1);
                change.extend(at(q).into_iter().map(|(c, v)| (c, -v)));
                segments.push(change);
            }
        }
        (base, segments)
    }
}
