//! Random camps.

use super::extras::{Extras, extras};
use crate::camp::{charge, full_site, level, midnight, running};
use camp_solver::problem::{EndStock, Series};
use camp_solver::site::{BatchStart, Site, ThermalStart};
use camp_solver::{Problem, TimeGrid};
use chrono::TimeDelta;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A random camp: what stands there, how it starts, and six hours of half-hour steps.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) sizes: Vec<f64>,
    pub(crate) curve: usize,
    pub(crate) load: Vec<f64>,
    pub(crate) sun: Vec<f64>,
    pub(crate) water: f64,
    pub(crate) heat: Vec<f64>,
    pub(crate) fill: f64,
    pub(crate) fuel: f64,
    /// Local hour at which the six hours begin.
    pub(crate) hour: u32,
    pub(crate) laundry: (u32, Vec<f64>),
    pub(crate) charge: f64,
    pub(crate) raw: f64,
    pub(crate) treated: f64,
    pub(crate) out: Option<usize>,
    pub(crate) first_on: bool,
    pub(crate) battery: bool,
    pub(crate) reserve: bool,
    pub(crate) extras: Extras,
}

pub(crate) const STEPS: usize = 12;

pub(crate) fn draw() -> impl Strategy<Value = Draw> {
    let size = prop_oneof![Just(40.0), Just(60.0), Just(100.0)];
    (
        (prop::collection::vec(size, 1..4), 0_usize..3, prop::collection::vec(0.05..1.3, STEPS)),
        (prop::collection::vec(0.0..80.0, STEPS), 0.0..7.0, 0.0..1.0, 0.0..40.0, 0.0..100.0),
        (prop::option::of(0_usize..3), any::<bool>(), any::<bool>(), any::<bool>()),
        (
            prop::collection::vec(0.0..30.0, STEPS),
            (0.0..1.0, prop_oneof![Just(5000.0), 0.0..400.0]),
            0_u32..24,
            (0_u32..8, prop::collection::vec(0.1..1.0, 0..4)),
        ),
        extras(),
    )
        .prop_map(
            |((sizes, curve, load), (sun, water, charge, raw, treated), rest, placed, extras)| {
                Draw {
                    sizes,
                    curve,
                    load,
                    sun,
                    water,
                    heat: placed.0,
                    fill: placed.1.0,
                    fuel: placed.1.1,
                    hour: placed.2,
                    laundry: placed.3,
                    charge,
                    raw,
                    treated,
                    out: rest.0,
                    first_on: rest.1,
                    battery: rest.2,
                    reserve: rest.3,
                    extras,
                }
            },
        )
}

fn site(draw: &Draw) -> Site {
    let mut site = full_site();
    let template = site.genset["g1"].clone();
    site.genset.clear();
    for (i, r) in draw.sizes.iter().enumerate() {
        let mut set = template.clone();
        set.rated_kw = *r;
        set.fuel_curve_kw = vec![0.25 * r, 0.5 * r, 0.75 * r, *r];
        set.fuel_curve_l_per_h = match draw.curve {
            0 => vec![0.11 * r, 0.16 * r, 0.22 * r, 0.29 * r],
            1 => vec![0.11 * r, 0.18 * r, 0.24 * r, 0.29 * r],
            _ => vec![0.11 * r, 0.16 * r, 0.24 * r, 0.29 * r],
        };
        set.running_cost_per_h = 0.02 * r;
        site.genset.insert(format!("g{}", i + 1), set);
    }
    if !draw.battery {
        site.battery.clear();
        site.start.battery.clear();
    }
    if !draw.reserve {
        site.reserve.load_frac = 0.0;
        site.reserve.solar_frac = 0.0;
    }
    site.start.genset.clear();
    draw.extras.change_site(&mut site);
    site
}

pub(crate) fn problem(draw: &Draw) -> Problem {
    let site = site(draw);
    let start = midnight() + TimeDelta::hours(i64::from(draw.hour));
    let grid = draw.extras.grid(TimeGrid::uniform(start, 30, STEPS, 120));
    let capacity: f64 = draw.sizes.iter().sum();
    let consumers = site.consumers();
    let share = 1.0 / consumers.len() as f64;
    let load: Vec<f64> = draw.load.iter().map(|l| 0.8 * l * capacity * share).collect();
    let taps = BTreeMap::from([("camp".to_owned(), vec![draw.water; STEPS])]);
    let series = Series {
        demand_kw: consumers.iter().map(|(path, ..)| (path.clone(), load.clone())).collect(),
        solar_available_kw: BTreeMap::from([("pv".to_owned(), draw.sun.clone())]),
        heat_kw: BTreeMap::from([("hot".to_owned(), draw.heat.clone())]),
        wastewater_m3_per_h: site.wastewater_m3_per_h(&taps),
        taps_m3_per_h: taps,
        ..Series::default()
    };
    let mut problem = Problem {
        start: site.start.clone(),
        end: EndStock::default(),
        unavailable: BTreeMap::new(),
        traces: Vec::new(),
        traces_part_after_h: None,
        site,
        grid,
        series,
    };
    if draw.battery {
        charge(&mut problem, "bess", draw.charge);
    }
    level(&mut problem, "raw", draw.raw);
    level(&mut problem, "treated", draw.treated);
    problem.start.thermal_store.insert("hot".to_owned(), ThermalStart { fill_frac: draw.fill });
    if let Some(depot) = problem.start.fuel_store.get_mut("depot") {
        depot.level_l = draw.fuel;
    }
    let (done_today, running_left_h) = draw.laundry.clone();
    problem.start.batch.insert("laundry".to_owned(), BatchStart { done_today, running_left_h });
    if draw.first_on {
        running(&mut problem, "g1", 0.25);
    }
    if let Some(i) = draw.out.filter(|i| *i < draw.sizes.len()) {
        let out = (0..STEPS).map(|t| (3..7).contains(&t)).collect();
        problem.unavailable.insert(format!("genset.g{}", i + 1), out);
    }
    draw.extras.change_problem(&mut problem);
    problem.end = EndStock::as_start(&problem.site, &problem.start);
    problem
}
