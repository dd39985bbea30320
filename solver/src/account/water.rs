//! The books of the water plant.

use super::{Books, Decisions, NEGLIGIBLE, tidied, tidy};
use crate::plan::{FlowPlan, TankPlan, TapsPlan};
use crate::rank::ShortfallClass;
use crate::site::ById;

impl Books<'_> {
    pub(super) fn flows(&mut self, d: &Decisions) -> (ById<FlowPlan>, ById<FlowPlan>) {
        let flow = |values: &[f64], kwh_per_m3: f64| {
            let flow_m3_per_h = tidied(values);
            let demand_kw = flow_m3_per_h.iter().map(|f| tidy(f * kwh_per_m3)).collect();
            FlowPlan { flow_m3_per_h, demand_kw }
        };
        let site = &self.problem.site;
        let wells = site.well.iter();
        let well = wells
            .map(|(id, w)| (id.clone(), flow(&d.well_m3_per_h[id], w.energy_kwh_per_m3())))
            .collect();
        let lines = site.treatment.iter();
        let treatment: ById<FlowPlan> = lines
            .map(|(id, l)| (id.clone(), flow(&d.treatment_m3_per_h[id], l.energy_kwh_per_m3)))
            .collect();
        for (id, line) in &site.treatment {
            let Some(daily) = line.daily_product_m3 else {
                continue;
            };
            let mut by_step = vec![0.0; self.problem.grid.len()];
            for steps in self.problem.grid.steps_by_day() {
                let dt = |t: &usize| self.problem.grid.dt_h(*t);
                let asked = daily * steps.iter().map(dt).sum::<f64>() / 24.0;
                let made: f64 = steps.iter().map(|t| dt(t) * treatment[id].flow_m3_per_h[*t]).sum();
                if let (Some(last), true) = (steps.last(), asked - made > NEGLIGIBLE) {
                    by_step[*last] = tidy(asked - made);
                }
            }
            self.declare(ShortfallClass::Water, format!("treatment.{id}"), by_step);
        }
        (well, treatment)
    }

    pub(super) fn taps(&mut self, d: &Decisions) -> ById<TapsPlan> {
        let mut plans = ById::new();
        for (id, taps) in &self.problem.site.taps {
            let asked = &self.problem.series.taps_m3_per_h[id];
            let unserved: Vec<f64> = std::iter::zip(&d.taps_unserved_m3_per_h[id], asked)
                .map(|(u, asked)| if *u > NEGLIGIBLE { tidy(u.min(*asked)) } else { 0.0 })
                .collect();
            let delivered: Vec<f64> =
                std::iter::zip(asked, &unserved).map(|(a, u)| tidy(a - u)).collect();
            let demand_kw = delivered.iter().map(|m3| tidy(m3 * taps.booster_kwh_per_m3)).collect();
            let by_step = self.over_time(unserved.iter().copied());
            self.declare(ShortfallClass::Water, format!("taps.{id}"), by_step);
            let plan =
                TapsPlan { delivered_m3_per_h: delivered, unserved_m3_per_h: unserved, demand_kw };
            plans.insert(id.clone(), plan);
        }
        plans
    }

    pub(super) fn tanks(
        &mut self,
        well: &ById<FlowPlan>,
        treatment: &ById<FlowPlan>,
        taps: &ById<TapsPlan>,
    ) -> ById<TankPlan> {
        let problem = self.problem;
        let site = &problem.site;
        let mut plans = ById::new();
        for (id, tank) in &site.tank {
            let mut level = problem.start.tank_m3(site, id);
            let mut level_m3 = Vec::new();
            for t in 0..problem.grid.len() {
                let mut net = 0.0;
                for (w, plan) in well {
                    net += if site.well[w].to_tank == *id { plan.flow_m3_per_h[t] } else { 0.0 };
                }
                for (l, plan) in treatment {
                    let (line, made) = (&site.treatment[l], plan.flow_m3_per_h[t]);
                    net += if line.to_tank == *id { made } else { 0.0 };
                    net -= if line.from_tank == *id { made / line.recovery_frac } else { 0.0 };
                }
                for (x, plan) in taps {
                    let out = plan.delivered_m3_per_h[t];
                    net -= if site.taps[x].from_tank == *id { out } else { 0.0 };
                }
                level += problem.grid.dt_h(t) * net;
                level_m3.push(tidy(level));
            }
            let path = format!("tank.{id}");
            let by_step = self.over_time(level_m3.iter().map(|m3| tank.floor_m3() - m3));
            self.declare(ShortfallClass::TankFloor, path.clone(), by_step);
            let target = problem.end.tank_m3.get(id).copied().unwrap_or(0.0);
            self.declare_end(ShortfallClass::EndStockTank, path, target, &level_m3);
            plans.insert(id.clone(), TankPlan { level_m3 });
        }
        plans
    }
}
