//! The books of a set's run hours, its service, and its hours at low load.

use super::{Books, tidy};
use crate::plan::{ServicePlan, UpkeepPlan};
use crate::problem::Unplaced;
use crate::rank::ShortfallClass;

/// Times closer than this are equal, h.
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
            let why = match problem.place_service(id) {
                Err(Unplaced::NoHours) => ServicePlan::NO_HOURS,
                Err(Unplaced::NoCover) => ServicePlan::NO_COVER,
                Err(Unplaced::Taken) | Ok(_) => ServicePlan::TAKEN,
            };
            ServicePlan { due_h, from: None, to: None, waits: Some(why.to_owned()) }
        })
    }

    /// Hours at low load since the last burn-off, and by how long one that is owed is late.
    fn low_load(&mut self, id: &str, running: &[bool], power_kw: &[f64], plan: &mut UpkeepPlan) {
        let (problem, set) = (self.problem, &self.problem.site.genset[id]);
        let Some(mut course) = problem.low_load(id) else {
            return;
        };
        let mut by_step = Vec::with_capacity(running.len());
        for (t, on) in running.iter().enumerate() {
            let passed = course.pass(set, problem.grid.dt_h(t), on.then_some(power_kw[t]));
            if passed.is_burnt_off {
                plan.burnt_off_at.get_or_insert(problem.grid.start_of(t + 1));
            }
            by_step.push(if passed.late_h > NEAR_H { tidy(passed.late_h) } else { 0.0 });
        }
        plan.low_load_h = Some(tidy(course.low_h));
        self.declare(ShortfallClass::BurnOff, format!("genset.{id}"), by_step);
    }
}
