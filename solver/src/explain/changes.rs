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
    // What only moves from one asset to another of its class is no change of service.
    let all: Vec<_> = list.clone();
    list.retain(|c| {
        let net = total(&all, c.class);
        net.abs()
            > NEGLIGIBLE * (1.0 + base.shortfall_total(c.class).min(other.shortfall_total(c.class)))
    });
    let price = |c: &Change| ranking.multiple_of_dearest_kwh(c.class);
    list.sort_by(|a, b| {
        price(b).total_cmp(&price(a)).then(b.total.abs().total_cmp(&a.total.abs()))
    });
    list
}

/// How much more a class falls short, all assets together.
pub(super) fn total(list: &[Change], class: ShortfallClass) -> f64 {
    list.iter().filter(|c| c.class == class).map(|c| c.total).sum()
}

/// The same with one line a class; where several assets have a part, `asset` is `all`.
pub(super) fn by_class(list: &[Change]) -> Vec<Change> {
    let mut lines: Vec<Change> = Vec::new();
    for change in list {
        match lines.iter_mut().find(|l| l.class == change.class) {
            Some(line) => {
                line.total += change.total;
                "all".clone_into(&mut line.asset);
            }
            None => lines.push(change.clone()),
        }
    }
    lines
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
