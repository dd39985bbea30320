//! Sets that must run, where they can.
//!
//! ```text
//! n[t] >= N                  soft minimum load
//! n[t] + N dark[t] >= N      hard minimum load: there may be no load to run at
//! ```

use crate::lowered::Fleet;
use crate::model::Model;
use good_lp::Expression;

pub(super) fn rows(model: &mut Model, fleet: &Fleet, on: &[Expression]) {
    let sets = fleet.units.len() as f64;
    for (t, on) in on.iter().enumerate() {
        if !fleet.must_run[t] || !fleet.can_run(t, |i| model.offset_h[i]) {
            continue;
        }
        let mut running = on.clone();
        if let (true, Some(dark)) = (fleet.min_load_hard, model.dark.get(&t)) {
            running.add_mul(sets, *dark);
        }
        model.row(format!("{}.must_run[{t}]", fleet.name), running.geq(sets));
    }
}
