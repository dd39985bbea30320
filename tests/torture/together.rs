//! Meters that see the same thing: a power and its counter, the bus, a tank. The consumers are measured
//! series; what the books ask for besides is computed from them, and each meter errs by up to 1 %.

use super::camp;
use super::run::{Arrived, judge};
use super::series::{columns, peak};
use super::table::{Cell, Table};
use smart_camp::domain::point::{PointId, PointMap};
use smart_camp::site_file::SiteFile;
use std::path::Path;

/// Meters by point, all at the same times.
struct Meters {
    file: SiteFile,
    times_ms: Vec<i64>,
    points: Vec<(PointId, Vec<f64>)>,
}

/// A fault of one meter, from a value on for as long as it lasts.
#[derive(Clone, Copy)]
enum Fault {
    Times(f64),
    Stuck,
    Zero,
    Full(f64),
}

const LASTS: usize = 30;
const APART: usize = 500;
/// After a fault its book needs a window to see that all is well: so many values are left out.
const SHADOW: usize = 10;

type Noise = fastrand::Rng;

fn errs(rng: &mut Noise, value: f64) -> f64 {
    (value * (1.0 + 0.02 * (rng.f64() - 0.5)) * 1000.0).round() / 1000.0
}

/// Puts a fault into one meter again and again, and tells how often it was flagged.
fn measure(
    meters: &Meters,
    faulty: usize,
    fault: Fault,
    least: f64,
    partner: Option<usize>,
) -> (Cell, Vec<f64>) {
    let mut cell = Cell::default();
    let mut errors = Vec::new();
    let columns = meters.points.len();
    for seed in 0..20 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut values: Vec<Vec<f64>> = meters.points.iter().map(|(_, v)| v.clone()).collect();
        let (mut at, mut faults) = (600 + rng.usize(0..APART), Vec::new());
        while at + 2 * LASTS < meters.times_ms.len() {
            let (from, to) = (at, at + LASTS);
            at += APART / 2 + rng.usize(0..APART);
            let truth = meters.points[faulty].1[from - 1..to].to_vec();
            // A fault of a meter that says nothing shows nowhere.
            let shows = |v: &f64| match fault {
                Fault::Full(_) => v.abs() <= least,
                Fault::Times(_) | Fault::Stuck | Fault::Zero => v.abs() >= least,
            };
            if !truth.iter().skip(1).take(10).all(shows) {
                continue;
            }
            for v in &mut values[faulty][from..to] {
                *v = match fault {
                    Fault::Times(by) => *v * by,
                    Fault::Stuck => truth[0],
                    Fault::Zero => 0.0,
                    Fault::Full(full) => full,
                };
            }
            faults.push((from, to));
        }
        let stream: Vec<_> = (0..meters.times_ms.len())
            .flat_map(|i| {
                let time = meters.times_ms[i];
                let values = &values;
                meters.points.iter().enumerate().map(move |(c, (point, _))| Arrived {
                    point: *point,
                    time_ms: time,
                    value: values[c][i],
                    reason: None,
                    now_ms: time,
                })
            })
            .collect();
        let outcome = judge(&meters.file, &stream);
        let flagged = |i: usize, c: usize| outcome.fates[columns * i + c].is_flagged();
        for (from, to) in &faults {
            cell.faults += 1;
            if let Some(first) = (*from..from + 10).find(|i| flagged(*i, faulty)) {
                cell.found += 1;
                cell.samples += first - from + 1;
            }
            for (index, value) in &outcome.substitutes {
                let (i, c) = (index / columns, index % columns);
                if c == faulty && (*from..*to).contains(&i) {
                    errors.push((value - meters.points[faulty].1[i]).abs());
                }
            }
        }
        for i in 300..meters.times_ms.len() {
            let is_fault = faults.iter().any(|(a, b)| (*a..b + SHADOW).contains(&i));
            for c in (0..columns).filter(|c| !(is_fault && (*c == faulty || partner == Some(*c)))) {
                cell.clean += 1;
                cell.wrongly += usize::from(flagged(i, c));
            }
        }
        if cell.faults >= 300 {
            break;
        }
    }
    (cell, errors)
}

fn report(table: &mut Table, what: &str, kind: &str, unit: &str, (cell, errors): (Cell, Vec<f64>)) {
    table.cell(what, kind, Some(cell));
    if !errors.is_empty() {
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let n = errors.len();
        table.note(format!(
            "{what}, {kind}: {n} values substituted, off by {mean:.2} {unit} on average"
        ));
    }
}

pub(crate) fn run(folder: &Path, table: &mut Table) {
    energy(folder, table);
    bus(folder, table, 5);
    bus(folder, table, 60);
    tank(folder, table);
}

/// The measured load of El Espino, and the counter that its meter would have shown.
fn energy(folder: &Path, table: &mut Table) {
    let file = camp::read("el_espino");
    let load = &columns(folder, "espino_load_5min_2016.csv")["load_kw"][..40_000];
    let id = |name: &str| file.points.resolve(name).unwrap();
    let (power, counter) = (id("load.village.demand_kw"), id("load.village.energy_kwh"));
    let mut kwh = 5000.0;
    let counted = load.iter().map(|(_, kw)| {
        kwh += kw / 12.0;
        (kwh * 10.0_f64).round() / 10.0
    });
    let counted: Vec<f64> = counted.collect();
    let points = vec![(power, load.iter().map(|v| v.1).collect()), (counter, counted)];
    let meters = Meters { file, times_ms: load.iter().map(|v| v.0).collect(), points };
    let what = "espino load_kw with its counter";
    report(
        table,
        what,
        "power: one phase of three lost",
        "kW",
        measure(&meters, 0, Fault::Times(2.0 / 3.0), 2.0, Some(1)),
    );
    report(table, what, "power: twice", "kW", measure(&meters, 0, Fault::Times(2.0), 2.0, Some(1)));
    report(
        table,
        what,
        "counter: stands still",
        "kWh",
        measure(&meters, 1, Fault::Stuck, 2.0, Some(0)),
    );
}

/// The island's measured load and a district's measured water as two feeders, the measured sun, and a set
/// that gives the rest; a value every so many minutes.
fn bus(folder: &Path, table: &mut Table, every_min: u32) {
    let mut file = camp::read("el_espino");
    let village = file.site.load["village"].clone();
    file.site.load.insert("pumps".to_owned(), village);
    file.points = PointMap::of(&file.site);
    let ouessant = columns(folder, "ouessant_2016_hourly.csv");
    let water = &columns(folder, "water_demand_hourly_2021_2022.csv")["dma_h_water_demand_m3_h"];
    let (load, sun) = (&ouessant["load_kw"], &ouessant["pv_per_kwp_kw"]);
    let (load_peak, water_peak) = (peak(load), peak(water));
    let mut rng = fastrand::Rng::with_seed(1);
    let names = [
        "load.village.demand_kw",
        "load.pumps.demand_kw",
        "solar.pv.power_kw",
        "genset.g1.power_kw",
        "battery.bank.charge_kw",
    ];
    let mut points: Vec<(PointId, Vec<f64>)> =
        names.iter().map(|n| (file.points.resolve(n).unwrap(), Vec::new())).collect();
    // Along straight lines between the hours.
    let mut times_ms = Vec::new();
    let hours = load.windows(2).zip(sun.windows(2)).zip(water.windows(2));
    for ((load, sun), water) in hours.take(if every_min < 60 { 3000 } else { 8700 }) {
        for minute in (0..60).step_by(every_min as usize) {
            let along = |w: &[(i64, f64)]| w[0].1 + (w[1].1 - w[0].1) * f64::from(minute) / 60.0;
            let a = 38.0 * along(load) / load_peak;
            let b = 12.0 * along(water) / water_peak;
            let sun = 30.0 * along(sun);
            let rest = a + b - sun;
            // The set gives what is missing, the battery takes what is too much.
            let true_kw = [a, b, sun, rest.max(0.0), (-rest).max(0.0)];
            for ((_, values), kw) in points.iter_mut().zip(true_kw) {
                values.push(errs(&mut rng, kw));
            }
            times_ms.push(load[0].0 + 60_000 * i64::from(minute));
        }
    }
    let meters = Meters { file, times_ms, points };
    let what = format!("bus of ouessant load_kw, water dma_h and pv, every {every_min} min");
    let what = what.as_str();
    report(table, what, "feeder: half", "kW", measure(&meters, 0, Fault::Times(0.5), 15.0, None));
    report(table, what, "feeder: twice", "kW", measure(&meters, 0, Fault::Times(2.0), 15.0, None));
    report(table, what, "set: half", "kW", measure(&meters, 3, Fault::Times(0.5), 15.0, None));
    report(
        table,
        what,
        "set: W for kW",
        "kW",
        measure(&meters, 3, Fault::Times(1000.0), 15.0, None),
    );
    report(table, what, "feeder: stuck", "kW", measure(&meters, 0, Fault::Stuck, 15.0, None));
}

/// A tank that a district draws its measured water from, and a line that fills it, on and off by level.
fn tank(folder: &Path, table: &mut Table) {
    let file = camp::read("medium");
    let water = &columns(folder, "water_demand_hourly_2021_2022.csv")["dma_h_water_demand_m3_h"];
    let full = file.site.treatment["uf"].max_m3_per_h();
    let capacity = file.site.tank["treated"].capacity_m3;
    let factor = 0.6 * full / peak(water);
    let names = [
        "taps.camp.demand_m3_per_h",
        "treatment.uf.flow_m3_per_h",
        "treatment.ro.flow_m3_per_h",
        "tank.treated.level_m3",
    ];
    let mut points: Vec<(PointId, Vec<f64>)> =
        names.iter().map(|n| (file.points.resolve(n).unwrap(), Vec::new())).collect();
    // A value every 5 min: the hour's demand along a straight line.
    let mut rng = fastrand::Rng::with_seed(2);
    let (mut level, mut runs, mut times_ms) = (0.6 * capacity, false, Vec::new());
    for pair in water.windows(2).take(6000) {
        for minute in (0..60).step_by(5) {
            let demand = factor * (pair[0].1 + (pair[1].1 - pair[0].1) * f64::from(minute) / 60.0);
            runs = if level < 0.4 * capacity {
                true
            } else if level > 0.85 * capacity {
                false
            } else {
                runs
            };
            let made = if runs { full } else { 0.0 };
            level += (made - demand) / 12.0;
            let values = [
                errs(&mut rng, demand),
                errs(&mut rng, made),
                0.0,
                level + 0.002 * capacity * (rng.f64() - 0.5),
            ];
            for ((_, list), value) in points.iter_mut().zip(values) {
                list.push((value * 1000.0).round() / 1000.0);
            }
            times_ms.push(pair[0].0 + 60_000 * i64::from(minute));
        }
    }
    let meters = Meters { file, times_ms, points };
    let what = "tank of water dma_h, every 5 min";
    report(table, what, "level: stands still", "m3", measure(&meters, 3, Fault::Stuck, 0.0, None));
    report(
        table,
        what,
        "inflow: says nothing and it flows",
        "m3/h",
        measure(&meters, 1, Fault::Zero, 1.0, None),
    );
    report(
        table,
        what,
        "inflow: says its full flow and none comes",
        "m3/h",
        measure(&meters, 1, Fault::Full(full), 0.1, None),
    );
}
