//! Whole numbers from a relaxed plan: error diffusion of the cumulative running hours.

/// A pump or a train is not switched for less than this, h.
const LEAST_RUN_H: f64 = 1.0;
/// What could not run, or ran too much, is made up for within this many least runs.
const MEMORY: f64 = 4.0;

/// Follows a relaxed number of running pumps with a whole one, so that the hours run stay near those
/// of the relaxed plan. It switches only once it is off by half a least run: pumps do not flicker.
#[derive(Debug, Default)]
pub(super) struct Diffusion {
    running: f64,
    /// Hours that the relaxed plan is ahead.
    ahead_h: f64,
}

impl Diffusion {
    /// One that begins with `running` pumps.
    pub(super) fn from(running: f64) -> Self {
        Self { running, ahead_h: 0.0 }
    }

    /// The number that runs in a step of `dt_h` in which the relaxed plan runs `relaxed_h` hours and
    /// at least `must` and at most `may` can run.
    pub(super) fn step(&mut self, relaxed_h: f64, dt_h: f64, must: f64, may: f64) -> f64 {
        let least_run_h = LEAST_RUN_H.max(dt_h);
        let band_h = 0.5 * least_run_h;
        self.ahead_h += relaxed_h;
        while self.running < may && self.ahead_h - self.running * dt_h >= band_h {
            self.running += 1.0;
        }
        while self.running > must && self.ahead_h - self.running * dt_h < -band_h {
            self.running -= 1.0;
        }
        self.running = self.running.max(must).min(may);
        let most_h = MEMORY * least_run_h;
        self.ahead_h = (self.ahead_h - self.running * dt_h).clamp(-most_h, most_h);
        self.running
    }
}

/// Adds running steps until the hours run are those of the relaxed plan at least: end stocks ask for
/// no less. A step beside one that runs comes first, then one that the relaxed plan uses more; `may`
/// tells whether one more can run in a step.
pub(super) fn top_up(
    running: &mut [f64],
    relaxed_h: &[f64],
    dt_h: &[f64],
    may: impl Fn(usize, &[f64]) -> bool,
) {
    let run_h: f64 = running.iter().zip(dt_h).map(|(n, dt)| n * dt).sum();
    let mut missing_h = relaxed_h.iter().sum::<f64>() - run_h;
    while missing_h > 1e-6 {
        let is_beside = |t: usize| {
            let more =
                |u: Option<usize>| u.and_then(|u| running.get(u)).is_some_and(|n| *n > running[t]);
            more(t.checked_sub(1)) || more(Some(t + 1))
        };
        let rank = |t: usize| (is_beside(t), relaxed_h[t] / dt_h[t] - running[t]);
        let free = (0..running.len()).rev().filter(|t| may(*t, running));
        let next = free.max_by(|a, b| {
            let (a, b) = (rank(*a), rank(*b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let Some(next) = next else { return };
        running[next] += 1.0;
        missing_h -= dt_h[next];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_are_kept_and_nothing_flickers() {
        let mut diffusion = Diffusion::default();
        let on: Vec<f64> = (0..96).map(|_| diffusion.step(0.15, 0.25, 0.0, 1.0)).collect();
        let hours: f64 = on.iter().map(|n| 0.25 * n).sum();
        assert!((hours - 0.15 * 96.0).abs() <= 1.0, "{hours} h");
        let starts = on.windows(2).filter(|w| w[1] > w[0]).count();
        assert!((4..=12).contains(&starts), "{starts} starts");
    }

    #[test]
    fn topping_up_lengthens_runs_first() {
        let mut running = [0.0, 1.0, 0.0, 0.0];
        let relaxed_h = [0.0, 0.5, 0.3, 0.9];
        top_up(&mut running, &relaxed_h, &[1.0; 4], |t, running| running[t] < 1.0 && t != 0);
        assert_eq!(running.map(|n| n > 0.0), [false, true, true, false]);
    }

    #[test]
    fn limits_hold() {
        let mut diffusion = Diffusion::from(1.0);
        assert!((diffusion.step(0.0, 1.0, 1.0, 2.0) - 1.0).abs() < 1e-12);
        assert!(diffusion.step(2.0, 1.0, 0.0, 0.0).abs() < 1e-12);
    }
}
