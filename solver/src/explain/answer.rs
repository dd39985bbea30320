//! What an explanation says: figures first, sentences made of them.

use crate::rank::ShortfallClass;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a plan is as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// For each set and block of hours: why it runs or stands.
    pub sets: Vec<SetReason>,
    /// What one more kWh would burn, hour by hour.
    pub electricity: Vec<HourPrice>,
    /// What one more m3 out of a tank would burn, local day by day.
    pub water: Vec<WaterPrice>,
    /// What each rule of the site costs.
    pub rules: Vec<RuleCost>,
    /// What was not answered within the time, or cannot be.
    pub left_out: Vec<String>,
    /// Seconds spent.
    pub seconds: f64,
}

/// Why a set runs, or stands, through a block of hours: what would be otherwise if it did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReason {
    /// The set.
    pub set: String,
    /// Sets like it: any of them could stand in its place. It is one of them.
    pub like: Vec<String>,
    /// Start of the block.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// True if the set runs through it.
    pub on: bool,
    /// What bites if one set less runs (one more, of a set that stands).
    pub rule: Rule,
    /// The service that would then fall short, of the highest rank.
    pub class: Option<ShortfallClass>,
    /// What brings it about, as `kind.id`: the source that may be lost, the tank at its floor.
    pub culprit: Option<String>,
    /// Whom it would hit, as `kind.id`.
    pub affected: Vec<String>,
    /// Fuel that the plan's way burns more than the other one, L; less than 0 where it saves.
    pub costs_l: Option<f64>,
    /// Operating cost of the plan's way above that of the other one, in the plan's `cost_unit`.
    pub extra_cost: Option<f64>,
    /// What would fall short otherwise than in the plan, by rank.
    pub changes: Vec<Change>,
    /// All of this in a sentence.
    pub sentence: String,
}

/// A shortfall that would be another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What falls short.
    pub class: ShortfallClass,
    /// Where: `kind.id`, or `bus`.
    pub asset: String,
    /// Unit of `total`.
    pub unit: String,
    /// How much more than in the plan; less than 0 where it would be less.
    pub total: f64,
}

/// What bites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A service would fall short: `class` tells which.
    Service,
    /// Water would be missing because a tank must not go below its floor: `culprit` tells which.
    TankFloor,
    /// No service changes; the other way costs more, or no less than the plan's gap can tell.
    Cost,
    /// The set is out of reach.
    Unavailable,
    /// The set has not yet run for its least time.
    MinimumUpTime,
    /// The set has not yet stood for its least time.
    MinimumDownTime,
    /// The set must run.
    MustRun,
    /// Nothing else would form the grid.
    GridFormer,
    /// The set may not run below its minimum load, and there is too little load for one more.
    MinimumLoadHard,
    /// No lawful plan was found for the other way.
    NoLawfulPlan,
}

/// What one more kWh would burn in an hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HourPrice {
    /// Start of the hour, or of its part in the plan.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Fuel of the whole plan for one more kWh in it, L/kWh; none where a service would fall short.
    pub fuel_l_per_kwh: Option<f64>,
}

/// What one more m3 out of a tank would burn on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaterPrice {
    /// The tank.
    pub tank: String,
    /// Start of the local day, or of its part in the plan.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Fuel of the whole plan for one more m3 on it, L/m3; none where a service would fall short.
    pub fuel_l_per_m3: Option<f64>,
}

/// What a rule of the site costs: the plan against one that is made without the rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCost {
    /// The rule that is left out.
    pub rule: SiteRule,
    /// Fuel that the rule costs, L for each day; none where the gaps are too wide to tell.
    pub fuel_l_per_day: Option<f64>,
    /// No less than this, as far as the gaps of both plans tell, L for each day.
    pub least_l_per_day: f64,
    /// No more than this, likewise, L for each day.
    pub most_l_per_day: f64,
    /// Services of which the plan without the rule falls short otherwise.
    pub changes: Vec<Change>,
    /// All of this in a sentence.
    pub sentence: String,
}

/// A rule of the site that can be left out to see what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteRule {
    /// `quiet_hours`.
    QuietHours,
    /// `security`: N-1.
    Security,
    /// `genset.*.min_load_frac`.
    MinimumLoad,
    /// `tank.*.fire_floor_m3`.
    FireFloor,
    /// `reserve`: the shares of load and sun.
    Reserve,
}
