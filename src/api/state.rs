//! The camp as it is now.

use super::ApiState;
use super::auth::Reader;
use super::error::Problem;
use crate::domain::quality::{Quality, Reason};
use crate::domain::reading::Sample;
use crate::domain::state::Latest;
use actix_web::get;
use actix_web::web::{Data, Json};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A value older than this is stale.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// The last value of a point that plans may rely on.
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
    /// What is thought of it.
    pub quality: Quality,
    /// Why, where there is more to say.
    pub reason: Option<Reason>,
    /// The newest value, where it is doubted and this one stands in for it.
    pub doubted: Option<Sample>,
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
    /// The last value of every point that was ever heard of and may be relied on.
    pub values: BTreeMap<String, StateValue>,
    /// Since when each set runs or stands.
    pub sets: BTreeMap<String, RunView>,
}

/// The last value of every point that may be relied on, with what is doubted
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
        // What was never but doubted is told as it is.
        let (latest, heard) = (camp.latest(id), camp.heard(id));
        let value = view(latest.or(heard)?, now);
        let doubted = heard.filter(|h| is_doubted(h) && latest.is_some_and(|l| l.time <= h.time));
        let doubted = doubted.map(|h| Sample::new(h.time, h.value, h.reason));
        Some((point.to_string(), StateValue { doubted, ..value }))
    });
    let sets = live.file.site.genset.keys().filter_map(|id| {
        let run = camp.run(id)?;
        Some((id.clone(), RunView { running: run.running, since: run.since }))
    });
    Json(StateView { now, values: values.collect(), sets: sets.collect() })
}

fn is_doubted(heard: &Latest) -> bool {
    Reason::quality_of(heard.reason) == Quality::Suspect
}

/// A value as it is now: what was good once and is old is stale.
fn view(latest: Latest, now: DateTime<Utc>) -> StateValue {
    // A device whose clock is a little ahead has not spoken in the future.
    let age = (now - latest.time).max(TimeDelta::zero());
    let is_silent = age > FRESH && !is_doubted(&latest);
    let reason = if is_silent { Some(Reason::Silent) } else { latest.reason };
    StateValue {
        time: latest.time,
        value: latest.value,
        age_s: age.as_seconds_f64(),
        quality: Reason::quality_of(reason),
        reason,
        doubted: None,
    }
}
