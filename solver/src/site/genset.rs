//! A diesel generating set.

mod limits;
mod upkeep;

pub use limits::StartTier;
pub use upkeep::BurnOff;

use super::Equipment;
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A diesel generating set. Every set can form the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Genset {
    /// Prime rating, kW electric; hard.
    pub rated_kw: f64,
    /// Loads of the data-sheet points, kW, rising; the last is the rating.
    pub fuel_curve_kw: Vec<f64>,
    /// Fuel at those points, L/h. Straight lines between them; the first is prolonged downwards.
    pub fuel_curve_l_per_h: Vec<f64>,
    /// Least load while running, as a share of the rating, 0 to 1; 0.30 is common practice.
    #[serde(default = "minimum_load_frac")]
    pub min_load_frac: f64,
    /// Whether the least load is a service level (an under-load is reported) or never broken.
    #[serde(default)]
    pub min_load: MinimumLoad,
    /// Least time on after a start, h.
    #[serde(default = "one_hour")]
    pub min_up_h: f64,
    /// Least time off after a stop, h.
    #[serde(default = "half_an_hour")]
    pub min_down_h: f64,
    /// Fuel of one start with its warm-up and cool-down, L.
    #[serde(default)]
    pub start_fuel_l: f64,
    /// Wear of one start, money.
    #[serde(default)]
    pub start_cost: f64,
    /// Wear of a running hour (oil, filters, overhaul), money per h.
    #[serde(default)]
    pub running_cost_per_h: f64,
    /// What a start takes after a longer time off, over `start_fuel_l` and `start_cost`, which are
    /// those of a hot start; by time off, rising. Without it every start is hot.
    #[serde(default)]
    pub start_tiers: Vec<StartTier>,
    /// Most rise of power, kW per h; without it any rise within a step is possible. A running set's
    /// power is counted above its least load, so a start may give the least load and the ramp.
    #[serde(default)]
    pub ramp_up_kw_per_h: Option<f64>,
    /// Most fall of power, kW per h, counted like the rise.
    #[serde(default)]
    pub ramp_down_kw_per_h: Option<f64>,
    /// Most power in the step of a start, kW; from the least load to the rating.
    #[serde(default)]
    pub start_up_max_kw: Option<f64>,
    /// Most power in the last step before a stop, kW; from the least load to the rating.
    #[serde(default)]
    pub shut_down_max_kw: Option<f64>,
    /// How the set shares load with the others on the bus.
    #[serde(default)]
    pub load_sharing: LoadSharing,
    /// Lower end of the preferred band, share of the rating.
    #[serde(default)]
    pub preferred_min_frac: Option<f64>,
    /// Upper end of the preferred band, share of the rating.
    #[serde(default)]
    pub preferred_max_frac: Option<f64>,
    /// Wear of running outside the preferred band, money for each kWh below its lower or above its
    /// upper end.
    #[serde(default)]
    pub outside_band_cost_per_kwh: f64,
    /// Most mean load over the running hours of any 24 h, share of the rating (ISO 8528-1, PRP); more
    /// is a shortfall. Standstill does not count, load under 30 % counts as 30 %.
    #[serde(default)]
    pub mean_load_24h_max_frac: Option<f64>,
    /// Most starts in a local day; more are a shortfall.
    #[serde(default)]
    pub max_starts_per_day: Option<u32>,
    /// Loss of rating above its limits; hard. The air is that of the forecast, or
    /// `place.design_temperature_c` where there is none.
    #[serde(default)]
    pub derating: Option<Derating>,
    /// Hours run so far; the start state may know better.
    #[serde(default)]
    pub run_hours_h: Option<f64>,
    /// Run hours at which the next service is due; the start state may know better.
    #[serde(default)]
    pub service_due_h: Option<f64>,
    /// Run hours between services; 250 where it is not stated.
    #[serde(default)]
    pub service_interval_h: Option<f64>,
    /// Hours that a service takes, within `plant.service_hours`.
    #[serde(default = "four_hours")]
    pub service_duration_h: f64,
    /// How much earlier or later than due a service may be, share of the interval; running hours
    /// beyond are a shortfall.
    #[serde(default = "a_tenth")]
    pub service_tolerance_frac: f64,
    /// The run at high load that is owed after long running at low load; without it none is.
    #[serde(default)]
    pub burn_off: Option<BurnOff>,
}

/// Whether the minimum load may be broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MinimumLoad {
    /// A service level: priced, and reported where broken.
    #[default]
    Soft,
    /// Never broken.
    Hard,
}

/// How a set shares load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadSharing {
    /// In proportion to its rating with every other such set that runs (isochronous sharing).
    #[default]
    Proportional,
    /// At a set-point of its own.
    BaseLoad,
    /// At whatever power is cheapest: economic dispatch, as an area controller does it. Isochronous
    /// governors on one bus do not.
    Free,
}

/// Loss of rating by heat and height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Derating {
    /// Air temperature up to which the rating holds, degrees C.
    pub above_c: f64,
    /// Loss for each further 10 K, share of the rating.
    pub frac_per_10c: f64,
    /// Height up to which the rating holds, m.
    pub above_m: f64,
    /// Loss for each further 300 m, share of the rating.
    pub frac_per_300m: f64,
}

/// Data sheets give four points; a quadratic curve, cut fine, takes some more.
const MOST_POINTS: usize = 50;

fn minimum_load_frac() -> f64 {
    0.30
}
fn one_hour() -> f64 {
    1.0
}
fn half_an_hour() -> f64 {
    0.5
}
fn four_hours() -> f64 {
    4.0
}
fn a_tenth() -> f64 {
    0.10
}

impl Genset {
    /// Fuel of the start that takes most, L.
    pub fn most_start_fuel_l(&self) -> f64 {
        self.start_tiers.iter().map(|tier| tier.start_fuel_l).fold(self.start_fuel_l, f64::max)
    }

    /// Least load while running, kW.
    pub fn min_load_kw(&self) -> f64 {
        self.min_load_frac * self.rated_kw
    }

    /// What heat and height leave of the rating, kW. Without a temperature heat takes nothing.
    pub fn available_kw(&self, altitude_m: f64, temperature_c: Option<f64>) -> f64 {
        let Some(d) = &self.derating else {
            return self.rated_kw;
        };
        let heat = temperature_c.map_or(0.0, |c| (c - d.above_c).max(0.0) / 10.0);
        let height = (altitude_m - d.above_m).max(0.0) / 300.0;
        let lost_frac = d.frac_per_10c * heat + d.frac_per_300m * height;
        self.rated_kw * (1.0 - lost_frac).max(0.0)
    }

    /// The preferred band, kW; from 0 to the rating where none is stated.
    pub fn preferred_band_kw(&self) -> (f64, f64) {
        let low = self.preferred_min_frac.unwrap_or(0.0);
        let high = self.preferred_max_frac.unwrap_or(1.0);
        (low * self.rated_kw, high * self.rated_kw)
    }

    /// Litres per kWh at the data-sheet point where they are most.
    pub fn worst_l_per_kwh(&self) -> f64 {
        let points = self.fuel_curve_kw.iter().zip(&self.fuel_curve_l_per_h);
        points.filter(|(kw, _)| **kw > 0.0).map(|(kw, l)| l / kw).fold(0.0, f64::max)
    }

    fn check_curve(&self, path: &str, faults: &mut Faults) {
        let (kw, litres) = (&self.fuel_curve_kw, &self.fuel_curve_l_per_h);
        let kw_path = format!("{path}.fuel_curve_kw");
        if kw.len() < 2 || kw.len() > MOST_POINTS {
            let rule = format!("must have 2 to {MOST_POINTS} points");
            faults.add(&kw_path, format!("{kw:?}"), rule);
            return;
        }
        if kw.len() != litres.len() {
            let rule = format!("must have {} values, as fuel_curve_kw", kw.len());
            faults.add(format!("{path}.fuel_curve_l_per_h"), format!("{litres:?}"), rule);
            return;
        }
        if kw.iter().chain(litres).any(|v| !v.is_finite()) || kw[0] < 0.0 {
            faults.add(&kw_path, format!("{kw:?}"), "must hold finite values of 0 or more");
            return;
        }
        if kw.windows(2).any(|w| w[1] <= w[0]) {
            faults.add(&kw_path, format!("{kw:?}"), "must rise from point to point");
            return;
        }
        if litres.windows(2).any(|w| w[1] <= w[0]) {
            let rule = "must rise from point to point";
            faults.add(format!("{path}.fuel_curve_l_per_h"), format!("{litres:?}"), rule);
        }
        let last = kw[kw.len() - 1];
        if (last - self.rated_kw).abs() > 1e-6 {
            faults.add(&kw_path, last, "the last point must be the rating, rated_kw");
        }
        let at_zero = litres[0] - kw[0] * (litres[1] - litres[0]) / (kw[1] - kw[0]);
        if at_zero < 0.0 {
            let rule = "the first line, prolonged to no load, must not fall below 0 L/h";
            faults.add(format!("{path}.fuel_curve_l_per_h"), format!("{at_zero:.3}"), rule);
        }
    }
}

impl Equipment for Genset {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.rated_kw"), self.rated_kw);
        faults.within(format!("{path}.min_load_frac"), self.min_load_frac, 0.0, 1.0);
        faults.within(format!("{path}.min_up_h"), self.min_up_h, 0.0, 168.0);
        faults.within(format!("{path}.min_down_h"), self.min_down_h, 0.0, 168.0);
        faults.not_negative(format!("{path}.start_fuel_l"), self.start_fuel_l);
        faults.not_negative(format!("{path}.start_cost"), self.start_cost);
        faults.not_negative(format!("{path}.running_cost_per_h"), self.running_cost_per_h);
        let outside = self.outside_band_cost_per_kwh;
        faults.not_negative(format!("{path}.outside_band_cost_per_kwh"), outside);
        let low = self.preferred_min_frac.unwrap_or(0.0);
        faults.within(format!("{path}.preferred_min_frac"), low, 0.0, 1.0);
        let high = self.preferred_max_frac.unwrap_or(1.0);
        faults.within(format!("{path}.preferred_max_frac"), high, low.clamp(0.0, 1.0), 1.0);
        let mean = self.mean_load_24h_max_frac.unwrap_or(0.7);
        faults.within(format!("{path}.mean_load_24h_max_frac"), mean, 0.05, 1.0);
        self.check_upkeep(path, faults);
        if let Some(d) = &self.derating {
            faults.within(format!("{path}.derating.above_c"), d.above_c, -50.0, 80.0);
            faults.within(format!("{path}.derating.frac_per_10c"), d.frac_per_10c, 0.0, 1.0);
            faults.within(format!("{path}.derating.above_m"), d.above_m, 0.0, 6000.0);
            faults.within(format!("{path}.derating.frac_per_300m"), d.frac_per_300m, 0.0, 1.0);
        }
        self.check_limits(path, faults);
        self.check_tiers(path, faults);
        self.check_curve(path, faults);
    }
}
