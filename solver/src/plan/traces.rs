//! A plan for several ways in which load, sun and water may come.

use super::Plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a plan is worth over all traces of its problem. The plan's own steps are the dispatch of the
/// first one; its bound and gap are of the expected cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TracesPlan {
    /// Weight of the first trace.
    pub weight_frac: f64,
    /// Expected operating cost in `cost_unit`: that of each trace by its weight.
    pub cost: f64,
    /// Expected fuel, L.
    pub fuel_l: f64,
    /// Expected price of the shortfalls; never part of the cost.
    pub penalty: f64,
    /// The further traces, in the order of the problem.
    pub others: Vec<TracePlan>,
}

/// The plan of one further trace: the same commitment, and its own dispatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TracePlan {
    /// Its weight.
    pub weight_frac: f64,
    /// What is done if it comes, with its litres, money and shortfalls.
    #[schema(no_recursion)]
    pub plan: Plan,
}

impl Plan {
    /// The cost that bound and gap are of: the plan's own, or the expected one of several traces.
    pub fn expected_cost(&self) -> f64 {
        self.traces.as_ref().map_or(self.cost, |traces| traces.cost)
    }
}
