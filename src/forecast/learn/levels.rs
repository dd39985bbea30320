//! Quantiles from what the replays missed, corrected for drift.
//!
//! Errors are measured in the usual error of their lead and pooled by blocks of 6 h. At each replayed
//! origin the quantiles that would have been told are held against what came; the level that is looked
//! up (Gibbs and Candes 2021, arXiv 2106.00170) and an offset (the quantile tracker of Angelopoulos, Candes
//! and Tibshirani 2023, arXiv 2307.16895) move by what was missed, so that the share at or below each level
//! comes out in the long run whatever drifts.

use super::LEVELS;
use super::replay::days_until_known;

/// Leads that share their errors, h.
const BLOCK: usize = 6;
/// Newest origins whose errors are looked up.
const WINDOW: usize = 30;
/// Origins before quantiles are told.
const WARM_UP: usize = 14;
/// Errors before quantiles are told.
const LEAST_ERRORS: usize = 30;
/// Step of the level for a day that was missed whole.
const LEVEL_STEP: f64 = 0.05;
/// Step of the offset, in usual errors.
const OFFSET_STEP: f64 = 0.6;
/// Share of a block's correction that is that of all blocks.
const COMMON_FRAC: f64 = 0.5;
/// What a day weighs of the day after it in the usual error.
const KEEP_FRAC: f64 = 0.97;
/// A usual error is not taken for less than this share of the scale.
const LEAST_ERROR_FRAC: f64 = 0.1;
/// Levels that are looked up lie so far from the ends.
const EDGE: f64 = 0.002;

type Told = [f64; LEVELS.len()];
/// What was missed, by origin (days ago) and lead.
type Missed = [Vec<Option<f64>>];

struct Block {
    leads: std::ops::Range<usize>,
    /// With the neighbours, whose errors are looked up too.
    wide: std::ops::Range<usize>,
    /// Errors of the window, in order.
    pool: Vec<f64>,
    level: Told,
    offset: Told,
    /// What was told, by origin.
    told: Vec<Option<Told>>,
}

/// What to add to the forecast of each lead for each quantile.
pub(super) fn levels(missed: &Missed, scale: f64) -> Vec<Told> {
    let origins = missed.len() - 1;
    let leads = missed[0].len();
    let usual = usual_errors(missed, scale);
    let error = |day: usize, lead: usize| missed[day][lead].map(|miss| miss / usual[lead]);
    let mut blocks: Vec<Block> = (0..leads.div_ceil(BLOCK))
        .map(|b| {
            let (from, to) = (b * BLOCK, ((b + 1) * BLOCK).min(leads));
            Block {
                leads: from..to,
                wide: from.saturating_sub(1)..(to + 1).min(leads),
                pool: Vec::new(),
                level: LEVELS,
                offset: [0.0; LEVELS.len()],
                told: vec![None; origins + 1],
            }
        })
        .collect();
    for day in (0..=origins).rev() {
        let heard: Vec<Option<Told>> =
            blocks.iter_mut().map(|block| block.hear(day, origins, &error)).collect();
        correct(&mut blocks, &heard);
        if day + WARM_UP <= origins {
            for block in blocks.iter_mut().filter(|b| b.pool.len() >= LEAST_ERRORS) {
                block.told[day] = Some(block.tell());
            }
        }
    }
    let of = |lead: usize| {
        let block = &blocks[lead / BLOCK];
        let plain = || LEVELS.map(|level| quantile(&block.pool, level));
        block.told[0].unwrap_or_else(plain).map(|error| error * usual[lead])
    };
    (0..leads).map(of).collect()
}

/// The usual error of each lead and its neighbours, mean of the magnitudes, newer days more.
fn usual_errors(missed: &Missed, scale: f64) -> Vec<f64> {
    let leads = missed[0].len();
    let usual = |lead: usize| {
        let near = lead.saturating_sub(1)..(lead + 2).min(leads);
        let (mut sum, mut count, mut weight) = (LEAST_ERROR_FRAC * scale, 1.0, 1.0);
        for day in &missed[1..] {
            weight *= KEEP_FRAC;
            for miss in day[near.clone()].iter().flatten() {
                sum += weight * miss.abs();
                count += weight;
            }
        }
        f64::max(sum / count, 1e-9)
    };
    (0..leads).map(usual).collect()
}

/// Moves levels and offsets by what was missed, the blocks' own and in common.
fn correct(blocks: &mut [Block], heard: &[Option<Told>]) {
    let all: Vec<&Told> = heard.iter().flatten().collect();
    if all.is_empty() {
        return;
    }
    let mut common = [0.0; LEVELS.len()];
    for (k, sum) in common.iter_mut().enumerate() {
        *sum = all.iter().map(|told| told[k]).sum::<f64>() / all.len() as f64;
    }
    for (block, heard) in blocks.iter_mut().zip(heard) {
        let own = heard.unwrap_or(common);
        for k in 0..LEVELS.len() {
            let short = (1.0 - COMMON_FRAC) * own[k] + COMMON_FRAC * common[k];
            block.level[k] = (block.level[k] + LEVEL_STEP * short).clamp(EDGE, 1.0 - EDGE);
            block.offset[k] += OFFSET_STEP * short;
        }
    }
}

impl Block {
    /// Takes in what has become known since the origin of the day before; gives by how much each level
    /// was short of its share.
    fn hear(
        &mut self,
        day: usize,
        origins: usize,
        error: &impl Fn(usize, usize) -> Option<f64>,
    ) -> Option<Told> {
        let made = day + days_until_known(self.leads.start);
        if made > origins {
            return None;
        }
        for lead in self.wide.clone() {
            if let Some(new) = error(made, lead) {
                let place = self.pool.partition_point(|e| *e < new);
                self.pool.insert(place, new);
            }
            let old = if made + WINDOW <= origins { error(made + WINDOW, lead) } else { None };
            if let Some(old) = old {
                let place = self.pool.partition_point(|e| *e < old);
                if place < self.pool.len() {
                    self.pool.remove(place);
                }
            }
        }
        let told = self.told[made]?;
        let came: Vec<f64> = self.leads.clone().filter_map(|lead| error(made, lead)).collect();
        if came.is_empty() {
            return None;
        }
        let mut short = LEVELS;
        for (short, told) in short.iter_mut().zip(told) {
            let below = came.iter().filter(|e| **e <= told).count();
            *short -= below as f64 / came.len() as f64;
        }
        Some(short)
    }

    fn tell(&self) -> Told {
        let mut told = [0.0; LEVELS.len()];
        for (k, told) in told.iter_mut().enumerate() {
            *told = quantile(&self.pool, self.level[k]) + self.offset[k];
        }
        told.sort_by(f64::total_cmp);
        told
    }
}

/// The quantile of values in order, straight between them; 0 of none.
fn quantile(ordered: &[f64], level: f64) -> f64 {
    let place = level * ordered.len() as f64 - 0.5;
    let upper = (0..ordered.len()).find(|i| *i as f64 >= place).unwrap_or(ordered.len());
    let (Some(low), Some(high)) = (
        ordered.get(upper.saturating_sub(1)).or(ordered.first()),
        ordered.get(upper).or(ordered.last()),
    ) else {
        return 0.0;
    };
    let part = (place - upper as f64 + 1.0).clamp(0.0, 1.0);
    if upper == 0 { *low } else { low + (high - low) * part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        let ordered = [1.0, 2.0, 3.0, 4.0];
        let near = |level: f64, value: f64| (quantile(&ordered, level) - value).abs() < 1e-12;
        assert!(near(0.5, 2.5) && near(0.0, 1.0) && near(1.0, 4.0) && near(0.25, 1.5));
        assert!(quantile(&[], 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_drift_is_followed() {
        // Errors grow by the day: the newest 30 alone would be short of every level.
        let missed: Vec<Vec<Option<f64>>> =
            (0..91).map(|ago| vec![Some(f64::from(90 - ago)); 6]).collect();
        let told = levels(&missed, 1.0);
        assert!(told[0][3] > 80.0, "the median follows: {:?}", told[0]);
    }
}
