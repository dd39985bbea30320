//! The bus: sets, sun and batteries carry the load of a moment.
//!
//! Sets share in proportion to their ratings. Between their least and most load they give what the
//! dispatch asks; a battery balances the bus within its limits, and what it cannot do the sets must. Sun
//! is held back where it would push the sets below their least load and no battery takes it: controllers
//! of solar-diesel plants do so to keep sets from reverse power and from wet stacking.

use super::{Orders, Plant};
use crate::twin::Truth;
use camp_solver::Site;
use std::collections::BTreeMap;

/// Who balances the bus while sets are on it. Without sets batteries do.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Dispatch {
    /// Batteries keep to their set-points, sets follow.
    #[default]
    SetPoints,
    /// Sets give this together, kW; batteries balance.
    Hold(f64),
    /// Sets follow the load; batteries take what is under the sets' least and give what is over their most.
    Follow,
    /// As `Follow`, but batteries first give what they hold above this state of charge.
    GiveBack(f64),
}

impl Plant {
    pub(super) fn bus(
        &mut self,
        site: &Site,
        truth: &Truth,
        orders: &Orders,
        load_kw: f64,
        dt_h: f64,
    ) {
        let on_bus = || self.sets.iter().filter(|(_, s)| s.on_bus());
        let rated_kw: f64 = on_bus().map(|(id, _)| site.genset[id].rated_kw).sum();
        let least_kw: f64 = on_bus().map(|(id, _)| site.genset[id].min_load_kw()).sum();
        let formed = rated_kw > 0.0 || site.battery.values().any(|b| b.grid_forming);
        let mut sun_kw = BTreeMap::new();
        let mut offered_kw = 0.0;
        for (id, array) in &site.solar {
            let limit = orders.solar_limit_kw.get(id).copied().unwrap_or(array.inverter_kw);
            let there = truth.sun_kw.get(id).copied().unwrap_or(0.0).min(array.inverter_kw);
            offered_kw += there;
            sun_kw.insert(id.clone(), if formed { there.min(limit) } else { 0.0 });
        }
        let net_kw = load_kw - sun_kw.values().sum::<f64>();
        let target_kw = self.target_kw(site, orders, net_kw, (least_kw, rated_kw), dt_h);
        // What batteries are to give beside the sets, the first ones first; positive: out of them.
        let mut flows: BTreeMap<String, f64> = BTreeMap::new();
        let mut left_kw = net_kw - target_kw;
        for id in site.battery.keys() {
            let flow = self.within_battery(site, id, left_kw, dt_h);
            left_kw -= flow;
            flows.insert(id.clone(), flow);
        }
        let mut sets_kw = target_kw + left_kw;
        if sets_kw < least_kw {
            let mut held_back_kw = least_kw - sets_kw;
            for kw in sun_kw.values_mut() {
                let curtailed = kw.min(held_back_kw);
                *kw -= curtailed;
                held_back_kw -= curtailed;
                sets_kw += curtailed;
            }
        }
        self.missing_kw = if formed { (sets_kw - rated_kw).max(0.0) } else { load_kw };
        let sets_kw = sets_kw.clamp(0.0, rated_kw);
        for (id, set) in &mut self.sets {
            let share = if rated_kw > 0.0 { site.genset[id].rated_kw / rated_kw } else { 0.0 };
            set.power_kw = if set.on_bus() { sets_kw * share } else { 0.0 };
        }
        self.flow(site, flows, dt_h);
        (self.load_kw, self.offered_kw, self.solar_kw) = (load_kw, offered_kw, sun_kw);
    }

    /// What the sets are to give together, kW, if batteries can make up the rest.
    fn target_kw(
        &self,
        site: &Site,
        orders: &Orders,
        net_kw: f64,
        (least_kw, rated_kw): (f64, f64),
        dt_h: f64,
    ) -> f64 {
        let target_kw = match orders.dispatch {
            Dispatch::SetPoints => {
                let of = |id| orders.battery_kw.get(id).copied().unwrap_or((0.0, 0.0));
                let set_points = site.battery.keys().map(|id| (id, of(id)));
                let flows =
                    set_points.map(|(id, (c, d))| self.within_battery(site, id, d - c, dt_h));
                net_kw - flows.sum::<f64>()
            }
            Dispatch::Hold(kw) => kw,
            Dispatch::Follow => net_kw,
            Dispatch::GiveBack(keep_frac) => {
                let gives = site.battery.iter().map(|(id, b)| {
                    let above_kwh = self.stored_kwh[id] - keep_frac * b.energy_kwh;
                    let kw = above_kwh * b.discharge_efficiency_frac / dt_h;
                    self.within_battery(site, id, kw.max(0.0), dt_h)
                });
                net_kw - gives.sum::<f64>()
            }
        };
        target_kw.clamp(least_kw.min(rated_kw), rated_kw)
    }

    /// Energy into and out of the batteries.
    fn flow(&mut self, site: &Site, flows: BTreeMap<String, f64>, dt_h: f64) {
        for (id, flow) in flows {
            let battery = &site.battery[&id];
            let (charge, discharge) = ((-flow).max(0.0), flow.max(0.0));
            let gain = charge * battery.charge_efficiency_frac
                - discharge / battery.discharge_efficiency_frac;
            if let Some(stored) = self.stored_kwh.get_mut(&id) {
                *stored = (*stored + gain * dt_h).clamp(0.0, battery.energy_kwh);
            }
            self.battery_kw.insert(id, (charge, discharge));
        }
    }

    /// A flow as the battery can do it, kW out of it.
    fn within_battery(&self, site: &Site, id: &str, flow: f64, dt_h: f64) -> f64 {
        let battery = &site.battery[id];
        let stored = self.stored_kwh[id];
        let out = (stored - battery.min_kwh()).max(0.0) * battery.discharge_efficiency_frac / dt_h;
        let into = (battery.max_kwh() - stored).max(0.0) / battery.charge_efficiency_frac / dt_h;
        flow.min(battery.discharge_max_kw).min(out).max(-battery.charge_max_kw.min(into))
    }
}
