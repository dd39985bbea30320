//! The three ledgers of the objective, kept apart: money and fuel, shortfall, preference.

use crate::rank::ShortfallClass;
use good_lp::{Expression, Variable};
use std::collections::BTreeMap;

/// What the blocks write while they build. Only the first two are ever shown as cost.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Fuel, L.
    pub(crate) fuel_l: Expression,
    /// Money other than fuel: starts, running hours, battery wear.
    pub(crate) other_cost: Expression,
    /// Shortfalls by class, in the class's unit.
    pub(crate) shortfall: BTreeMap<ShortfallClass, Expression>,
    /// What is preferred among plans of equal cost; less is better.
    pub(crate) preference: Expression,
}

impl Ledger {
    /// Books `amount` times `variable` as a shortfall.
    pub(crate) fn fall_short(&mut self, class: ShortfallClass, amount: f64, variable: Variable) {
        self.shortfall.entry(class).or_default().add_mul(amount, variable);
    }

    /// Adds what another ledger holds, times a weight.
    pub(crate) fn add_weighted(&mut self, weight: f64, other: &Self) {
        self.fuel_l.add_mul(weight, &other.fuel_l);
        self.other_cost.add_mul(weight, &other.other_cost);
        for (class, total) in &other.shortfall {
            self.shortfall.entry(*class).or_default().add_mul(weight, total);
        }
        self.preference.add_mul(weight, &other.preference);
    }

    /// The operating cost in money.
    pub(crate) fn operating_cost(&self, fuel_price_per_l: f64) -> Expression {
        let mut cost = self.other_cost.clone();
        cost.add_mul(fuel_price_per_l, &self.fuel_l);
        cost
    }
}
