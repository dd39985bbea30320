//! Wells, treatment lines and wastewater plants at the start.

use super::{StartState, unknown};
use crate::fault::Faults;
use crate::site::Site;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A well at the start, and what it has done since local midnight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WellStart {
    /// True if it pumps.
    pub running: bool,
    /// For how long it has been pumping or standing, h.
    pub for_h: f64,
    /// Water pumped today, m3.
    #[serde(default)]
    pub today_m3: f64,
    /// Hours pumped today, h.
    #[serde(default)]
    pub today_h: f64,
    /// Longest rest of today so far, h; a rest that lasts still is known from `for_h`.
    #[serde(default)]
    pub today_rest_h: f64,
}

/// A treatment line at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentStart {
    /// Trains that run.
    pub trains_running: u32,
    /// For how long they have been running, h.
    pub for_h: f64,
    /// Starts of trains since local midnight.
    #[serde(default)]
    pub today_starts: u32,
}

/// A wastewater plant at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WastewaterStart {
    /// Level of the equalisation tank, m3.
    pub level_m3: f64,
    /// For how long aeration has been pausing, h; 0 while it aerates.
    #[serde(default)]
    pub paused_h: f64,
}

impl StartState {
    /// A well's state; standing for long, with nothing pumped, if it is not named.
    pub fn well(&self, id: &str) -> WellStart {
        self.well.get(id).cloned().unwrap_or(WellStart {
            running: false,
            for_h: 1000.0,
            today_m3: 0.0,
            today_h: 0.0,
            today_rest_h: 0.0,
        })
    }

    /// A treatment line's state; standing if it is not named.
    pub fn treatment(&self, id: &str) -> TreatmentStart {
        let standing = TreatmentStart { trains_running: 0, for_h: 1000.0, today_starts: 0 };
        self.treatment.get(id).cloned().unwrap_or(standing)
    }

    /// A wastewater plant's state; aerating, at the site's level, if it is not named.
    pub fn wastewater(&self, site: &Site, id: &str) -> WastewaterStart {
        let level_m3 = site.wastewater.get(id).map_or(0.0, |w| w.start_equalisation_m3);
        let known = self.wastewater.get(id).cloned();
        known.unwrap_or(WastewaterStart { level_m3, paused_h: 0.0 })
    }

    pub(super) fn check_water(&self, site: &Site, faults: &mut Faults) {
        unknown("well", &self.well, &site.well, faults);
        unknown("treatment", &self.treatment, &site.treatment, faults);
        unknown("wastewater", &self.wastewater, &site.wastewater, faults);
        for (id, well) in &self.well {
            let path = format!("start.well.{id}");
            faults.within(format!("{path}.for_h"), well.for_h, 0.0, 1e6);
            faults.within(format!("{path}.today_m3"), well.today_m3, 0.0, 1e6);
            // A local day has up to 25 hours.
            faults.within(format!("{path}.today_h"), well.today_h, 0.0, 25.0);
            faults.within(format!("{path}.today_rest_h"), well.today_rest_h, 0.0, 25.0);
        }
        for (id, line) in &self.treatment {
            let path = format!("start.treatment.{id}");
            faults.within(format!("{path}.for_h"), line.for_h, 0.0, 1e6);
            let most = site.treatment.get(id).map_or(u32::MAX, |l| l.trains);
            if line.trains_running > most {
                let rule = format!("must not be more than the {most} trains of the line");
                faults.add(format!("{path}.trains_running"), line.trains_running, rule);
            }
        }
        for (id, plant) in &self.wastewater {
            let path = format!("start.wastewater.{id}");
            let most = site.wastewater.get(id).map_or(f64::MAX, |w| w.equalisation_m3);
            faults.within(format!("{path}.level_m3"), plant.level_m3, 0.0, most);
            faults.within(format!("{path}.paused_h"), plant.paused_h, 0.0, 1e6);
        }
    }
}
