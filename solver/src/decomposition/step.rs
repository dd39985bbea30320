//! One step of the program by itself: what it costs at each commitment, time-coupling rows priced.

use super::fleets::Fleets;
use super::simplex::{Outcome, Tiny};
use crate::program::Program;

/// Stands for no bound.
const FAR: f64 = 1e7;
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

    fn digits(&self, mut state: usize) -> Vec<usize> {
        let mut digits = Vec::new();
        for (_, choices) in self.fleets.iter().rev() {
            digits.push(state % choices.len());
            state /= choices.len();
        }
        digits.reverse();
        digits
    }

    /// The columns of one commitment, for the hull.
    pub(super) fn copy(&self, fleets: &Fleets, state: usize) -> Copy {
        let digits = self.digits(state);
        let mut copy = Copy {
            digits: digits.iter().zip(&self.fleets).map(|(d, (least, _))| d + least).collect(),
            segments: Vec::new(),
            base: Vec::new(),
            local: Vec::new(),
        };
        for (group, points) in fleets.points.iter().enumerate() {
            let members: Vec<usize> = (0..digits.len())
                .filter(|k| fleets.list[*k].group == group && copy.digits[*k] > 0)
                .collect();
            if members.is_empty() {
                continue;
            }
            let load = fleets.load_frac.as_ref().filter(|(of, _)| *of == group);
            let (digits, members) = (&digits, &members);
            let at = |q: usize| {
                let of_fleets = members
                    .iter()
                    .flat_map(|k| self.fleets[*k].1[digits[*k]].columns[q].iter().copied());
                let of_load = load.map(|(_, columns)| (columns[self.t], points[q]));
                of_fleets.chain(of_load).collect::<Vec<(usize, f64)>>()
            };
            copy.base.extend(at(0));
            for q in 0..points.len() - 1 {
                let mut change = at(q + 1);
                change.extend(at(q).into_iter().map(|(c, v)| (c, -v)));
                copy.segments.push(change);
            }
        }
        copy.local = self
            .free
            .iter()
            .zip(&self.in_rows)
            .filter(|(_, used)| **used)
            .map(|(c, _)| *c)
            .collect();
        copy
    }

    /// The rows of one commitment: of its segments, of its local columns, at the segments' starts,
    /// and whether it is an equation.
    pub(super) fn copied_rows(&self, fleets: &Fleets, state: usize) -> Vec<CopiedRow> {
        let digits = self.digits(state);
        let (base, segments) = self.segments(fleets, None, &digits);
        let place: Vec<usize> = self
            .in_rows
            .iter()
            .scan(0, |next, used| {
                let here = *next;
                *next += usize::from(*used);
                Some(here)
            })
            .collect();
        let rows = self.rows.iter().enumerate();
        rows.map(|(r, row)| {
            let of_segments =
                segments.iter().enumerate().map(|(z, s)| (z, s.rows[r])).filter(|(_, a)| *a != 0.0);
            let of_local = row.free.iter().map(|(i, a)| (place[*i], *a));
            (of_segments.collect(), of_local.collect(), row.constant + base.1[r], row.equation)
        })
        .collect()
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

    /// The least cost at a commitment, given as an index into each fleet's choices, or a lower bound
    /// of it; `None` if it cannot be. With `loads`, the load fraction of each group is written there.
    pub(super) fn value(
        &self,
        fleets: &Fleets,
        cost: &[f64],
        fleet_costs: &[Vec<Vec<f64>>],
        state: &[usize],
        lp: &mut Tiny,
        mut loads: Option<&mut Vec<f64>>,
    ) -> Option<f64> {
        let ((base_cost, base), segments) = self.segments(fleets, Some((cost, fleet_costs)), state);
        let mut best: Option<f64> = None;
        for range in ranges(&segments) {
            let Some(value) = self.value_within(cost, &segments, &range, &base, lp) else {
                continue;
            };
            if best.is_none_or(|b| value < b) {
                best = Some(value);
                if let Some(loads) = loads.as_deref_mut() {
                    loads.clear();
                    loads.resize(fleets.points.len(), 0.0);
                    for (z, segment) in segments.iter().enumerate() {
                        loads[segment.group] += lp.value_of(z) * segment.width;
                    }
                }
            }
        }
        best.map(|value| base_cost + value)
    }

    /// The segments of a commitment, and what their starts cost and add to each row. Without costs
    /// only the rows count.
    fn segments(
        &self,
        fleets: &Fleets,
        costs: Option<(&[f64], &[Vec<Vec<f64>>])>,
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

/// The columns of a commitment.
#[derive(Debug)]
pub(super) struct Copy {
    /// Sets that run, by fleet.
    pub(super) digits: Vec<usize>,
    /// For each segment: what its filling changes.
    pub(super) segments: Vec<Vec<(usize, f64)>>,
    /// What stands at the segments' starts.
    pub(super) base: Vec<(usize, f64)>,
    /// Other columns in rows of the step, with their bounds.
    pub(super) local: Vec<(usize, f64, f64)>,
}

/// See [`Step::copied_rows`].
pub(super) type CopiedRow = (Vec<(usize, f64)>, Vec<(usize, f64)>, f64, bool);

/// A stretch of a group's load fraction.
#[derive(Debug)]
struct Segment {
    group: usize,
    width: f64,
    rows: Vec<f64>,
    dearer: f64,
}

/// Ranges of the segments' fill in each of which costs rise ever faster, so that a linear program
/// fills them in order. A convex curve is one range.
fn ranges(segments: &[Segment]) -> Vec<Vec<(f64, f64)>> {
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
