//! Fuel by the rules: no set runs on what is not there.

use super::CampState;
use super::choice::Choice;
use crate::account::{fuel_l_per_h, start_of};
use crate::problem::Problem;
use crate::site::ById;

fn arriving(problem: &Problem, t: usize) -> ById<f64> {
    let stores = problem.site.fuel_store.keys();
    stores.map(|id| (id.clone(), problem.fuel_arrivals(id)[t])).collect()
}

/// The combinations that the fuel in store carries through the step, even at full load; no set at all
/// where it carries none.
pub(super) fn carried(
    problem: &Problem,
    t: usize,
    camp: &CampState,
    combinations: Vec<Vec<String>>,
) -> Vec<Vec<String>> {
    if problem.site.fuel_store.is_empty() {
        return combinations;
    }
    let delivered = problem.fuel_step(&camp.fuel_l, &arriving(problem, t), 0.0);
    let there = camp.fuel_l.values().sum::<f64>()
        + delivered.values().map(|step| step.delivered_l).sum::<f64>();
    let most = |id: &String| {
        let set = &problem.site.genset[id];
        let full = set.fuel_curve_l_per_h.iter().copied().fold(0.0, f64::max);
        problem.grid.dt_h(t) * full + set.most_start_fuel_l()
    };
    let lasts = |running: &Vec<String>| running.iter().map(most).sum::<f64>() <= there;
    let carried: Vec<_> = combinations.into_iter().filter(lasts).collect();
    if carried.is_empty() { vec![Vec::new()] } else { carried }
}

/// Takes from the stores what a step burns.
pub(super) fn burn(problem: &Problem, t: usize, camp: &mut CampState, choice: &Choice) {
    let mut litres = 0.0;
    for state in camp.sets.iter().filter(|s| choice.running.contains(&s.id)) {
        let set = &problem.site.genset[&state.id];
        let kw = set.rated_kw * choice.load_frac;
        litres +=
            problem.grid.dt_h(t) * fuel_l_per_h(&set.fuel_curve_kw, &set.fuel_curve_l_per_h, kw);
        litres += if state.running { 0.0 } else { start_of(set, state.for_h).0 };
    }
    let steps = problem.fuel_step(&camp.fuel_l, &arriving(problem, t), litres);
    for (id, step) in steps {
        if let Some(level) = camp.fuel_l.get_mut(&id) {
            *level += step.delivered_l - step.drawn_l;
        }
    }
}
