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
    /// Why it has none.
    pub waits: Option<String>,
}
