//! A step's columns and rows at one commitment, as numbers, for a program that mixes some.

use super::super::fleets::Fleets;
use super::Step;

/// The columns of a commitment.
#[derive(Debug)]
pub(in crate::decomposition) struct Copy {
    /// Sets that run, by fleet.
    pub(in crate::decomposition) digits: Vec<usize>,
    /// For each segment: what its filling changes.
    pub(in crate::decomposition) segments: Vec<Vec<(usize, f64)>>,
    /// What stands at the segments' starts.
    pub(in crate::decomposition) base: Vec<(usize, f64)>,
    /// Other columns in rows of the step, with their bounds.
    pub(in crate::decomposition) local: Vec<(usize, f64, f64)>,
}

/// See [`Step::copied_rows`].
pub(in crate::decomposition) type CopiedRow = (Vec<(usize, f64)>, Vec<(usize, f64)>, f64, bool);

impl Step {
    /// The columns of one commitment, for the hull.
    pub(in crate::decomposition) fn copy(&self, fleets: &Fleets, state: usize) -> Copy {
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
    pub(in crate::decomposition) fn copied_rows(
        &self,
        fleets: &Fleets,
        state: usize,
    ) -> Vec<CopiedRow> {
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
}
