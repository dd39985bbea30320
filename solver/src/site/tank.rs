//! A water tank.

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A water tank. Its floors add up, and a plan never draws below their sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tank {
    /// Volume, m3; hard.
    pub capacity_m3: f64,
    /// Water that the pumps need above their suction, m3.
    #[serde(default)]
    pub suction_floor_m3: f64,
    /// Water kept for fire, m3. It is never an optimisation resource.
    #[serde(default)]
    pub fire_floor_m3: f64,
    /// Water kept for operation, m3.
    #[serde(default)]
    pub operating_floor_m3: f64,
    /// Level that the running loop asks for at the end of its horizon, m3. Plans from files ask
    /// for the start state.
    #[serde(default)]
    pub end_level_min_m3: Option<f64>,
    /// Time that treated water stays in the tank for its chlorine, h: the floor is at least this
    /// time at the largest flow to the taps within the horizon. Sphere and WHO: 0.5.
    #[serde(default)]
    pub contact_time_h: Option<f64>,
}

impl Tank {
    /// The level that a plan never draws below, m3. Contact time may ask for more.
    pub fn floor_m3(&self) -> f64 {
        self.suction_floor_m3 + self.fire_floor_m3 + self.operating_floor_m3
    }
}

impl Equipment for Tank {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.capacity_m3"), self.capacity_m3);
        for (name, value) in [
            ("suction_floor_m3", self.suction_floor_m3),
            ("fire_floor_m3", self.fire_floor_m3),
            ("operating_floor_m3", self.operating_floor_m3),
        ] {
            faults.not_negative(format!("{path}.{name}"), value);
        }
        let floor = self.floor_m3();
        if floor > self.capacity_m3 {
            faults.add(path, format!("floors of {floor} m3"), "must fit into capacity_m3");
        }
        if let Some(end) = self.end_level_min_m3 {
            faults.within(format!("{path}.end_level_min_m3"), end, 0.0, self.capacity_m3);
        }
        let contact = self.contact_time_h.unwrap_or(0.0);
        faults.within(format!("{path}.contact_time_h"), contact, 0.0, 24.0);
    }
}
