//! The answer: what every asset does in every step, what it costs, what falls short.

mod fuel;
mod placed;
mod traces;
mod upkeep;
mod water;

pub use fuel::{Economy, FuelPlan};
pub use placed::{BatchPlan, ThermalPlan};
pub use traces::{TracePlan, TracesPlan};
pub use upkeep::{LikeSetsPlan, ServicePlan, UpkeepPlan};
pub use water::{FlowPlan, TankPlan, TapsPlan, TreatmentPlan, WastewaterPlan};

use crate::rank::ShortfallClass;
use crate::site::{NotHonoured, SecurityLevel};
use crate::solve::Objective;
use crate::time_grid::TimeGrid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Version of the plan's format.
pub const PLAN_SCHEMA: u32 = 1;

/// A plan. Series have one value a step: powers and flows are means over it, stocks stand at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub schema: u32,
    /// Name of the site.
    pub site: String,
    /// The steps.
    pub grid: TimeGrid,
    /// How good the plan is known to be.
    pub status: Status,
    /// What was minimised after the shortfalls.
    pub objective: Objective,
    /// Operating cost in `cost_unit`: fuel, starts, wear, and what refilling batteries will cost where the
    /// problem prices it. Penalties are not in it.
    pub cost: f64,
    /// The site's currency, or `L` where litres were minimised.
    pub cost_unit: String,
    /// No plan with as little shortfall in every class costs less, in `cost_unit`. A rule-based
    /// plan has none. On several traces, it is a bound of the expected cost.
    pub bound: Option<f64>,
    /// (cost - bound) / cost; on several traces, of the expected cost.
    pub gap_frac: Option<f64>,
    /// Fuel burnt, starts included, L.
    pub fuel_l: f64,
    /// Fuel that energy missing in batteries at the end is priced at, L, where the problem says so; it is
    /// not burnt yet.
    #[serde(default)]
    pub refill_l: f64,
    /// Where the money goes.
    pub ledger: Ledger,
    /// Sets, by id.
    pub genset: BTreeMap<String, GensetPlan>,
    /// Solar arrays, by id.
    pub solar: BTreeMap<String, SolarPlan>,
    /// Batteries, by id.
    pub battery: BTreeMap<String, BatteryPlan>,
    /// Wells, by id.
    pub well: BTreeMap<String, FlowPlan>,
    /// Treatment lines, by id: their product.
    pub treatment: BTreeMap<String, TreatmentPlan>,
    /// Tanks, by id.
    pub tank: BTreeMap<String, TankPlan>,
    /// Water at the taps, by id.
    pub taps: BTreeMap<String, TapsPlan>,
    /// Heat stores, by id.
    pub thermal_store: BTreeMap<String, ThermalPlan>,
    /// Batches, by id.
    pub batch: BTreeMap<String, BatchPlan>,
    /// Fuel stores, by id.
    pub fuel_store: BTreeMap<String, FuelPlan>,
    /// Wastewater plants, by id.
    #[serde(default)]
    pub wastewater: BTreeMap<String, WastewaterPlan>,
    /// Consumers, by `kind.id`.
    pub consumer: BTreeMap<String, ConsumerPlan>,
    /// Operating reserve.
    pub reserve: ReservePlan,
    /// What the loss of the largest source would leave; none where the site asks for no security.
    #[serde(default)]
    pub security: Option<SecurityPlan>,
    /// What it is worth over several traces, where the problem has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces: Option<TracesPlan>,
    /// Every shortfall of service; none is left out.
    pub shortfalls: Vec<Shortfall>,
    /// Rules that the site states and the plan does not honour.
    pub not_honoured: Vec<NotHonoured>,
    /// Seconds spent on building the model.
    pub build_s: f64,
    /// Seconds spent in the solver, all stages.
    pub solve_s: f64,
    /// The stages of the optimisation, in order.
    pub stages: Vec<Stage>,
}

/// How good a plan is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Optimal: the gap is at most 1e-4 and no less shortfall is possible.
    Proven,
    /// The gap is at most the gap asked for.
    WithinGap,
    /// Verified, but the gap asked for was not reached.
    Feasible,
    /// Made by the announced rules, not by the optimiser.
    Fallback,
}

impl Status {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::WithinGap => "within_gap",
            Self::Feasible => "feasible",
            Self::Fallback => "fallback",
        }
    }
}

/// Where the money goes, in the site's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Fuel, starts included.
    pub fuel_cost: f64,
    /// Wear of starts.
    pub start_cost: f64,
    /// Wear of running hours.
    pub running_cost: f64,
    /// Wear of sets outside their preferred band.
    pub band_cost: f64,
    /// Wear of batteries.
    pub battery_wear_cost: f64,
    /// What energy missing in batteries at the end is priced at, where the problem says so.
    #[serde(default)]
    pub refill_cost: f64,
    /// Prices of the shortfalls; never part of the cost.
    pub penalty: f64,
}

impl Ledger {
    /// Operating cost: everything but the penalty.
    pub fn operating_cost(&self) -> f64 {
        self.fuel_cost
            + self.start_cost
            + self.running_cost
            + self.band_cost
            + self.battery_wear_cost
            + self.refill_cost
    }
}

/// A set's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GensetPlan {
    /// True while it runs.
    pub running: Vec<bool>,
    /// Power, kW.
    pub power_kw: Vec<f64>,
    /// Fuel while running, starts not included, L/h.
    pub fuel_l_per_h: Vec<f64>,
    /// Starts within the horizon.
    pub starts: u32,
    /// Run hours, service, hours at low load.
    #[serde(default)]
    pub upkeep: UpkeepPlan,
}

/// A solar array's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SolarPlan {
    /// Power used, kW.
    pub power_kw: Vec<f64>,
    /// Power available and not used, kW.
    pub curtailed_kw: Vec<f64>,
}

/// A battery's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatteryPlan {
    /// Power into the battery, kW.
    pub charge_kw: Vec<f64>,
    /// Power out of the battery, kW.
    pub discharge_kw: Vec<f64>,
    /// Energy in store at the end of the step, kWh.
    pub stored_kwh: Vec<f64>,
    /// The same as a share of the nameplate energy.
    pub state_of_charge_frac: Vec<f64>,
}

/// A consumer's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerPlan {
    /// Power served, kW.
    pub served_kw: Vec<f64>,
    /// Forecast demand that will not be served, kW.
    pub unserved_kw: Vec<f64>,
    /// The part of it that the plan commands to be shed, kW; always 0 for T0 and T1.
    pub shed_kw: Vec<f64>,
    /// Longest time at a stretch in which a part of the demand is not served, h. For T2 more than 1 h is
    /// longer than it should be shed.
    #[serde(default)]
    pub longest_unserved_h: f64,
}

/// Operating reserve.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservePlan {
    /// Reserve asked for, kW.
    pub required_kw: Vec<f64>,
    /// Reserve that running sets and batteries carry, kW.
    pub carried_kw: Vec<f64>,
}

/// N-1: what the loss of the largest source would leave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityPlan {
    /// The level that the site asks for.
    pub level: Vec<SecurityLevel>,
    /// The source whose loss would leave least, as `kind.id`; none where nothing could be lost.
    pub lost: Vec<Option<String>>,
    /// What would be left after that loss, kW: sets that run, what batteries can sustain, and sun.
    pub carried_kw: Vec<f64>,
    /// The load that it has to carry by the level, kW; 0 where the level is `none`.
    pub required_kw: Vec<f64>,
    /// The part of all load served that is T0 and T1, kW.
    pub critical_kw: Vec<f64>,
}

/// A shortfall of one class at one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shortfall {
    /// What falls short.
    pub class: ShortfallClass,
    /// Where: `kind.id`, or `bus`.
    pub asset: String,
    /// Unit of `total`.
    pub unit: String,
    /// Total over the horizon.
    pub total: f64,
    /// The part of each step.
    pub by_step: Vec<f64>,
}

/// A stage of the optimisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// `shortfall.<rank>`, `cost`, `preference` or `rules`.
    pub name: String,
    /// Seconds spent.
    pub seconds: f64,
    /// Value reached, in the stage's own unit.
    pub value: f64,
    /// Proven bound of that value, if there is one.
    pub bound: Option<f64>,
}

impl Plan {
    /// Sum of the shortfalls of a class.
    pub fn shortfall_total(&self, class: ShortfallClass) -> f64 {
        self.shortfalls.iter().filter(|s| s.class == class).map(|s| s.total).fold(0.0, |a, b| a + b)
    }

    /// Power of all sets in step `t`, kW.
    pub fn genset_kw(&self, t: usize) -> f64 {
        self.genset.values().map(|g| g.power_kw[t]).sum()
    }

    /// Power of a set in step `t` if it runs, kW.
    pub(crate) fn running_kw(&self, id: &str, t: usize) -> Option<f64> {
        self.genset.get(id).filter(|g| g.running[t]).map(|g| g.power_kw[t])
    }

    /// Sets that run in step `t`.
    pub fn running_sets(&self, t: usize) -> usize {
        self.genset.values().filter(|g| g.running[t]).count()
    }
}
