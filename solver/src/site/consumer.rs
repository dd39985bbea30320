//! Equipment that the model plans as a fixed demand so far: wastewater, heat stores, batches, and
//! the fuel store. Its fields are read and checked; what is not honoured is listed in every plan.

use super::{Equipment, Unhonoured, hourly};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A wastewater plant, tier T2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wastewater {
    /// Wastewater of the typical day, m3.
    pub daily_m3: f64,
    /// Most that all plants together treat in a day, m3.
    pub plant_m3_per_day: f64,
    /// Electricity, kWh/m3.
    pub energy_kwh_per_m3: f64,
    /// Most power, kW.
    pub max_kw: f64,
    /// Volume of the equalisation tank, m3.
    pub equalisation_m3: f64,
    /// Level of the equalisation tank in the start state, m3.
    #[serde(default)]
    pub start_equalisation_m3: f64,
    /// Least share of the day's aeration energy.
    pub aeration_min_frac: f64,
    /// Longest pause of aeration, h.
    pub max_pause_h: f64,
}

impl Wastewater {
    /// The day's energy, spread evenly, kW.
    pub fn typical(&self) -> [f64; 24] {
        [self.daily_m3 * self.energy_kwh_per_m3 / 24.0; 24]
    }
}

impl Equipment for Wastewater {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.not_negative(format!("{path}.daily_m3"), self.daily_m3);
        faults.positive(format!("{path}.plant_m3_per_day"), self.plant_m3_per_day);
        faults.not_negative(format!("{path}.energy_kwh_per_m3"), self.energy_kwh_per_m3);
        faults.positive(format!("{path}.max_kw"), self.max_kw);
        faults.not_negative(format!("{path}.equalisation_m3"), self.equalisation_m3);
        let level = self.start_equalisation_m3;
        faults.within(format!("{path}.start_equalisation_m3"), level, 0.0, self.equalisation_m3);
        faults.within(format!("{path}.aeration_min_frac"), self.aeration_min_frac, 0.0, 1.0);
        faults.within(format!("{path}.max_pause_h"), self.max_pause_h, 0.0, 24.0);
    }

    fn not_honoured(&self) -> Vec<Unhonoured> {
        vec![(
            "equalisation_m3/start_equalisation_m3/aeration_min_frac/max_pause_h/plant_m3_per_day/max_kw",
            "aeration is a level load over the day",
        )]
    }
}

/// A heat store with an electric heater, tier T3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThermalStore {
    /// Most power of the heater, kW.
    pub heater_kw: f64,
    /// Heat that the full store holds, kWh.
    pub store_kwh: f64,
    /// Heat drawn on the typical day, kWh.
    pub daily_kwh: f64,
    /// How it spreads over the local hours: 24 shares, scaled to sum to 1.
    pub typical_share: Vec<f64>,
    /// Least fill, 0 to 1.
    pub min_frac: f64,
    /// Fill asked for at each of the ready times, 0 to 1.
    pub ready_frac: f64,
    /// Local hours at which that fill is asked for.
    pub ready_at_h: Vec<f64>,
    /// Heat lost in an hour, share of what is stored.
    pub loss_frac_per_h: f64,
    /// Fill in the start state, 0 to 1.
    #[serde(default)]
    pub start_frac: f64,
}

impl ThermalStore {
    /// The day's energy, spread evenly: the store levels the draw, kW.
    pub fn typical(&self) -> [f64; 24] {
        [self.daily_kwh / 24.0; 24]
    }
}

impl Equipment for ThermalStore {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.heater_kw"), self.heater_kw);
        faults.positive(format!("{path}.store_kwh"), self.store_kwh);
        faults.within(format!("{path}.daily_kwh"), self.daily_kwh, 0.0, 24.0 * self.heater_kw);
        faults.series(&format!("{path}.typical_share"), &self.typical_share, 24);
        for (name, value) in [
            ("min_frac", self.min_frac),
            ("ready_frac", self.ready_frac),
            ("loss_frac_per_h", self.loss_frac_per_h),
            ("start_frac", self.start_frac),
        ] {
            faults.within(format!("{path}.{name}"), value, 0.0, 1.0);
        }
        for (i, hour) in self.ready_at_h.iter().enumerate() {
            faults.within(format!("{path}.ready_at_h[{i}]"), *hour, 0.0, 24.0);
        }
    }

    fn not_honoured(&self) -> Vec<Unhonoured> {
        vec![(
            "store_kwh/start_frac/heater_kw/min_frac/ready_frac/ready_at_h/loss_frac_per_h/typical_share",
            "heating is a level load over the day, not shifted into the sun",
        )]
    }
}

/// Work done in batches that are not to be interrupted, tier T3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Batches of a day.
    pub per_day: u32,
    /// Power of a running batch, kW.
    pub batch_kw: f64,
    /// Length of a batch, h.
    pub batch_h: f64,
    /// Most batches at once.
    pub max_at_once: u32,
    /// First local hour of the window.
    pub from_h: f64,
    /// Last local hour of the window; later than the first.
    pub to_h: f64,
}

impl Batch {
    /// The day's energy, spread evenly over the window, kW.
    pub fn typical(&self) -> [f64; 24] {
        let kw = f64::from(self.per_day) * self.batch_kw * self.batch_h / (self.to_h - self.from_h);
        let hours: Vec<f64> = (0..24)
            .map(|h| {
                let (start, end) = (f64::from(h), f64::from(h) + 1.0);
                kw * (end.min(self.to_h) - start.max(self.from_h)).max(0.0)
            })
            .collect();
        hourly(&hours)
    }
}

impl Equipment for Batch {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.batch_kw"), self.batch_kw);
        faults.within(format!("{path}.batch_h"), self.batch_h, 0.01, 24.0);
        faults.within(format!("{path}.from_h"), self.from_h, 0.0, 24.0);
        faults.within(format!("{path}.to_h"), self.to_h, self.from_h + self.batch_h, 24.0);
        if self.max_at_once == 0 {
            faults.add(format!("{path}.max_at_once"), 0, "must be 1 or more");
        }
    }

    fn not_honoured(&self) -> Vec<Unhonoured> {
        vec![(
            "per_day/batch_h/max_at_once",
            "batches are a level load over their window, not placed one by one",
        )]
    }
}

/// A fuel store with its deliveries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FuelStore {
    /// Volume, L.
    pub capacity_l: f64,
    /// Fuel in the start state, L.
    #[serde(default)]
    pub start_l: f64,
    /// Fuel of a regular delivery, L.
    pub delivery_l: f64,
    /// Days between deliveries, d.
    pub delivery_every_d: f64,
    /// Days by which a delivery may slip, d.
    #[serde(default)]
    pub delivery_slip_d: f64,
    /// Days of burn that are never touched, d.
    pub reserve_d: f64,
    /// Fuel that is never touched, L.
    pub reserve_l: f64,
}

impl Equipment for FuelStore {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.capacity_l"), self.capacity_l);
        faults.within(format!("{path}.start_l"), self.start_l, 0.0, self.capacity_l);
        faults.not_negative(format!("{path}.delivery_l"), self.delivery_l);
        faults.positive(format!("{path}.delivery_every_d"), self.delivery_every_d);
        faults.not_negative(format!("{path}.delivery_slip_d"), self.delivery_slip_d);
        faults.not_negative(format!("{path}.reserve_d"), self.reserve_d);
        faults.within(format!("{path}.reserve_l"), self.reserve_l, 0.0, self.capacity_l);
    }

    fn not_honoured(&self) -> Vec<Unhonoured> {
        vec![(
            "capacity_l/start_l/delivery_l/delivery_every_d/delivery_slip_d/reserve_d/reserve_l",
            "the plan burns what it needs and does not watch the stock",
        )]
    }
}
