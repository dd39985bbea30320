//! Which sets together: choices among the sets of a camp, as bits in the order of their ids.

use camp_solver::Site;
use camp_solver::site::Genset;

/// Sets up to this number are tried in every combination; of more, in the order of their ids.
const MOST_TRIED: usize = 10;

/// Some of the sets, bit `i` for the `i`-th id.
pub(super) type Sets = u32;

/// The sets of a camp in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) ids: Vec<String>,
    pub(super) sets: Vec<Genset>,
    /// What heat and height leave of the ratings, kW.
    pub(super) available_kw: Vec<f64>,
}

impl Fleet {
    pub(super) fn new(site: &Site) -> Self {
        let place = &site.place;
        let left = |g: &Genset| g.available_kw(place.altitude_m, place.design_temperature_c);
        Self {
            ids: site.genset.keys().take(32).cloned().collect(),
            sets: site.genset.values().cloned().collect(),
            available_kw: site.genset.values().map(left).collect(),
        }
    }

    pub(super) fn members(&self, sets: Sets) -> impl Iterator<Item = usize> {
        (0..self.ids.len()).filter(move |i| sets >> i & 1 == 1)
    }

    pub(super) fn of(&self, holds: impl Fn(&str) -> bool) -> Sets {
        let bits = self.ids.iter().enumerate().filter(|(_, id)| holds(id));
        bits.fold(0, |sets, (i, _)| sets | 1 << i)
    }

    pub(super) fn rated_kw(&self, sets: Sets) -> f64 {
        self.members(sets).map(|i| self.sets[i].rated_kw).sum()
    }

    pub(super) fn least_kw(&self, sets: Sets) -> f64 {
        self.members(sets).map(|i| self.sets[i].min_load_kw()).sum()
    }

    pub(super) fn largest_kw(&self, sets: Sets) -> f64 {
        self.members(sets).map(|i| self.sets[i].rated_kw).fold(0.0, f64::max)
    }

    /// Fuel of sets that carry a load together, in proportion to their ratings, L/h.
    pub(super) fn fuel_l_per_h(&self, sets: Sets, load_kw: f64) -> f64 {
        let rated_kw = self.rated_kw(sets);
        if rated_kw <= 0.0 {
            return 0.0;
        }
        let share = load_kw.clamp(self.least_kw(sets), rated_kw) / rated_kw;
        self.members(sets).map(|i| fuel_l_per_h(&self.sets[i], share * self.sets[i].rated_kw)).sum()
    }

    /// The sets that burn least at a load, of those that hold all of `must`, none outside `may`, and are
    /// `enough`; all of `may` where none are. Of equals those that hold more of `kept`.
    pub(super) fn cheapest(
        &self,
        (must, may): (Sets, Sets),
        kept: Sets,
        load_kw: f64,
        enough: impl Fn(Sets) -> bool,
    ) -> Sets {
        let all = must | may;
        if self.ids.len() > MOST_TRIED {
            let mut sets = must;
            for i in 0..self.ids.len() {
                if enough(sets) {
                    return sets;
                }
                sets |= all & (1 << i);
            }
            return all;
        }
        let mut best: Option<(f64, Sets)> = None;
        for sets in (0..1 << self.ids.len()).filter(|s| s & !all == 0 && s & must == must) {
            let started = f64::from((sets & !kept).count_ones());
            let cost = self.fuel_l_per_h(sets, load_kw) + 1e-6 * (started + f64::from(sets) * 1e-6);
            if best.is_none_or(|(least, _)| cost < least) && enough(sets) {
                best = Some((cost, sets));
            }
        }
        best.map_or(all, |(_, sets)| sets)
    }
}

/// Fuel at a load, L/h: straight lines between the points, the outer ones prolonged.
pub(super) fn fuel_l_per_h(set: &Genset, kw: f64) -> f64 {
    let points: Vec<_> = set.fuel_curve_kw.iter().zip(&set.fuel_curve_l_per_h).collect();
    let line = points.windows(2).rev().find(|w| kw >= *w[0].0);
    match line.or(points.windows(2).next()) {
        Some(line) => {
            let (a, b) = (line[0], line[1]);
            a.1 + (b.1 - a.1) * (kw - a.0) / (b.0 - a.0)
        }
        None => points.first().map_or(0.0, |p| *p.1),
    }
}

/// The share of its rating at which a prime-rated set may run all day: its mean over 24 h is held to 70 % (ISO
/// 8528-1), and three quarters is the data-sheet point beside it.
const ALL_DAY_FRAC: f64 = 0.75;

/// The load, of the data-sheet points at which a set may run all day, at which it burns least for a kWh, and
/// what it burns there, kW and L/kWh.
pub(super) fn best_load(set: &Genset) -> (f64, f64) {
    let most_kw = ALL_DAY_FRAC * set.rated_kw + 1e-9;
    let points = set.fuel_curve_kw.iter().zip(&set.fuel_curve_l_per_h);
    let rates = points.filter(|(kw, _)| **kw > 0.0).map(|(kw, l)| (*kw, l / kw));
    let least = |best: Option<(f64, f64)>, rate: (f64, f64)| match best {
        Some(best) if best.1 <= rate.1 + 1e-9 => Some(best),
        _ => Some(rate),
    };
    let all_day = rates.clone().filter(|(kw, _)| *kw <= most_kw).fold(None, least);
    all_day.or_else(|| rates.fold(None, least)).unwrap_or((set.rated_kw, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn fleet() -> Fleet {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
        Fleet::new(&crate::site_file::read(&path, None).unwrap().site)
    }

    #[test]
    fn the_least_fuel_that_is_enough_is_chosen() {
        let fleet = fleet();
        let pick = |kw: f64| fleet.cheapest((0, 31), 0, kw, |s| fleet.rated_kw(s) >= kw);
        // A small set for a small load, and of the others as few as carry it.
        assert_eq!(pick(70.0), 0b10000);
        assert_eq!(pick(180.0).count_ones(), 1);
        assert!((fleet.rated_kw(pick(380.0)) - 400.0).abs() < 1e-9);
        assert_eq!(fleet.cheapest((0, 31), 0, 2000.0, |_| false), 31, "all where none are enough");
    }

    #[test]
    fn the_best_load_is_the_least_litres_for_a_kwh_of_loads_for_all_day() {
        let fleet = fleet();
        let (kw, l_per_kwh) = best_load(&fleet.sets[0]);
        assert!((kw - 150.0).abs() < 1e-9);
        assert!((l_per_kwh - 41.6 / 150.0).abs() < 1e-12);
    }
}
