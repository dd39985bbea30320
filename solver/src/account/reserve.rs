//! Operating reserve: what is asked, and what running sets and batteries could add.

use super::{Books, load_kw, tidy};
use crate::plan::{GensetPlan, Plan, ReservePlan};
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::{Genset, Site};

/// What a battery in reach can sustain, kW, from the energy above what it keeps.
pub(crate) fn sustained_kw(site: &Site, id: &str, stored_kwh: f64, kept_kwh: f64) -> f64 {
    let battery = &site.battery[id];
    let energy = (stored_kwh - kept_kwh).max(0.0);
    let kw = battery.discharge_efficiency_frac * energy / site.reserve.battery_sustain_h;
    kw.min(battery.discharge_max_kw)
}

impl Books<'_> {
    /// What a battery in reach can sustain, from the start and from the end of step `t`, kW.
    pub(super) fn sustained_kw(&self, plan: &Plan, id: &str, t: usize) -> f64 {
        let (problem, stored) = (self.problem, &plan.battery[id].stored_kwh);
        let start = || problem.start.battery_kwh(&problem.site, id);
        let before = if t == 0 { start() } else { stored[t - 1] };
        sustained_kw(&problem.site, id, before.min(stored[t]), self.kept_kwh[id])
    }

    pub(super) fn reserve(&mut self, plan: &Plan) -> ReservePlan {
        let (problem, site) = (self.problem, &self.problem.site);
        let mut reserve = ReservePlan::default();
        for t in 0..problem.grid.len() {
            let load = load_kw(plan, t);
            let solar: f64 = plan.solar.values().map(|s| s.power_kw[t]).sum();
            let shares = site.reserve.load_frac * load + site.reserve.solar_frac * solar;
            let required = shares + problem.reserve_kw(t);
            reserve.required_kw.push(tidy(required));
            let mut carried = 0.0;
            for (id, g) in plan.genset.iter().filter(|(_, g)| g.running[t]) {
                carried += self.set_kw(id, g, t);
            }
            for (id, b) in &plan.battery {
                if !problem.is_available("battery", id, t) || !problem.reserve_is_asked() {
                    continue;
                }
                let sustained = self.sustained_kw(plan, id, t);
                carried += sustained + b.charge_kw[t] - b.discharge_kw[t];
            }
            reserve.carried_kw.push(tidy(carried));
        }
        if problem.reserve_is_asked() {
            let missing = std::iter::zip(&reserve.required_kw, &reserve.carried_kw);
            let by_step = self.over_time(missing.map(|(r, c)| r - c));
            self.declare(ShortfallClass::Reserve, "bus".to_owned(), by_step);
        }
        reserve
    }

    /// What a running set could add in a step, kW: up to its rating, or less where a start, the stop
    /// to come or its ramp allows less.
    fn set_kw(&self, id: &str, plan: &GensetPlan, t: usize) -> f64 {
        let (problem, set) = (self.problem, &self.problem.site.genset[id]);
        let kw = plan.power_kw[t];
        if !set.has_power_limits() {
            return problem.genset_available_kw(id, t) - kw;
        }
        let ran_before = match t {
            0 => problem.start.genset(id).running,
            _ => plan.running[t - 1],
        };
        let stops_next = plan.running.get(t + 1).is_some_and(|on| !on);
        let mut most_kw = problem.genset_available_kw(id, t);
        if !ran_before {
            most_kw = most_kw.min(set.start_up_max_kw.unwrap_or(set.rated_kw));
        }
        if stops_next && problem.set_can_run(id, t + 1) {
            most_kw = most_kw.min(set.shut_down_max_kw.unwrap_or(set.rated_kw));
        }
        if let Some(ramp) = set.ramp_up_kw_per_h {
            most_kw =
                most_kw.min(ramp_from_kw(problem, set, id, plan, t) + ramp * passed_h(problem, t));
        }
        most_kw - kw
    }
}

/// The power that a ramp up to step `t` counts from, kW: a start counts from the least load.
fn ramp_from_kw(problem: &Problem, set: &Genset, id: &str, plan: &GensetPlan, t: usize) -> f64 {
    let (ran, kw) = match t {
        0 => (problem.start.genset(id).running, problem.start.genset_kw(&problem.site, id)),
        _ => (plan.running[t - 1], plan.power_kw[t - 1]),
    };
    if ran { kw } else { set.min_load_kw() }
}

/// From the middle of the step before to that of `t`; for the first step its length, h.
fn passed_h(problem: &Problem, t: usize) -> f64 {
    let dt_h = |t: usize| problem.grid.dt_h(t);
    if t == 0 { dt_h(0) } else { 0.5 * (dt_h(t - 1) + dt_h(t)) }
}
