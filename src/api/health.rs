//! Health: whether the service does its work. No token is needed, and nothing of the camp is told.

use super::ApiState;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Readings older than this mean that the camp has fallen silent.
const SILENT_AFTER: TimeDelta = TimeDelta::minutes(15);

/// How the service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HealthStatus {
    /// Connected, readings fresh, a plan in force.
    Ok,
    /// Starting: no reading or no plan yet.
    Starting,
    /// Something is missing; the alarms tell what.
    Degraded,
}

/// Health of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct Health {
    /// How the service is.
    pub status: HealthStatus,
    /// Version of the program.
    pub version: String,
    /// What the service's clock shows.
    pub now: DateTime<Utc>,
    /// How many times as fast as life the clock runs.
    pub clock_speed: f64,
    /// The mode in force: `monitor`, `advise` or `act`.
    #[schema(example = "advise")]
    pub mode: String,
    /// Whether the broker is connected.
    pub broker_connected: bool,
    /// Age of the newest reading, s.
    pub newest_reading_age_s: Option<f64>,
    /// Number of the current plan.
    pub plan_id: Option<i64>,
    /// Alarms that stand.
    pub alarms: usize,
}

/// Health of the service
///
/// 200 while the service does its work or is starting, 503 when something is missing.
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "The service does its work", body = Health),
        (status = 503, description = "Something is missing", body = Health),
    ),
    security(()),
)]
#[get("/health")]
pub(super) async fn health(state: Data<ApiState>) -> HttpResponse {
    let live = &state.live;
    let now = live.clock.now();
    let newest = live.with_state(|s| s.newest());
    let age = newest.map(|time| now - time);
    // A plan that has expired is none.
    let plan_id = live.plan().filter(|p| now < p.valid_until).map(|p| p.id);
    let alarms = live.alarms().len();
    let broker_connected = live.metrics.broker_connected.get() == 1;
    let fresh = age.is_some_and(|age| age < SILENT_AFTER);
    let status = if broker_connected && fresh && plan_id.is_some() {
        HealthStatus::Ok
    } else if alarms == 0 && (newest.is_none() || (fresh && plan_id.is_none())) {
        HealthStatus::Starting
    } else {
        HealthStatus::Degraded
    };
    let body = Health {
        status,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now,
        clock_speed: live.clock.speed(),
        mode: live.mode.name_at(now).to_owned(),
        broker_connected,
        // A device whose clock is a little ahead has not spoken in the future.
        newest_reading_age_s: age.map(|age| age.as_seconds_f64().max(0.0)),
        plan_id,
        alarms,
    };
    if status == HealthStatus::Degraded {
        HttpResponse::ServiceUnavailable().json(body)
    } else {
        HttpResponse::Ok().json(body)
    }
}
