//! What the sets of a camp keep together: quiet hours, starts of a day.
//!
//! ```text
//! sets on - over[t] <= most[t]                 in quiet hours; over falls short, set h
//! starts of a day <= most                      see `starts.rs`
//! ```

use super::starts::{Daily, limit};
use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Plant;
use crate::model::Model;
use crate::rank::ShortfallClass;

#[derive(Debug)]
pub(super) struct PlantBlock {
    plant: Plant,
}

impl PlantBlock {
    pub(super) fn new(plant: Plant) -> Self {
        Self { plant }
    }
}

impl Block for PlantBlock {
    fn build(&mut self, model: &mut Model) {
        let sets = self.plant.sets as f64;
        for (t, most) in self.plant.quiet_sets.iter().enumerate() {
            let Some(most) = most.map(f64::from).filter(|most| *most < sets) else {
                continue;
            };
            let over = model.column(format!("plant.quiet_over[{t}]"), 0.0, sets - most);
            let row = model.formers[t].clone() - over;
            model.row(format!("plant.quiet[{t}]"), row.leq(most));
            let dt = model.dt_h[t];
            model.ledger.fall_short(ShortfallClass::QuietHours, dt, over);
        }
        if let Some(most) = self.plant.max_starts_per_day {
            let had = f64::from(self.plant.starts_today);
            let daily = Daily { most: f64::from(most), had, at_once: sets };
            let started = model.started.clone();
            limit(model, "plant", &started, &daily);
        }
    }

    fn read(&self, _values: &dyn Values, _decisions: &mut Decisions) {}
}
