//! One forecast from all candidates: the convex mix whose square error was least so far, each replayed
//! origin with the weights that it could have known (stacking, Breiman 1996).

use super::replay::{All, CANDIDATES, Replays, days_until_known};

/// What a day's errors weigh of those of the day after it.
const KEEP_FRAC: f64 = 0.98;
/// Pull to the prior weights, as a share of the best candidate's mean square error: always, and shared out
/// over the days that were tested.
const PULL: (f64, f64) = (0.05, 4.0);
/// Weights before anything was tested: means, repetitions, regressions.
const PRIOR: All = [0.2, 0.1, 0.05, 0.05, 0.2, 0.2, 0.2];
/// Rounds of exchange between pairs; they settle in fewer.
const ROUNDS: usize = 60;
/// Fewer replayed days than this tell no skill.
const LEAST_DAYS: usize = 7;
/// Leads that skill is told of.
const SKILL_LEADS: usize = 48;

/// The mix, now and replayed.
#[derive(Debug)]
pub(super) struct Blended {
    /// The forecast of each lead; nothing where one of them has no candidate.
    pub(super) now: Option<Vec<f64>>,
    /// Actual minus forecast, by origin (days ago) and lead.
    pub(super) missed: Vec<Vec<Option<f64>>>,
    /// Share by which the replays' RMSE lies under that of the better simple rival.
    pub(super) skill_frac: Option<f64>,
}

/// Sums of products of the candidates' errors.
struct Errors {
    sums: [All; CANDIDATES],
    weight: f64,
    days: f64,
}

impl Errors {
    fn fade(&mut self) {
        self.weight *= KEEP_FRAC;
        self.sums.iter_mut().flatten().for_each(|sum| *sum *= KEEP_FRAC);
    }

    fn add(&mut self, all: &All, actual: f64, scale: f64) {
        self.weight += 1.0;
        let errors = all.map(|forecast| (forecast - actual) / scale);
        for (row, a) in self.sums.iter_mut().zip(errors) {
            for (sum, b) in row.iter_mut().zip(errors) {
                *sum += a * b;
            }
        }
    }

    /// The weights of the least mean square error plus the pull, by exact exchange between pairs.
    fn weights(&self) -> All {
        let mut weights = PRIOR;
        if self.weight <= 0.0 {
            return weights;
        }
        let mean = |i: usize, j: usize| self.sums[i][j] / self.weight;
        let best = (0..CANDIDATES).map(|i| mean(i, i)).fold(f64::MAX, f64::min);
        let pull = (PULL.0 + PULL.1 / (1.0 + self.days)) * best;
        let slope = |weights: &All, i: usize| {
            let errors: f64 = weights.iter().enumerate().map(|(j, w)| mean(i, j) * w).sum();
            errors + pull * (weights[i] - PRIOR[i])
        };
        for _ in 0..ROUNDS {
            for i in 1..CANDIDATES {
                for j in 0..i {
                    let bend = mean(i, i) + mean(j, j) - 2.0 * mean(i, j) + 2.0 * pull;
                    if bend <= 0.0 {
                        continue;
                    }
                    let moved = (slope(&weights, j) - slope(&weights, i)) / bend;
                    let moved = moved.clamp(-weights[i], weights[j]);
                    weights[i] += moved;
                    weights[j] -= moved;
                }
            }
        }
        weights
    }
}

fn mix(all: &All, weights: &All) -> f64 {
    all.iter().zip(weights).map(|(forecast, weight)| forecast * weight).sum()
}

/// Mixes the candidates.
pub(super) fn blend(replays: &Replays<'_>) -> Blended {
    let tested = replays.tested();
    let leads = replays.by_origin[0].len();
    let mut errors = Errors { sums: [[0.0; CANDIDATES]; CANDIDATES], weight: 0.0, days: 0.0 };
    let mut missed = vec![vec![None; leads]; tested + 1];
    let mut now = None;
    let rivals = replays.rivals();
    let mut squares = [0.0; 3];
    for day in (0..=tested).rev() {
        errors.fade();
        let mut heard = false;
        for lead in 0..leads {
            // What has become known since the origin of the day before.
            let made = day + days_until_known(lead);
            let Some(all) = replays.by_origin.get(made).and_then(|o| o[lead].as_ref()) else {
                continue;
            };
            if let Some(actual) = replays.actual(made, lead) {
                errors.add(all, actual, replays.scale);
                heard = true;
            }
        }
        errors.days += f64::from(u8::from(heard));
        let weights = errors.weights();
        if day == 0 {
            let all: Option<Vec<All>> = replays.by_origin[0].iter().copied().collect();
            now = all.map(|all| all.iter().map(|all| mix(all, &weights)).collect());
            continue;
        }
        for (lead, missed) in missed[day].iter_mut().enumerate() {
            let Some(all) = &replays.by_origin[day][lead] else { continue };
            let Some(actual) = replays.actual(day, lead) else { continue };
            let miss = actual - mix(all, &weights);
            *missed = Some(miss);
            if lead < SKILL_LEADS {
                squares[0] += miss.powi(2);
                squares[1] += (actual - all[rivals[0]]).powi(2);
                squares[2] += (actual - all[rivals[1]]).powi(2);
            }
        }
    }
    let better = squares[1].min(squares[2]);
    let is_known = tested >= LEAST_DAYS && better > 0.0;
    let skill_frac = is_known.then(|| 1.0 - f64::sqrt(squares[0] / better));
    Blended { now, missed, skill_frac }
}
