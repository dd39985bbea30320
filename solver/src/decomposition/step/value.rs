//! What a step costs at a commitment: one tiny program, or one for each convex stretch.

use super::super::fleets::Fleets;
use super::super::simplex::{Outcome, Tiny};
use super::{Step, TOLERANCE};

/// What a column costs, and what a fleet's columns cost by fleet, count and point.
type Costs<'a> = (&'a [f64], &'a [Vec<Vec<f64>>]);

impl Step {
    /// The least cost at a commitment, given as an index into each fleet's choices, or a lower bound
    /// of it; `None` if it cannot be. The load fraction of each group is written to `loads`.
    pub(in crate::decomposition) fn value(
        &self,
        fleets: &Fleets,
        costs: Costs<'_>,
        state: &[usize],
        lp: &mut Tiny,
        loads: &mut Vec<f64>,
    ) -> Option<f64> {
        let ((base_cost, base), segments) = self.segments(fleets, Some(costs), state);
        let mut best: Option<f64> = None;
        for range in ranges(&segments) {
            let Some(value) = self.value_within(costs.0, &segments, &range, &base, lp) else {
                continue;
            };
            if best.is_none_or(|b| value < b) {
                best = Some(value);
                loads.clear();
                loads.resize(fleets.points.len(), 0.0);
                for (z, segment) in segments.iter().enumerate() {
                    loads[segment.group] += lp.value_of(z) * segment.width;
                }
            }
        }
        best.map(|value| base_cost + value)
    }

    /// The segments of a commitment, and what their starts cost and add to each row. Without costs
    /// only the rows count.
    pub(super) fn segments(
        &self,
        fleets: &Fleets,
        costs: Option<Costs<'_>>,
        state: &[usize],
    ) -> ((f64, Vec<f64>), Vec<Segment>) {
        let mut base_cost = 0.0;
        let mut base = vec![0.0; self.rows.len()];
        // For each segment of a group that runs: its group, the change of each row, and of the cost.
        let mut segments: Vec<Segment> = Vec::new();
        for (group, points) in fleets.points.iter().enumerate() {
            let members: Vec<usize> = (0..state.len())
                .filter(|k| fleets.list[*k].group == group && self.fleets[*k].0 + state[*k] > 0)
                .collect();
            if members.is_empty() {
                continue;
            }
            for k in &members {
                base_cost += costs.map_or(0.0, |(_, of)| of[*k][state[*k]][0]);
                for (sum, a) in base.iter_mut().zip(&self.fleets[*k].1[state[*k]].rows[0]) {
                    *sum += a;
                }
            }
            let load = fleets.load_frac.as_ref().filter(|(of, _)| *of == group);
            for q in 0..points.len() - 1 {
                let mut change = vec![0.0; self.rows.len()];
                let mut dearer = 0.0;
                if let Some((_, columns)) = load {
                    let price = costs.map_or(0.0, |(cost, _)| cost[columns[self.t]]);
                    dearer += price * (points[q + 1] - points[q]);
                    for ((sum, after), before) in
                        change.iter_mut().zip(&self.load[q + 1]).zip(&self.load[q])
                    {
                        *sum += after - before;
                    }
                }
                for k in &members {
                    if let Some((_, of)) = costs {
                        dearer += of[*k][state[*k]][q + 1] - of[*k][state[*k]][q];
                    }
                    let rows = &self.fleets[*k].1[state[*k]].rows;
                    for ((sum, after), before) in change.iter_mut().zip(&rows[q + 1]).zip(&rows[q])
                    {
                        *sum += after - before;
                    }
                }
                let width = points[q + 1] - points[q];
                segments.push(Segment { group, width, rows: change, dearer });
            }
        }
        ((base_cost, base), segments)
    }

    /// The least cost with each segment within its range, over what the segments' starts cost.
    fn value_within(
        &self,
        cost: &[f64],
        segments: &[Segment],
        range: &[(f64, f64)],
        base: &[f64],
        lp: &mut Tiny,
    ) -> Option<f64> {
        lp.start();
        for (segment, (lo, hi)) in segments.iter().zip(range) {
            lp.column(*lo, *hi, segment.dearer);
        }
        let first_free = segments.len();
        let mut place = vec![usize::MAX; self.free.len()];
        let mut next = first_free;
        for (i, (column, lo, hi)) in self.free.iter().enumerate() {
            if self.in_rows[i] {
                if lo > hi {
                    return None;
                }
                lp.column(*lo, *hi, cost[*column]);
                place[i] = next;
                next += 1;
            }
        }
        let mut entries = Vec::new();
        for (r, row) in self.rows.iter().enumerate() {
            entries.clear();
            entries.extend(
                segments.iter().enumerate().map(|(z, s)| (z, s.rows[r])).filter(|(_, a)| *a != 0.0),
            );
            entries.extend(row.free.iter().map(|(i, a)| (place[*i], *a)));
            let rhs = -(row.constant + base[r]);
            if entries.is_empty() {
                if rhs < -TOLERANCE || (row.equation && rhs > TOLERANCE) {
                    return None;
                }
                continue;
            }
            lp.row(&entries, rhs, row.equation);
        }
        match lp.solve() {
            Outcome::Value(value) => Some(value),
            Outcome::Infeasible => None,
        }
    }
}

/// A stretch of a group's load fraction.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) group: usize,
    pub(super) width: f64,
    pub(super) rows: Vec<f64>,
    pub(super) dearer: f64,
}

/// Ranges of the segments' fill in each of which costs rise ever faster, so that a linear program
/// fills them in order. A convex curve is one range.
pub(super) fn ranges(segments: &[Segment]) -> Vec<Vec<(f64, f64)>> {
    let mut list: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    let mut from = 0;
    while from < segments.len() {
        let group = segments[from].group;
        let to = from + segments[from..].iter().take_while(|s| s.group == group).count();
        let slope = |i: usize| segments[i].dearer / segments[i].width;
        let mut cuts = vec![from];
        cuts.extend(
            (from + 1..to).filter(|i| slope(*i) < slope(*i - 1) - 1e-9 * slope(*i).abs().max(1.0)),
        );
        cuts.push(to);
        let of_group: Vec<Vec<(f64, f64)>> = cuts
            .windows(2)
            .map(|cut| {
                let fill = |i: usize| match i {
                    i if i < cut[0] => (1.0, 1.0),
                    i if i < cut[1] => (0.0, 1.0),
                    _ => (0.0, 0.0),
                };
                (from..to).map(fill).collect()
            })
            .collect();
        let extend = |head: &Vec<(f64, f64)>| {
            let head = head.clone();
            of_group.iter().map(move |tail| head.iter().chain(tail).copied().collect())
        };
        list = list.iter().flat_map(extend).collect();
        from = to;
    }
    list
}
