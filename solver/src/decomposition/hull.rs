//! Better prices: a linear program over a few commitments of each step, mixed.
//!
//! ```text
//! every step: copies of its columns for each kept commitment s, all scaled by a share m[t,s]
//!             rows of the step hold for each copy, sum_s m[t,s] = 1
//! between steps: the rows of the program, on the sums over the copies
//! ```
//!
//! Its value is no bound, because commitments are left out; its prices are good ones.

use super::bound::Cut;
use super::path::Ways;
use super::step::{Copy, Step};
use crate::program::{Program, ProgramColumn, ProgramRow};

/// Commitments of a step that are kept, beside those of the path around it.
const CHEAPEST: usize = 3;
/// Steps before and after whose commitments on the path are kept.
const AROUND: usize = 2;

/// The program that mixes the kept commitments of each step; the rows between steps come first, in
/// the order of the cut.
pub(super) fn hull(cut: &Cut, program: &Program, kept: &[Vec<usize>]) -> Program {
    let mut columns: Vec<ProgramColumn> = Vec::new();
    let mut rows: Vec<ProgramRow> = Vec::new();
    let add = |columns: &mut Vec<ProgramColumn>, min: f64, max: f64, cost: f64| {
        columns.push(ProgramColumn { min, max, cost, integer: false, step: None });
        columns.len() - 1
    };
    // What a column of the program is made of here: coefficients of new columns, and a constant.
    let mut made: Vec<Vec<(usize, f64)>> = vec![Vec::new(); program.columns.len()];
    let mut fixed: Vec<f64> = vec![0.0; program.columns.len()];
    let mut counts: Vec<Vec<Vec<(usize, f64)>>> = Vec::new();
    for (step, kept) in cut.steps.iter().zip(kept) {
        for (column, value) in step.held() {
            fixed[*column] = *value;
        }
        for (column, lo, hi) in step.loose() {
            let new = add(&mut columns, lo, hi, program.columns[column].cost);
            made[column].push((new, 1.0));
        }
        let mut one = Vec::new();
        let mut of_fleets = vec![Vec::new(); cut.fleets.list.len()];
        for state in kept {
            let share = add(&mut columns, 0.0, 1.0, 0.0);
            one.push((share, 1.0));
            let Copy { digits, segments, base, local } = step.copy(&cut.fleets, *state);
            for (k, n) in digits.iter().enumerate().filter(|(_, n)| **n > 0) {
                of_fleets[k].push((share, *n as f64));
            }
            let mut new_of_local = Vec::new();
            for (column, lo, hi) in &local {
                let new =
                    add(&mut columns, lo.min(0.0), hi.max(0.0), program.columns[*column].cost);
                rows.push(row(vec![(new, 1.0), (share, -hi)], 0.0, false));
                if *lo != 0.0 {
                    rows.push(row(vec![(new, -1.0), (share, *lo)], 0.0, false));
                }
                made[*column].push((new, 1.0));
                new_of_local.push(new);
            }
            let mut new_of_segment = Vec::new();
            for (column, value) in &base {
                made[*column].push((share, *value));
                columns[share].cost += program.columns[*column].cost * value;
            }
            for changes in &segments {
                let cost = changes.iter().map(|(c, v)| program.columns[*c].cost * v).sum();
                let new = add(&mut columns, 0.0, 1.0, cost);
                rows.push(row(vec![(new, 1.0), (share, -1.0)], 0.0, false));
                for (column, value) in changes {
                    made[*column].push((new, *value));
                }
                new_of_segment.push(new);
            }
            for (of_segments, of_local, at_base, equation) in step.copied_rows(&cut.fleets, *state)
            {
                let mut entries: Vec<(usize, f64)> = Vec::new();
                entries.extend(of_segments.iter().map(|(z, a)| (new_of_segment[*z], *a)));
                entries.extend(of_local.iter().map(|(i, a)| (new_of_local[*i], *a)));
                entries.push((share, at_base));
                rows.push(row(entries, 0.0, equation));
            }
        }
        rows.push(row(one, -1.0, true));
        counts.push(of_fleets);
    }
    for column in &cut.loose {
        let c = &program.columns[*column];
        let new = add(&mut columns, c.min, c.max, c.cost);
        made[*column].push((new, 1.0));
    }
    for (k, fleet) in cut.fleets.list.iter().enumerate() {
        for (t, (started, stopped)) in fleet.changes.iter().enumerate() {
            let mut entries = counts[t][k].clone();
            let mut constant = 0.0;
            match t.checked_sub(1) {
                Some(before) => entries.extend(counts[before][k].iter().map(|(c, n)| (*c, -n))),
                None => constant -= fleet.running_at_start as f64,
            }
            for (column, sign) in [(started, -1.0), (stopped, 1.0)] {
                let c = &program.columns[*column];
                let new = add(&mut columns, c.min, c.max, c.cost);
                made[*column].push((new, 1.0));
                entries.push((new, sign));
            }
            rows.push(row(entries, constant, true));
        }
    }
    let mut priced = between(cut, program, &made, &fixed);
    priced.extend(rows);
    Program { columns, rows: priced, steps: 0 }
}

fn row(entries: Vec<(usize, f64)>, constant: f64, equation: bool) -> ProgramRow {
    ProgramRow { entries, constant, equation, detail: false, name: String::new() }
}

/// The rows between steps, on what the program's columns are made of.
fn between(
    cut: &Cut,
    program: &Program,
    made: &[Vec<(usize, f64)>],
    fixed: &[f64],
) -> Vec<ProgramRow> {
    let mut priced: Vec<ProgramRow> = Vec::new();
    for old in cut.priced.iter().map(|i| &program.rows[*i]) {
        let mut entries: Vec<(usize, f64)> = Vec::new();
        let mut constant = old.constant;
        for (column, a) in &old.entries {
            constant += a * fixed[*column];
            entries.extend(made[*column].iter().map(|(new, b)| (*new, a * b)));
        }
        entries.sort_unstable_by_key(|(c, _)| *c);
        entries.dedup_by(|b, a| {
            let same = a.0 == b.0;
            if same {
                a.1 += b.1;
            }
            same
        });
        priced.push(row(entries, constant, old.equation));
    }
    priced
}

/// The commitments to keep: those of the path around each step, and the cheapest ones.
pub(super) fn keep(steps: &[Step], ways: &Ways, kept: &mut Vec<Vec<usize>>) {
    kept.resize(steps.len(), Vec::new());
    for (t, kept) in kept.iter_mut().enumerate() {
        let near = t.saturating_sub(AROUND)..(t + AROUND + 1).min(steps.len());
        let around = near.filter_map(|u| steps[t].state_of(&ways.path.counts[u]));
        let mut cheapest: Vec<(f64, usize)> =
            ways.through[t].iter().copied().enumerate().map(|(s, v)| (v, s)).collect();
        cheapest.sort_by(|a, b| a.0.total_cmp(&b.0));
        let cheapest = cheapest.iter().take(CHEAPEST).filter(|(v, _)| v.is_finite());
        for state in around.chain(cheapest.map(|(_, s)| *s)) {
            if ways.through[t][state].is_finite() && !kept.contains(&state) {
                kept.push(state);
            }
        }
    }
}
