//! The rows of the model sorted by what a commitment leaves of them, and made fewer.

use super::super::fleets::Owned;
use super::curve::{Curve, Slack};
use super::shares::Shares;
use super::{Alone, Bounding, Check, Held};
use crate::program::Program;
use std::collections::HashMap;

/// A row over more than one column that is not held.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) row: usize,
    pub(super) entries: Vec<(usize, f64)>,
    pub(super) held: Held,
    pub(super) equation: bool,
}

impl Draft {
    pub(super) fn has(&self, column: usize) -> bool {
        self.entries.iter().any(|(c, _)| *c == column)
    }
}

/// What is still to be built. Columns from the model's number on are new ones.
pub(super) struct Plan {
    pub(super) drafts: Vec<Draft>,
    pub(super) checks: Vec<Check>,
    pub(super) bounding: Vec<Bounding>,
    /// Bounds of the new columns.
    pub(super) new: Vec<(f64, f64)>,
}

impl Plan {
    /// Sorts the rows by how many columns are not held.
    pub(super) fn new(program: &Program, is_held: &[bool]) -> Self {
        let mut plan =
            Self { drafts: Vec::new(), checks: Vec::new(), bounding: Vec::new(), new: Vec::new() };
        for (i, row) in program.rows.iter().enumerate() {
            let (held, entries): (Vec<_>, Vec<_>) =
                row.entries.iter().copied().partition(|(column, _)| is_held[*column]);
            let held = Held { entries: held, constant: row.constant };
            let equation = row.equation;
            match entries[..] {
                [] => plan.checks.push(Check { held, equation }),
                [(column, a)] => plan.bounding.push(Bounding { column, a, held, equation }),
                _ => plan.drafts.push(Draft { row: i, entries, held, equation }),
            }
        }
        plan
    }

    /// In how many rows each column of the model stands.
    pub(super) fn count(&self, program: &Program) -> Vec<usize> {
        let mut count = vec![0; program.columns.len() + self.new.len()];
        for (column, _) in self.drafts.iter().flat_map(|draft| &draft.entries) {
            count[*column] += 1;
        }
        count
    }

    /// Rows of shared load, in place of those of slots.
    pub(super) fn share(
        &mut self,
        program: &Program,
        owned: &[Owned],
        is_gone: &mut [bool],
    ) -> Vec<Shares> {
        let mut of_column: HashMap<usize, usize> = HashMap::new();
        for (i, of) in owned.iter().enumerate().filter(|(_, of)| of.load_frac.is_some()) {
            of_column.extend(of.slots.iter().map(|(_, share)| (*share, i)));
        }
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); owned.len()];
        for (d, draft) in self.drafts.iter().enumerate() {
            if let Some(i) = draft.entries.iter().find_map(|(c, _)| of_column.get(c)) {
                rows[*i].push(d);
            }
        }
        let (mut list, mut dropped, mut added) =
            (Vec::new(), vec![false; self.drafts.len()], vec![]);
        for (of, rows) in owned.iter().zip(&rows) {
            let Some(load_frac) = of.load_frac else { continue };
            let (with, without): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|d| self.drafts[**d].has(load_frac));
            let [shared] = without[..] else { continue };
            if with.len() != 2 * of.slots.len() {
                continue;
            }
            for draft in rows {
                dropped[*draft] = true;
            }
            let is_share = |c: usize| of.slots.iter().any(|(_, share)| *share == c);
            let (parts, own): (Vec<_>, Vec<_>) =
                self.drafts[shared].entries.iter().copied().partition(|(c, _)| is_share(*c));
            let each = parts.first().map_or(0.0, |(_, a)| *a);
            let most: f64 = own.iter().map(|(c, a)| a.abs() * program.columns[*c].max).sum();
            let mut loose = Vec::new();
            for n in 1..=of.slots.len() {
                let column = program.columns.len() + self.new.len();
                let far = most + each.abs() * of.slots.len() as f64;
                self.new.push((-far, far));
                loose.push((column, (-far, far)));
                let mut entries = own.clone();
                entries.push((load_frac, each * n as f64));
                entries.push((column, 1.0));
                added.push(Draft { entries, ..self.drafts[shared].clone() });
            }
            of.slots.iter().for_each(|(_, share)| is_gone[*share] = true);
            list.push(Shares { slots: of.slots.clone(), load_frac, loose });
        }
        let mut is_dropped = dropped.into_iter();
        self.drafts.retain(|_| !is_dropped.next().unwrap_or(false));
        self.drafts.extend(added);
        list
    }

    /// The lines of each fleet and step as one curve, where they stand in all rows as one; with the
    /// curve of each such column.
    pub(super) fn curves(
        &mut self,
        program: &Program,
        owned: &[Owned],
        is_gone: &mut [bool],
    ) -> (Vec<Curve>, HashMap<usize, usize>) {
        let mut group: HashMap<usize, usize> = HashMap::new();
        for (i, of) in owned.iter().enumerate() {
            group.extend(of.lines.iter().map(|line| (*line, i)));
        }
        let mut is_one: Vec<bool> = owned.iter().map(|of| !of.lines.is_empty()).collect();
        for draft in &self.drafts {
            for (i, found) in groups(draft, &group) {
                let is_like = found.iter().all(|a| (a - found[0]).abs() <= 1e-9 * a.abs());
                is_one[i] &= is_like && found.len() == owned[i].lines.len();
            }
        }
        let mut number: HashMap<usize, usize> = HashMap::new();
        let mut curves: Vec<Curve> = Vec::new();
        for (i, of) in owned.iter().enumerate().filter(|(i, _)| is_one[*i]) {
            number.insert(i, curves.len());
            let mut lines: Vec<(usize, f64)> =
                of.lines.iter().map(|line| (*line, program.columns[*line].cost)).collect();
            lines.sort_by(|a, b| a.1.total_cmp(&b.1));
            for (line, _) in &lines {
                is_gone[*line] = true;
            }
            let (slacks, limits) = (Vec::new(), Vec::new());
            curves.push(Curve { lines, slacks, limits, first: 0, costs: Vec::new() });
        }
        let curve_of: HashMap<usize, usize> =
            group.iter().filter_map(|(c, i)| Some((*c, *number.get(i)?))).collect();
        let count = self.count(program);
        self.drafts.retain(|draft| {
            let (of_curve, others): (Vec<_>, Vec<_>) =
                draft.entries.iter().copied().partition(|(c, _)| curve_of.contains_key(c));
            let curve = of_curve.first().map(|(c, _)| curve_of[c]);
            let (Some(curve), false) = (curve, draft.equation) else { return true };
            let curve = &mut curves[curve];
            if of_curve.len() != curve.lines.len() {
                return true;
            }
            let a = of_curve[0].1;
            match others[..] {
                [] => {
                    curve.limits.push((a, draft.held.clone()));
                    false
                }
                [(column, b)]
                    if b < 0.0 && count[column] == 1 && program.columns[column].cost >= 0.0 =>
                {
                    is_gone[column] = true;
                    let (cost, held) = (program.columns[column].cost, draft.held.clone());
                    let (slope, size) = (a / -b, -b);
                    curve.slacks.push(Slack { column, cost, slope, held, size });
                    false
                }
                _ => true,
            }
        });
        (curves, curve_of)
    }

    /// Takes out the rows whose columns stand nowhere else.
    pub(super) fn alone(
        &mut self,
        curve_of: &HashMap<usize, usize>,
        is_gone: &mut [bool],
    ) -> Vec<Alone> {
        let mut count: HashMap<usize, usize> = HashMap::new();
        for (column, _) in self.drafts.iter().flat_map(|draft| &draft.entries) {
            *count.entry(*column).or_default() += 1;
        }
        let first_new = is_gone.len();
        let mut list = Vec::new();
        self.drafts.retain(|draft| {
            let is_alone = |(c, _): &(usize, f64)| {
                *c < first_new && count[c] == 1 && !curve_of.contains_key(c)
            };
            if !draft.entries.iter().all(is_alone) {
                return true;
            }
            draft.entries.iter().for_each(|(c, _)| is_gone[*c] = true);
            let Draft { row, entries, held, equation } = draft.clone();
            list.push(Alone { row, entries, held, equation });
            false
        });
        list
    }
}

/// The coefficients of a row by group of columns.
fn groups(draft: &Draft, group: &HashMap<usize, usize>) -> HashMap<usize, Vec<f64>> {
    let mut found: HashMap<usize, Vec<f64>> = HashMap::new();
    for (column, a) in &draft.entries {
        if let Some(i) = group.get(column) {
            found.entry(*i).or_default().push(*a);
        }
    }
    found
}
