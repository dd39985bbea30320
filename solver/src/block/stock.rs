//! The ends of a stock that has a worth there.
//!
//! ```text
//! fuel += worth_start start,  least <= start <= most        where the start may be any
//! end + missing >= most,  fuel += worth_end missing          where the end has a worth
//! ```
//!
//! What is missing is priced, not what is there, so that the cost stays above 0.

use crate::lowered::Worth;
use crate::model::Model;
use good_lp::Expression;

/// The stock before the first step.
pub(super) fn before(
    model: &mut Model,
    name: &str,
    (start, least, most): (f64, f64, f64),
    worth: Worth,
) -> Expression {
    let Some(l_per_unit) = worth.start else { return start.into() };
    let column = model.column(format!("{name}.start"), least, most);
    model.ledger.fuel_l.add_mul(l_per_unit, column);
    column.into()
}

/// Prices what is missing after the last step.
pub(super) fn after(model: &mut Model, name: &str, end: &Expression, most: f64, worth: Worth) {
    let Some(l_per_unit) = worth.end else { return };
    let missing = model.column(format!("{name}.missing"), 0.0, most);
    model.row(format!("{name}.missing"), (end.clone() + missing).geq(most));
    model.ledger.fuel_l.add_mul(l_per_unit, missing);
}
