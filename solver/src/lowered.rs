//! The narrow waist between equipment and mathematics: plain numbers and series for each block.

mod fleet;
mod fuel;
mod placed;
mod run_hours;
mod upkeep;
mod water;
mod worth;

pub(crate) use crate::problem::WellDay;
pub(crate) use fleet::{Fleet, Piece, PowerLimits, Unit};
pub(crate) use fuel::FuelStock;
pub(crate) use placed::{BatchWork, HeatStore};
pub(crate) use run_hours::RunHours;
pub(crate) use upkeep::{Plant, Upkeep};
pub(crate) use water::{Draw, Line, Sewage, Tank, Well};
pub(crate) use worth::Worth;

use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::{SecurityLevel, Tier};

/// A source limited by a profile: solar.
#[derive(Debug)]
pub(crate) struct Curtailable {
    pub(crate) id: String,
    pub(crate) usable_kw: Vec<f64>,
    /// What must be taken.
    pub(crate) least_kw: Vec<f64>,
}

/// A store on the electricity bus: a battery.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) id: String,
    pub(crate) forms_grid: bool,
    pub(crate) available: Vec<bool>,
    /// For each step: 0 where it is out, less where heat or cold take from it.
    pub(crate) charge_max_kw: Vec<f64>,
    pub(crate) discharge_max_kw: f64,
    pub(crate) charge_efficiency: f64,
    pub(crate) discharge_efficiency: f64,
    pub(crate) energy_kwh: f64,
    pub(crate) min_kwh: f64,
    /// Lower end of the window and the energy kept for T0 and T1.
    pub(crate) kept_kwh: f64,
    pub(crate) max_kwh: f64,
    pub(crate) start_kwh: f64,
    pub(crate) end_kwh: f64,
    pub(crate) worth: Worth,
    pub(crate) wear_cost_per_kwh: f64,
    /// How long headroom must last to count, h; `None`: neither reserve nor N-1 is asked.
    pub(crate) sustain_h: Option<f64>,
}

/// Demand on the bus by one consumer.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) path: String,
    pub(crate) class: ShortfallClass,
    pub(crate) demand_kw: Vec<f64>,
}

/// What must survive the loss of any one source.
#[derive(Debug)]
pub(crate) struct Security {
    /// For each step.
    pub(crate) level: Vec<SecurityLevel>,
    /// Share of the solar power in use that may be gone by the time.
    pub(crate) solar_frac: f64,
}

/// Everything of a camp that the model knows.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) fleets: Vec<Fleet>,
    pub(crate) plant: Plant,
    pub(crate) curtailables: Vec<Curtailable>,
    pub(crate) storages: Vec<Storage>,
    pub(crate) tanks: Vec<Tank>,
    pub(crate) wells: Vec<Well>,
    pub(crate) lines: Vec<Line>,
    pub(crate) sewage: Vec<Sewage>,
    pub(crate) demands: Vec<Demand>,
    pub(crate) draws: Vec<Draw>,
    pub(crate) heat_stores: Vec<HeatStore>,
    pub(crate) batch_work: Vec<BatchWork>,
    /// The stock of fuel, where it might run out within the horizon.
    pub(crate) fuel: Option<FuelStock>,
    pub(crate) bus: Bus,
    pub(crate) security: Option<Security>,
}

/// What no single asset owns.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    /// For each step, whether a grid-forming battery can carry the bus.
    pub(crate) battery_forms_grid: Vec<bool>,
    /// Ratings of all sets, kW.
    pub(crate) rated_kw: f64,
    /// For each step, whether power is forced on the bus: by solar power that must be taken, or by a
    /// set with a hard minimum load that must run.
    pub(crate) forced: Vec<bool>,
    /// Operating reserve.
    pub(crate) reserve: Reserve,
}

/// Operating reserve asked for.
#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    pub(crate) is_asked: bool,
    pub(crate) load_frac: f64,
    pub(crate) solar_frac: f64,
    /// Beside the shares, for each step.
    pub(crate) series_kw: Vec<f64>,
}

/// Lowers a checked problem.
pub(crate) fn lower(problem: &Problem) -> Lowered {
    with_fleets(problem, fleet::fleets(problem))
}

/// Lowers a checked problem with every set as a fleet of its own, as textbooks do.
pub(crate) fn lower_apart(problem: &Problem) -> Lowered {
    with_fleets(problem, fleet::apart(problem))
}

fn with_fleets(problem: &Problem, fleets: Vec<Fleet>) -> Lowered {
    let site = &problem.site;
    let steps = problem.grid.len();
    let forms = |t: usize| {
        site.battery.iter().any(|(id, b)| b.grid_forming && problem.is_available("battery", id, t))
    };
    let forced = |t: usize| {
        fleets.iter().any(|f| f.min_load_hard && f.must_run[t])
            || site.solar.keys().any(|id| problem.solar_least_kw(id, t) > 0.0)
    };
    let bus = Bus {
        battery_forms_grid: (0..steps).map(forms).collect(),
        rated_kw: site.genset.values().map(|g| g.rated_kw).sum(),
        forced: (0..steps).map(forced).collect(),
        reserve: Reserve {
            is_asked: problem.reserve_is_asked(),
            load_frac: site.reserve.load_frac,
            solar_frac: site.reserve.solar_frac,
            series_kw: (0..steps).map(|t| problem.reserve_kw(t)).collect(),
        },
    };
    let kept = problem.battery_kept_kwh();
    Lowered {
        fleets,
        plant: upkeep::plant(problem),
        curtailables: site.solar.keys().map(|id| curtailable(problem, id)).collect(),
        storages: kept.into_iter().map(|(id, kwh)| storage(problem, &id, kwh)).collect(),
        tanks: water::tanks(problem),
        wells: water::wells(problem),
        lines: water::lines(problem),
        sewage: water::sewage(problem),
        demands: demands(problem),
        draws: water::draws(problem),
        heat_stores: placed::heat_stores(problem),
        batch_work: placed::batch_work(problem),
        fuel: fuel::stock(problem),
        bus,
        security: site.security.as_ref().map(|asked| Security {
            level: (0..steps).map(|t| asked.level_in(&problem.grid, t)).collect(),
            solar_frac: site.reserve.solar_frac,
        }),
    }
}

fn curtailable(problem: &Problem, id: &str) -> Curtailable {
    let usable_kw = (0..problem.grid.len()).map(|t| problem.solar_usable_kw(id, t)).collect();
    let least_kw = (0..problem.grid.len()).map(|t| problem.solar_least_kw(id, t)).collect();
    Curtailable { id: id.to_owned(), usable_kw, least_kw }
}

fn storage(problem: &Problem, id: &str, kept_kwh: f64) -> Storage {
    let battery = &problem.site.battery[id];
    let reserve = &problem.site.reserve;
    let counts = problem.reserve_is_asked() || problem.site.security.is_some();
    let steps = 0..problem.grid.len();
    Storage {
        id: id.to_owned(),
        forms_grid: battery.grid_forming,
        available: problem.availability("battery", id),
        charge_max_kw: steps.map(|t| problem.battery_charge_max_kw(id, t)).collect(),
        discharge_max_kw: battery.discharge_max_kw,
        charge_efficiency: battery.charge_efficiency_frac,
        discharge_efficiency: battery.discharge_efficiency_frac,
        energy_kwh: battery.energy_kwh,
        min_kwh: battery.min_kwh(),
        kept_kwh,
        max_kwh: battery.max_kwh(),
        start_kwh: problem.start.battery_kwh(&problem.site, id),
        end_kwh: problem.end.battery_kwh.get(id).copied().unwrap_or(0.0),
        worth: Worth::at_end(problem.end.battery_l_per_kwh.get(id)),
        wear_cost_per_kwh: battery.wear_cost_per_kwh,
        sustain_h: counts.then_some(reserve.battery_sustain_h),
    }
}

fn demands(problem: &Problem) -> Vec<Demand> {
    let consumers = problem.site.consumers().into_iter();
    consumers
        .map(|(path, tier, _)| {
            let demand_kw = problem.series.demand_kw[&path].clone();
            let class = match tier {
                Tier::T0 => ShortfallClass::LoadT0,
                Tier::T1 => ShortfallClass::LoadT1,
                Tier::T2 => ShortfallClass::LoadT2,
                Tier::T3 => ShortfallClass::LoadT3,
            };
            Demand { path, class, demand_kw }
        })
        .collect()
}
