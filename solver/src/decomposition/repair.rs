//! Makes a path of counts keep the least times on and off.

use crate::lowered::Fleet;

const TOLERANCE_H: f64 = 1e-9;
/// Rounds of filling and playing; each can only add running hours.
const ROUNDS: usize = 4;

/// The counts nearest above `wanted` that sets of the fleet can follow: short rests are run through
/// and runs are made long enough. What cannot be is left to the program to refuse.
pub(crate) fn repair(fleet: &Fleet, offset_h: &[f64], wanted: &[usize]) -> Vec<usize> {
    let mut counts = wanted.to_vec();
    for _ in 0..ROUNDS {
        let filled = fill_rests(fleet, offset_h, &counts);
        let played = play(fleet, offset_h, &filled);
        if played == counts {
            break;
        }
        counts = played;
    }
    counts
}

/// Runs through rests that are shorter than the least time off.
fn fill_rests(fleet: &Fleet, offset_h: &[f64], counts: &[usize]) -> Vec<usize> {
    let mut filled = counts.to_vec();
    let at = |t: usize| if t == 0 { fleet.running_at_start() } else { counts[t - 1] };
    for t in 0..counts.len() {
        if counts[t] >= at(t) || !fleet.available[t] {
            continue;
        }
        // A rest begins at t. Where does the count come back within the least time?
        let level = at(t);
        let back = (t + 1..counts.len())
            .take_while(|u| offset_h[*u] - offset_h[t] + TOLERANCE_H < fleet.min_down_h)
            .find(|u| counts[*u] > counts[t]);
        if let Some(back) = back {
            let height = level.min(counts[back]);
            for count in &mut filled[t..back] {
                *count = (*count).max(height);
            }
        }
    }
    filled
}

/// Lets sets follow the counts, the longest standing starting first: one that has not run for its
/// least time runs on.
fn play(fleet: &Fleet, offset_h: &[f64], counts: &[usize]) -> Vec<usize> {
    let mut since: Vec<(bool, f64)> =
        fleet.units.iter().map(|u| (u.start.running, -u.start.for_h)).collect();
    let mut played = Vec::with_capacity(counts.len());
    for (t, wanted) in counts.iter().enumerate() {
        let now = offset_h[t];
        if !fleet.available[t] {
            for set in since.iter_mut().filter(|s| s.0) {
                *set = (false, now);
            }
            played.push(0);
            continue;
        }
        loop {
            let running = since.iter().filter(|s| s.0).count();
            let (change_to, least_h) = match running.cmp(wanted) {
                std::cmp::Ordering::Equal => break,
                std::cmp::Ordering::Less => (true, fleet.min_down_h),
                std::cmp::Ordering::Greater => (false, fleet.min_up_h),
            };
            let free = since
                .iter_mut()
                .filter(|s| s.0 != change_to && now - s.1 + TOLERANCE_H >= least_h)
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some(set) = free else { break };
            *set = (change_to, now);
        }
        played.push(since.iter().filter(|s| s.0).count());
    }
    played
}
