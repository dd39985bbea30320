//! The stock of fuel, all stores as one.

use crate::problem::Problem;

/// What all stores hold together.
#[derive(Debug, Clone)]
pub(crate) struct FuelStock {
    pub(crate) start_l: f64,
    pub(crate) capacity_l: f64,
    /// Litres that arrive with each step.
    pub(crate) arriving_l: Vec<f64>,
}

/// The stock, if all sets at full load and a start of each in every step would use it up. A stock
/// that cannot run out needs no rows.
pub(super) fn stock(problem: &Problem) -> Option<FuelStock> {
    let site = &problem.site;
    if site.fuel_store.is_empty() {
        return None;
    }
    let start_l: f64 = problem.fuel_start().values().sum();
    let (mut l_per_h, mut start_fuel_l) = (0.0, 0.0);
    for set in site.genset.values() {
        l_per_h += set.fuel_curve_l_per_h.iter().copied().fold(0.0, f64::max);
        start_fuel_l += set.most_start_fuel_l();
    }
    let most_l = l_per_h * problem.grid.total_h() + start_fuel_l * problem.grid.len() as f64;
    if start_l > most_l {
        return None;
    }
    let mut arriving_l = vec![0.0; problem.grid.len()];
    for (id, store) in &site.fuel_store {
        // Of several stores one may be full while another is empty. What a store takes if nothing is
        // burnt, it takes in any case; of one store the rows themselves know the room.
        let mut level_l = problem.start.fuel_l(site, id);
        for (sum, litres) in arriving_l.iter_mut().zip(problem.fuel_arrivals(id)) {
            let room_l = (store.capacity_l - level_l).max(0.0);
            let taken_l = if site.fuel_store.len() == 1 { litres } else { litres.min(room_l) };
            level_l += taken_l;
            *sum += taken_l;
        }
    }
    let capacity_l = site.fuel_store.values().map(|s| s.capacity_l).sum();
    Some(FuelStock { start_l, capacity_l, arriving_l })
}
