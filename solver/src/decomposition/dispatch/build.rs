//! From the rows of the model to those of the small program.

use super::super::fleets::Fleets;
use super::draft::{Draft, Plan};
use super::{Curve, Dispatch, Joint, Part};
use crate::backend::Linear;
use crate::error::BackendFailure;
use crate::program::{Program, ProgramColumn, ProgramRow};
use std::collections::HashMap;

/// Coefficients of rows that are one are alike to this share.
const LIKE: f64 = 1e9;

impl Dispatch {
    /// The small program of a model whose fleets a commitment holds.
    pub(in super::super) fn new(
        program: &Program,
        fleets: &Fleets,
        seed: u32,
    ) -> Result<Self, BackendFailure> {
        let owned = fleets.owned();
        let mut is_held = vec![false; program.columns.len()];
        for column in owned.iter().flat_map(|of| &of.held) {
            is_held[*column] = true;
        }
        let mut plan = Plan::new(program, &is_held);
        let mut is_gone = is_held.clone();
        let mut shares = plan.share(program, &owned, &mut is_gone);
        let (mut curves, curve_of) = plan.curves(program, &owned, &mut is_gone);
        let alone = plan.alone(&curve_of, &mut is_gone);
        let count = plan.count(program);
        let idle: Vec<usize> =
            (0..program.columns.len()).filter(|c| !is_gone[*c] && count[*c] == 0).collect();
        for column in &idle {
            is_gone[*column] = true;
        }
        let mut small = Program { columns: Vec::new(), rows: Vec::new(), steps: program.steps };
        let mut places: Vec<Option<usize>> = vec![None; program.columns.len() + plan.new.len()];
        for (at, column) in program.columns.iter().enumerate() {
            if !is_gone[at] {
                places[at] = Some(small.columns.len());
                small.columns.push(ProgramColumn { integer: false, ..*column });
            }
        }
        for (i, bounds) in plan.new.iter().enumerate() {
            places[program.columns.len() + i] = Some(small.columns.len());
            small.columns.push(blank(*bounds));
        }
        for curve in &mut curves {
            curve.first = small.columns.len();
            curve.costs = vec![0.0; curve.stretches()];
            small.columns.extend((0..curve.stretches()).map(|_| blank((0.0, 0.0))));
        }
        let joints = joined(&plan.drafts, &curve_of)
            .into_iter()
            .map(|parts| add(&mut small, &plan.drafts, &parts, (&places, &curves, &curve_of)))
            .collect();
        for loose in shares.iter_mut().flat_map(|of| &mut of.loose) {
            loose.0 = places[loose.0].unwrap_or(loose.0);
        }
        places.truncate(program.columns.len());
        Ok(Self {
            linear: Linear::new(&small, true, seed)?,
            costs: program.columns.iter().map(|c| c.cost).collect(),
            is_held,
            places,
            checks: plan.checks,
            bounding: plan.bounding,
            curves,
            shares,
            alone,
            idle,
            joints,
            rows: program.rows.len(),
            bounds: small.columns.iter().map(|c| (c.min, c.max)).collect(),
        })
    }
}

fn blank((min, max): (f64, f64)) -> ProgramColumn {
    ProgramColumn { min, max, cost: 0.0, integer: false, step: None }
}

/// Rows that are one but for what is held, each with its factor to the first.
fn joined(drafts: &[Draft], curve_of: &HashMap<usize, usize>) -> Vec<Vec<(usize, f64)>> {
    let mut known: HashMap<Vec<(usize, u64)>, usize> = HashMap::new();
    let mut list: Vec<Vec<(usize, f64)>> = Vec::new();
    let size = |draft: &Draft| draft.entries[0].1.abs();
    for (d, draft) in drafts.iter().enumerate() {
        let has_curve = draft.entries.iter().any(|(c, _)| curve_of.contains_key(c));
        if draft.equation || has_curve {
            list.push(vec![(d, 1.0)]);
            continue;
        }
        // Of a whole number the bits tell as much: equal numbers are equal keys, and no cast is needed.
        let scaled = |a: f64| ((a / size(draft) * LIKE).round() + 0.0).to_bits();
        let key = draft.entries.iter().map(|(c, a)| (*c, scaled(*a))).collect();
        let next = list.len();
        let place = *known.entry(key).or_insert(next);
        if place == next {
            list.push(vec![(d, 1.0)]);
        } else {
            let first = size(&drafts[list[place][0].0]);
            list[place].push((d, first / size(draft)));
        }
    }
    list
}

/// Adds a row to the small program.
fn add(
    small: &mut Program,
    drafts: &[Draft],
    parts: &[(usize, f64)],
    (places, curves, curve_of): (&[Option<usize>], &[Curve], &HashMap<usize, usize>),
) -> Joint {
    let curves_in = |draft: &Draft| {
        let mut found: Vec<(usize, f64)> =
            draft.entries.iter().filter_map(|(c, a)| Some((*curve_of.get(c)?, *a))).collect();
        found.sort_by_key(|(curve, _)| *curve);
        found.dedup_by_key(|(curve, _)| *curve);
        found
    };
    let first = &drafts[parts[0].0];
    let mut entries: Vec<(usize, f64)> = Vec::new();
    for (column, a) in &first.entries {
        if let Some(place) = places[*column].filter(|_| !curve_of.contains_key(column)) {
            entries.push((place, *a));
        }
    }
    for (curve, a) in curves_in(first) {
        let curve = &curves[curve];
        entries.extend((curve.first..curve.first + curve.stretches()).map(|s| (s, a)));
    }
    let parts: Vec<Part> = parts
        .iter()
        .map(|(d, scale)| {
            let draft = &drafts[*d];
            let (held, curves) = (draft.held.clone(), curves_in(draft));
            Part { row: draft.row, scale: *scale, held, curves }
        })
        .collect();
    let is_plain = |part: &Part| part.held.entries.is_empty() && part.curves.is_empty();
    let (mut column, mut constant) = (None, 0.0);
    if parts.iter().all(is_plain) {
        let each = parts.iter().map(|part| part.scale * part.held.constant);
        constant = each.fold(f64::NEG_INFINITY, f64::max);
    } else {
        column = Some(small.columns.len());
        entries.push((small.columns.len(), 1.0));
        small.columns.push(blank((0.0, 0.0)));
    }
    let (equation, name) = (first.equation, String::new());
    small.rows.push(ProgramRow { entries, constant, equation, detail: false, name });
    Joint { parts, column }
}
