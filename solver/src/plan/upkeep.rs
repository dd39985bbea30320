//! What a plan makes of a set's run hours, its service and its hours at low load.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A set's upkeep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpkeepPlan {
    /// Hours run by the end of the plan; none where nobody says how many there were before.
    pub run_hours_h: Option<f64>,
    /// The service that is due in this plan or agreed.
    pub service: Option<ServicePlan>,
    /// Hours at low load by the end of the plan, since the last burn-off; where the site states one.
    pub low_load_h: Option<f64>,
    /// When the first burn-off in the plan is complete.
    pub burnt_off_at: Option<DateTime<Utc>>,
    /// How far it and its like are apart at the end; none where the run hours of no other set of its
    /// rating and curve are known.
    pub like_sets: Option<LikeSetsPlan>,
}

/// How far like sets are apart at the end of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LikeSetsPlan {
    /// Run hours of the like set that has most, less those of the one that has fewest, h.
    pub spread_h: f64,
    /// By how much that is beyond `plant.run_hours_spread_max_h`, h; where the site states it.
    pub over_h: Option<f64>,
    /// Running hours between a service of this set and the nearest one of a like set, h; where both are
    /// known to come.
    pub services_apart_h: Option<f64>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePlan {
    /// Run hours at which it is due, if they are known.
    pub due_h: Option<f64>,
    /// Its start, where it has a time in this plan.
    pub from: Option<DateTime<Utc>>,
    /// Its end.
    pub to: Option<DateTime<Utc>>,
    /// Why it has none: `no service hours are left in this plan`, `another service has its time` or
    /// `the camp would fall short without the set`.
    pub waits: Option<String>,
}

impl ServicePlan {
    /// There is no time in the plan that is late enough and lies within the service hours.
    pub const NO_HOURS: &str = "no service hours are left in this plan";
    /// There are such times, and in each of them another set is serviced.
    pub const TAKEN: &str = "another service has its time";
    /// In each of the times that are left the other sources would leave something uncovered.
    pub const NO_COVER: &str = "the camp would fall short without the set";
}
