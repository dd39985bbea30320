//! The camp as it is now.

use super::ApiState;
use super::auth::Reader;
use super::error::Problem;
use actix_web::get;
use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The last good value of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct StateValue {
    /// Its time.
    pub time: DateTime<Utc>,
    /// The value, in the unit of the point's name.
    #[schema(example = 123.4)]
    pub value: f64,
    /// Its age, s.
    #[schema(example = 12.0)]
    pub age_s: f64,
}

/// Since when a set runs or stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct RunView {
    /// True if it runs.
    pub running: bool,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The camp as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct StateView {
    /// What the service's clock shows.
    pub now: DateTime<Utc>,
    /// The last good value of every point that was ever heard of.
    pub values: BTreeMap<String, StateValue>,
    /// Since when each set runs or stands.
    pub sets: BTreeMap<String, RunView>,
}

/// The last good value of every point
#[utoipa::path(
    tag = "state",
    responses(
        (status = 200, description = "The camp as it is now", body = StateView),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/state")]
pub(super) async fn state(state: Data<ApiState>, _reader: Reader) -> Json<StateView> {
    let live = &state.live;
    let now = live.clock.now();
    let camp = live.state();
    let values = live.file.points.iter().filter_map(|(id, point)| {
        let latest = camp.latest(id)?;
        // A device whose clock is a little ahead has not spoken in the future.
        let age_s = (now - latest.time).as_seconds_f64().max(0.0);
        Some((point.to_string(), StateValue { time: latest.time, value: latest.value, age_s }))
    });
    let sets = live.file.site.genset.keys().filter_map(|id| {
        let run = camp.run(id)?;
        Some((id.clone(), RunView { running: run.running, since: run.since }))
    });
    Json(StateView { now, values: values.collect(), sets: sets.collect() })
}
