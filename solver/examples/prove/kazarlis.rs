//! Cases of Kazarlis, Bakirtzis and Petridis (1996): hot and cold starts, a reserve, quadratic costs.

use super::problem::{self, Set};
use camp_solver::site::{GensetStart, MinimumLoad, StartTier};
use camp_solver::{Plan, Problem};
use serde::Deserialize;

/// A case as its file states it; megawatts, hours, money.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) time_step_h: f64,
    pub(crate) units: Vec<Unit>,
    pub(crate) demand_mw: Vec<f64>,
    pub(crate) spinning_reserve_mw: Vec<f64>,
}

/// One set.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) p_min_mw: f64,
    pub(crate) p_max_mw: f64,
    pub(crate) cost_const: f64,
    pub(crate) cost_lin_per_mwh: f64,
    pub(crate) cost_quad_per_mw2h: f64,
    pub(crate) min_up_h: f64,
    pub(crate) min_down_h: f64,
    pub(crate) hot_start_cost: f64,
    pub(crate) cold_start_cost: f64,
    pub(crate) cold_start_hours: f64,
    /// Hours on if above 0, hours off if below.
    pub(crate) initial_status_h: f64,
}

/// Most money per hour by which a set's straight lines lie above its parabola, as a share of what it
/// costs at its least load.
const CURVE_ERROR_FRAC: f64 = 1e-5;
/// Most points that a curve may have.
const MOST_POINTS: f64 = 50.0;

impl Unit {
    /// Money per hour at `mw`.
    pub(crate) fn cost(&self, mw: f64) -> f64 {
        self.cost_const + self.cost_lin_per_mwh * mw + self.cost_quad_per_mw2h * mw * mw
    }

    /// Lines that the parabola is cut into, of like width.
    fn lines(&self) -> f64 {
        let band = self.p_max_mw - self.p_min_mw;
        let one = self.cost_quad_per_mw2h * band * band / 4.0;
        let wanted = (one / (CURVE_ERROR_FRAC * self.cost(self.p_min_mw))).sqrt().ceil();
        wanted.clamp(1.0, MOST_POINTS - 1.0)
    }

    /// The most by which the lines lie above the parabola, money per hour.
    fn error(&self) -> f64 {
        let width = (self.p_max_mw - self.p_min_mw) / self.lines();
        self.cost_quad_per_mw2h * width * width / 4.0
    }

    fn set(&self, step_h: f64) -> Set {
        let lines = self.lines();
        let at = |i: f64| self.p_min_mw + (self.p_max_mw - self.p_min_mw) * i / lines;
        let points = std::iter::successors(Some(0.0), |i| (*i < lines).then_some(i + 1.0));
        let curve_kw: Vec<f64> = points.map(at).collect();
        let mut set =
            problem::set(&curve_kw, &curve_kw.iter().map(|mw| self.cost(*mw)).collect::<Vec<_>>());
        set.min_load_frac = self.p_min_mw / self.p_max_mw;
        set.min_load = MinimumLoad::Hard;
        set.min_up_h = self.min_up_h;
        set.min_down_h = self.min_down_h;
        set.start_cost = self.hot_start_cost;
        // Hot up to these hours off, so cold from the next step on.
        let after_off_h = self.min_down_h + self.cold_start_hours + step_h;
        if self.cold_start_cost > self.hot_start_cost {
            let start_cost = self.cold_start_cost;
            set.start_tiers = vec![StartTier { after_off_h, start_fuel_l: 0.0, start_cost }];
        }
        let (running, for_h) = (self.initial_status_h > 0.0, self.initial_status_h.abs());
        Set { id: self.id.clone(), set, start: GensetStart::new(running, for_h), must_run: false }
    }
}

impl Case {
    /// The case as a problem: a megawatt of the case is a kilowatt of the model.
    pub(crate) fn problem(&self) -> Problem {
        let sets = self.units.iter().map(|u| u.set(self.time_step_h)).collect();
        let mut problem = problem::of("kazarlis", self.time_step_h, &self.demand_mw, sets);
        problem.series.reserve_kw.clone_from(&self.spinning_reserve_mw);
        problem
    }

    /// The cost of a plan with the parabolas themselves, and the most by which the plan's own lines
    /// may lie above them, both in money.
    pub(crate) fn exact(&self, plan: &Plan) -> (f64, f64) {
        let (mut burn, mut error) = (0.0, 0.0);
        for unit in &self.units {
            let set = &plan.genset[&problem::id(&unit.id)];
            for (on, mw) in set.running.iter().zip(&set.power_kw) {
                if *on {
                    burn += self.time_step_h * unit.cost(*mw);
                    error += self.time_step_h * unit.error();
                }
            }
        }
        (burn + plan.ledger.start_cost, error)
    }

    /// The most by which the lines can lie above the parabolas in any plan, money.
    pub(crate) fn most_error(&self) -> f64 {
        let steps = self.demand_mw.len() as f64;
        steps * self.time_step_h * self.units.iter().map(Unit::error).sum::<f64>()
    }
}
