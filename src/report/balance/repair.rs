//! What a level sensor shows that is no loss: standing still, noise, deliveries.

use super::Delivery;
use crate::report::fit::median;

/// A level that stands still for this many slots at least, while more is burnt than its steps are wide.
const STUCK_SLOTS: usize = 6;
const STUCK_STEPS: f64 = 3.0;
/// The same, share of the capacity.
const STUCK_FRAC: f64 = 0.001;
/// A rise by more than this is a delivery: share of the capacity, and times the noise.
const DELIVERY_FRAC: f64 = 0.01;
const DELIVERY_NOISE: f64 = 8.0;
/// Slots before and after that a rise is measured by.
const SIDE: usize = 12;

/// Takes out stretches in which the level stood still while fuel was burnt; how many slots.
pub(super) fn drop_stuck(level: &mut [Option<f64>], expected_l: &[f64], capacity_l: f64) -> u64 {
    let pairs = level.windows(2).filter_map(|w| Some((w[0]? - w[1]?).abs()));
    let step_l = pairs.filter(|d| *d > 1e-9).fold(f64::INFINITY, f64::min);
    let most_l =
        (STUCK_STEPS * if step_l.is_finite() { step_l } else { 0.0 }).max(STUCK_FRAC * capacity_l);
    let (mut dropped, mut at) = (0, 0);
    while at < level.len() {
        let Some(value) = level[at] else {
            at += 1;
            continue;
        };
        let same = |l: &Option<f64>| l.is_none_or(|l| (l - value).abs() <= 1e-9);
        let mut end = at + level[at..].iter().take_while(|l| same(l)).count();
        while end > at + 1 && level[end - 1].is_none() {
            end -= 1;
        }
        let burnt_l: f64 = expected_l[at..end].iter().sum();
        if end - at >= STUCK_SLOTS && burnt_l > most_l {
            for slot in &mut level[at + 1..end] {
                dropped += u64::from(slot.take().is_some());
            }
        }
        at = end;
    }
    dropped
}

/// Noise of a slot, L: from second differences, which no steady loss moves.
pub(super) fn noise_l(balance: &[Option<f64>]) -> f64 {
    let bends = balance.windows(3).filter_map(|w| Some((w[0]? - 2.0 * w[1]? + w[2]?).abs()));
    // The second difference of white noise has a variance of 1 + 4 + 1.
    median(bends.collect()).map_or(0.0, |m| 1.4826 * m / 6.0_f64.sqrt())
}

/// Takes deliveries out of the balance: the slots of the rise go, what stands after is lowered.
pub(super) fn take_deliveries(
    balance: &mut [Option<f64>],
    noise_l: f64,
    capacity_l: f64,
) -> Vec<Delivery> {
    let threshold_l = (DELIVERY_FRAC * capacity_l).max(DELIVERY_NOISE * noise_l);
    let known: Vec<usize> = (0..balance.len()).filter(|i| balance[*i].is_some()).collect();
    let values: Vec<f64> = known.iter().filter_map(|i| balance[*i]).collect();
    let n = values.len();
    let middle = |from: usize, to: usize| median(values[from..to].to_vec()).unwrap_or(0.0);
    // Across the gap between value i and value i + 1.
    let rise_l = |i: usize| {
        let (from, to) = ((i + 1).saturating_sub(SIDE), (i + 1 + SIDE).min(n));
        middle(i + 1, to) - middle(from, i + 1)
    };
    let rises: Vec<f64> = (0..n.saturating_sub(1)).map(rise_l).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < rises.len() {
        if rises[at] <= threshold_l {
            at += 1;
            continue;
        }
        let low = |r: &&f64| **r > threshold_l / 4.0;
        let first = at - rises[..at].iter().rev().take_while(low).count();
        let last = at + rises[at..].iter().take_while(low).count();
        // Values first + 1 ..= last - 1 may lie on the way up; SIDE beyond are clean.
        let (before, after) = (first.saturating_sub(SIDE), (last + 1 + SIDE).min(n));
        let delivered_l = middle(last.min(n - 1), after) - middle(before, first + 1);
        let error_l = noise_l * (std::f64::consts::PI / SIDE as f64).sqrt();
        if delivered_l > threshold_l {
            found.push(Delivery {
                from: known[first],
                to: known[last.min(n - 1)],
                delivered_l,
                error_l,
            });
        }
        at = last + 1;
    }
    for delivery in &found {
        for (i, value) in balance.iter_mut().enumerate().skip(delivery.from + 1) {
            *value = value.filter(|_| i >= delivery.to).map(|v| v - delivery.delivered_l);
        }
    }
    found
}
