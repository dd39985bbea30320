//! Camps for tests.

use camp_solver::problem::{EndStock, Series};
use camp_solver::site::{BatteryStart, GensetStart, Site, StartState, TankStart};
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeMap;

/// A site with one of everything, two of some, and every field stated.
pub(crate) fn full_site() -> Site {
    let flat = |v: f64| vec![v; 24];
    let set = |rated: f64, sharing: &str, due_h: f64| {
        json!({
            "rated_kw": rated,
            "fuel_curve_kw": [rated * 0.25, rated * 0.5, rated * 0.75, rated],
            "fuel_curve_l_per_h": [rated * 0.11, rated * 0.16, rated * 0.22, rated * 0.285],
            "min_load_frac": 0.3, "min_load": "soft", "min_up_h": 1.0, "min_down_h": 0.5,
            "start_fuel_l": 0.5, "start_cost": 1.0, "running_cost_per_h": rated * 0.02,
            "load_sharing": sharing, "preferred_min_frac": 0.5, "preferred_max_frac": 0.85,
            "outside_band_cost_per_kwh": 0.02,
            "mean_load_24h_max_frac": 0.9, "max_starts_per_day": 4, "run_hours_h": 100,
            "service_due_h": due_h, "service_interval_h": 250,
            "service_duration_h": 4, "service_tolerance_frac": 0.1,
            "burn_off": { "below_frac": 0.4, "after_h": 8, "at_frac": 0.7, "for_h": 1, "within_h": 24 },
            "derating": { "above_c": 40, "frac_per_10c": 0.1, "above_m": 1000, "frac_per_300m": 0.02 }
        })
    };
    let value = json!({
        "version": 1, "name": "full", "title": "one of everything", "persons": 100,
        "place": { "latitude_deg": 5, "longitude_deg": 30, "altitude_m": 400,
            "time_zone": "Africa/Juba", "design_temperature_c": 42 },
        "money": { "currency": "USD", "fuel_price_per_l": 1.2 },
        "reserve": { "load_frac": 0.1, "solar_frac": 0.25, "battery_sustain_h": 0.5 },
        "security": { "level": "critical", "full": [{ "from": "18:00:00", "to": "22:00:00" }],
            "none": [{ "from": "22:00:00", "to": "23:00:00", "signed_by": "a name" }],
            "none_signed_by": "a name" },
        "quiet_hours": { "from": "22:00:00", "to": "05:00:00", "max_running_sets": 3 },
        "plant": { "max_starts_per_day": 8, "rotation": "none", "run_hours_spread_max_h": 100,
            "service_hours": { "from": "07:00:00", "to": "17:00:00" } },
        "load": {
            "theatre": { "tier": "T0", "typical_kw": flat(5.0) },
            "clinic": { "tier": "T1", "typical_kw": flat(10.0) },
            "kitchen": { "tier": "T2", "typical_kw": flat(60.0) },
            "tents": { "tier": "T3", "typical_kw": flat(80.0) }
        },
        "genset": { "g1": set(100.0, "proportional", 250.0), "g2": set(100.0, "proportional", 250.0),
            "g3": set(40.0, "proportional", 250.0), "g4": set(60.0, "base_load", 110.0) },
        "solar": { "pv": { "peak_kwp": 80, "inverter_kw": 70, "tilt_deg": 10, "azimuth_deg": 180,
            "albedo_frac": 0.25, "losses_frac": 0.14, "temperature_coefficient_per_c": -0.0035,
            "typical_kw_per_kwp": flat(0.3) } },
        "battery": { "bess": { "energy_kwh": 200, "charge_max_kw": 80, "discharge_max_kw": 80,
            "charge_efficiency_frac": 0.938, "discharge_efficiency_frac": 0.938,
            "state_of_charge_min_frac": 0.2, "state_of_charge_max_frac": 0.95,
            "wear_cost_per_kwh": 0.07, "grid_forming": true, "end_state_of_charge_min_frac": 0.5,
            "critical_floor_h": 0.5, "charge_temperature": { "none_below_c": 0, "derate_above_c": 45,
            "derate_frac_per_10c": 0.5 } } },
        "well": {
            "w1": { "to_tank": "raw", "flow_m3_per_h": 5, "head_m": 100, "pump_efficiency_frac": 0.5,
                "control": "on_off", "daily_cap_m3": 60, "max_hours_per_day": 16, "min_rest_h": 4 },
            "w2": { "to_tank": "raw", "flow_m3_per_h": 5, "head_m": 100, "pump_efficiency_frac": 0.5,
                "standby": true } },
        "treatment": {
            "ro": { "from_tank": "treated", "to_tank": "treated", "train_m3_per_h": 1,
                "recovery_frac": 0.7, "energy_kwh_per_m3": 1.8, "daily_product_m3": 6,
                "min_product_frac": 1, "min_run_h": 2, "max_starts_per_day": 2, "flush_m3_per_stop": 0.05 },
            "uf": { "from_tank": "raw", "to_tank": "treated", "trains": 2, "train_m3_per_h": 3,
                "recovery_frac": 0.95, "energy_kwh_per_m3": 0.25 } },
        "tank": {
            "raw": { "capacity_m3": 40, "suction_floor_m3": 4, "end_level_min_m3": 20 },
            "treated": { "capacity_m3": 100, "fire_floor_m3": 20, "operating_floor_m3": 10,
                "end_level_min_m3": 60, "contact_time_h": 0.5 } },
        "taps": { "camp": { "from_tank": "treated", "daily_m3": 48, "typical_share": flat(1.0),
            "booster_kwh_per_m3": 0.1, "booster_max_kw": 3 } },
        "wastewater": { "plant": { "daily_m3": 40, "plant_m3_per_day": 50, "energy_kwh_per_m3": 1.8,
            "max_kw": 8, "min_kw": 1, "equalisation_m3": 20, "start_equalisation_m3": 6,
            "end_equalisation_max_m3": 6,
            "aeration_min_frac": 0.6, "max_pause_h": 1 } },
        "thermal_store": { "hot": { "heater_kw": 20, "store_kwh": 80, "daily_kwh": 120,
            "typical_share": flat(1.0), "min_frac": 0.1, "ready_frac": 0.6, "ready_at_h": [5, 17],
            "loss_frac_per_h": 0.01, "start_frac": 0.4 } },
        "batch": { "laundry": { "per_day": 6, "batch_kw": 8, "batch_h": 1, "max_at_once": 2,
            "from_h": 8, "to_h": 20 } },
        "fuel_store": { "depot": { "capacity_l": 10000, "start_l": 6000, "delivery_l": 5000,
            "delivery_every_d": 7, "delivery_slip_d": 3, "delivery_lead_d": 2, "reserve_d": 7,
            "reserve_l": 2000, "burn_p90_extra_frac": 0.15 } },
        "start": { "time": "2026-03-10T00:00:00",
            "genset": { "g1": { "running": true, "for_h": 3, "starts_today": 0,
                "last_24h_kw": [60.0, 60.0, 60.0], "low_load_h": 3 } },
            "battery": { "bess": { "state_of_charge_frac": 0.5 } },
            "tank": { "raw": { "level_m3": 28 }, "treated": { "level_m3": 70 } },
            "thermal_store": { "hot": { "fill_frac": 0.5 } },
            "batch": { "laundry": { "done_today": 1, "running_left_h": [0.5] } },
            "fuel_store": { "depot": { "level_l": 5000, "deliveries": [
                { "expected_at": "2026-03-07T01:00:00Z", "volume_l": 1000 },
                { "expected_at": "2026-03-12T08:00:00Z", "volume_l": 5000 }] } },
            "well": { "w1": { "running": true, "for_h": 1, "today_m3": 5, "today_h": 1,
                "today_rest_h": 0 } },
            "treatment": { "ro": { "trains_running": 1, "for_h": 1, "today_starts": 1 } },
            "wastewater": { "plant": { "level_m3": 6, "paused_h": 0 } } }
    });
    serde_json::from_value(value).unwrap()
}

pub(crate) fn midnight() -> DateTime<Utc> {
    "2026-03-09T22:00:00Z".parse().unwrap()
}

/// The typical day of a site from local midnight (UTC+2), in quarter hours.
pub(crate) fn typical(site: Site, hours: usize) -> Problem {
    let grid = TimeGrid::uniform(midnight(), 15, hours * 4, 120);
    let hour = |t: usize| (t / 4) % 24;
    let on = |p: &[f64; 24]| (0..grid.len()).map(|t| p[hour(t)]).collect::<Vec<_>>();
    let taps = site.taps.iter().map(|(id, x)| (id.clone(), on(&x.typical()))).collect();
    let series = Series {
        demand_kw: site.consumers().iter().map(|(path, _, p)| (path.clone(), on(p))).collect(),
        solar_available_kw: site
            .solar
            .iter()
            .map(|(id, s)| (id.clone(), on(&s.typical())))
            .collect(),
        heat_kw: site.thermal_store.iter().map(|(id, s)| (id.clone(), on(&s.typical()))).collect(),
        wastewater_m3_per_h: site.wastewater_m3_per_h(&taps),
        taps_m3_per_h: taps,
        ..Series::default()
    };
    Problem {
        start: site.start.clone(),
        end: EndStock::as_start(&site, &site.start),
        unavailable: BTreeMap::default(),
        traces: Vec::new(),
        traces_part_after_h: None,
        site,
        grid,
        series,
    }
}

/// Twelve hours of the full site.
pub(crate) fn full() -> Problem {
    typical(full_site(), 12)
}

/// The same without heaters and batches: what can be moved makes the last digits hard to prove.
pub(crate) fn firm() -> Problem {
    let mut problem = full();
    problem.site.thermal_store.clear();
    problem.site.batch.clear();
    problem.start.thermal_store.clear();
    problem.start.batch.clear();
    problem.site.start = problem.start.clone();
    problem.series.heat_kw.clear();
    problem.end.heat_kwh.clear();
    problem
}

/// A bare camp: sets of `sizes` kW with a straight curve of 0.1 L/h per kW and 0.2 L/kWh, one load,
/// nothing else; every step an hour.
pub(crate) fn bare(sizes: &[f64], load_kw: &[f64]) -> Problem {
    let mut site = full_site();
    let template = site.genset["g1"].clone();
    site.genset.clear();
    for (i, rated_kw) in sizes.iter().enumerate() {
        let mut set = template.clone();
        set.rated_kw = *rated_kw;
        set.fuel_curve_kw = vec![0.5 * rated_kw, *rated_kw];
        set.fuel_curve_l_per_h = vec![0.2 * rated_kw, 0.3 * rated_kw];
        set.running_cost_per_h = 0.0;
        set.start_cost = 0.0;
        set.start_fuel_l = 0.0;
        set.outside_band_cost_per_kwh = 0.0;
        set.max_starts_per_day = None;
        set.mean_load_24h_max_frac = None;
        set.derating = None;
        set.burn_off = None;
        set.service_due_h = None;
        site.genset.insert(format!("g{}", i + 1), set);
    }
    site.quiet_hours = None;
    site.plant.max_starts_per_day = None;
    site.plant.run_hours_spread_max_h = None;
    site.load.retain(|id, _| id == "kitchen");
    site.security = None;
    site.reserve.load_frac = 0.0;
    site.reserve.solar_frac = 0.0;
    site.solar.clear();
    site.battery.clear();
    site.well.clear();
    site.treatment.clear();
    site.tank.clear();
    site.taps.clear();
    site.wastewater.clear();
    site.thermal_store.clear();
    site.batch.clear();
    site.fuel_store.clear();
    site.start = StartState::default();
    let grid = TimeGrid::uniform(midnight(), 60, load_kw.len(), 120);
    let mut series = Series::default();
    series.demand_kw.insert("load.kitchen".to_owned(), load_kw.to_vec());
    Problem {
        start: StartState::default(),
        end: EndStock::default(),
        unavailable: BTreeMap::default(),
        traces: Vec::new(),
        traces_part_after_h: None,
        site,
        grid,
        series,
    }
}

pub(crate) fn running(problem: &mut Problem, id: &str, for_h: f64) {
    problem.start.genset.insert(id.to_owned(), GensetStart::new(true, for_h));
}

pub(crate) fn charge(problem: &mut Problem, id: &str, state_of_charge_frac: f64) {
    problem.start.battery.insert(id.to_owned(), BatteryStart { state_of_charge_frac });
}

pub(crate) fn level(problem: &mut Problem, id: &str, level_m3: f64) {
    problem.start.tank.insert(id.to_owned(), TankStart { level_m3 });
}
