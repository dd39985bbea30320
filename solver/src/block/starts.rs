//! Starts of a local day, counted from step to step.
//!
//! ```text
//! count[t] = count[t-1] + started[t] - over[t],  count <= most     count is 0 before a day's first step
//! ```

use crate::model::Model;
use crate::rank::ShortfallClass;
use good_lp::Expression;

/// What a day allows.
pub(super) struct Daily {
    /// Most starts in a day.
    pub(super) most: f64,
    /// Starts of the first day before the first step.
    pub(super) had: f64,
    /// Most starts in one step.
    pub(super) at_once: f64,
}

/// Adds the rows; starts beyond the most of their day fall short.
pub(super) fn limit(model: &mut Model, name: &str, started: &[Expression], daily: &Daily) {
    for (day, steps) in model.steps_by_day.clone().into_iter().enumerate() {
        let had = if day == 0 { daily.had.min(daily.most) } else { 0.0 };
        let mut before = Expression::from(had);
        for t in steps {
            let count = model.column(format!("{name}.starts_count[{t}]"), 0.0, daily.most);
            let over = model.column(format!("{name}.starts_over[{t}]"), 0.0, daily.at_once);
            let row = before + started[t].clone() - over - count;
            model.row(format!("{name}.starts[{t}]"), row.eq(0.0));
            model.ledger.fall_short(ShortfallClass::Starts, 1.0, over);
            before = Expression::from(count);
        }
    }
}
