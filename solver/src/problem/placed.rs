//! Loads that a plan places: when heat is asked for, and when batches may start.

use super::Problem;

/// Hours that differ by less are the same.
const SAME_H: f64 = 1e-6;

/// Batches of one kind on one local day of the horizon.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchDay {
    /// Steps with which the plan may start batches.
    pub(crate) steps: Vec<usize>,
    /// The step in which what was not run is booked.
    pub(crate) due: usize,
    /// Most batches that may still start.
    pub(crate) left: u32,
    /// Batches asked for: all that are left where the window ends within the horizon, and else the
    /// share of its remaining hours that lies within, rounded down.
    pub(crate) asked: u32,
}

impl Problem {
    /// The steps at whose end a thermal store's ready time has come: the last ones that end no later.
    pub(crate) fn heat_ready_steps(&self, id: &str) -> Vec<usize> {
        let Some(store) = self.site.thermal_store.get(id) else {
            return Vec::new();
        };
        let grid = &self.grid;
        let is_ready = |t: &usize| {
            let from_h = grid.local_h(t + 1);
            let length_h = if t + 1 < grid.len() { grid.dt_h(t + 1) } else { SAME_H };
            let mut after = store.ready_at_h.iter().map(|hour| (hour - from_h).rem_euclid(24.0));
            after.any(|h| {
                let now = !(SAME_H..=24.0 - SAME_H).contains(&h);
                now || h < length_h - SAME_H
            })
        };
        (0..grid.len()).filter(is_ready).collect()
    }

    /// The steps, from `first` on, in which work runs that begins with step `first` and takes
    /// `length_h`, each with the share of the step in which it does.
    fn runs_in(&self, first: usize, length_h: f64) -> Vec<(usize, f64)> {
        let mut runs = Vec::new();
        let mut left_h = length_h;
        for of in first..self.grid.len() {
            let dt = self.grid.dt_h(of);
            if left_h <= SAME_H * dt {
                break;
            }
            runs.push((of, (left_h / dt).min(1.0)));
            left_h -= dt;
        }
        runs
    }

    /// The steps in which a batch runs that starts with step `start`, with the shares of them.
    pub(crate) fn batch_runs_in(&self, id: &str, start: usize) -> Vec<(usize, f64)> {
        self.site.batch.get(id).map_or_else(Vec::new, |b| self.runs_in(start, b.batch_h))
    }

    /// For each step, how many batches from before the horizon run in it: by the share of the step in
    /// which they do, and whole.
    pub(crate) fn batches_before(&self, id: &str) -> Vec<(f64, f64)> {
        let mut before = vec![(0.0, 0.0); self.grid.len()];
        for left_h in self.start.batch(id).running_left_h {
            for (of, share) in self.runs_in(0, left_h) {
                before[of].0 += share;
                before[of].1 += 1.0;
            }
        }
        before
    }

    /// Of lawful starts those of a machine that never rests: from the first one on, and from the end of
    /// each batch that runs already. That is choice enough, misses no batch for want of a machine, and
    /// keeps the search small.
    fn one_after_another(&self, id: &str, lawful: &[usize]) -> Vec<usize> {
        let ended = |runs: Vec<(usize, f64)>| runs.last().map_or(0, |(of, _)| of + 1);
        let before = self.start.batch(id).running_left_h;
        let mut free_from: Vec<usize> =
            before.iter().map(|left_h| ended(self.runs_in(0, *left_h))).collect();
        free_from.push(0);
        let mut steps = Vec::new();
        for mut free in free_from {
            for t in lawful {
                if *t >= free {
                    steps.push(*t);
                    free = ended(self.batch_runs_in(id, *t));
                }
            }
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// The local days of the horizon on which a kind of batch may run.
    pub(crate) fn batch_days(&self, id: &str) -> Vec<BatchDay> {
        let Some(batch) = self.site.batch.get(id) else {
            return Vec::new();
        };
        let grid = &self.grid;
        let total_h = grid.total_h();
        let mut days = Vec::new();
        for (number, all) in grid.steps_by_day().iter().enumerate() {
            let may_start = |t: &usize| {
                let hour = grid.local_h(*t);
                hour >= batch.from_h - SAME_H
                    && hour + batch.batch_h <= batch.to_h + SAME_H
                    && grid.offset_h(*t) + batch.batch_h <= total_h + SAME_H
                    && self
                        .runs_in(*t, batch.batch_h)
                        .iter()
                        .all(|(of, _)| self.is_available("batch", id, *of))
            };
            let lawful: Vec<usize> = all.iter().copied().filter(may_start).collect();
            let steps = self.one_after_another(id, &lawful);
            let within = |t: &&usize| grid.local_h(**t) < batch.to_h - SAME_H;
            let (Some(first), Some(due)) = (all.first(), all.iter().rfind(within)) else {
                continue;
            };
            let mut left = batch.per_day;
            if number == 0 {
                let before = self.start.batch(id);
                let running = u32::try_from(before.running_left_h.len()).unwrap_or(u32::MAX);
                let begun = before.done_today.saturating_add(running);
                left = left.saturating_sub(begun);
            }
            let begin_h = grid.local_h(*first).max(batch.from_h);
            // A step belongs to the day that it starts in, so its end may lie on the next one.
            let end_h = grid.local_h(*due) + grid.dt_h(*due);
            let share = ((end_h - begin_h) / (batch.to_h - begin_h)).clamp(0.0, 1.0);
            let asked = if end_h >= batch.to_h - SAME_H {
                left
            } else if steps.is_empty() {
                0
            } else {
                let part = f64::from(left) * share + SAME_H;
                (0..=left).rev().find(|n| f64::from(*n) <= part).unwrap_or(0)
            };
            days.push(BatchDay { steps, due: *due, left, asked });
        }
        days
    }
}
