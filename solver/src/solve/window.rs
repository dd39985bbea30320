//! What a stretch of time needs at least, whatever was before it and comes after.
//!
//! A long time is too much for one search. Cut into windows, its plan is a plan of each window, and the
//! stocks at the end of one are those at the start of the next. Where a window may begin with any stock at
//! a price, and is charged that price for what is missing at its end, prices of neighbours cancel out:
//!
//! ```text
//! fuel of the whole >= sum over windows of min (fuel + p_start start + p_end missing)
//!                      - sum over boundaries of p most
//! ```
//!
//! for any prices (Lagrange). The sets of a window may have run before it in any way. Rules that bind
//! across a boundary are the caller's to leave out; without them the bound is lower, and still one.

use super::{Objective, Run, SolveOptions, placed};
use crate::decomposition::Found;
use crate::error::{BackendFailure, SolveError};
use crate::lowered::{Lowered, Worth, lower};
use crate::problem::Problem;
use crate::site::ById;
use std::time::Instant;

/// Litres of fuel that a unit of each stock is worth, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StockPrices {
    /// Energy in batteries, L per kWh.
    pub battery_l_per_kwh: ById<f64>,
    /// Water in tanks, L of fuel per m3.
    pub tank_l_per_m3: ById<f64>,
    /// Heat in thermal stores, L per kWh.
    pub heat_l_per_kwh: ById<f64>,
    /// Room in equalisation tanks, L of fuel per m3.
    pub wastewater_room_l_per_m3: ById<f64>,
}

/// The ends of a window.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends<'a> {
    /// Prices at the start, where it may be any; none: it is that of the problem.
    pub start: Option<&'a StockPrices>,
    /// Prices at the end; none: nothing is charged, and the problem's end stocks hold.
    pub end: Option<&'a StockPrices>,
}

/// Stocks at one end of a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stocks {
    /// Energy in batteries, kWh.
    pub battery_kwh: ById<f64>,
    /// Water in tanks, m3.
    pub tank_m3: ById<f64>,
    /// Heat in thermal stores, kWh.
    pub heat_kwh: ById<f64>,
    /// Room in equalisation tanks, m3.
    pub wastewater_room_m3: ById<f64>,
}

/// What a window needs at least.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowBound {
    /// No plan of the window without any shortfall comes to less, prices of its ends included, L.
    pub bound_l: f64,
    /// What the best plan that was found comes to, pumps and trains in any portion, L; none was looked
    /// for with success where it is none.
    pub found_l: Option<f64>,
    /// The stocks that plan begins with, where it may choose.
    pub start: Stocks,
    /// What that plan lacks of full stocks at the end, where it is charged.
    pub missing: Stocks,
}

/// The least litres of a window, and a plan that shows how near that is. Traces are not looked at.
///
/// Fails with the faults of the problem, and where no plan without any shortfall exists.
pub fn window_bound(
    problem: &Problem,
    ends: Ends<'_>,
    options: &SolveOptions,
) -> Result<WindowBound, SolveError> {
    let options = SolveOptions { objective: Objective::FuelL, ..*options };
    let placed = placed(problem)?;
    let lowered = |problem: &Problem| with_ends(lower(problem), ends);
    let run = Run::over(problem, &placed, &options, &lowered);
    let began = Instant::now();
    let found = run.searched(&run.without_shortfall(), &[], began);
    let Some(Found { bound, plan, .. }) = found else {
        let failure = BackendFailure::Infeasible;
        return Err(SolveError::Stage { stage: "bound of a window".to_owned(), failure });
    };
    let mut known = WindowBound {
        bound_l: bound,
        found_l: plan.as_ref().map(|plan| plan.objective),
        start: Stocks::default(),
        missing: Stocks::default(),
    };
    if let Some(solution) = &plan {
        for (column, value) in std::iter::zip(&run.model.columns, &solution.values) {
            let Some((kind, id, what)) = named(&column.name) else { continue };
            let stocks = if what == "start" { &mut known.start } else { &mut known.missing };
            let of_kind = match kind {
                "battery" => &mut stocks.battery_kwh,
                "tank" => &mut stocks.tank_m3,
                "thermal_store" => &mut stocks.heat_kwh,
                _ => &mut stocks.wastewater_room_m3,
            };
            of_kind.insert(id.to_owned(), *value);
        }
    }
    Ok(known)
}

/// `battery.bank.start` as kind, id and which end.
fn named(name: &str) -> Option<(&str, &str, &str)> {
    let (asset, what) = name.rsplit_once('.').filter(|(_, w)| ["start", "missing"].contains(w))?;
    let (kind, id) = asset.split_once('.')?;
    Some((kind, id, what))
}

fn with_ends(mut camp: Lowered, ends: Ends<'_>) -> Lowered {
    type Of = fn(&StockPrices) -> &ById<f64>;
    let worth = |of: Of, id: &str| {
        let price = |end: Option<&StockPrices>| end.map(|p| of(p).get(id).copied().unwrap_or(0.0));
        Worth { start: price(ends.start), end: price(ends.end) }
    };
    for storage in &mut camp.storages {
        storage.worth = worth(|p| &p.battery_l_per_kwh, &storage.id);
        storage.start_kwh = free(ends, storage.start_kwh, storage.kept_kwh, storage.max_kwh);
    }
    for tank in &mut camp.tanks {
        tank.worth = worth(|p| &p.tank_l_per_m3, &tank.id);
        tank.start_m3 = free(ends, tank.start_m3, tank.floor_m3, tank.capacity_m3);
    }
    for store in &mut camp.heat_stores {
        store.worth = worth(|p| &p.heat_l_per_kwh, &store.id);
    }
    for plant in &mut camp.sewage {
        plant.worth = worth(|p| &p.wastewater_room_l_per_m3, &plant.id);
    }
    for fleet in &mut camp.fleets {
        fleet.any_start = ends.start.is_some();
    }
    camp
}

/// A start that may be any lies inside the window, so that nothing has to come back first.
fn free(ends: Ends<'_>, start: f64, least: f64, most: f64) -> f64 {
    if ends.start.is_some() { start.max(least).min(most) } else { start }
}
