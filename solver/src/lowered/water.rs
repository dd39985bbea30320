//! The water plant: wells, treatment lines, tanks, taps.

use super::Worth;
use crate::problem::{Problem, WellDay};

/// Rounding moves each pump and train by about this much running time, h.
const ROUNDING_H: f64 = 0.6;

/// A tank: its node's balance fills and empties it.
#[derive(Debug)]
pub(crate) struct Tank {
    pub(crate) id: String,
    pub(crate) capacity_m3: f64,
    pub(crate) floor_m3: f64,
    pub(crate) start_m3: f64,
    pub(crate) end_m3: f64,
    pub(crate) worth: Worth,
    /// What rounding pumps and trains may move its level by, m3.
    pub(crate) room_m3: f64,
}

/// A well.
#[derive(Debug)]
pub(crate) struct Well {
    pub(crate) id: String,
    pub(crate) to_tank: String,
    pub(crate) may_run: Vec<bool>,
    pub(crate) flow_m3_per_h: f64,
    pub(crate) kwh_per_m3: f64,
    /// Full flow or none.
    pub(crate) on_off: bool,
    pub(crate) days: Vec<WellDay>,
}

impl Well {
    /// Whether it must be known if the well runs, beside how much it gives.
    pub(crate) fn is_switched(&self) -> bool {
        self.on_off || self.days.iter().any(|d| d.most_h.is_finite() || d.rest.is_some())
    }
}

/// A treatment line of like trains.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) from_tank: String,
    pub(crate) to_tank: String,
    pub(crate) available: Vec<bool>,
    pub(crate) trains: f64,
    pub(crate) train_m3_per_h: f64,
    /// Least product of a running train, m3/h.
    pub(crate) least_m3_per_h: f64,
    pub(crate) recovery: f64,
    pub(crate) kwh_per_m3: f64,
    pub(crate) daily_m3: Option<f64>,
    pub(crate) min_run_h: f64,
    /// Most starts of all trains in a local day.
    pub(crate) max_starts_per_day: Option<f64>,
    pub(crate) flush_m3: f64,
    /// Trains that run at the start, for how long, and the starts of that day.
    pub(crate) running_at_start: f64,
    pub(crate) for_h: f64,
    pub(crate) today_starts: f64,
}

impl Line {
    /// Whether trains are counted: otherwise any product is lawful.
    pub(crate) fn is_counted(&self) -> bool {
        self.least_m3_per_h > 0.0 || self.counts_starts()
    }

    /// Whether starts of trains matter.
    pub(crate) fn counts_starts(&self) -> bool {
        self.min_run_h > 0.0 || self.max_starts_per_day.is_some() || self.flush_m3 > 0.0
    }

    /// Whether a running train gives its full product.
    pub(crate) fn is_full_or_none(&self) -> bool {
        self.least_m3_per_h >= self.train_m3_per_h
    }
}

/// Water drawn from a tank.
#[derive(Debug)]
pub(crate) struct Draw {
    pub(crate) id: String,
    pub(crate) from_tank: String,
    pub(crate) asked_m3_per_h: Vec<f64>,
    pub(crate) max_m3_per_h: f64,
    pub(crate) kwh_per_m3: f64,
}

pub(crate) fn tanks(problem: &Problem) -> Vec<Tank> {
    let tank = |(id, tank): (&String, &crate::site::Tank)| Tank {
        id: id.clone(),
        capacity_m3: tank.capacity_m3,
        floor_m3: problem.tank_floor_m3(id),
        start_m3: problem.start.tank_m3(&problem.site, id),
        end_m3: problem.end.tank_m3.get(id).copied().unwrap_or(0.0),
        worth: Worth::default(),
        room_m3: ROUNDING_H * switched_m3_per_h(problem, id),
    };
    problem.site.tank.iter().map(tank).collect()
}

/// Flow of the pumps and trains at a tank that are on or off, m3/h.
fn switched_m3_per_h(problem: &Problem, tank: &str) -> f64 {
    let wells = problem.site.well.values();
    let wells = wells.filter(|w| w.to_tank == tank && !w.standby && w.is_on_off());
    let lines = problem.site.treatment.values().filter(|l| l.least_m3_per_h() > 0.0);
    let at_tank = |l: &crate::site::Treatment| match (l.from_tank == tank, l.to_tank == tank) {
        (true, true) => l.train_m3_per_h * (1.0 / l.recovery_frac - 1.0),
        (true, false) => l.train_m3_per_h / l.recovery_frac,
        (false, true) => l.train_m3_per_h,
        (false, false) => 0.0,
    };
    wells.map(|w| w.flow_m3_per_h).sum::<f64>() + lines.map(at_tank).sum::<f64>()
}

pub(crate) fn wells(problem: &Problem) -> Vec<Well> {
    let well = |(id, well): (&String, &crate::site::Well)| Well {
        id: id.clone(),
        to_tank: well.to_tank.clone(),
        may_run: (0..problem.grid.len()).map(|t| problem.well_may_run(id, t)).collect(),
        flow_m3_per_h: well.flow_m3_per_h,
        kwh_per_m3: well.energy_kwh_per_m3(),
        on_off: well.is_on_off(),
        days: problem.well_days(id),
    };
    problem.site.well.iter().map(well).collect()
}

pub(crate) fn lines(problem: &Problem) -> Vec<Line> {
    let line = |(id, line): (&String, &crate::site::Treatment)| {
        let start = problem.start.treatment(id);
        let trains = f64::from(line.trains);
        Line {
            id: id.clone(),
            from_tank: line.from_tank.clone(),
            to_tank: line.to_tank.clone(),
            available: problem.availability("treatment", id),
            trains,
            train_m3_per_h: line.train_m3_per_h,
            least_m3_per_h: line.least_m3_per_h(),
            recovery: line.recovery_frac,
            kwh_per_m3: line.energy_kwh_per_m3,
            daily_m3: line.daily_product_m3,
            min_run_h: line.min_run_h.unwrap_or(0.0),
            max_starts_per_day: line.max_starts_per_day.map(|n| f64::from(n) * trains),
            flush_m3: line.flush_m3_per_stop.unwrap_or(0.0),
            running_at_start: f64::from(start.trains_running),
            for_h: start.for_h,
            today_starts: f64::from(start.today_starts),
        }
    };
    problem.site.treatment.iter().map(line).collect()
}

pub(crate) fn draws(problem: &Problem) -> Vec<Draw> {
    let taps = problem.site.taps.iter();
    taps.map(|(id, taps)| Draw {
        id: id.clone(),
        from_tank: taps.from_tank.clone(),
        asked_m3_per_h: problem.series.taps_m3_per_h[id].clone(),
        max_m3_per_h: taps.max_m3_per_h(),
        kwh_per_m3: taps.booster_kwh_per_m3,
    })
    .collect()
}

/// A wastewater plant with its equalisation tank.
#[derive(Debug)]
pub(crate) struct Sewage {
    pub(crate) id: String,
    pub(crate) available: Vec<bool>,
    pub(crate) inflow_m3_per_h: Vec<f64>,
    pub(crate) max_m3_per_h: f64,
    pub(crate) kwh_per_m3: f64,
    pub(crate) least_kw: f64,
    pub(crate) most_kw: f64,
    pub(crate) capacity_m3: f64,
    pub(crate) start_m3: f64,
    /// Most at the end of the horizon, m3.
    pub(crate) end_m3: f64,
    /// Of a cubic metre of room.
    pub(crate) worth: Worth,
    pub(crate) aeration_min_frac: f64,
    pub(crate) max_pause_h: f64,
    /// How long aeration has been pausing at the start, h.
    pub(crate) paused_h: f64,
}

pub(crate) fn sewage(problem: &Problem) -> Vec<Sewage> {
    let plant = |(id, plant): (&String, &crate::site::Wastewater)| {
        let start = problem.start.wastewater(&problem.site, id);
        Sewage {
            id: id.clone(),
            available: problem.availability("wastewater", id),
            inflow_m3_per_h: problem.series.wastewater_m3_per_h[id].clone(),
            max_m3_per_h: plant.max_m3_per_h(),
            kwh_per_m3: plant.energy_kwh_per_m3,
            least_kw: plant.least_kw(),
            most_kw: plant.max_kw,
            capacity_m3: plant.equalisation_m3,
            start_m3: start.level_m3,
            end_m3: problem.end.wastewater_m3.get(id).copied().unwrap_or(plant.equalisation_m3),
            worth: Worth::default(),
            aeration_min_frac: plant.aeration_min_frac,
            max_pause_h: plant.max_pause_h,
            paused_h: start.paused_h,
        }
    };
    problem.site.wastewater.iter().map(plant).collect()
}
