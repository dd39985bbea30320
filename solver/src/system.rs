//! What no single asset owns: load sharing, the grid's former, the power balance, reserve.
//!
//! ```text
//! bus[t] = 0
//! sets on + dark >= 1                      where no grid-forming battery carries the bus
//! reserve[t] + short[t] >= load_frac load_served[t] + solar_frac solar_used[t] + series[t]
//! sets' power + their ratings dark <= their ratings     where something is forced on the bus
//! ```
//!
//! `dark` exists only in steps where no set can run, where a hard minimum load may forbid it, or where
//! something is forced on the bus that may be more than the load: solar power that must be taken, or
//! a set with a hard minimum load that must run.

use crate::lowered::{Bus, Lowered};
use crate::model::Model;
use crate::rank::ShortfallClass;
use crate::site::SecurityLevel;

/// Columns that blocks need before they are built.
pub(crate) fn open(model: &mut Model, camp: &Lowered) {
    if camp.fleets.iter().filter(|f| f.shares_load).count() >= 2 {
        let steps = 0..model.steps();
        model.detail = true;
        let load_frac = steps.map(|t| model.column(format!("bus.load_frac[{t}]"), 0.0, 1.0));
        model.load_frac = Some(load_frac.collect());
        model.detail = false;
    }
    if let Some(security) = &camp.security {
        let asked = security.level.iter().map(|level| *level != SecurityLevel::None);
        model.secured = asked.collect();
    }
    let hard = camp.fleets.iter().any(|f| f.min_load_hard);
    for t in 0..model.steps() {
        let offset = |i: usize| model.offset_h[i];
        let formed = camp.bus.battery_forms_grid[t]
            || (!hard && camp.fuel.is_none() && camp.fleets.iter().any(|f| f.can_run(t, offset)));
        if !formed || camp.bus.forced[t] {
            let dark = model.binary(format!("bus.dark[{t}]"), true);
            model.dark.insert(t, dark);
        }
    }
}

/// Rows over what the blocks have written.
pub(crate) fn close(model: &mut Model, bus: &Bus) {
    let reserve = &bus.reserve;
    for (t, formed) in bus.battery_forms_grid.iter().enumerate() {
        let balance = std::mem::take(&mut model.bus[t]);
        model.row(format!("bus.balance[{t}]"), balance.eq(0.0));
        if let (true, Some(dark)) = (bus.forced[t], model.dark.get(&t).copied()) {
            let still = std::mem::take(&mut model.sets_kw[t]) + bus.rated_kw * dark;
            model.row(format!("bus.dark_sets[{t}]"), still.leq(bus.rated_kw));
        }
        if !formed {
            let mut formers = std::mem::take(&mut model.formers[t]);
            if let Some(dark) = model.dark.get(&t) {
                formers += *dark;
            }
            model.row(format!("bus.former[{t}]"), formers.geq(1.0));
        }
        if reserve.is_asked {
            let short = model.column(format!("bus.reserve_short[{t}]"), 0.0, f64::INFINITY);
            let mut row = std::mem::take(&mut model.reserve[t]) + short;
            row.add_mul(-reserve.load_frac, std::mem::take(&mut model.load_served[t]));
            row.add_mul(-reserve.solar_frac, std::mem::take(&mut model.solar_used[t]));
            model.row(format!("bus.reserve[{t}]"), row.geq(reserve.series_kw[t]));
            let dt = model.dt_h[t];
            model.ledger.fall_short(ShortfallClass::Reserve, dt, short);
        }
    }
}
