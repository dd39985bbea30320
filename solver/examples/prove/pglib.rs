//! Cases in the format of pglib-uc (`power-grid-lib/pglib-uc`, its `MODEL.tex`), steps of an hour.

use super::problem::{self, Set};
use camp_solver::Problem;
use camp_solver::site::{GensetStart, MinimumLoad, StartTier};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A case as its file states it; megawatts, hours, money.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    demand: Vec<f64>,
    reserves: Vec<f64>,
    thermal_generators: BTreeMap<String, Thermal>,
    renewable_generators: BTreeMap<String, Renewable>,
}

#[derive(Debug, Clone, Deserialize)]
struct Thermal {
    must_run: u8,
    power_output_minimum: f64,
    power_output_maximum: f64,
    ramp_up_limit: f64,
    ramp_down_limit: f64,
    ramp_startup_limit: f64,
    ramp_shutdown_limit: f64,
    time_up_minimum: f64,
    time_down_minimum: f64,
    power_output_t0: f64,
    unit_on_t0: u8,
    time_up_t0: f64,
    time_down_t0: f64,
    startup: Vec<Start>,
    piecewise_production: Vec<Point>,
}

#[derive(Debug, Clone, Deserialize)]
struct Start {
    lag: f64,
    cost: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Point {
    mw: f64,
    cost: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Renewable {
    power_output_minimum: Vec<f64>,
    power_output_maximum: Vec<f64>,
}

impl Thermal {
    fn set(&self, id: &str) -> Set {
        let points = self.piecewise_production.iter();
        let (mut kw, mut cost): (Vec<f64>, Vec<f64>) = points.map(|p| (p.mw, p.cost)).unzip();
        if kw.len() == 1 {
            // A set of one load: below it, where it never runs, cost is in proportion.
            (kw, cost) = (vec![0.0, kw[0]], vec![0.0, cost[0]]);
        }
        let slope = (cost[1] - cost[0]) / (kw[1] - kw[0]);
        if cost[0] < slope * kw[0] {
            // The first line would cost less than nothing at no load, where the set never runs.
            kw.insert(0, 0.0);
            cost.insert(0, 0.0);
        }
        let mut set = problem::set(&kw, &cost);
        set.min_load_frac = self.power_output_minimum / self.power_output_maximum;
        set.min_load = MinimumLoad::Hard;
        set.min_up_h = self.time_up_minimum;
        set.min_down_h = self.time_down_minimum;
        set.ramp_up_kw_per_h = Some(self.ramp_up_limit);
        set.ramp_down_kw_per_h = Some(self.ramp_down_limit);
        let least = set.min_load_kw().min(self.power_output_maximum);
        let within = |mw: f64| mw.clamp(least, self.power_output_maximum);
        set.start_up_max_kw = Some(within(self.ramp_startup_limit));
        set.shut_down_max_kw = Some(within(self.ramp_shutdown_limit));
        set.start_cost = self.startup[0].cost;
        let colder = self.startup.iter().skip(1);
        set.start_tiers = colder
            .map(|s| StartTier { after_off_h: s.lag, start_fuel_l: 0.0, start_cost: s.cost })
            .collect();
        let running = self.unit_on_t0 == 1;
        let start = GensetStart {
            running,
            for_h: if running { self.time_up_t0 } else { self.time_down_t0 },
            power_kw: running.then_some(self.power_output_t0),
            ..GensetStart::default()
        };
        Set { id: id.to_owned(), set, start, must_run: self.must_run == 1 }
    }

    /// The first of `steps` hours in which the set owes running time from before.
    fn owes_steps(&self, steps: usize) -> usize {
        let owed = |step: &usize| self.time_up_t0 + (*step as f64) < self.time_up_minimum;
        if self.unit_on_t0 == 1 { (0..steps).take_while(owed).count() } else { 0 }
    }
}

impl Case {
    /// What of the case the translation does not carry.
    pub(crate) fn not_carried(&self) -> Option<String> {
        let hot = |g: &Thermal| g.startup[0].lag > g.time_down_minimum.max(1.0);
        let (name, _) = self.thermal_generators.iter().find(|(_, g)| hot(g))?;
        Some(format!("{name} may start before its hottest start is stated"))
    }

    /// The case as a problem: a megawatt of the case is a kilowatt of the model.
    pub(crate) fn problem(&self, name: &str) -> Problem {
        let sets = self.thermal_generators.iter().map(|(id, g)| g.set(id)).collect();
        let mut problem = problem::of(name, 1.0, &self.demand, sets);
        problem.series.reserve_kw.clone_from(&self.reserves);
        for (id, g) in &self.thermal_generators {
            // A hard minimum load lets a set stop that owes running time; these cases do not.
            let steps = self.demand.len();
            let (id, owed) = (problem::id(id), g.owes_steps(steps));
            if owed > 0 {
                let asked = problem.series.must_run.entry(id).or_insert_with(|| vec![false; steps]);
                asked.iter_mut().take(owed).for_each(|must| *must = true);
            }
        }
        for (id, g) in &self.renewable_generators {
            let (least, most) = (&g.power_output_minimum, &g.power_output_maximum);
            problem::add_array(&mut problem, id, least, most);
        }
        problem
    }
}
