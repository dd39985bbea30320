//! Agreed burn-offs that a plan does not run: told as a shortfall.
//!
//! Those that the plan has placed by itself are its own affair: of them only the lateness counts.

use super::money::penalty;
use super::tidy;
use crate::plan::{Plan, Shortfall};
use crate::problem::Problem;
use crate::rank::ShortfallClass;

/// Power nearer to that of a burn-off than this is at it, kW.
const NEAR_KW: f64 = 1e-3;

/// Declares in a plan what it leaves of the burn-offs that `asked` agrees on: of each step of one, the
/// share of its least power that is missing, in hours.
pub(crate) fn hold_to_agreed(asked: &Problem, plan: &mut Plan) {
    let mut missed = Vec::new();
    for (id, set) in &asked.site.genset {
        let (Some(burn_off), Some(told)) = (&set.burn_off, plan.genset.get(id)) else { continue };
        let least_kw = burn_off.at_frac * set.rated_kw;
        let mut by_step = vec![0.0; asked.grid.len()];
        for t in asked.burn_off_steps(id).into_iter().flatten() {
            let short_kw = least_kw - told.power_kw[t];
            if short_kw > NEAR_KW {
                by_step[t] += tidy(asked.grid.dt_h(t) * short_kw / least_kw);
            }
        }
        if by_step.iter().any(|h| *h > 0.0) {
            missed.push((format!("genset.{id}"), by_step));
        }
    }
    for (asset, by_step) in missed {
        let class = ShortfallClass::BurnOff;
        let known = plan.shortfalls.iter_mut().find(|s| s.class == class && s.asset == asset);
        if let Some(late) = known {
            late.by_step.iter_mut().zip(&by_step).for_each(|(late, missed)| *late += missed);
            late.total = tidy(late.by_step.iter().sum());
        } else {
            let (unit, total) = (class.unit().to_owned(), tidy(by_step.iter().sum()));
            plan.shortfalls.push(Shortfall { class, asset, unit, total, by_step });
        }
    }
    plan.ledger.penalty = penalty(asked, &plan.shortfalls);
}
