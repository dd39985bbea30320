//! Fuel in store over the horizon, and what it means for the days ahead.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fuel store's plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FuelPlan {
    /// Fuel in store at the end of the step, L.
    pub level_l: Vec<f64>,
    /// Fuel that comes in at the start of the step, L.
    pub delivered_l: Vec<f64>,
    /// Fuel that the sets take in the step, L.
    pub drawn_l: Vec<f64>,
    /// Fuel that should not be touched, L: the site's litres, or its days of burn at the 90th
    /// percentile, whichever is more.
    pub reserve_l: f64,
    /// Days until the store is empty, at the expected burn; none where it lasts for 60 days.
    pub endurance_p50_d: Option<f64>,
    /// The same at the 90th percentile of the burn.
    pub endurance_p90_d: Option<f64>,
    /// When the reserve is touched at the 90th percentile of the burn, to the minute.
    pub reserve_touched_at: Option<DateTime<Utc>>,
    /// When a delivery must be ordered for that, so that it may slip.
    pub order_by_at: Option<DateTime<Utc>>,
    /// What would keep the reserve: a proposal to people. A plan never sheds anything for it.
    pub economy: Option<Economy>,
}

/// A proposal that would keep the reserve of fuel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Economy {
    /// Most power of tier T3 on average, kW.
    pub t3_limit_kw: f64,
    /// Until when: the next delivery that can be counted on, or a week.
    pub until_at: DateTime<Utc>,
    /// False if even no power for T3 would not keep the reserve.
    pub keeps_reserve: bool,
}
