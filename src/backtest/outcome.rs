//! The books of a run, as they are told.

use super::operator::PlanCounts;
use crate::twin::{Rates, Stocks, Tally};
use camp_solver::Site;
use serde::Serialize;
use std::collections::BTreeMap;

/// CO2 of a litre of diesel burnt, kg/L (EPA by REopt; domain book 2.6).
const CO2_KG_PER_L: f64 = 2.70;

/// What a policy came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Its name.
    pub policy: String,
    /// A baseline's thresholds, and how many were tried.
    pub thresholds: Option<String>,
    /// Fuel at equal end stocks, L: burnt, and owed for stocks.
    pub fuel_l: f64,
    /// Fuel burnt, L.
    pub burnt_l: f64,
    /// What stocks that are missing at the end cost to refill, or less what is left over saves, L.
    pub owed_l: f64,
    /// Fuel at equal end stocks for each kWh served, L/kWh.
    pub fuel_l_per_kwh: f64,
    /// (`fuel_l` - bound) / bound.
    pub regret_frac: Option<f64>,
    /// Energy served, kWh.
    pub served_kwh: f64,
    /// Energy not served, kWh.
    pub unserved_kwh: f64,
    /// The same by tier, kWh.
    pub unserved_by_tier_kwh: BTreeMap<&'static str, f64>,
    /// Water not delivered, m3.
    pub unserved_m3: f64,
    /// Wastewater untreated, m3.
    pub untreated_m3: f64,
    /// Time in which load of T0 or T1 was dark, minutes.
    pub blackout_min: f64,
    /// Time with a tank below its floor, h.
    pub below_floor_h: f64,
    /// Batches of past days that were never begun.
    pub batches_undone: u32,
    /// Time short of the operating reserve, h.
    pub reserve_short_h: f64,
    /// Time in which the loss of a source would have dropped protected load, h.
    pub n_minus_1_short_h: f64,
    /// Starts of sets.
    pub starts: u32,
    /// Run hours of each set, h.
    pub run_h: BTreeMap<String, f64>,
    /// Set-hours under 30 % of the rating, h.
    pub under_30_h: f64,
    /// Set-hours under 40 % of the rating, h.
    pub under_40_h: f64,
    /// Solar energy used, kWh.
    pub solar_kwh: f64,
    /// Solar energy curtailed, kWh.
    pub curtailed_kwh: f64,
    /// Energy out of batteries, kWh.
    pub discharged_kwh: f64,
    /// Full cycles of all batteries together: what came out, over what their windows hold.
    pub cycles: f64,
    /// Fuel burnt at the site's price, starts, running hours and wear of batteries, in the site's money.
    pub operating_cost: f64,
    /// CO2 of `burnt_l`, kg.
    pub co2_kg: f64,
    /// How planning went.
    pub plans: Option<PlanCounts>,
    /// Day by day.
    pub days: Vec<Day>,
}

/// One day of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Day {
    /// Its number, from 1.
    pub day: u32,
    /// Fuel burnt, L.
    pub burnt_l: f64,
    /// Energy served, kWh.
    pub served_kwh: f64,
    /// Energy not served, kWh.
    pub unserved_kwh: f64,
    /// Water not delivered, m3.
    pub unserved_m3: f64,
    /// Solar energy used, kWh.
    pub solar_kwh: f64,
    /// Solar energy curtailed, kWh.
    pub curtailed_kwh: f64,
    /// Starts of sets.
    pub starts: u32,
    /// Energy in batteries at its end, kWh.
    pub stored_kwh: f64,
}

impl Day {
    /// What lies between two states of the books.
    pub(super) fn between(day: u32, before: &Tally, after: &Tally, stocks: &Stocks) -> Self {
        Self {
            day,
            burnt_l: after.fuel_l - before.fuel_l,
            served_kwh: after.served_kwh - before.served_kwh,
            unserved_kwh: after.unserved_kwh - before.unserved_kwh,
            unserved_m3: after.unserved_m3 - before.unserved_m3,
            solar_kwh: after.solar_kwh - before.solar_kwh,
            curtailed_kwh: after.curtailed_kwh - before.curtailed_kwh,
            starts: after.starts - before.starts,
            stored_kwh: stocks.battery_kwh.values().sum(),
        }
    }
}

/// What fuel, starts, running hours and wear cost. Outside of preferred bands nothing is counted.
fn operating_cost(site: &Site, tally: &Tally) -> f64 {
    let sets = site.genset.iter().map(|(id, set)| {
        let run_h = tally.run_h.get(id).copied().unwrap_or(0.0);
        let starts = tally.starts_by_set.get(id).copied().unwrap_or(0);
        run_h * set.running_cost_per_h + f64::from(starts) * set.start_cost
    });
    let discharged = site.battery.iter().map(|(id, battery)| {
        let kwh = tally.discharged_by_battery_kwh.get(id).copied().unwrap_or(0.0);
        kwh * battery.wear_cost_per_kwh
    });
    tally.fuel_l * site.money.fuel_price_per_l + sets.chain(discharged).sum::<f64>()
}

impl Outcome {
    /// Closes the books of a run that went from one stock to another.
    pub(super) fn close(
        policy: String,
        site: &Site,
        tally: &Tally,
        (from, to): (&Stocks, &Stocks),
        days: Vec<Day>,
    ) -> Self {
        let owed_l = Rates::of(site).owed_l(from, to);
        let fuel_l = tally.fuel_l + owed_l;
        let window_kwh: f64 = site.battery.values().map(|b| b.max_kwh() - b.min_kwh()).sum();
        let tiers = ["T0", "T1", "T2", "T3"].into_iter().zip(tally.unserved_by_tier);
        Self {
            policy,
            thresholds: None,
            fuel_l,
            burnt_l: tally.fuel_l,
            owed_l,
            fuel_l_per_kwh: fuel_l / tally.served_kwh.max(1e-9),
            regret_frac: None,
            served_kwh: tally.served_kwh,
            unserved_kwh: tally.unserved_kwh,
            unserved_by_tier_kwh: tiers.collect(),
            unserved_m3: tally.unserved_m3,
            untreated_m3: tally.untreated_m3,
            blackout_min: 60.0 * tally.blackout_h,
            below_floor_h: tally.below_floor_h,
            batches_undone: tally.batches_undone,
            reserve_short_h: tally.reserve_short_h,
            n_minus_1_short_h: tally.n_minus_1_short_h,
            starts: tally.starts,
            run_h: tally.run_h.clone(),
            under_30_h: tally.under_30_h,
            under_40_h: tally.under_40_h,
            solar_kwh: tally.solar_kwh,
            curtailed_kwh: tally.curtailed_kwh,
            discharged_kwh: tally.discharged_kwh,
            cycles: if window_kwh > 0.0 { tally.discharged_kwh / window_kwh } else { 0.0 },
            operating_cost: operating_cost(site, tally),
            co2_kg: CO2_KG_PER_L * tally.fuel_l,
            plans: None,
            days,
        }
    }

    /// Tells how far it lies above a bound, L.
    pub fn against(&mut self, bound_l: Option<f64>) {
        self.regret_frac = bound_l.filter(|b| *b > 0.0).map(|b| (self.fuel_l - b) / b);
    }
}
