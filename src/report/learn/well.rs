//! What a well's pump takes for a cubic metre, from its metered power and flow.

use crate::report::estimate::Estimate;
use crate::report::fit::{Prior, Row, robust};
use crate::report::measured::Measured;
use camp_solver::site::Well;

/// Flow below which the pump does not run, share of its full flow.
const LEAST_FLOW_FRAC: f64 = 0.1;
/// How far the stated value may be off; all but free.
const PRIOR_SD: f64 = 1.0;
/// Spread of single readings below which nothing is believed, share of the stated power.
const LEAST_SCALE: f64 = 0.002;
const LEAST_ROWS: u64 = 36;
const LEAST_DAYS: u64 = 3;

/// Learns; nothing without both meters, or from too few running hours.
pub(super) fn learn(well: &Well, id: &str, measured: &Measured) -> Option<Estimate> {
    let power = measured.held("well", id, "demand_kw")?;
    let flow = measured.held("well", id, "flow_m3_per_h")?;
    let stated = well.energy_kwh_per_m3();
    let size_kw = stated * well.flow_m3_per_h;
    if size_kw <= 0.0 {
        return None;
    }
    let least = LEAST_FLOW_FRAC * well.flow_m3_per_h;
    let mut rows = Vec::new();
    for i in 1..measured.len().saturating_sub(1) {
        // A slot beside one in which it stands may be half a slot.
        let runs = |i: usize| flow[i].is_some_and(|f| f > least);
        if let (Some(kw), Some(m3_per_h)) = (power[i], flow[i])
            && runs(i - 1)
            && runs(i)
            && runs(i + 1)
        {
            let x = vec![m3_per_h * stated / size_kw];
            rows.push(Row { x, y: kw / size_kw, group: measured.local(i).0 });
        }
    }
    let fit = robust(&rows, &Prior::around(&[1.0], PRIOR_SD), LEAST_SCALE)?;
    if fit.used < LEAST_ROWS || fit.groups < LEAST_DAYS {
        return None;
    }
    let found = (fit.b[0] * stated, fit.error_of(&[1.0]) * stated);
    Some(Estimate::new("energy_kwh_per_m3", found, Some(stated), (fit.used, fit.groups)))
}
