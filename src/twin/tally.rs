//! The books of the simulated camp, kept to the minute.

use camp_solver::site::Tier;
use std::collections::BTreeMap;

/// What has happened to the simulated camp so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Time lived, h.
    pub lived_h: f64,
    /// Fuel burnt, starts included, L.
    pub fuel_l: f64,
    /// Energy made by sets, kWh.
    pub sets_kwh: f64,
    /// Energy served to everything that draws, kWh.
    pub served_kwh: f64,
    /// Energy not served, kWh; heat asked of a cold store counts with T3.
    pub unserved_kwh: f64,
    /// Energy not served to T0 and T1, kWh.
    pub unserved_critical_kwh: f64,
    /// Energy not served by tier, T0 first, kWh.
    pub unserved_by_tier: [f64; 4],
    /// Time in which load of T0 or T1 was dark, h.
    pub blackout_h: f64,
    /// Water not delivered, m3.
    pub unserved_m3: f64,
    /// Wastewater that flowed out untreated, m3.
    pub untreated_m3: f64,
    /// Time in which some tank stood below its floor, h.
    pub below_floor_h: f64,
    /// Batches of a past day that were never begun.
    pub batches_undone: u32,
    /// Starts of sets.
    pub starts: u32,
    /// Starts of each set.
    pub starts_by_set: BTreeMap<String, u32>,
    /// Run hours of each set, h.
    pub run_h: BTreeMap<String, f64>,
    /// Set-hours on the bus under 30 % of the rating, h.
    pub under_30_h: f64,
    /// Set-hours on the bus under 40 % of the rating, h.
    pub under_40_h: f64,
    /// Solar energy used, kWh.
    pub solar_kwh: f64,
    /// Solar energy that was there and found no use, kWh.
    pub curtailed_kwh: f64,
    /// Energy into batteries, at their terminals, kWh.
    pub charged_kwh: f64,
    /// Energy out of batteries, at their terminals, kWh.
    pub discharged_kwh: f64,
    /// The same by battery, kWh.
    pub discharged_by_battery_kwh: BTreeMap<String, f64>,
    /// Time short of the operating reserve that the site asks for, h.
    pub reserve_short_h: f64,
    /// Time in which the loss of a source would have dropped load that the site protects, h.
    pub n_minus_1_short_h: f64,
}

impl Tally {
    /// Notes energy that was asked for and not served.
    pub(super) fn drop_load(&mut self, tier: Tier, kwh: f64) {
        let index = match tier {
            Tier::T0 => 0,
            Tier::T1 => 1,
            Tier::T2 => 2,
            Tier::T3 => 3,
        };
        self.unserved_kwh += kwh;
        self.unserved_by_tier[index] += kwh;
        if index < 2 {
            self.unserved_critical_kwh += kwh;
        }
    }
}
