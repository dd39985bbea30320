//! Whole trains near a relaxed plan.

use super::{NEAR_H, TreatmentBlock};
use crate::block::rounding::{Diffusion, top_up};

impl TreatmentBlock {
    /// Trains of each step near a relaxed plan, given as train-hours of each step. A line with a
    /// least run gets one block a day; others follow by error diffusion.
    pub(super) fn rounded(&self, relaxed_h: &[f64]) -> Vec<f64> {
        let mut trains = vec![0.0; relaxed_h.len()];
        if self.line.min_run_h > 0.0 {
            for steps in &self.steps_by_day {
                self.day_block(steps, relaxed_h, &mut trains);
            }
            self.finish_young(&mut trains);
            return trains;
        }
        let mut diffusion = Diffusion::from(self.line.running_at_start);
        for (t, relaxed_h) in relaxed_h.iter().enumerate() {
            let may = if self.line.available[t] { self.line.trains } else { 0.0 };
            trains[t] = diffusion.step(*relaxed_h, self.dt_h[t], 0.0, may);
        }
        let may =
            |t: usize, trains: &[f64]| self.line.available[t] && trains[t] + 0.5 < self.line.trains;
        top_up(&mut trains, relaxed_h, &self.dt_h, may);
        trains
    }

    /// Puts the day's train-hours into the one block that a relaxed plan uses most; ties go to the
    /// earlier. Where outages leave no room for one, into the steps that are left, in order.
    fn day_block(&self, steps: &[usize], relaxed_h: &[f64], trains: &mut [f64]) {
        let line = &self.line;
        let train_h: f64 = steps.iter().map(|t| relaxed_h[*t]).sum();
        if train_h < 1e-6 {
            return;
        }
        let at_once = (train_h / line.min_run_h).floor().clamp(1.0, line.trains);
        let need_h = (train_h / at_once).max(line.min_run_h) - 1e-6;
        let block = |first: usize| {
            let mut length_h = 0.0;
            let end = (first..steps.len()).find(|i| {
                length_h += self.dt_h[steps[*i]];
                length_h + NEAR_H >= need_h
            });
            let block = &steps[first..=end.unwrap_or(steps.len() - 1)];
            let runs = block.iter().all(|t| line.available[*t]);
            // A block that does not reach its length stands only where none does.
            (runs && (end.is_some() || first == 0)).then_some(block)
        };
        let used_h = |block: &[usize]| block.iter().map(|t| relaxed_h[*t]).sum::<f64>();
        let blocks = (0..steps.len()).rev().filter_map(block);
        if let Some(best) = blocks.max_by(|a, b| used_h(a).total_cmp(&used_h(b))) {
            for t in best {
                trains[*t] = at_once;
            }
            return;
        }
        let mut left_h = need_h;
        for t in steps.iter().filter(|t| line.available[**t]) {
            if left_h > 0.0 {
                trains[*t] = at_once;
                left_h -= self.dt_h[*t];
            }
        }
    }

    /// Trains that run at the start stay on for their least run.
    fn finish_young(&self, trains: &mut [f64]) {
        let mut run_h = self.line.for_h;
        for (t, trains) in trains.iter_mut().enumerate() {
            if run_h + NEAR_H >= self.line.min_run_h || !self.line.available[t] {
                return;
            }
            *trains = trains.max(self.line.running_at_start);
            run_h += self.dt_h[t];
        }
    }
}
