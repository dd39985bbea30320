//! How far like sets are apart at the end of a plan: their run hours, and their next services.

use super::{Books, tidy};
use crate::plan::{GensetPlan, LikeSetsPlan};
use crate::site::{ById, Genset};

impl Books<'_> {
    /// Tells each set how far it and its like are apart; only of sets whose run hours are known.
    pub(super) fn like_sets(&self, plans: &mut ById<GensetPlan>) {
        let (problem, sets) = (self.problem, &self.problem.site.genset);
        let known: Vec<(&String, f64)> = plans
            .iter()
            .filter_map(|(id, p)| {
                sets.get_key_value(id).map(|(id, _)| id).zip(p.upkeep.run_hours_h)
            })
            .collect();
        let left: Vec<Option<f64>> =
            known.iter().map(|(id, _)| self.service_left_h(id, &plans[*id].running)).collect();
        for (i, (id, _)) in known.iter().enumerate() {
            let others =
                || (0..known.len()).filter(|j| *j != i && is_like(&sets[*id], &sets[known[*j].0]));
            if others().next().is_none() {
                continue;
            }
            let hours = others().chain([i]).map(|j| known[j].1);
            let (least, most) =
                hours.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), h| (a.min(h), b.max(h)));
            let spread_h = tidy(most - least);
            let over = |limit_h: f64| tidy((spread_h - limit_h).max(0.0));
            let apart = others().filter_map(|j| {
                let every_h = sets[*id].service_every_h().min(sets[known[j].0].service_every_h());
                let later_h = (left[j]? - left[i]?).rem_euclid(every_h);
                Some(later_h.min(every_h - later_h))
            });
            let like_sets = LikeSetsPlan {
                spread_h,
                over_h: problem.site.plant.run_hours_spread_max_h.map(over),
                services_apart_h: apart.reduce(f64::min).map(tidy),
            };
            if let Some(plan) = plans.get_mut(*id) {
                plan.upkeep.like_sets = Some(like_sets);
            }
        }
    }

    /// Run hours from the end of the plan to a set's next service, h.
    fn service_left_h(&self, id: &str, running: &[bool]) -> Option<f64> {
        let state = self.problem.service_state(id)?;
        let (mut run_h, mut due_h) = (state.run_hours_h, state.due_h);
        for (t, on) in running.iter().enumerate() {
            run_h += if *on { self.problem.grid.dt_h(t) } else { 0.0 };
            if self.problem.is_in_service(id, t) {
                due_h = run_h + state.every_h;
            }
        }
        Some(due_h - run_h)
    }
}

/// Whether two sets are of one make: of one rating, with one curve.
fn is_like(a: &Genset, b: &Genset) -> bool {
    a.rated_kw.to_bits() == b.rated_kw.to_bits()
        && a.fuel_curve_kw == b.fuel_curve_kw
        && a.fuel_curve_l_per_h == b.fuel_curve_l_per_h
}
