//! The books of sets, one by one and together.

use super::mean_load::MeanLoad;
use super::{Books, Decisions, NEGLIGIBLE, fuel_l_per_h, tidy};
use crate::plan::GensetPlan;
use crate::rank::ShortfallClass;
use crate::site::{ById, Genset};

/// Wear of running outside the preferred band in step `t`, money per h.
pub(super) fn band_cost_per_h(set: &Genset, plan: &GensetPlan, t: usize) -> f64 {
    if !plan.running[t] {
        return 0.0;
    }
    let (low_kw, high_kw) = set.preferred_band_kw();
    let outside_kw = (low_kw - plan.power_kw[t]).max(plan.power_kw[t] - high_kw).max(0.0);
    set.outside_band_cost_per_kwh * outside_kw
}

/// 1 in each step in which a set starts.
fn starts_by_step(running_before: bool, running: &[bool]) -> Vec<u32> {
    let before = std::iter::once(&running_before).chain(running);
    std::iter::zip(before, running).map(|(before, on)| u32::from(*on && !before)).collect()
}

impl Books<'_> {
    pub(super) fn gensets(&mut self, d: &Decisions) -> ById<GensetPlan> {
        let mut plans = ById::new();
        for (id, set) in &self.problem.site.genset {
            let running = d.running[id].clone();
            let power_kw: Vec<f64> = std::iter::zip(&running, &d.power_kw[id])
                .enumerate()
                .map(|(t, (on, kw))| {
                    let most_kw = self.problem.genset_available_kw(id, t);
                    if *on { tidy(kw.clamp(0.0, most_kw)) } else { 0.0 }
                })
                .collect();
            let fuel = |(on, kw): (&bool, &f64)| {
                let l = fuel_l_per_h(&set.fuel_curve_kw, &set.fuel_curve_l_per_h, *kw);
                if *on { tidy(l) } else { 0.0 }
            };
            let fuel_l_per_h = std::iter::zip(&running, &power_kw).map(fuel).collect();
            let mut before = self.problem.start.genset(id).running;
            let mut starts = 0;
            for on in &running {
                starts += u32::from(*on && !before);
                before = *on;
            }
            let under = std::iter::zip(&running, &power_kw)
                .map(|(on, kw)| if *on { set.min_load_kw() - kw } else { 0.0 });
            let by_step = self.over_time(under);
            self.declare(ShortfallClass::MinimumLoad, format!("genset.{id}"), by_step);
            if let Some(most) = set.max_starts_per_day {
                let state = self.problem.start.genset(id);
                let started = starts_by_step(state.running, &running);
                let by_step = self.over_a_day(&started, most, state.starts_today);
                self.declare(ShortfallClass::Starts, format!("genset.{id}"), by_step);
            }
            self.mean_load(id, &running, &power_kw);
            let upkeep = self.upkeep(id, &running, &power_kw);
            let plan = GensetPlan { running, power_kw, fuel_l_per_h, starts, upkeep };
            plans.insert(id.clone(), plan);
        }
        self.like_sets(&mut plans);
        plans
    }

    /// The mean load of the running hours of 24 h: each step books by how much the largest excess of
    /// a window that ends with a step has grown, kWh.
    fn mean_load(&mut self, id: &str, running: &[bool], power_kw: &[f64]) {
        let (problem, set) = (self.problem, &self.problem.site.genset[id]);
        let Some(most_frac) = set.mean_load_24h_max_frac else {
            return;
        };
        let told_kw = &problem.start.genset(id).last_24h_kw;
        let allowed = MeanLoad { rated_kw: set.rated_kw, most_frac, told_kw };
        let offset_h: Vec<f64> = (0..=running.len()).map(|t| problem.grid.offset_h(t)).collect();
        let growth = allowed.growth_kwh(&offset_h, running, power_kw).into_iter();
        let by_step = growth.map(|more| if more > NEGLIGIBLE { tidy(more) } else { 0.0 }).collect();
        self.declare(ShortfallClass::MeanLoad, format!("genset.{id}"), by_step);
    }

    /// Starts beyond the most of their local day, by step; `had` were in the first day before it.
    fn over_a_day(&self, started: &[u32], most: u32, had: u32) -> Vec<f64> {
        let mut over = vec![0.0; started.len()];
        let mut had = had;
        for steps in self.problem.grid.steps_by_day() {
            let mut count = std::mem::take(&mut had);
            for t in steps {
                let beyond = |count: u32| count.saturating_sub(most);
                over[t] = f64::from(beyond(count + started[t]) - beyond(count));
                count += started[t];
            }
        }
        over
    }

    /// What the sets keep together: quiet hours, and the starts of a day.
    pub(super) fn plant(&mut self, plans: &ById<GensetPlan>) {
        let problem = self.problem;
        let over = (0..problem.grid.len()).map(|t| {
            let running = plans.values().filter(|g| g.running[t]).count() as f64;
            problem.quiet_sets(t).map_or(0.0, |most| running - f64::from(most))
        });
        let by_step = self.over_time(over);
        self.declare(ShortfallClass::QuietHours, "plant".to_owned(), by_step);
        let Some(most) = problem.site.plant.max_starts_per_day else {
            return;
        };
        let mut started = vec![0; problem.grid.len()];
        for (id, plan) in plans {
            let before = problem.start.genset(id).running;
            let of_set = starts_by_step(before, &plan.running);
            started.iter_mut().zip(of_set).for_each(|(all, one)| *all += one);
        }
        let had = plans.keys().map(|id| problem.start.genset(id).starts_today).sum();
        let by_step = self.over_a_day(&started, most, had);
        self.declare(ShortfallClass::Starts, "plant".to_owned(), by_step);
    }
}
