//! How fleets share the load of one bus: every running set that shares stands at one load fraction.
//!
//! Slots `j` of a fleet are not sets: slot 1 is "at least one runs". Columns: `slot[j,t]` in {0, 1},
//! `share[j,t]`, the load fraction of a slot that runs, else 0; `x[t]`, that of the bus.
//!
//! ```text
//! n = sum_j slot[j],  slot[j] >= slot[j+1],  power = rated sum_j share[j]
//! share[j] <= slot[j],  share[j] <= x,  share[j] >= x + slot[j] - 1
//! ```
//!
//! A fleet that shares with no other needs none of this: its sets run at one load as it is.

use crate::lowered::Fleet;
use crate::model::Model;
use good_lp::{Expression, Variable};

/// One slot of a fleet in one step.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Whether it runs; a fleet of one has its count for that.
    pub(crate) on: Option<Variable>,
    /// Its load fraction.
    pub(crate) share: Variable,
}

/// Adds the slots of a fleet that shares load with others. They are detail: a relaxation holds
/// without them.
pub(super) fn build(
    model: &mut Model,
    fleet: &Fleet,
    t: usize,
    n: &Expression,
    power: &Expression,
) -> Vec<Slot> {
    let Some(x) = model.load_frac.as_ref().filter(|_| fleet.shares_load).map(|x| x[t]) else {
        return Vec::new();
    };
    model.detail = true;
    let mut slots: Vec<Slot> = Vec::new();
    let (mut count, mut shared) = (Expression::default(), Expression::default());
    for j in 0..fleet.units.len() {
        let name = |what: &str| format!("{}.{what}.{j}[{t}]", fleet.name);
        let alone = fleet.units.len() == 1;
        let on = (!alone).then(|| model.binary(name("slot"), fleet.available[t]));
        let runs = on.map_or_else(|| n.clone(), Expression::from);
        if let Some(before) = slots.last().and_then(|s| s.on) {
            model.row(name("order"), (Expression::from(before) - runs.clone()).geq(0.0));
        }
        let share = model.column(name("share"), 0.0, 1.0);
        model.row(name("share_on"), (Expression::from(share) - runs.clone()).leq(0.0));
        model.row(name("share_most"), (Expression::from(share) - x).leq(0.0));
        model.row(name("share_least"), (Expression::from(share) - x - runs.clone()).geq(-1.0));
        count += runs;
        shared.add_mul(fleet.rated_kw, share);
        slots.push(Slot { on, share });
    }
    if fleet.units.len() > 1 {
        let name = format!("{}.slots[{t}]", fleet.name);
        model.row(name, (n.clone() - count).eq(0.0));
    }
    model.row(format!("{}.shared[{t}]", fleet.name), (power.clone() - shared).eq(0.0));
    model.detail = false;
    slots
}
