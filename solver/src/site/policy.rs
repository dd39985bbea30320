//! What the camp's owner asks of every plan, and where the camp is.

use crate::fault::Faults;
use chrono::{NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the camp is and what its clocks show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Latitude, degrees north, -90 to 90.
    pub latitude_deg: f64,
    /// Longitude, degrees east, -180 to 180.
    pub longitude_deg: f64,
    /// Height above the sea, m.
    #[serde(default)]
    pub altitude_m: f64,
    /// Time zone, IANA name. Every rule with an hour in it is local.
    pub time_zone: String,
    /// Air temperature for which sets are rated here, degrees C.
    #[serde(default)]
    pub design_temperature_c: Option<f64>,
}

impl Place {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.within("place.latitude_deg", self.latitude_deg, -90.0, 90.0);
        faults.within("place.longitude_deg", self.longitude_deg, -180.0, 180.0);
        faults.within("place.altitude_m", self.altitude_m, -430.0, 6000.0);
        if let Some(t) = self.design_temperature_c {
            faults.within("place.design_temperature_c", t, -50.0, 60.0);
        }
    }
}

/// Currency and fuel price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Code of the one currency of this file.
    pub currency: String,
    /// Price of a litre of diesel delivered to the camp, money per L; its shadow price where the
    /// convoy costs more than the fuel.
    pub fuel_price_per_l: f64,
}

impl Money {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.positive("money.fuel_price_per_l", self.fuel_price_per_l);
        let code = &self.currency;
        if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
            faults.add("money.currency", code, "must be a code of three capital letters");
        }
    }
}

/// Operating reserve: what running sets and batteries must be able to add at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// Share of the load served, 0 to 1. HOMER's and REopt's default is 0.10.
    pub load_frac: f64,
    /// Share of the solar power in use, 0 to 1. HOMER's and REopt's default is 0.25.
    pub solar_frac: f64,
    /// How long a battery must be able to sustain what it counts for, h; for reserve and for N-1.
    #[serde(default = "half_an_hour")]
    pub battery_sustain_h: f64,
}

fn half_an_hour() -> f64 {
    0.5
}

impl Default for Reserve {
    /// None is asked.
    fn default() -> Self {
        Self { load_frac: 0.0, solar_frac: 0.0, battery_sustain_h: half_an_hour() }
    }
}

impl Reserve {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.within("reserve.load_frac", self.load_frac, 0.0, 1.0);
        faults.within("reserve.solar_frac", self.solar_frac, 0.0, 1.0);
        faults.positive("reserve.battery_sustain_h", self.battery_sustain_h);
    }

    /// True if any reserve is asked.
    pub fn is_asked(&self) -> bool {
        self.load_frac > 0.0 || self.solar_frac > 0.0
    }
}

/// A stretch of the local day, `from` included, `to` not; it may pass midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayWindow {
    /// Start, local time.
    #[schema(value_type = String, example = "22:00:00")]
    pub from: NaiveTime,
    /// End, local time.
    #[schema(value_type = String, example = "05:00:00")]
    pub to: NaiveTime,
}

impl DayWindow {
    /// Its length, minutes; one that ends where it begins lasts a day.
    pub fn length_min(&self) -> u32 {
        let minute = |time: NaiveTime| time.num_seconds_from_midnight() / 60;
        match (minute(self.to) + 1440 - minute(self.from)) % 1440 {
            0 => 1440,
            length_min => length_min,
        }
    }

    /// Whether a stretch that begins at a local time, in minutes after midnight, ends within it.
    pub fn holds_all(&self, minute_of_day: u32, length_min: f64) -> bool {
        let from = self.from.num_seconds_from_midnight() / 60;
        let into_min = (minute_of_day + 1440 - from) % 1440;
        f64::from(into_min) + length_min <= f64::from(self.length_min()) + 1e-6
    }
}

/// Hours in which few sets may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Start, local time.
    #[schema(value_type = String, example = "22:00:00")]
    pub from: NaiveTime,
    /// End, local time.
    #[schema(value_type = String, example = "05:00:00")]
    pub to: NaiveTime,
    /// Most sets that may run at once.
    pub max_running_sets: u32,
}

impl QuietHours {
    /// Whether a local time, in minutes after midnight, lies in them.
    pub fn holds(&self, minute_of_day: u32) -> bool {
        let minute = |time: NaiveTime| time.num_seconds_from_midnight() / 60;
        let (from, to) = (minute(self.from), minute(self.to));
        if from < to {
            (from..to).contains(&minute_of_day)
        } else {
            minute_of_day >= from || minute_of_day < to
        }
    }

    pub(super) fn check(&self, path: &str, faults: &mut Faults) {
        if self.from == self.to {
            faults.add(format!("{path}.to"), self.to, "must differ from the start");
        }
    }
}

/// What the sets of a camp keep together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// Most starts of all sets together in a local day; more are a shortfall.
    #[serde(default)]
    pub max_starts_per_day: Option<u32>,
    /// Which of like sets starts and stops next, where their least times leave a choice: a preference,
    /// for which no plan is refused.
    #[serde(default)]
    pub rotation: Rotation,
    /// Most hours by which the run hours of like sets should differ, h; where they could come to differ
    /// by more, turns level them. What is beyond is told. Not beside `stagger`.
    #[serde(default)]
    pub run_hours_spread_max_h: Option<f64>,
    /// Local hours in which sets can be serviced; 07:00 to 17:00 unless stated.
    #[serde(default = "working_day")]
    pub service_hours: DayWindow,
}

fn working_day() -> DayWindow {
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
    DayWindow { from: at(7), to: at(17) }
}

impl Default for Plant {
    fn default() -> Self {
        Self {
            max_starts_per_day: None,
            rotation: Rotation::None,
            run_hours_spread_max_h: None,
            service_hours: working_day(),
        }
    }
}

impl Plant {
    pub(super) fn check(&self, longest_service_h: f64, faults: &mut Faults) {
        let window_h = f64::from(self.service_hours.length_min()) / 60.0;
        if longest_service_h > window_h {
            let rule = format!("must be as long as a service, {longest_service_h} h");
            faults.add("plant.service_hours", format!("{window_h} h"), rule);
        }
        if let Some(most_h) = self.run_hours_spread_max_h {
            let path = "plant.run_hours_spread_max_h";
            faults.within(path, most_h, 0.0, 1e5);
            if self.rotation == Rotation::Stagger {
                faults.add(
                    path,
                    most_h,
                    "must not be stated beside `stagger`, which parts run hours",
                );
            }
        }
    }
}

/// How like sets take turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The set that has stood longest starts, the set that has run longest stops.
    #[default]
    None,
    /// Run hours are levelled: the set with the fewest starts, the set with the most stops.
    Equalise,
    /// Services are kept out of the same week where turns can: the set with the most run hours
    /// starts, the set with the fewest stops, until 168 running hours lie between the services of
    /// like sets, or as many as can.
    Stagger,
}
