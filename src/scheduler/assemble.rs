//! From measurements to a problem. Where they are missing or old, the safe assumption stands in and
//! is told: a set of unknown status counts nothing and is not commanded, a battery stands at the lower end
//! of its window, a tank has lost what its taps could have drawn, an equalisation tank is full.

mod genset;

use super::sets_past::SetPast;
use super::water_past::WaterPast;
use crate::domain::point::PointMap;
use crate::domain::state::{CampState, Latest};
use crate::forecast::Outlook;
use crate::site_file::{SiteFile, mark_outages};
use camp_solver::problem::EndStock;
use camp_solver::site::{
    Batch, BatchStart, BatteryStart, ById, FuelStart, Site, StartState, TankStart, ThermalStart,
    Wastewater, WastewaterStart,
};
use camp_solver::{Problem, TimeGrid};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A value older than this is not known any more.
pub const FRESH: TimeDelta = TimeDelta::minutes(15);
/// A set that gives more than this share of its rating runs.
pub(super) const RUNNING_LOAD_FRAC: f64 = 0.03;
/// A wastewater plant that draws more than this share of its least power aerates.
const AERATES_FRAC: f64 = 0.5;

/// A checked problem, and what was assumed in it.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The problem.
    pub problem: Problem,
    /// What was assumed because measurements are missing or old.
    pub degraded: Vec<String>,
    /// Assets that the plan leaves alone, and why.
    pub left_out: BTreeMap<String, String>,
}

/// What stored readings and the plan in force tell of the time before.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The water plant's day so far.
    pub water: WaterPast,
    /// Sets, by id.
    pub sets: ById<SetPast>,
}

struct Assembly<'a> {
    points: &'a PointMap,
    state: &'a CampState,
    now: DateTime<Utc>,
    steps: usize,
    start: StartState,
    unavailable: BTreeMap<String, Vec<bool>>,
    degraded: Vec<String>,
    left_out: BTreeMap<String, String>,
}

/// Puts the problem together. `past` is what was done before the plan; `out` names assets that cannot be
/// used, and why.
pub fn assemble(
    file: &SiteFile,
    state: &CampState,
    outlook: &Outlook,
    grid: TimeGrid,
    past: Past,
    out: &BTreeMap<String, String>,
) -> Result<Assembled, String> {
    if state.newest().is_none() {
        return Err("no meter has spoken yet".to_owned());
    }
    let mut assembly = Assembly {
        points: &file.points,
        state,
        now: grid.start,
        steps: grid.len(),
        start: StartState {
            well: past.water.well,
            treatment: past.water.treatment,
            ..StartState::default()
        },
        unavailable: BTreeMap::new(),
        degraded: Vec::new(),
        left_out: BTreeMap::new(),
    };
    for (id, set) in &file.site.genset {
        assembly.genset(id, set.rated_kw, past.sets.get(id).cloned().unwrap_or_default());
    }
    let sets = &file.site.genset;
    if !sets.is_empty() && assembly.left_out.len() == sets.len() {
        return Err("of no set it is known whether it runs: the meters are silent".to_owned());
    }
    for (id, battery) in &file.site.battery {
        assembly.battery(id, battery.state_of_charge_min_frac);
    }
    for (id, tank) in &file.site.tank {
        let taps = file.site.taps.values().filter(|x| x.from_tank == *id);
        let most = taps.map(|x| x.typical().into_iter().fold(0.0, f64::max)).sum::<f64>();
        assembly.tank(id, tank.capacity_m3, most);
    }
    for (id, store) in &file.site.thermal_store {
        assembly.thermal_store(id, store.min_frac);
    }
    for id in file.site.fuel_store.keys() {
        assembly.fuel_store(id, &file.site);
    }
    for (id, batch) in &file.site.batch {
        assembly.batch(id, batch, grid.local_h(0));
    }
    for (id, plant) in &file.site.wastewater {
        assembly.wastewater(id, plant);
    }
    for (asset, why) in out {
        assembly.take_out(asset, why);
    }
    let outages = mark_outages(&file.outages, &grid, &mut assembly.unavailable);
    assembly.degraded.extend(outages);
    assembly.tell_substitutes();
    let problem = Problem {
        site: file.site.clone(),
        grid,
        start: assembly.start,
        series: outlook.series.clone(),
        unavailable: assembly.unavailable,
        traces: Vec::new(),
        traces_part_after_h: None,
        end: EndStock::as_site(&file.site),
    };
    let faults = problem.check();
    if faults.is_empty() {
        let (degraded, left_out) = (assembly.degraded, assembly.left_out);
        return Ok(Assembled { problem, degraded, left_out });
    }
    let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
    Err(format!("the problem is faulty: {}", all.join("; ")))
}

impl Assembly<'_> {
    fn take_out(&mut self, asset: &str, why: &str) {
        self.unavailable.insert(asset.to_owned(), vec![true; self.steps]);
        self.degraded.push(format!("{asset}: out of reach: {why}"));
        self.left_out.insert(asset.to_owned(), why.to_owned());
    }

    /// A value of the last quarter of an hour.
    fn fresh(&self, kind: &str, id: &str, quantity: &str) -> Option<f64> {
        let latest = self.state.value(self.points, kind, id, quantity)?;
        ((latest.time - self.now).abs() <= FRESH).then_some(latest.value)
    }

    /// Tells what was found from other meters in place of a doubted one.
    fn tell_substitutes(&mut self) {
        for (id, point) in self.points.iter() {
            let Some(latest) = self.state.latest(id).filter(Latest::is_substituted) else {
                continue;
            };
            if (latest.time - self.now).abs() <= FRESH {
                let value = latest.value;
                self.degraded.push(format!("{point}: doubted; {value:.3} found from other meters"));
            }
        }
    }

    fn battery(&mut self, id: &str, lowest: f64) {
        let frac = self.fresh("battery", id, "state_of_charge_frac");
        if frac.is_none() {
            let note =
                format!("battery.{id}: state of charge not known: the lower end of its window");
            self.degraded.push(note);
        }
        let state_of_charge_frac = frac.unwrap_or(lowest).clamp(0.0, 1.0);
        self.start.battery.insert(id.to_owned(), BatteryStart { state_of_charge_frac });
    }

    fn wastewater(&mut self, id: &str, plant: &Wastewater) {
        let level = self.fresh("wastewater", id, "level_m3");
        if level.is_none() {
            let note =
                format!("wastewater.{id}: level not known: a full equalisation tank assumed");
            self.degraded.push(note);
        }
        let level_m3 = level.unwrap_or(plant.equalisation_m3).clamp(0.0, plant.equalisation_m3);
        // A plant that is not seen to aerate may have paused for as long as it may.
        let aerates = self
            .fresh("wastewater", id, "demand_kw")
            .is_some_and(|kw| kw >= AERATES_FRAC * plant.least_kw());
        let paused_h = if aerates { 0.0 } else { plant.max_pause_h };
        self.start.wastewater.insert(id.to_owned(), WastewaterStart { level_m3, paused_h });
    }

    fn tank(&mut self, id: &str, capacity_m3: f64, most_m3_per_h: f64) {
        let latest = self.state.value(self.points, "tank", id, "level_m3");
        let level = latest.map_or(0.0, |l| {
            let age = self.now - l.time;
            if age <= FRESH {
                l.value
            } else {
                l.value - most_m3_per_h * age.as_seconds_f64() / 3600.0
            }
        });
        if latest.is_none_or(|l| self.now - l.time > FRESH) {
            let note = format!("tank.{id}: level not known: {:.1} m3 assumed", level.max(0.0));
            self.degraded.push(note);
        }
        let level_m3 = level.clamp(0.0, capacity_m3);
        self.start.tank.insert(id.to_owned(), TankStart { level_m3 });
    }

    fn thermal_store(&mut self, id: &str, lowest: f64) {
        let frac = self.fresh("thermal_store", id, "fill_frac");
        if frac.is_none() {
            self.degraded.push(format!("thermal_store.{id}: fill not known: its least is assumed"));
        }
        let start = ThermalStart { fill_frac: frac.unwrap_or(lowest).clamp(0.0, 1.0) };
        self.start.thermal_store.insert(id.to_owned(), start);
    }

    /// Fuel of an old word is told as if none had been burnt since; where nobody ever spoke, the
    /// site file's stock is. Deliveries that it names are counted.
    fn fuel_store(&mut self, id: &str, site: &Site) {
        let latest = self.state.value(self.points, "fuel_store", id, "level_l");
        if latest.is_none_or(|l| self.now - l.time > FRESH) {
            self.degraded.push(format!("fuel_store.{id}: stock not known: the last word is taken"));
        }
        let level_l = latest.map_or_else(|| site.start.fuel_l(site, id), |l| l.value);
        let most = site.fuel_store.get(id).map_or(f64::MAX, |s| s.capacity_l);
        let deliveries = site.start.fuel_store.get(id).map(|s| s.deliveries.clone());
        let start = FuelStart {
            level_l: level_l.clamp(0.0, most),
            deliveries: deliveries.unwrap_or_default(),
        };
        self.start.fuel_store.insert(id.to_owned(), start);
    }

    /// Of batches it is asked how many the day has seen. Where nobody says, as many as an even day
    /// would have seen by now; a batch that runs without a word has all its time before it.
    fn batch(&mut self, id: &str, batch: &Batch, local_h: f64) {
        let done = self.fresh("batch", id, "done_today");
        if done.is_none() {
            let note =
                format!("batch.{id}: not known how many were run today: an even day assumed");
            self.degraded.push(note);
        }
        let passed = (local_h - batch.from_h) / (batch.to_h - batch.from_h);
        let even = passed.clamp(0.0, 1.0) * f64::from(batch.per_day);
        let count = |n: f64| (0..=1000).rev().find(|i| f64::from(*i) <= n + 0.01).unwrap_or(0);
        let kw = self.fresh("batch", id, "demand_kw").unwrap_or(0.0);
        let running = count((kw / batch.batch_kw + 0.5).floor()).min(batch.max_at_once) as usize;
        let left_h = self.fresh("batch", id, "left_h").filter(|h| *h > 0.0);
        let left_h = left_h.unwrap_or(batch.batch_h).min(batch.batch_h);
        let start = BatchStart {
            done_today: count(done.unwrap_or(even)),
            running_left_h: vec![left_h; running],
        };
        self.start.batch.insert(id.to_owned(), start);
    }
}
