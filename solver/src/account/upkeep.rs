//! The books of a set's run hours, its service, and its hours at low load.

use super::{Books, tidy};
use crate::plan::{ServicePlan, UpkeepPlan};
use crate::rank::ShortfallClass;

/// Power nearer to a limit than this is at it, kW; times closer than that are equal, h.
const NEAR_KW: f64 = 1e-3;
const NEAR_H: f64 = 1e-9;

impl Books<'_> {
    pub(super) fn upkeep(&mut self, id: &str, running: &[bool], power_kw: &[f64]) -> UpkeepPlan {
        let mut plan = UpkeepPlan {
            run_hours_h: self.run_hours(id, running),
            service: self.service(id),
            ..UpkeepPlan::default()
        };
        self.low_load(id, running, power_kw, &mut plan);
        plan
    }

    /// Hours run by the end; those beyond a service and its slack fall short.
    fn run_hours(&mut self, id: &str, running: &[bool]) -> Option<f64> {
        let problem = self.problem;
        let mut run_h = problem.run_hours_h(id)?;
        let state = problem.service_state(id);
        let mut most_h = state.map_or(f64::INFINITY, |s| s.due_h + s.slack_h);
        let mut by_step = Vec::with_capacity(running.len());
        for (t, on) in running.iter().enumerate() {
            let before_h = run_h;
            run_h += if *on { problem.grid.dt_h(t) } else { 0.0 };
            let over_h = (run_h - most_h.max(before_h)).max(0.0);
            by_step.push(if over_h > NEAR_H { tidy(over_h) } else { 0.0 });
            if let (true, Some(state)) = (problem.is_in_service(id, t), state) {
                most_h = run_h + state.every_h + state.slack_h;
            }
        }
        self.declare(ShortfallClass::Service, format!("genset.{id}"), by_step);
        Some(tidy(run_h))
    }

    fn service(&self, id: &str) -> Option<ServicePlan> {
        let problem = self.problem;
        let state = problem.service_state(id);
        let due_h = state.map(|s| s.due_h);
        if let Some((from, to)) =
            problem.service_at(id).filter(|(from, _)| *from < problem.grid.end())
        {
            return Some(ServicePlan { due_h, from: Some(from), to: Some(to), waits: None });
        }
        let agreed = problem.service_at(id).is_some();
        let waits = state.filter(|s| !agreed && s.is_due_within(problem.grid.total_h()));
        waits.map(|_| {
            let why = problem.place_service(id).err().unwrap_or("another service has its time");
            ServicePlan { due_h, from: None, to: None, waits: Some(why.to_owned()) }
        })
    }

    /// Hours at low load since the last burn-off, and by how long one that is owed is late.
    fn low_load(&mut self, id: &str, running: &[bool], power_kw: &[f64], plan: &mut UpkeepPlan) {
        let (problem, set) = (self.problem, &self.problem.site.genset[id]);
        let Some(burn_off) = &set.burn_off else {
            return;
        };
        let (mut low_h, mut owed_h) = problem.low_load_h(id, burn_off);
        let mut high_h = problem.high_load_h(id);
        let mut by_step = Vec::with_capacity(running.len());
        for (t, on) in running.iter().enumerate() {
            let (dt_h, kw) = (problem.grid.dt_h(t), power_kw[t]);
            let is_high = *on && kw + NEAR_KW >= burn_off.at_frac * set.rated_kw;
            let is_low = *on && kw + NEAR_KW < burn_off.below_frac * set.rated_kw;
            high_h = if is_high { high_h + dt_h } else { 0.0 };
            low_h += if is_low { dt_h } else { 0.0 };
            let mut late_h = 0.0;
            if high_h + NEAR_H >= burn_off.for_h {
                (low_h, owed_h) = (0.0, None);
                plan.burnt_off_at.get_or_insert(problem.grid.start_of(t + 1));
            } else if let Some(before_h) = owed_h {
                late_h = (before_h + dt_h - burn_off.within_h.max(before_h)).max(0.0);
                owed_h = Some(before_h + dt_h);
            } else if low_h + NEAR_H >= burn_off.after_h {
                owed_h = Some(0.0);
            }
            by_step.push(if late_h > NEAR_H { tidy(late_h) } else { 0.0 });
        }
        plan.low_load_h = Some(tidy(low_h));
        self.declare(ShortfallClass::BurnOff, format!("genset.{id}"), by_step);
    }
}
