//! The stock of fuel, all stores as one; only where it might run out.
//!
//! Columns: `stock[t]`, L at the end of the step; `delivered[t]`, L, where a delivery arrives.
//!
//! ```text
//! stock[t] = stock[t-1] + delivered[t] - burn[t],   0 <= stock <= capacity
//! ```

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::FuelStock;
use crate::model::Model;
use good_lp::Expression;

#[derive(Debug)]
pub(super) struct FuelBlock {
    fuel: FuelStock,
}

impl FuelBlock {
    pub(super) fn new(fuel: FuelStock) -> Self {
        Self { fuel }
    }
}

impl Block for FuelBlock {
    fn build(&mut self, model: &mut Model) {
        let mut before = Expression::from(self.fuel.start_l);
        for t in 0..model.steps() {
            let stock = model.column(format!("fuel.stock[{t}]"), 0.0, self.fuel.capacity_l);
            let mut change = before - stock;
            change -= &model.burn_l[t];
            let arriving_l = self.fuel.arriving_l[t];
            if arriving_l > 0.0 {
                change += model.column(format!("fuel.delivered[{t}]"), 0.0, arriving_l);
            }
            model.row(format!("fuel.stock[{t}]"), change.eq(0.0));
            before = stock.into();
        }
    }

    fn read(&self, _values: &dyn Values, _decisions: &mut Decisions) {
        // The stock is not decided: it follows from the burn.
    }
}
