//! The anchors of a book: one mean of the balance a day, with its error.

use super::Book;
use crate::report::fit::median;

/// Share of a window's slots that must be known.
const LEAST_SHARE: f64 = 0.4;
/// Readings of neighbouring slots err together (waves, temperature): their mean is worse than that of
/// independent ones by this factor.
const TOGETHER: f64 = 1.5;

/// An anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    pub(super) day: i64,
    pub(super) balance_l: f64,
    pub(super) error_l: f64,
    /// Expected litres up to it.
    pub(super) so_far_l: f64,
    /// Its middle slot.
    pub(super) slot: usize,
}

pub(super) fn anchors(
    book: &Book,
    balance: &[Option<f64>],
    noise_l: f64,
    so_far_l: &[f64],
) -> Vec<Anchor> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < balance.len() {
        let Some(day) = book.anchor_day[at] else {
            at += 1;
            continue;
        };
        let end = at + book.anchor_day[at..].iter().take_while(|d| **d == Some(day)).count();
        let known: Vec<(usize, f64)> =
            (at..end).filter_map(|i| balance[i].map(|b| (i, b))).collect();
        if known.len() as f64 >= LEAST_SHARE * (end - at) as f64
            && let Some(middle) = median(known.iter().map(|k| k.1).collect())
        {
            let spread = median(known.iter().map(|k| (k.1 - middle).abs()).collect());
            let scale = (1.4826 * spread.unwrap_or(0.0)).max(noise_l).max(1e-9);
            let near: Vec<_> =
                known.iter().filter(|k| (k.1 - middle).abs() <= 3.0 * scale).collect();
            let n = near.len() as f64;
            let slot = near.iter().map(|k| k.0).sum::<usize>() / near.len().max(1);
            found.push(Anchor {
                day,
                balance_l: near.iter().map(|k| k.1).sum::<f64>() / n,
                error_l: TOGETHER * scale / n.sqrt(),
                so_far_l: near.iter().map(|k| so_far_l[k.0]).sum::<f64>() / n,
                slot,
            });
        }
        at = end;
    }
    found
}
