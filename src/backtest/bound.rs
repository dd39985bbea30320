//! What the course needs at least: no plan that knows everything beforehand burns less. By windows of a day
//! with prices between them (docs/model.md, section 22); any prices give a bound, so it may stop at any
//! round.

use camp_solver::site::Genset;
use camp_solver::{
    Chain, Problem, Site, SolveOptions, StockPrices, WindowBound, window_bound, windows,
};
use serde::Serialize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How hard to look for a high bound.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundOptions {
    /// Hours of a window, in whole local days.
    pub window_h: f64,
    /// Most rounds of prices.
    pub rounds: u32,
    /// A round that brings less than this share ends it, once the prices have settled.
    pub least_gain_frac: f64,
    /// Gap at which the search of a window stops, share of its litres.
    pub gap_frac: f64,
    /// Longest time for a window, s.
    pub time_limit_s: f64,
    /// Windows looked at at once.
    pub threads: usize,
}

impl Default for BoundOptions {
    fn default() -> Self {
        Self {
            window_h: 24.0,
            rounds: 30,
            least_gain_frac: 1e-4,
            gap_frac: 5e-4,
            time_limit_s: 10.0,
            threads: 2,
        }
    }
}

/// A lower bound of the litres, from the start stocks to the same end stocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bound {
    /// No plan without any shortfall burns less, L.
    pub bound_l: f64,
    /// Rounds of prices.
    pub rounds: u32,
    /// How far plans of the single windows lie above their bounds in the last round, share: what a longer
    /// search of each window could still bring.
    pub windows_gap_frac: f64,
    /// Seconds by the clock.
    pub seconds: f64,
}

/// Rounds without a gain that end it.
const PATIENCE: u32 = 4;

/// The bound of a whole course, a problem of any length. `told` hears the bound after each round. Fails
/// where a window has no plan without any shortfall, and says which.
pub fn bound(
    whole: &Problem,
    options: &BoundOptions,
    told: &dyn Fn(u32, f64),
) -> Result<Bound, String> {
    let began = Instant::now();
    let parts = windows(whole, options.window_h);
    let mut chain = Chain::new(&whole.site, parts.len(), &first_prices(&whole.site));
    let (mut rounds, mut idle, mut windows_gap_frac) = (0, 0, 0.0);
    while rounds < options.rounds && idle < PATIENCE {
        let found = look(&parts, &chain, options)?;
        let before = chain.bound_l();
        let round_l = chain.learn(&found).map_err(|e| e.to_string())?;
        windows_gap_frac = gap(&found, round_l);
        rounds += 1;
        told(rounds, chain.bound_l());
        let gained = chain.bound_l() - before > options.least_gain_frac * chain.bound_l().abs();
        idle = if gained { 0 } else { idle + 1 };
    }
    let bound_l = chain.bound_l().max(0.0);
    let seconds = began.elapsed().as_secs_f64();
    Ok(Bound { bound_l, rounds, windows_gap_frac, seconds })
}

/// Every window at the chain's prices, several at once.
fn look(
    parts: &[Problem],
    chain: &Chain,
    options: &BoundOptions,
) -> Result<Vec<WindowBound>, String> {
    let prices = chain.prices();
    let solve = SolveOptions {
        gap_frac: options.gap_frac,
        time_limit_s: options.time_limit_s,
        ..SolveOptions::default()
    };
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Result<WindowBound, String>>>> =
        Mutex::new(vec![None; parts.len()]);
    let work = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(i) else { return };
            let one = window_bound(part, chain.ends(&prices, i), &solve)
                .map_err(|e| format!("from {}: {e}", part.grid.start));
            if let Ok(mut found) = found.lock()
                && let Some(place) = found.get_mut(i)
            {
                *place = Some(one);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(work);
        }
    });
    let found = found.into_inner().map_err(|e| e.to_string())?;
    let missing = || "a window was not looked at".to_owned();
    found.into_iter().map(|one| one.ok_or_else(missing)?).collect()
}

/// What plans of the windows come to above their bounds, as a share of the fuel.
fn gap(found: &[WindowBound], round_l: f64) -> f64 {
    let above = |w: &WindowBound| w.found_l.map_or(0.0, |found_l| (found_l - w.bound_l).max(0.0));
    found.iter().map(above).sum::<f64>() / round_l.abs().max(1e-9)
}

/// Prices to begin with: a kWh is worth what the best set burns for it at its best load, water and room
/// for wastewater what the kWh for them are.
fn first_prices(site: &Site) -> StockPrices {
    let best = |set: &Genset| {
        let points = std::iter::zip(&set.fuel_curve_kw, &set.fuel_curve_l_per_h);
        let each = points.filter(|(kw, _)| **kw > 0.0).map(|(kw, l_per_h)| l_per_h / kw);
        each.fold(f64::INFINITY, f64::min)
    };
    let l_per_kwh = site.genset.values().map(best).fold(f64::INFINITY, f64::min);
    let l_per_kwh = if l_per_kwh.is_finite() { l_per_kwh } else { 0.0 };
    let of_tank = |tank: &str| -> f64 {
        let wells = site
            .well
            .values()
            .filter(|w| w.to_tank == tank)
            .map(camp_solver::site::Well::energy_kwh_per_m3);
        let lines = site.treatment.values().filter(|l| l.to_tank == tank && l.from_tank != tank);
        let lines = lines.map(|line| {
            let raw = site.well.values().filter(|w| w.to_tank == line.from_tank);
            let raw = raw.map(camp_solver::site::Well::energy_kwh_per_m3).fold(0.0, f64::max);
            line.energy_kwh_per_m3 + raw / line.recovery_frac
        });
        l_per_kwh * wells.chain(lines).fold(0.0, f64::max)
    };
    StockPrices {
        battery_l_per_kwh: site.battery.keys().map(|id| (id.clone(), l_per_kwh)).collect(),
        tank_l_per_m3: site.tank.keys().map(|id| (id.clone(), of_tank(id))).collect(),
        heat_l_per_kwh: site.thermal_store.keys().map(|id| (id.clone(), l_per_kwh)).collect(),
        wastewater_room_l_per_m3: site
            .wastewater
            .iter()
            .map(|(id, w)| (id.clone(), l_per_kwh * w.energy_kwh_per_m3))
            .collect(),
    }
}
