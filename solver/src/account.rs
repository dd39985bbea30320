//! The books: from decisions to a whole plan, with stocks, fuel, money and declared shortfalls.
//!
//! Optimised and rule-based plans are settled by the same code, so that their figures compare.
//! [`mod@crate::verify`] does not use it: it counts again by itself.

mod agreed;
mod fuel;
mod genset;
mod like_sets;
mod mean_load;
mod money;
mod placed;
mod reserve;
pub(crate) mod security;
mod starts;
mod treatment;
mod upkeep;
mod wastewater;
mod water;

pub(crate) use agreed::hold_to_agreed;
pub(crate) use mean_load::MeanLoad;
pub(crate) use starts::of_one as start_of;

use crate::plan::{
    BatteryPlan, ConsumerPlan, Ledger, PLAN_SCHEMA, Plan, ReservePlan, Shortfall, SolarPlan, Status,
};
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::{ById, Tier};
use crate::solve::Objective;
use std::collections::BTreeMap;

pub(crate) use reserve::sustained_kw;

/// What a plan decides; everything else follows from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decisions {
    pub(crate) running: ById<Vec<bool>>,
    pub(crate) power_kw: ById<Vec<f64>>,
    pub(crate) solar_kw: ById<Vec<f64>>,
    pub(crate) charge_kw: ById<Vec<f64>>,
    pub(crate) discharge_kw: ById<Vec<f64>>,
    pub(crate) well_m3_per_h: ById<Vec<f64>>,
    /// Trains that run; whole numbers.
    pub(crate) treatment_trains: ById<Vec<f64>>,
    pub(crate) treatment_m3_per_h: ById<Vec<f64>>,
    pub(crate) wastewater_m3_per_h: ById<Vec<f64>>,
    pub(crate) wastewater_kw: ById<Vec<f64>>,
    pub(crate) taps_unserved_m3_per_h: ById<Vec<f64>>,
    pub(crate) unserved_kw: BTreeMap<String, Vec<f64>>,
    pub(crate) heater_kw: ById<Vec<f64>>,
    pub(crate) heat_unserved_kw: ById<Vec<f64>>,
    /// Batches that start with each step; whole but for the solver's arithmetic.
    pub(crate) batch_started: ById<Vec<f64>>,
    pub(crate) batch_unserved_kw: ById<Vec<f64>>,
}

/// Amounts below this, in kW, kWh or m3, are the solver's arithmetic, not a shortfall.
const NEGLIGIBLE: f64 = 1e-4;

/// Rounds to a millionth: series stay readable and far inside every tolerance.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

fn tidied(values: &[f64]) -> Vec<f64> {
    values.iter().map(|v| tidy(v.max(0.0))).collect()
}

/// Fuel of a running set at `kw`, L/h: straight lines between the data-sheet points, the first
/// and the last prolonged.
pub(crate) fn fuel_l_per_h(curve_kw: &[f64], curve_l_per_h: &[f64], kw: f64) -> f64 {
    let last_line = curve_kw.len() - 2;
    let line = curve_kw[1..].iter().position(|p| kw <= *p).unwrap_or(last_line).min(last_line);
    let (x0, x1) = (curve_kw[line], curve_kw[line + 1]);
    let (y0, y1) = (curve_l_per_h[line], curve_l_per_h[line + 1]);
    y0 + (kw - x0) * (y1 - y0) / (x1 - x0)
}

/// Electricity served in step `t` to consumers and the water plant, kW.
fn load_kw(plan: &Plan, t: usize) -> f64 {
    plan.consumer.values().map(|c| c.served_kw[t]).sum::<f64>()
        + plan.well.values().map(|w| w.demand_kw[t]).sum::<f64>()
        + plan.treatment.values().map(|l| l.demand_kw[t]).sum::<f64>()
        + plan.wastewater.values().map(|w| w.demand_kw[t]).sum::<f64>()
        + plan.taps.values().map(|x| x.demand_kw[t]).sum::<f64>()
        + plan.thermal_store.values().map(|h| h.heater_kw[t]).sum::<f64>()
        + plan.batch.values().map(|b| b.served_kw[t]).sum::<f64>()
}

/// Makes the plan that follows from `decisions`. Its status is that of a rule-based plan until the
/// optimiser says more.
pub(crate) fn settle(problem: &Problem, decisions: &Decisions) -> Plan {
    let mut books = Books { problem, kept_kwh: problem.battery_kept_kwh(), shortfalls: Vec::new() };
    let genset = books.gensets(decisions);
    let solar = books.solar(decisions);
    books.plant(&genset);
    let battery = books.batteries(decisions);
    let well = books.wells(decisions);
    let treatment = books.treatment(decisions);
    let taps = books.taps(decisions);
    let tank = books.tanks(&well, &treatment, &taps);
    let thermal_store = books.heat_stores(decisions);
    let batch = books.batches(decisions);
    let fuel_store = books.fuel_stores(&genset);
    let wastewater = books.wastewater(decisions);
    let consumer = books.consumers(decisions);
    let mut plan = Plan {
        schema: PLAN_SCHEMA,
        site: problem.site.name.clone(),
        grid: problem.grid.clone(),
        status: Status::Fallback,
        objective: Objective::Cost,
        cost: 0.0,
        cost_unit: problem.site.money.currency.clone(),
        bound: None,
        gap_frac: None,
        fuel_l: 0.0,
        refill_l: 0.0,
        ledger: Ledger::default(),
        genset,
        solar,
        battery,
        well,
        treatment,
        tank,
        taps,
        thermal_store,
        batch,
        fuel_store,
        wastewater,
        consumer,
        reserve: ReservePlan::default(),
        security: None,
        traces: None,
        shortfalls: Vec::new(),
        not_honoured: problem.site.not_honoured(),
        build_s: 0.0,
        solve_s: 0.0,
        stages: Vec::new(),
    };
    plan.reserve = books.reserve(&plan);
    plan.security = books.security(&plan);
    books.fuel_outlook(&mut plan);
    plan.shortfalls = books.shortfalls;
    money::close_ledger(problem, &mut plan);
    plan
}

struct Books<'a> {
    problem: &'a Problem,
    /// Energy that each battery keeps.
    kept_kwh: ById<f64>,
    shortfalls: Vec<Shortfall>,
}

impl Books<'_> {
    fn declare(&mut self, class: ShortfallClass, asset: String, by_step: Vec<f64>) {
        let total: f64 = by_step.iter().sum();
        if total > 0.0 {
            let unit = class.unit().to_owned();
            self.shortfalls.push(Shortfall { class, asset, unit, total: tidy(total), by_step });
        }
    }

    /// Rates (kW, m3/h, kWh, m3) times the length of the step; negligible ones are dropped.
    fn over_time(&self, rates: impl Iterator<Item = f64>) -> Vec<f64> {
        let dt = |t| self.problem.grid.dt_h(t);
        rates.enumerate().map(|(t, r)| if r > NEGLIGIBLE { tidy(r * dt(t)) } else { 0.0 }).collect()
    }

    fn solar(&self, d: &Decisions) -> ById<SolarPlan> {
        let one = |id: &String| {
            let power_kw = tidied(&d.solar_kw[id]);
            let curtailed = power_kw.iter().enumerate();
            let curtailed_kw = curtailed
                .map(|(t, kw)| tidy((self.problem.solar_usable_kw(id, t) - kw).max(0.0)))
                .collect();
            (id.clone(), SolarPlan { power_kw, curtailed_kw })
        };
        self.problem.site.solar.keys().map(one).collect()
    }

    fn batteries(&mut self, d: &Decisions) -> ById<BatteryPlan> {
        let problem = self.problem;
        let mut plans = ById::new();
        for (id, battery) in &problem.site.battery {
            let charge_kw = tidied(&d.charge_kw[id]);
            let discharge_kw = tidied(&d.discharge_kw[id]);
            let mut stored = problem.start.battery_kwh(&problem.site, id);
            let mut stored_kwh = Vec::new();
            for t in 0..problem.grid.len() {
                stored += problem.grid.dt_h(t)
                    * (charge_kw[t] * battery.charge_efficiency_frac
                        - discharge_kw[t] / battery.discharge_efficiency_frac);
                stored_kwh.push(tidy(stored));
            }
            let state_of_charge_frac =
                stored_kwh.iter().map(|kwh| tidy(kwh / battery.energy_kwh)).collect();
            let path = format!("battery.{id}");
            let kept_kwh = self.kept_kwh[id];
            let by_step = self.over_time(stored_kwh.iter().map(|kwh| kept_kwh - kwh));
            self.declare(ShortfallClass::BatteryFloor, path.clone(), by_step);
            let target = problem.end.battery_kwh.get(id).copied().unwrap_or(0.0);
            self.declare_end(ShortfallClass::EndStockBattery, path, target, &stored_kwh);
            let plan = BatteryPlan { charge_kw, discharge_kw, stored_kwh, state_of_charge_frac };
            plans.insert(id.clone(), plan);
        }
        plans
    }

    fn declare_end(&mut self, class: ShortfallClass, path: String, target: f64, stock: &[f64]) {
        let missing = target - stock.last().copied().unwrap_or(target);
        if missing > NEGLIGIBLE {
            let mut by_step = vec![0.0; stock.len()];
            if let Some(last) = by_step.last_mut() {
                *last = tidy(missing);
            }
            self.declare(class, path, by_step);
        }
    }

    fn consumers(&mut self, d: &Decisions) -> BTreeMap<String, ConsumerPlan> {
        let mut plans = BTreeMap::new();
        for (path, tier, _) in self.problem.site.consumers() {
            let demand = &self.problem.series.demand_kw[&path];
            let unserved: Vec<f64> = std::iter::zip(&d.unserved_kw[&path], demand)
                .map(|(u, demand)| if *u > NEGLIGIBLE { tidy(u.min(*demand)) } else { 0.0 })
                .collect();
            let served = std::iter::zip(demand, &unserved).map(|(d, u)| tidy(d - u)).collect();
            let (class, may_be_shed) = match tier {
                Tier::T0 => (ShortfallClass::LoadT0, false),
                Tier::T1 => (ShortfallClass::LoadT1, false),
                Tier::T2 => (ShortfallClass::LoadT2, true),
                Tier::T3 => (ShortfallClass::LoadT3, true),
            };
            let shed_kw = if may_be_shed { unserved.clone() } else { vec![0.0; unserved.len()] };
            let by_step = self.over_time(unserved.iter().copied());
            self.declare(class, path.clone(), by_step);
            let longest_unserved_h = self.longest_h(&unserved);
            let plan = ConsumerPlan {
                served_kw: served,
                unserved_kw: unserved,
                shed_kw,
                longest_unserved_h,
            };
            plans.insert(path, plan);
        }
        plans
    }

    /// The longest stretch of steps in which a series is above 0, h.
    fn longest_h(&self, series: &[f64]) -> f64 {
        let (mut longest_h, mut stretch_h) = (0.0_f64, 0.0);
        for (t, kw) in series.iter().enumerate() {
            stretch_h = if *kw > 0.0 { stretch_h + self.problem.grid.dt_h(t) } else { 0.0 };
            longest_h = longest_h.max(stretch_h);
        }
        tidy(longest_h)
    }
}
