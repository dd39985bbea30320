//! The books of the water plant.

use super::{Books, Decisions, NEGLIGIBLE, tidied, tidy};
use crate::plan::{FlowPlan, TankPlan, TapsPlan, TreatmentPlan};
use crate::rank::ShortfallClass;
use crate::site::{ById, Well};

impl Books<'_> {
    pub(super) fn wells(&mut self, d: &Decisions) -> ById<FlowPlan> {
        let wells = self.problem.site.well.iter();
        let plan = |(id, well): (&String, &Well)| {
            let flow_m3_per_h = tidied(&d.well_m3_per_h[id]);
            let kwh_per_m3 = well.energy_kwh_per_m3();
            let demand_kw = flow_m3_per_h.iter().map(|f| tidy(f * kwh_per_m3)).collect();
            (id.clone(), FlowPlan { flow_m3_per_h, demand_kw })
        };
        wells.map(plan).collect()
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
        treatment: &ById<TreatmentPlan>,
        taps: &ById<TapsPlan>,
    ) -> ById<TankPlan> {
        let problem = self.problem;
        let site = &problem.site;
        let mut plans = ById::new();
        for id in site.tank.keys() {
            let mut level = problem.start.tank_m3(site, id);
            let mut level_m3 = Vec::new();
            for t in 0..problem.grid.len() {
                let dt_h = problem.grid.dt_h(t);
                let mut net = 0.0;
                for (w, plan) in well {
                    net += if site.well[w].to_tank == *id { plan.flow_m3_per_h[t] } else { 0.0 };
                }
                for (l, plan) in treatment {
                    let (line, made) = (&site.treatment[l], plan.flow_m3_per_h[t]);
                    net += if line.to_tank == *id { made } else { 0.0 };
                    if line.from_tank == *id {
                        let before = match t {
                            0 => problem.start.treatment(l).trains_running,
                            _ => plan.trains_running[t - 1],
                        };
                        let starts = plan.trains_running[t].saturating_sub(before);
                        let flush_m3 = line.flush_m3_per_stop.unwrap_or(0.0) * f64::from(starts);
                        net -= made / line.recovery_frac + flush_m3 / dt_h;
                    }
                }
                for (x, plan) in taps {
                    let out = plan.delivered_m3_per_h[t];
                    net -= if site.taps[x].from_tank == *id { out } else { 0.0 };
                }
                level += dt_h * net;
                level_m3.push(tidy(level));
            }
            let path = format!("tank.{id}");
            let floor_m3 = problem.tank_floor_m3(id);
            let by_step = self.over_time(level_m3.iter().map(|m3| floor_m3 - m3));
            self.declare(ShortfallClass::TankFloor, path.clone(), by_step);
            let target = problem.end.tank_m3.get(id).copied().unwrap_or(0.0);
            self.declare_end(ShortfallClass::EndStockTank, path, target, &level_m3);
            plans.insert(id.clone(), TankPlan { level_m3 });
        }
        plans
    }
}
