//! Every candidate's forecast, now and as it would have been made at past origins at the same hour of day.

use super::hourly::hours;
use super::ridge::Normal;
use super::{Row, Rows, SIMPLE};

/// Past origins that a regression learns from, days.
const LEARNT_DAYS: usize = 250;
/// Past origins that are replayed, days.
const REPLAYED_DAYS: usize = 90;
/// Replays take a regression that was fitted at most so many days before.
const REFIT_DAYS: usize = 7;
/// What a day weighs of the day after it.
const KEEP_FRAC: f64 = 0.998;
/// A regression on fewer days says nothing.
const LEAST_DAYS: usize = 10;
/// Targets and features further away than so many times the usual are taken as that far: a spike is no
/// rule.
const FAR: f64 = 8.0;
/// The regressions: penalty, and whether the prior is the second simple forecast instead of the first.
const RIDGES: [(f64, bool); 3] = [(1.0, false), (10.0, false), (10.0, true)];
/// All candidates.
pub(super) const CANDIDATES: usize = SIMPLE + RIDGES.len();
/// Origins that tell the usual size of corrections.
const SCALE_DAYS: usize = 60;

/// Forecasts of all candidates for one hour.
pub(super) type All = [f64; CANDIDATES];

/// All candidates by origin (`0` now, `n` so many days ago) and lead.
#[derive(Debug)]
pub(super) struct Replays<'a> {
    rows: &'a dyn Rows,
    origin: i64,
    /// Root mean square of what the first simple forecast missed.
    pub(super) scale: f64,
    /// The forecasts.
    pub(super) by_origin: Vec<Vec<Option<All>>>,
}

impl std::fmt::Debug for dyn Rows + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("first", &self.first()).finish_non_exhaustive()
    }
}

/// Whole days that pass until an hour ahead is known.
pub(super) fn days_until_known(lead: usize) -> usize {
    lead / 24 + 1
}

/// What one lead has learnt at each refit (`0` now), and its rows by origin.
struct Learnt {
    fits: Vec<Normal>,
    rows: Vec<Option<Row>>,
}

impl<'a> Replays<'a> {
    pub(super) fn of(rows: &'a dyn Rows, origin: i64, leads: usize) -> Self {
        let past = usize::try_from((origin - rows.first()).div_euclid(24)).unwrap_or(0);
        let days = past.min(LEARNT_DAYS);
        let replayed = days.min(REPLAYED_DAYS);
        let mut replays =
            Self { rows, origin, scale: 1.0, by_origin: vec![vec![None; leads]; replayed + 1] };
        replays.scale = replays.usual_miss(days);
        let learnt: Vec<Learnt> =
            (0..leads).map(|lead| replays.learn(lead, days, replayed)).collect();
        for lead in 0..leads {
            replays.put(lead, &learnt);
        }
        replays
    }

    /// Origins that were replayed.
    pub(super) fn tested(&self) -> usize {
        self.by_origin.len() - 1
    }

    /// The candidates that skill is told over.
    pub(super) fn rivals(&self) -> [usize; 2] {
        self.rows.rivals()
    }

    /// What the hour of a lead after a past origin was, if it is known now.
    pub(super) fn actual(&self, days_ago: usize, lead: usize) -> Option<f64> {
        let hour = self.origin - 24 * hours(days_ago) + hours(lead);
        Some(self.rows.actual(hour)).filter(|v| hour < self.origin && v.is_finite())
    }

    fn row(&self, days_ago: usize, lead: usize) -> Option<Row> {
        let mut row = Row { features: vec![0.0; self.rows.width()], simple: [0.0; SIMPLE] };
        let origin = self.origin - 24 * hours(days_ago);
        self.rows.fill(origin, lead, &mut row).then_some(row)
    }

    fn usual_miss(&self, days: usize) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for day in 1..=days.min(SCALE_DAYS) {
            for lead in 0..24 {
                let (Some(row), Some(actual)) = (self.row(day, lead), self.actual(day, lead))
                else {
                    continue;
                };
                sum += (actual - row.simple[0]).powi(2);
                count += 1.0;
            }
        }
        if count > 0.0 { f64::sqrt(sum / count).max(1e-9) } else { 1.0 }
    }

    fn learn(&self, lead: usize, days: usize, replayed: usize) -> Learnt {
        let wait = days_until_known(lead);
        let refits = replayed.div_ceil(REFIT_DAYS) + 1;
        let empty = Normal::new(self.rows.width());
        let mut learnt =
            Learnt { fits: vec![empty.clone(); refits], rows: vec![None; replayed + 1] };
        let mut normal = empty;
        for day in (0..=days).rev() {
            if let Some(mut row) = self.row(day, lead) {
                let alike = self.rows.alike();
                for feature in &mut row.features[..alike] {
                    *feature = (*feature / self.scale).clamp(-FAR, FAR);
                }
                if let Some(actual) = self.actual(day, lead).filter(|_| day >= wait) {
                    let target = ((actual - row.simple[0]) / self.scale).clamp(-FAR, FAR);
                    normal.add(KEEP_FRAC, &row.features, target);
                }
                if day <= replayed {
                    learnt.rows[day] = Some(row);
                }
            }
            // With this day known, an origin `wait` days later can be fitted.
            if day >= wait
                && (day - wait).is_multiple_of(REFIT_DAYS)
                && let Some(fit) = learnt.fits.get_mut((day - wait) / REFIT_DAYS)
            {
                *fit = normal.clone();
            }
        }
        learnt
    }

    /// The candidates of a lead; its neighbours' rows count as its own.
    fn put(&mut self, lead: usize, learnt: &[Learnt]) {
        let own = &learnt[lead];
        let mut priors = [vec![0.0; self.rows.width()], vec![0.0; self.rows.width()]];
        priors[1][self.rows.second()] = 1.0;
        let solved: Vec<Vec<Vec<f64>>> = (0..own.fits.len())
            .map(|refit| {
                let mut normal = own.fits[refit].clone();
                for near in [lead.checked_sub(1), Some(lead + 1)].into_iter().flatten() {
                    if let Some(near) = learnt.get(near) {
                        normal.join(&near.fits[refit]);
                    }
                }
                let solve = |(penalty, second): (f64, bool)| {
                    let prior = &priors[usize::from(second)];
                    if normal.rows < LEAST_DAYS {
                        prior.clone()
                    } else {
                        normal.solve(penalty, prior)
                    }
                };
                RIDGES.into_iter().map(solve).collect()
            })
            .collect();
        for (day, row) in own.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            // The newest fit that this origin could have had.
            let Some(fits) = solved.get(day.div_ceil(REFIT_DAYS)) else { continue };
            let mut all = [0.0; CANDIDATES];
            all[..SIMPLE].copy_from_slice(&row.simple);
            for (candidate, fit) in all[SIMPLE..].iter_mut().zip(fits) {
                let correction: f64 = row.features.iter().zip(fit).map(|(x, b)| x * b).sum();
                *candidate = row.simple[0] + self.scale * correction;
            }
            self.by_origin[day][lead] = Some(all);
        }
    }
}
