//! Like sets exchange stretches of their schedules, where that is free.
//!
//! The counts say how many sets of a fleet run, and the order of turns which; neither looks at the
//! load that one set has had. Where two sets both run or both stand as a step begins, they may go on
//! as each other from there: counts, power and fuel stay as they are. A local search exchanges such
//! stretches as long as that leaves, in this order, no more broken least times, fewer starts beyond
//! those of a day, less load above the mean of 24 h, and then run hours that are nearer to each
//! other or further apart, as the site asks.

use super::turns_worth::turns_h2;
use crate::account::MeanLoad;
use crate::lowered::{Fleet, Unit};
use crate::site::Rotation;
use std::cmp::Ordering;

const TOLERANCE_H: f64 = 1e-9;
/// Differences below this, in kWh or h2, are arithmetic.
const NEAR: f64 = 1e-6;
/// Most rounds over all pairs; one or two are usual.
const ROUNDS: usize = 20;
/// An exchange ends with one of as many places after its beginning, or never.
const PLACES: usize = 8;
/// Other points that the search starts from.
const OTHER_POINTS: usize = 12;

/// The time of a fleet, and the load of its running sets.
pub(super) struct Course<'a> {
    pub(super) fleet: &'a Fleet,
    /// Start of each step, and the end of the last, h.
    pub(super) offset_h: &'a [f64],
    /// For each step, whether a local day begins with it.
    pub(super) new_day: &'a [bool],
    /// For each step, load of one running set, kW.
    pub(super) each_kw: &'a [f64],
}

/// What a schedule is worth for one set.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Worth {
    broken: u32,
    starts_over: u32,
    above_mean_kwh: f64,
    ran_h: f64,
}

impl Worth {
    /// Whether nothing but turns is left to better.
    fn is_settled(&self) -> bool {
        self.above_mean_kwh <= NEAR && self.starts_over == 0
    }
}

/// What the schedules of all sets are worth; less is better, the first first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Merit {
    broken: u32,
    starts_over: u32,
    above_mean_kwh: f64,
    turns_h2: f64,
}

impl Merit {
    fn is_better_than(&self, other: &Self) -> bool {
        let near =
            |a: f64, b: f64| if (a - b).abs() <= NEAR { Ordering::Equal } else { a.total_cmp(&b) };
        let counts = self.broken.cmp(&other.broken).then(self.starts_over.cmp(&other.starts_over));
        let load = counts.then(near(self.above_mean_kwh, other.above_mean_kwh));
        load.then(near(self.turns_h2, other.turns_h2)) == Ordering::Less
    }
}

impl Course<'_> {
    /// Exchanges stretches between the schedules of the fleet's sets until nothing gets better; where
    /// load above the mean is left, from some other points as well.
    pub(super) fn exchange(&self, on: &mut [Vec<bool>]) {
        let mut best = self.merit(&self.descend(on));
        let mut dice = 1;
        for _ in 0..OTHER_POINTS {
            let is_settled = best.above_mean_kwh <= NEAR && best.starts_over == 0;
            if is_settled || on.len() < 2 {
                return;
            }
            let mut other = on.to_vec();
            self.shake(&mut other, &mut dice);
            let merit = self.merit(&self.descend(&mut other));
            if merit.is_better_than(&best) {
                best = merit;
                on.clone_from_slice(&other);
            }
        }
    }

    fn merit(&self, worths: &[Worth]) -> Merit {
        let ran_h: Vec<f64> = worths.iter().map(|w| w.ran_h).collect();
        Merit {
            broken: worths.iter().map(|w| w.broken).sum(),
            starts_over: worths.iter().map(|w| w.starts_over).sum(),
            above_mean_kwh: worths.iter().map(|w| w.above_mean_kwh).sum(),
            turns_h2: turns_h2(self.fleet, &ran_h),
        }
    }

    /// Exchanges some stretches whatever they are worth; the same ones in every run.
    fn shake(&self, on: &mut [Vec<bool>], dice: &mut u64) {
        let sets = self.fleet.units.len();
        let mut throw = |sides: usize| {
            *dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(*dice >> 33).unwrap_or(0) % sides.max(1)
        };
        for _ in 0..sets {
            let (a, b) = (throw(sets), throw(sets));
            let places = if a == b { Vec::new() } else { self.places(a, b, on) };
            let Some(from) = places.get(throw(places.len())) else { continue };
            let of_a = on[a][*from..].to_vec();
            let of_b = on[b][*from..].to_vec();
            on[a][*from..].copy_from_slice(&of_b);
            on[b][*from..].copy_from_slice(&of_a);
        }
    }

    /// The worth of each set's schedule after all exchanges that are worth it.
    fn descend(&self, on: &mut [Vec<bool>]) -> Vec<Worth> {
        let units = &self.fleet.units;
        let worth = |j: usize, on: &[Vec<bool>]| self.worth(&units[j], &on[j]);
        let mut worths: Vec<Worth> = (0..units.len()).map(|j| worth(j, on)).collect();
        for _ in 0..ROUNDS {
            let mut any = false;
            for a in 0..units.len() {
                for b in a + 1..units.len() {
                    any |= self.exchange_two(a, b, on, &mut worths);
                }
            }
            if !any {
                break;
            }
        }
        worths
    }

    /// Makes the best exchange between two sets, if one is worth it.
    fn exchange_two(&self, a: usize, b: usize, on: &mut [Vec<bool>], worths: &mut [Worth]) -> bool {
        let is_settled = worths[a].is_settled() && worths[b].is_settled();
        if is_settled && self.fleet.rotation == Rotation::None {
            return false;
        }
        let places = self.places(a, b, on);
        let mut best = self.merit(worths);
        let mut best_pair = None;
        let mut tried = worths.to_vec();
        for (i, from) in places.iter().enumerate() {
            let ends = places[i + 1..].iter().take(PLACES).copied();
            for to in ends.chain([self.each_kw.len()]) {
                let with = |j: usize, other: usize| {
                    let mut series = on[j].clone();
                    series[*from..to].copy_from_slice(&on[other][*from..to]);
                    series
                };
                let (of_a, of_b) = (with(a, b), with(b, a));
                let units = &self.fleet.units;
                let worth = (self.worth(&units[a], &of_a), self.worth(&units[b], &of_b));
                (tried[a], tried[b]) = worth;
                let merit = self.merit(&tried);
                if merit.is_better_than(&best) {
                    best = merit;
                    best_pair = Some((of_a, of_b, worth));
                }
            }
        }
        let Some((of_a, of_b, worth)) = best_pair else {
            return false;
        };
        (on[a], on[b]) = (of_a, of_b);
        (worths[a], worths[b]) = worth;
        true
    }

    /// Steps with which two sets part that were both running or both standing before.
    fn places(&self, a: usize, b: usize, on: &[Vec<bool>]) -> Vec<usize> {
        let was = |j: usize, t: usize| {
            if t == 0 { self.fleet.units[j].start.running } else { on[j][t - 1] }
        };
        let parts = |t: &usize| was(a, *t) == was(b, *t) && on[a][*t] != on[b][*t];
        (0..self.each_kw.len()).filter(parts).collect()
    }

    fn worth(&self, unit: &Unit, on: &[bool]) -> Worth {
        let fleet = self.fleet;
        let (mut running, mut since_h) = (unit.start.running, -unit.start.for_h);
        let (mut broken, mut starts_over, mut ran_h) = (0, 0, 0.0);
        let mut starts = unit.start.starts_today;
        let most = fleet.upkeep.max_starts_per_day.unwrap_or(u32::MAX);
        for (t, wanted) in on.iter().enumerate() {
            starts = if self.new_day[t] { 0 } else { starts };
            if *wanted != running {
                let least_h = if running { fleet.min_up_h } else { fleet.min_down_h };
                let forced = running && !fleet.available[t];
                let early = self.offset_h[t] - since_h + TOLERANCE_H < least_h;
                broken += u32::from(early && !forced);
                starts += u32::from(*wanted);
                starts_over += u32::from(*wanted && starts > most);
                (running, since_h) = (*wanted, self.offset_h[t]);
            }
            ran_h += if running { self.offset_h[t + 1] - self.offset_h[t] } else { 0.0 };
        }
        let above = fleet.upkeep.mean_load_max_frac.map_or(0.0, |most_frac| {
            let told_kw = &unit.start.last_24h_kw;
            let allowed = MeanLoad { rated_kw: fleet.rated_kw, most_frac, told_kw };
            allowed.growth_kwh(self.offset_h, on, self.each_kw).iter().sum()
        });
        Worth { broken, starts_over, above_mean_kwh: above, ran_h }
    }
}
