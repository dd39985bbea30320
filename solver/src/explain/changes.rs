//! In which shortfalls two plans of one problem differ.

use super::answer::Change;
use crate::plan::Plan;
use crate::rank::{Ranking, ShortfallClass};
use std::collections::BTreeMap;

/// Differences below this share of one more than the shortfall are the solver's arithmetic.
const NEGLIGIBLE: f64 = 0.01;

/// What falls short more, or less, in `other` than in `base`: the highest rank first.
pub(super) fn changes(ranking: &Ranking, base: &Plan, other: &Plan) -> Vec<Change> {
    let mut totals: BTreeMap<(ShortfallClass, &str), (f64, f64)> = BTreeMap::new();
    for s in &base.shortfalls {
        totals.entry((s.class, &s.asset)).or_default().0 += s.total;
    }
    for s in &other.shortfalls {
        totals.entry((s.class, &s.asset)).or_default().1 += s.total;
    }
    let differ =
        totals.into_iter().filter(|(_, (a, b))| (a - b).abs() > NEGLIGIBLE * (1.0 + a.min(*b)));
    let mut list: Vec<Change> = differ
        .map(|((class, asset), (a, b))| Change {
            class,
            asset: asset.to_owned(),
            unit: class.unit().to_owned(),
            total: b - a,
        })
        .collect();
    let price = |c: &Change| ranking.multiple_of_dearest_kwh(c.class);
    list.sort_by(|a, b| {
        price(b).total_cmp(&price(a)).then(b.total.abs().total_cmp(&a.total.abs()))
    });
    list
}

/// The step in which a class falls short most beyond `base`.
pub(super) fn worst_step(base: &Plan, other: &Plan, class: ShortfallClass) -> Option<usize> {
    let of = |plan: &Plan, t: usize| {
        plan.shortfalls.iter().filter(|s| s.class == class).map(|s| s.by_step[t]).sum::<f64>()
    };
    let more = |t: &usize| of(other, *t) - of(base, *t);
    (0..other.grid.len())
        .filter(|t| more(t) > 0.0)
        .max_by(|a, b| more(a).total_cmp(&more(b)).then(b.cmp(a)))
}
