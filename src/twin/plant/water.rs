//! The water plant of the camp: wells, lines, tanks, taps, wastewater.

use super::{Orders, Plant, Truth};
use camp_solver::Site;
use std::collections::BTreeMap;

impl Plant {
    /// Pumps, treats and delivers; the electricity that it takes, kW.
    pub(super) fn water(&mut self, site: &Site, truth: &Truth, orders: &Orders, dt_h: f64) -> f64 {
        let mut kw = 0.0;
        let room = |level: &BTreeMap<String, f64>, tank: &str| {
            (site.tank[tank].capacity_m3 - level[tank]) / dt_h
        };
        for (id, well) in &site.well {
            let asked = orders.well_m3_per_h.get(id).copied().unwrap_or(0.0);
            let asked = if self.dry.as_ref() == Some(id) { 0.0 } else { asked };
            let flow =
                asked.min(well.flow_m3_per_h).min(room(&self.level_m3, &well.to_tank)).max(0.0);
            self.move_water(&well.to_tank, flow * dt_h);
            self.well_m3_per_h.insert(id.clone(), flow);
            kw += flow * well.energy_kwh_per_m3();
        }
        for (id, line) in &site.treatment {
            let asked = orders.line_m3_per_h.get(id).copied().unwrap_or(0.0);
            let there = self.level_m3[&line.from_tank] * line.recovery_frac / dt_h;
            let space = if line.to_tank == line.from_tank {
                f64::INFINITY
            } else {
                room(&self.level_m3, &line.to_tank)
            };
            let flow = asked.min(line.max_m3_per_h()).min(there).min(space).max(0.0);
            self.move_water(&line.from_tank, -flow / line.recovery_frac * dt_h);
            self.move_water(&line.to_tank, flow * dt_h);
            self.line_m3_per_h.insert(id.clone(), flow);
            kw += flow * line.energy_kwh_per_m3;
        }
        for (id, taps) in &site.taps {
            let asked = truth.taps_m3_per_h.get(id).copied().unwrap_or(0.0);
            let there = self.level_m3[&taps.from_tank] / dt_h;
            let flow = asked.min(taps.max_m3_per_h()).min(there);
            self.move_water(&taps.from_tank, -flow * dt_h);
            self.tally.unserved_m3 += (asked - flow) * dt_h;
            kw += flow * taps.booster_kwh_per_m3;
        }
        kw
    }

    /// Treats wastewater; the electricity that it takes, kW.
    pub(super) fn sewage(&mut self, site: &Site, truth: &Truth, orders: &Orders, dt_h: f64) -> f64 {
        for (id, plant) in &site.wastewater {
            let inflow = truth.wastewater_m3_per_h.get(id).copied().unwrap_or(0.0);
            let level = self.sewage_m3.get(id).copied().unwrap_or(0.0);
            let asked = orders.sewage_m3_per_h.get(id).copied().unwrap_or(0.0);
            let flow = asked.min(plant.max_m3_per_h()).min(level / dt_h + inflow);
            let after = level + (inflow - flow) * dt_h;
            let spilt = (after - plant.equalisation_m3).max(0.0);
            self.tally.untreated_m3 += spilt;
            self.sewage_m3.insert(id.clone(), after - spilt);
            let kw = (flow * plant.energy_kwh_per_m3).max(plant.least_kw()).min(plant.max_kw);
            self.sewage_kw.insert(id.clone(), kw);
        }
        self.sewage_kw.values().sum()
    }

    fn move_water(&mut self, tank: &str, m3: f64) {
        if let Some(level) = self.level_m3.get_mut(tank) {
            *level = (*level + m3).max(0.0);
        }
    }
}
