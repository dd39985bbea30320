//! What cases of both formats share: a camp of sets and one load.
//!
//! A megawatt of a case is a kilowatt of the model, which is a scale and changes no cost. Curves of
//! cost are stated as curves of fuel at a price of 1 a litre: a litre is then one of money. Sets share
//! no load (`load_sharing = "free"`); load that goes unserved is a shortfall, so that a plan without
//! shortfalls serves it exactly.

use camp_solver::problem::{EndStock, Series};
use camp_solver::site::{Genset, GensetStart, Site, StartState};
use camp_solver::{Problem, TimeGrid};
use serde_json::json;
use std::collections::BTreeMap;

/// A set of a case.
pub(crate) struct Set {
    pub(crate) id: String,
    pub(crate) set: Genset,
    pub(crate) start: GensetStart,
    pub(crate) must_run: bool,
}

/// The name of an asset, of the letters that a site file allows.
pub(crate) fn id(name: &str) -> String {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    name.to_ascii_lowercase().chars().map(|c| if lawful(c) { c } else { '_' }).collect()
}

/// A set with a curve and nothing else.
pub(crate) fn set(curve_kw: &[f64], cost_per_h: &[f64]) -> Genset {
    serde_json::from_value(json!({
        "rated_kw": curve_kw.last(),
        "fuel_curve_kw": curve_kw,
        "fuel_curve_l_per_h": cost_per_h,
        "load_sharing": "free",
    }))
    .unwrap()
}

/// A camp of these sets, with one load and steps of `step_h`.
pub(crate) fn of(name: &str, step_h: f64, demand_kw: &[f64], sets: Vec<Set>) -> Problem {
    let steps = demand_kw.len();
    let mut site: Site = serde_json::from_value(json!({
        "version": 1,
        "name": id(name),
        "place": {
            "latitude_deg": 0, "longitude_deg": 0, "altitude_m": 0, "time_zone": "Etc/UTC"
        },
        "money": { "currency": "USD", "fuel_price_per_l": 1.0 },
        "load": { "all": { "tier": "T1", "typical_kw": vec![0.0; 24] } },
    }))
    .unwrap();
    let (mut start, mut series) = (StartState::default(), Series::default());
    series.demand_kw.insert("load.all".to_owned(), demand_kw.to_vec());
    for set in sets {
        let id = id(&set.id);
        if set.must_run {
            series.must_run.insert(id.clone(), vec![true; steps]);
        }
        start.genset.insert(id.clone(), set.start);
        let twice = site.genset.insert(id.clone(), set.set);
        assert!(twice.is_none(), "two sets are called {id}");
    }
    let minutes = (step_h * 60.0).round();
    let minutes = (1..=1440).find(|m| f64::from(*m) >= minutes).unwrap_or(60);
    let midnight = "2026-01-01T00:00:00Z".parse().unwrap();
    Problem {
        site,
        grid: TimeGrid::uniform(midnight, minutes, steps, 0),
        start,
        series,
        unavailable: BTreeMap::new(),
        traces: Vec::new(),
        traces_part_after_h: None,
        end: EndStock::default(),
    }
}

/// Adds a source that gives between `least` and `most`.
pub(crate) fn add_array(problem: &mut Problem, name: &str, least_kw: &[f64], most_kw: &[f64]) {
    let id = id(name);
    let rated = most_kw.iter().copied().fold(1.0, f64::max);
    let array = json!({
        "peak_kwp": rated, "inverter_kw": rated, "typical_kw_per_kwp": vec![0.0; 24]
    });
    let twice = problem.site.solar.insert(id.clone(), serde_json::from_value(array).unwrap());
    assert!(twice.is_none(), "two sources are called {id}");
    problem.series.solar_available_kw.insert(id.clone(), most_kw.to_vec());
    if least_kw.iter().any(|kw| *kw > 0.0) {
        problem.series.solar_least_kw.insert(id, least_kw.to_vec());
    }
}
