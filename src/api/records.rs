//! What goes out and what was done: advice, instructions, actions, alarms, metrics.

use super::auth::Reader;
use super::error::{ApiError, Code, Problem};
use super::readings::LimitQuery;
use super::{ApiState, blocking};
use crate::control::{Advice, advice as advice_of};
use crate::domain::alarm::Alarm;
use crate::domain::instruction::InstructionRecord;
use crate::domain::ports::Action;
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get};
use std::sync::Arc;

/// What the current plan advises now
#[utoipa::path(
    tag = "control",
    responses(
        (status = 200, description = "The advice", body = Advice),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no current plan", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/advice")]
pub(super) async fn advice(
    state: Data<ApiState>,
    _reader: Reader,
) -> Result<Json<Advice>, ApiError> {
    let live = &state.live;
    let advice = live.plan().and_then(|plan| advice_of(&plan, live.clock.now()));
    advice.map(Json).ok_or_else(|| {
        ApiError::new(Code::NoPlan, "none was made yet, or none may be acted on; see the alarms")
    })
}

/// Instructions to controllers, newest first, each with where it stands
#[utoipa::path(
    tag = "control",
    params(LimitQuery),
    responses(
        (status = 200, description = "The instructions", body = Vec<InstructionRecord>),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The limit is out of range", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/instructions")]
pub(super) async fn instructions(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<LimitQuery>,
) -> Result<Json<Vec<InstructionRecord>>, ApiError> {
    let (records, limit) = (Arc::clone(&state.live.records), query.limit()?);
    Ok(Json(blocking(move || records.instructions(limit)).await?))
}

/// What was done, by whom and why, newest first
#[utoipa::path(
    tag = "control",
    params(LimitQuery),
    responses(
        (status = 200, description = "The actions", body = Vec<Action>),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The limit is out of range", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/actions")]
pub(super) async fn actions(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<LimitQuery>,
) -> Result<Json<Vec<Action>>, ApiError> {
    let (records, limit) = (Arc::clone(&state.live.records), query.limit()?);
    Ok(Json(blocking(move || records.actions(limit)).await?))
}

/// Alarms that stand, the worst first
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "The alarms", body = Vec<Alarm>),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/alarms")]
pub(super) async fn alarms(state: Data<ApiState>, _reader: Reader) -> Json<Vec<Alarm>> {
    Json(state.live.alarms())
}

/// Metrics for Prometheus
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "Counters and gauges", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/metrics")]
pub(super) async fn metrics(
    state: Data<ApiState>,
    _reader: Reader,
) -> Result<HttpResponse, ApiError> {
    let text = state.live.metrics.text().map_err(|e| ApiError::internal(&e))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(kind).body(text))
}
