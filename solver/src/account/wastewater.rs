//! The books of wastewater plants: levels, overflow, missing aeration.

use super::{Books, Decisions, NEGLIGIBLE, tidied, tidy};
use crate::plan::WastewaterPlan;
use crate::rank::ShortfallClass;
use crate::site::{ById, Wastewater};

const NEAR_H: f64 = 1e-9;

impl Books<'_> {
    pub(super) fn wastewater(&mut self, d: &Decisions) -> ById<WastewaterPlan> {
        let problem = self.problem;
        let mut plans = ById::new();
        for (id, plant) in &problem.site.wastewater {
            let inflow = &problem.series.wastewater_m3_per_h[id];
            let mut plan = WastewaterPlan {
                flow_m3_per_h: tidied(&d.wastewater_m3_per_h[id]),
                demand_kw: tidied(&d.wastewater_kw[id]),
                ..WastewaterPlan::default()
            };
            let mut level = problem.start.wastewater(&problem.site, id).level_m3;
            for (t, inflow) in inflow.iter().enumerate() {
                let dt = problem.grid.dt_h(t);
                level += dt * (inflow - plan.flow_m3_per_h[t]);
                // A millionth below empty is the arithmetic of rounding.
                level = level.max(0.0);
                let over = (level - plant.equalisation_m3).max(0.0);
                level -= over;
                plan.overflow_m3_per_h.push(tidy(over / dt));
                plan.level_m3.push(tidy(level));
            }
            let mut by_step = self.over_time(plan.overflow_m3_per_h.iter().copied());
            for (t, m3) in self.missing_aeration(id, plant, &plan.demand_kw).iter().enumerate() {
                by_step[t] = tidy(by_step[t] + m3);
            }
            let path = format!("wastewater.{id}");
            self.declare(ShortfallClass::Wastewater, path.clone(), by_step);
            if let Some(most) = problem.end.wastewater_m3.get(id) {
                let room: Vec<f64> = plan.level_m3.iter().map(|level| -level).collect();
                self.declare_end(ShortfallClass::EndStockTank, path, -most, &room);
            }
            plans.insert(id.clone(), plan);
        }
        plans
    }

    /// Aeration that a local day lacks, in its last step, and the least aeration of each step beyond
    /// the longest pause; both as the wastewater that it would have treated, m3.
    fn missing_aeration(&self, id: &str, plant: &Wastewater, demand_kw: &[f64]) -> Vec<f64> {
        let grid = &self.problem.grid;
        let inflow = &self.problem.series.wastewater_m3_per_h[id];
        let mut by_step = vec![0.0; grid.len()];
        for steps in grid.steps_by_day() {
            let sum = |rate: &dyn Fn(usize) -> f64| -> f64 {
                steps.iter().map(|t| grid.dt_h(*t) * rate(*t)).sum()
            };
            let of_inflow = plant.aeration_min_frac * sum(&|t| inflow[t]);
            let asked_m3 = of_inflow.min(sum(&|_| plant.max_kw) / plant.energy_kwh_per_m3);
            let missing = asked_m3 - sum(&|t| demand_kw[t]) / plant.energy_kwh_per_m3;
            if let (Some(last), true) = (steps.last(), missing > NEGLIGIBLE) {
                by_step[*last] += missing;
            }
        }
        let mut paused_h = self.problem.start.wastewater(&self.problem.site, id).paused_h;
        for (t, kw) in demand_kw.iter().enumerate() {
            paused_h = if *kw > 0.0 { 0.0 } else { paused_h + grid.dt_h(t) };
            if paused_h > plant.max_pause_h + NEAR_H {
                by_step[t] += grid.dt_h(t) * plant.least_kw() / plant.energy_kwh_per_m3;
            }
        }
        by_step
    }
}
