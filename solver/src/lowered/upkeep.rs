//! What a set's maker and its camp ask of its running, as plain numbers.

use crate::problem::Problem;
use crate::site::Genset;

/// What is asked of the running of a set; like sets agree in all of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Upkeep {
    /// For each step, what heat and height leave of the rating, kW.
    pub(crate) available_kw: Vec<f64>,
    pub(crate) max_starts_per_day: Option<u32>,
    /// The preferred band, kW.
    pub(crate) band_kw: (f64, f64),
    pub(crate) outside_band_cost_per_kwh: f64,
    /// Most mean load of the running hours of 24 h, share of the rating.
    pub(crate) mean_load_max_frac: Option<f64>,
}

impl Upkeep {
    pub(super) fn new(problem: &Problem, id: &str, set: &Genset) -> Self {
        let steps = 0..problem.grid.len();
        Self {
            available_kw: steps.map(|t| problem.genset_available_kw(id, t)).collect(),
            max_starts_per_day: set.max_starts_per_day,
            band_kw: set.preferred_band_kw(),
            outside_band_cost_per_kwh: set.outside_band_cost_per_kwh,
            mean_load_max_frac: set.mean_load_24h_max_frac,
        }
    }
}

/// What all sets keep together.
#[derive(Debug)]
pub(crate) struct Plant {
    pub(crate) sets: usize,
    /// For each step, most sets that quiet hours allow; `None`: any number.
    pub(crate) quiet_sets: Vec<Option<u32>>,
    pub(crate) max_starts_per_day: Option<u32>,
    /// Starts in the first step's day, before it.
    pub(crate) starts_today: u32,
}

pub(super) fn plant(problem: &Problem) -> Plant {
    let ids = problem.site.genset.keys();
    Plant {
        sets: problem.site.genset.len(),
        quiet_sets: (0..problem.grid.len()).map(|t| problem.quiet_sets(t)).collect(),
        max_starts_per_day: problem.site.plant.max_starts_per_day,
        starts_today: ids.map(|id| problem.start.genset(id).starts_today).sum(),
    }
}
