//! A set's run hours before its service, and its burn-off, as plain numbers.

use super::Unit;
use crate::problem::Problem;
use crate::site::Rotation;
use std::ops::Range;

/// What a service or a burn-off asks of a set; such a set is a fleet of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RunHours {
    /// Steps, and most hours that the set may run in them before they fall short, h.
    pub(crate) limits: Vec<(Range<usize>, f64)>,
    /// Steps of each burn-off, and its least power, kW.
    pub(crate) burn_offs: Vec<(Range<usize>, f64)>,
}

impl RunHours {
    pub(super) fn new(problem: &Problem, id: &str) -> Self {
        let (grid, steps) = (&problem.grid, problem.grid.len());
        let mut limits = Vec::new();
        if let Some(state) = problem.service_state(id) {
            let is_in = |t: &usize| problem.is_in_service(id, *t);
            let first = (0..steps).find(is_in).unwrap_or(steps);
            let after = (0..steps).rfind(is_in).map_or(steps, |last| last + 1);
            limits.push((0..first, state.may_run_h()));
            limits.push((after..steps, state.every_h + state.slack_h));
        }
        let length_h = |of: &Range<usize>| grid.offset_h(of.end) - grid.offset_h(of.start);
        limits.retain(|(of, most_h)| *most_h < length_h(of));
        let asked = problem.site.genset.get(id).and_then(|g| Some((g, g.burn_off.as_ref()?)));
        let least_kw = asked.map_or(0.0, |(set, b)| b.at_frac * set.rated_kw);
        let burn_offs = problem.burn_off_steps(id).into_iter();
        Self { limits, burn_offs: burn_offs.map(|steps| (steps, least_kw)).collect() }
    }
}

/// How like sets take turns: as the site asks, and levelled where their run hours could otherwise come
/// to lie further apart than it allows.
pub(super) fn rotation(problem: &Problem, units: &[Unit]) -> Rotation {
    let plant = &problem.site.plant;
    let hours = units.iter().filter_map(|unit| problem.run_hours_h(&unit.id));
    let ends = hours.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), h| (a.min(h), b.max(h)));
    let could_be_h = ends.1 - ends.0 + problem.grid.total_h();
    match plant.run_hours_spread_max_h {
        Some(most_h) if plant.rotation == Rotation::None && could_be_h > most_h => {
            Rotation::Equalise
        }
        _ => plant.rotation,
    }
}
