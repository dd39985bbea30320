//! Sets as fleets: like sets are counted, not told apart, until the plan is read.
//!
//! Counting takes the symmetry out of the search. It is exact: like sets that share load in
//! proportion run at the same load, and handing starts to the set that has stood longest and stops
//! to the set that has run longest never breaks a least time on or off that the counts keep.

use super::run_hours::rotation;
use super::{RunHours, Upkeep};
use crate::problem::Problem;
use crate::site::{Genset, GensetStart, LoadSharing, MinimumLoad, Rotation, StartTier};

/// One set of a fleet.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) start: GensetStart,
    pub(crate) run_hours_h: f64,
    /// Run hours left to its next service, and those between services; of a set without a service, what
    /// its hours alone say.
    pub(crate) service_left_h: f64,
    pub(crate) service_every_h: f64,
}

/// A stretch of a fuel curve on which it is convex: exact without a binary of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) from_kw: f64,
    pub(crate) fuel_at_from_l_per_h: f64,
    /// Width, kW, and slope, L/kWh, of each line, slopes rising.
    pub(crate) lines: Vec<(f64, f64)>,
}

/// Like sets with like availability.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) name: String,
    pub(crate) units: Vec<Unit>,
    pub(crate) available: Vec<bool>,
    pub(crate) rated_kw: f64,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) min_load_kw: f64,
    pub(crate) min_load_hard: bool,
    pub(crate) min_up_h: f64,
    pub(crate) min_down_h: f64,
    pub(crate) start_fuel_l: f64,
    pub(crate) start_cost: f64,
    pub(crate) running_cost_per_h: f64,
    pub(crate) shares_load: bool,
    /// What binds the power of one step to that of the next; such a set is a fleet of one.
    pub(crate) limits: Option<PowerLimits>,
    /// Colder starts; such a set is a fleet of one.
    pub(crate) start_tiers: Vec<Tier>,
    /// For each step, whether the fleet must run, where it can.
    pub(crate) must_run: Vec<bool>,
    pub(crate) upkeep: Upkeep,
    pub(crate) run_hours: RunHours,
    pub(crate) rotation: Rotation,
    /// Whether any number of sets may have run before the first step, at no start and owing nothing.
    pub(crate) any_start: bool,
}

/// Ramps and limits of start and stop. Ramps count power above the least load.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PowerLimits {
    pub(crate) ramp_up_kw_per_h: Option<f64>,
    pub(crate) ramp_down_kw_per_h: Option<f64>,
    pub(crate) start_up_max_kw: f64,
    pub(crate) shut_down_max_kw: f64,
    /// Power in the step before the first, kW.
    pub(crate) before_kw: f64,
}

/// What a start takes more than a hot one, from a time off on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tier {
    pub(crate) after_off_h: f64,
    pub(crate) more_fuel_l: f64,
    pub(crate) more_cost: f64,
}

impl Fleet {
    /// Sets that run before the first step.
    pub(crate) fn running_at_start(&self) -> usize {
        self.units.iter().filter(|u| u.start.running).count()
    }

    /// The piece of the fuel curve on which a set stands at `kw`.
    pub(crate) fn piece_at(&self, kw: f64) -> usize {
        self.pieces.iter().rposition(|p| kw + 1e-6 >= p.from_kw).unwrap_or(0)
    }

    /// Whether at least one set of the fleet can run in step `t`, however it ran before: after an
    /// outage it has been off for no longer than since the outage began.
    pub(crate) fn can_run(&self, t: usize, offset_h: impl Fn(usize) -> f64) -> bool {
        const TOLERANCE_H: f64 = 1e-9;
        let last_out = self.available[..=t].iter().rposition(|ok| !ok);
        let began = last_out.map(|last| {
            self.available[..last].iter().rposition(|ok| *ok).map_or(0, |still_in| still_in + 1)
        });
        self.available[t]
            && self.units.iter().any(|u| {
                let off_h = match (u.start.running, began) {
                    (true, None) => return true,
                    (_, Some(out)) if u.start.running || out > 0 => offset_h(t) - offset_h(out),
                    _ => u.start.for_h + offset_h(t),
                };
                off_h + TOLERANCE_H >= self.min_down_h
            })
    }
}

/// The fleets of a camp. A set with a set-point of its own is a fleet of one.
pub(super) fn fleets(problem: &Problem) -> Vec<Fleet> {
    grouped(problem, true)
}

/// Every set a fleet of one.
pub(super) fn apart(problem: &Problem) -> Vec<Fleet> {
    grouped(problem, false)
}

fn grouped(problem: &Problem, like_together: bool) -> Vec<Fleet> {
    let mut groups: Vec<(&Genset, Fleet)> = Vec::new();
    for (id, set) in &problem.site.genset {
        let mut start = problem.start.genset(id);
        if start.running && problem.fuel_ends(problem.fuel_start().values().sum(), set) {
            // Nothing is owed on fuel that is not there.
            start.for_h = start.for_h.max(set.min_up_h);
        }
        let run_hours_h = problem.run_hours_h(id).unwrap_or(0.0);
        let due_h = problem.service_state(id).map_or(0.0, |s| s.due_h);
        let (service_left_h, service_every_h) = (due_h - run_hours_h, set.service_every_h());
        let id = id.clone();
        let unit = Unit { id, start, run_hours_h, service_left_h, service_every_h };
        let id = unit.id.as_str();
        let available =
            (0..problem.grid.len()).map(|t| problem.set_can_run(id, t)).collect::<Vec<_>>();
        let upkeep = Upkeep::new(problem, id, set);
        let alike = groups.iter_mut().find(|(other, fleet)| {
            like_together
                && counts(problem, id, set)
                && counts(problem, &fleet.units[0].id, other)
                && is_alike(set, other)
                && fleet.available == available
                && fleet.upkeep == upkeep
        });
        if let Some((_, fleet)) = alike {
            fleet.units.push(unit);
        } else {
            groups.push((set, fleet(problem, set, unit, available)));
        }
    }
    let fleets = groups.into_iter().map(|(_, fleet)| fleet);
    fleets.map(|fleet| Fleet { rotation: rotation(problem, &fleet.units), ..fleet }).collect()
}

/// Whether a set may be counted among its like: what it did before makes no difference, and like
/// sets stand at one load, because they share it or because that is cheapest.
fn counts(problem: &Problem, id: &str, set: &Genset) -> bool {
    let one_load = match set.load_sharing {
        LoadSharing::Proportional => true,
        LoadSharing::Free => curve(set).len() == 1,
        LoadSharing::BaseLoad => false,
    };
    let memory = set.has_power_limits() || !set.start_tiers.is_empty();
    one_load && !memory && !problem.is_set_apart(id) && !problem.series.must_run.contains_key(id)
}

fn is_alike(a: &Genset, b: &Genset) -> bool {
    let numbers = |g: &Genset| {
        [
            g.rated_kw,
            g.min_load_frac,
            g.min_up_h,
            g.min_down_h,
            g.start_fuel_l,
            g.start_cost,
            g.running_cost_per_h,
        ]
        .map(f64::to_bits)
    };
    numbers(a) == numbers(b)
        && a.fuel_curve_kw == b.fuel_curve_kw
        && a.fuel_curve_l_per_h == b.fuel_curve_l_per_h
        && a.min_load == b.min_load
        && a.load_sharing == b.load_sharing
}

fn fleet(problem: &Problem, set: &Genset, unit: Unit, available: Vec<bool>) -> Fleet {
    let limits = PowerLimits {
        ramp_up_kw_per_h: set.ramp_up_kw_per_h,
        ramp_down_kw_per_h: set.ramp_down_kw_per_h,
        start_up_max_kw: set.start_up_max_kw.unwrap_or(set.rated_kw),
        shut_down_max_kw: set.shut_down_max_kw.unwrap_or(set.rated_kw),
        before_kw: problem.start.genset_kw(&problem.site, &unit.id),
    };
    let tier = |t: &StartTier| Tier {
        after_off_h: t.after_off_h,
        more_fuel_l: t.start_fuel_l - set.start_fuel_l,
        more_cost: t.start_cost - set.start_cost,
    };
    let upkeep = Upkeep::new(problem, &unit.id, set);
    let run_hours = RunHours::new(problem, &unit.id);
    Fleet {
        limits: set.has_power_limits().then_some(limits),
        start_tiers: set.start_tiers.iter().map(tier).collect(),
        must_run: (0..problem.grid.len()).map(|t| problem.must_run(&unit.id, t)).collect(),
        name: format!("genset.{}", unit.id),
        units: vec![unit],
        available,
        rated_kw: set.rated_kw,
        pieces: curve(set),
        min_load_kw: set.min_load_kw(),
        min_load_hard: set.min_load == MinimumLoad::Hard,
        min_up_h: set.min_up_h,
        min_down_h: set.min_down_h,
        start_fuel_l: set.start_fuel_l,
        start_cost: set.start_cost,
        running_cost_per_h: set.running_cost_per_h,
        shares_load: set.load_sharing == LoadSharing::Proportional,
        upkeep,
        run_hours,
        rotation: problem.site.plant.rotation,
        any_start: false,
    }
}

/// The pieces of a set's curve, over the loads at which it may run.
fn curve(set: &Genset) -> Vec<Piece> {
    let hard = set.min_load == MinimumLoad::Hard;
    let from_kw = if hard { set.min_load_kw().min(set.rated_kw) } else { 0.0 };
    pieces(&set.fuel_curve_kw, &set.fuel_curve_l_per_h, from_kw)
}

/// Cuts a fuel curve, from `from_kw` up, into its convex pieces; below its first point the first line
/// goes on.
fn pieces(kw: &[f64], l_per_h: &[f64], from_kw: f64) -> Vec<Piece> {
    let line = kw[1..].iter().position(|end| from_kw <= *end).unwrap_or(kw.len() - 2);
    let slope = |(x0, y0): (f64, f64), (x1, y1): (f64, f64)| (y1 - y0) / (x1 - x0);
    let curve: Vec<(f64, f64)> = kw.iter().copied().zip(l_per_h.iter().copied()).collect();
    let from_l = curve[line].1 + (from_kw - kw[line]) * slope(curve[line], curve[line + 1]);
    let mut points = vec![(from_kw, from_l)];
    points.extend(curve[1..].iter().filter(|(kw, _)| *kw > from_kw + 1e-9));
    let start = |(from_kw, fuel_at_from_l_per_h)| Piece {
        from_kw,
        fuel_at_from_l_per_h,
        lines: Vec::new(),
    };
    let mut pieces = vec![start(points[0])];
    let mut before = f64::NEG_INFINITY;
    for ends in points.windows(2) {
        let rises = slope(ends[0], ends[1]);
        if rises < before - 1e-12 {
            pieces.push(start(ends[0]));
        }
        if let Some(piece) = pieces.last_mut() {
            piece.lines.push((ends[1].0 - ends[0].0, rises));
        }
        before = rises;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convex_curve_is_one_piece_from_no_load() {
        let list = pieces(&[50.0, 100.0, 150.0, 200.0], &[17.8, 29.1, 41.6, 54.5], 0.0);
        assert_eq!(list.len(), 1);
        assert!((list[0].fuel_at_from_l_per_h - 6.5).abs() < 1e-9);
        assert!((list[0].lines[0].0 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_curve_is_cut_where_it_bends_down() {
        let list = pieces(&[14.5, 29.0, 43.5, 58.0], &[5.0, 8.0, 12.0, 15.0], 0.0);
        let cuts: Vec<f64> = list.iter().map(|p| p.from_kw).collect();
        assert_eq!(cuts, [0.0, 43.5]);
    }

    #[test]
    fn a_hard_minimum_load_is_where_the_curve_begins() {
        let list = pieces(&[14.5, 29.0, 43.5, 58.0], &[5.0, 8.0, 12.0, 15.0], 36.25);
        assert!((list[0].from_kw - 36.25).abs() < 1e-9);
        assert!((list[0].fuel_at_from_l_per_h - 10.0).abs() < 1e-9);
        assert!((list[0].lines[0].0 - 7.25).abs() < 1e-9);
        assert_eq!(list.len(), 2);
        assert!(pieces(&[5.0, 10.0], &[1.0, 2.0], 10.0)[0].lines.is_empty());
    }
}
