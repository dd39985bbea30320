//! Fuel in store over the horizon: what arrives, and what each store gives.

use super::Problem;
use crate::site::{ById, Genset};

/// Hours ahead for which deliveries are counted.
const AHEAD_H: f64 = 60.0 * 24.0;

/// Litres in one step, by store.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FuelStep {
    pub(crate) delivered_l: f64,
    pub(crate) drawn_l: f64,
}

impl Problem {
    /// Deliveries that a plan counts on, after their slip: hours after the grid's start, and litres.
    pub(crate) fn fuel_deliveries(&self, id: &str) -> Vec<(f64, f64)> {
        let Some(store) = self.site.fuel_store.get(id) else {
            return Vec::new();
        };
        let slip_h = 24.0 * store.delivery_slip_d;
        let stated = self.start.fuel_store.get(id).map_or(&[][..], |s| &s.deliveries);
        let mut list: Vec<(f64, f64)> = stated
            .iter()
            .map(|d| {
                let after_h = (d.expected_at - self.grid.start).as_seconds_f64() / 3600.0;
                (after_h + slip_h, d.volume_l)
            })
            .filter(|(after_h, _)| (0.0..=AHEAD_H).contains(after_h))
            .collect();
        if stated.is_empty() && store.delivery_l > 0.0 {
            let every_h = 24.0 * store.delivery_every_d;
            let regular = (1..).map(|n| f64::from(n) * every_h + slip_h);
            list.extend(regular.take_while(|h| *h <= AHEAD_H).map(|h| (h, store.delivery_l)));
        }
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        list
    }

    /// Litres that arrive with each step: a delivery counts from the first step that starts no earlier.
    pub(crate) fn fuel_arrivals(&self, id: &str) -> Vec<f64> {
        let mut arrivals = vec![0.0; self.grid.len()];
        for (after_h, litres) in self.fuel_deliveries(id) {
            let first = (0..arrivals.len()).find(|t| self.grid.offset_h(*t) >= after_h - 1e-9);
            if let Some(t) = first {
                arrivals[t] += litres;
            }
        }
        arrivals
    }

    /// Litres in each store before the first step.
    pub(crate) fn fuel_start(&self) -> ById<f64> {
        let stores = self.site.fuel_store.keys();
        stores.map(|id| (id.clone(), self.start.fuel_l(&self.site, id))).collect()
    }

    /// Whether so many litres would not last a set's least time with all sets at full load.
    pub(crate) fn fuel_ends(&self, litres: f64, set: &Genset) -> bool {
        let sets = self.site.genset.values();
        let most: f64 = sets.filter_map(|g| g.fuel_curve_l_per_h.last()).sum();
        !self.site.fuel_store.is_empty() && litres < most * set.min_up_h
    }

    /// What a step does to the stores: a delivery fills a store up to its rim, and the burn is shared
    /// in proportion to what they then hold.
    pub(crate) fn fuel_step(
        &self,
        level_l: &ById<f64>,
        arriving_l: &ById<f64>,
        burn_l: f64,
    ) -> ById<FuelStep> {
        let mut steps = ById::new();
        let mut held = 0.0;
        for (id, store) in &self.site.fuel_store {
            let level = level_l.get(id).copied().unwrap_or(0.0);
            let arriving = arriving_l.get(id).copied().unwrap_or(0.0);
            let delivered_l = arriving.min((store.capacity_l - level).max(0.0));
            held += (level + delivered_l).max(0.0);
            steps.insert(id.clone(), FuelStep { delivered_l, drawn_l: 0.0 });
        }
        let count = steps.len().max(1) as f64;
        for (id, step) in &mut steps {
            let level = level_l.get(id).copied().unwrap_or(0.0) + step.delivered_l;
            let share = if held > 0.0 { level.max(0.0) / held } else { 1.0 / count };
            step.drawn_l = burn_l * share;
        }
        steps
    }
}
