//! The figures that forecasts are asked to reach, measured on the data folder.

use super::learn::Hourly;
use super::measure::{self, Measured};
use super::solar::clear_hours;
use crate::planning::columns::{self, Columns};
use camp_solver::site::{Place, Solar};
use std::path::Path;

/// Days at the end of each series that are measured.
const DAYS: usize = 90;
/// Days of measured sun that come before the first forecast.
const LEARN_DAYS: usize = 30;
/// Most that the share at or below a level may be off, over all leads and in a block of them.
const CALIBRATED_FRAC: (f64, f64) = (0.03, 0.08);
/// The districts whose water is measured.
const DISTRICTS: [&str; 5] = ["d", "e", "f", "g", "h"];

/// One figure and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// The figure, a share.
    pub value: f64,
    /// What is asked.
    pub bound: f64,
    /// Whether at least so much is asked; otherwise at most.
    pub at_least: bool,
}

impl Figure {
    /// Whether the figure is what is asked.
    pub fn is_reached(&self) -> bool {
        // What could not be measured is not reached.
        if self.at_least { self.value >= self.bound } else { self.value <= self.bound }
    }
}

fn skill(what: &str, measured: &Measured, bound: f64) -> Figure {
    let value = measured.skill_frac().unwrap_or(f64::NAN);
    Figure { what: format!("{what}: skill"), value, bound, at_least: true }
}

fn calibration(what: &str, measured: &Measured) -> [Figure; 2] {
    let figure = |which: &str, value: Option<f64>, bound| Figure {
        what: format!("{what}: calibration, {which}"),
        value: value.unwrap_or(f64::NAN),
        bound,
        at_least: false,
    };
    [
        figure("all leads", measured.worst_pooled_frac(), CALIBRATED_FRAC.0),
        figure("worst 6 h of leads", measured.worst_block_frac(), CALIBRATED_FRAC.1),
    ]
}

fn open(folder: &Path, name: &str) -> Result<Columns, String> {
    columns::read(&folder.join(name)).map_err(|faults| faults.join("\n"))
}

fn hourly(file: &Columns, column: &str) -> Result<Hourly, String> {
    let values = file.get(column).ok_or_else(|| format!("there is no column {column}"))?;
    Ok(Hourly::from_intervals(file.start_s, file.interval_s, values))
}

/// Measures every figure. `told` hears of each series before it is worked on.
///
/// # Errors
/// Where a file of the folder is missing or cannot be used.
pub fn figures(folder: &Path, told: impl Fn(&str)) -> Result<Vec<Figure>, String> {
    let espino = open(folder, "espino_load_5min_2016.csv")?;
    let water = open(folder, "water_demand_hourly_2021_2022.csv")?;
    let ouessant = open(folder, "ouessant_2016_hourly.csv")?;
    let quarter = open(folder, "espino_dispatch_hourly_2017q1.csv")?;
    let mut skills = Vec::new();
    let mut levels = Vec::new();
    let mut both = |what: &str, measured: &Measured, bound: f64| {
        skills.push(skill(what, measured, bound));
        levels.extend(calibration(what, measured));
    };

    told("El Espino, load");
    let load = hourly(&espino, "load_kw")?;
    both("El Espino, load 2016", &measure::demand(&load, &[], 0, DAYS), 0.22);
    let mut sum = 0.0;
    for district in DISTRICTS {
        let what = format!("water, district {}", district.to_uppercase());
        told(&what);
        let demand = hourly(&water, &format!("dma_{district}_water_demand_m3_h"))?;
        let measured = measure::demand(&demand, &[], 0, DAYS);
        sum += measured.skill_frac().unwrap_or(f64::NAN);
        both(&what, &measured, 0.17);
    }
    told("Ouessant, load");
    let load = hourly(&ouessant, "load_kw")?;
    both("Ouessant, load", &measure::demand(&load, &[], 0, DAYS), 0.08);
    let air = hourly(&ouessant, "temp_air_c")?;
    let what = "Ouessant, load, temperature given";
    both(what, &measure::demand(&load, &[air], 0, DAYS), 0.14);
    let value = sum / DISTRICTS.len() as f64;
    let what = "water, districts D to H: mean skill".to_owned();
    skills.push(Figure { what, value, bound: 0.22, at_least: true });

    told("El Espino, sun");
    let (place, array) = espino_array();
    let power = hourly(&quarter, "pv_available_kw")?;
    let clear = clear_hours(&place, &array, &power, measure::LEADS);
    let measured = measure::sun(&power, &clear, LEARN_DAYS, DAYS);
    skills.push(skill("El Espino, sun from day 31", &measured, 0.10));
    told("Ouessant, sun");
    let (place, array) = ouessant_array();
    let power = hourly(&ouessant, "pv_per_kwp_kw")?;
    let clear = clear_hours(&place, &array, &power, measure::LEADS);
    let measured = measure::sun(&power, &clear, LEARN_DAYS, DAYS);
    skills.push(skill("Ouessant, sun", &measured, 0.10));
    skills.extend(levels);
    Ok(skills)
}

/// El Espino's array as the data folder describes it: 240 modules, here taken for 60 kWp, behind 51 kW of
/// inverters, 19 degrees to the north.
fn espino_array() -> (Place, Solar) {
    let array = Solar {
        peak_kwp: 60.0,
        inverter_kw: 51.0,
        tilt_deg: 19.0,
        azimuth_deg: Some(0.0),
        ..kilowatt_peak()
    };
    (place(-19.2, -63.3), array)
}

/// Ouessant's series is of a kWp tilted 40 degrees to the south.
fn ouessant_array() -> (Place, Solar) {
    (place(48.46, -5.10), kilowatt_peak())
}

fn place(latitude_deg: f64, longitude_deg: f64) -> Place {
    let time_zone = "UTC".to_owned();
    Place { latitude_deg, longitude_deg, altitude_m: 0.0, time_zone, design_temperature_c: None }
}

/// One kWp, 40 degrees to the south, with the losses of PVWatts.
fn kilowatt_peak() -> Solar {
    Solar {
        peak_kwp: 1.0,
        inverter_kw: 1.0,
        tilt_deg: 40.0,
        azimuth_deg: Some(180.0),
        albedo_frac: 0.25,
        losses_frac: 0.14,
        temperature_coefficient_per_c: -0.0035,
        typical_kw_per_kwp: vec![0.0; 24],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_not_reached() {
        let figure = |value, at_least| Figure { what: String::new(), value, bound: 0.1, at_least };
        assert!(figure(0.1, true).is_reached() && figure(0.1, false).is_reached());
        assert!(!figure(0.09, true).is_reached() && !figure(0.11, false).is_reached());
        assert!(!figure(f64::NAN, true).is_reached() && !figure(f64::NAN, false).is_reached());
        assert!(figures(Path::new("no/such/folder"), |_| {}).unwrap_err().contains("no/such"));
    }
}
