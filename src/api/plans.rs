//! Plans: the current one, older ones, one anew; the forecasts that they were made on.

use super::auth::{Operator, Reader};
use super::error::{ApiError, Code, Problem};
use super::{ApiState, blocking};
use crate::domain::forecast::Forecast;
use crate::domain::plan_record::{PlanRecord, PlanSummary};
use crate::scheduler::jobs::Job;
use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use camp_solver::Explanation;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::{IntoParams, ToSchema};

/// The current plan as text: many look, it changes every quarter of an hour.
#[derive(Debug, Default)]
pub struct PlanCache {
    text: Mutex<Option<(Arc<PlanRecord>, Bytes)>>,
}

impl PlanCache {
    fn text(&self, record: &Arc<PlanRecord>) -> Result<Bytes, ApiError> {
        let mut cached = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, text)) = &*cached
            && Arc::ptr_eq(known, record)
        {
            return Ok(text.clone());
        }
        let text = serde_json::to_vec(&**record).map_err(|e| ApiError::internal(&e))?;
        let text = Bytes::from(text);
        *cached = Some((Arc::clone(record), text.clone()));
        Ok(text)
    }
}

fn no_plan() -> ApiError {
    ApiError::new(Code::NoPlan, "none was made yet, or none may be acted on; see the alarms")
}

/// The current plan
#[utoipa::path(
    tag = "plans",
    responses(
        (status = 200, description = "The current plan", body = PlanRecord),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no current plan", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/plans/current")]
pub(super) async fn current(
    state: Data<ApiState>,
    _reader: Reader,
) -> Result<HttpResponse, ApiError> {
    let record = state.live.plan().ok_or_else(no_plan)?;
    let text = state.plan_cache.text(&record)?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(text))
}

/// The forecasts of the current plan, each with its source
#[utoipa::path(
    tag = "plans",
    responses(
        (status = 200, description = "The forecasts", body = Vec<Forecast>),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no current plan", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/forecasts")]
pub(super) async fn forecasts(
    state: Data<ApiState>,
    _reader: Reader,
) -> Result<Json<Vec<Forecast>>, ApiError> {
    let record = state.live.plan().ok_or_else(no_plan)?;
    Ok(Json(record.forecasts.clone()))
}

/// Which plans.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlansQuery {
    /// Only plans with smaller numbers.
    #[param(example = 42)]
    before: Option<i64>,
    /// Most entries, 1 to 1000.
    #[param(example = 100)]
    limit: Option<usize>,
}

/// Plans, newest first
#[utoipa::path(
    tag = "plans",
    params(PlansQuery),
    responses(
        (status = 200, description = "The plans", body = Vec<PlanSummary>),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The limit is out of range", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/plans")]
pub(super) async fn list(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<PlansQuery>,
) -> Result<Json<Vec<PlanSummary>>, ApiError> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        let detail = format!("limit {limit}: must lie in 1 to 1000");
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let (records, before) = (Arc::clone(&state.live.records), query.before);
    Ok(Json(blocking(move || records.plans(before, limit)).await?))
}

/// A plan by its number
#[utoipa::path(
    tag = "plans",
    params(("id" = i64, Path, description = "The plan's number", example = 42)),
    responses(
        (status = 200, description = "The plan", body = PlanRecord),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/plans/{id}")]
pub(super) async fn one(
    state: Data<ApiState>,
    _reader: Reader,
    path: Path<i64>,
) -> Result<Json<PlanRecord>, ApiError> {
    let (records, id) = (Arc::clone(&state.live.records), path.into_inner());
    let found = blocking(move || records.plan(id)).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("there is no plan {id}")))
}

/// Why a plan is as it is: each set and block of hours, prices at the margin, what rules cost
#[utoipa::path(
    tag = "plans",
    params(("id" = i64, Path, description = "The plan's number", example = 42)),
    responses(
        (status = 200, description = "The explanation", body = Explanation),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan, or it is not explained (yet)", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/plans/{id}/explanation")]
pub(super) async fn explanation(
    state: Data<ApiState>,
    _reader: Reader,
    path: Path<i64>,
) -> Result<Json<Explanation>, ApiError> {
    let (records, id) = (Arc::clone(&state.live.records), path.into_inner());
    let found = blocking(move || records.explanation(id)).await?;
    found.map(Json).ok_or_else(|| {
        ApiError::not_found(format!(
            "plan {id} is not explained: it was never in force, or not yet"
        ))
    })
}

/// A plan is wanted now.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRequest {
    /// Name of the camp; that of this service unless told.
    #[schema(example = "medium")]
    pub site: Option<String>,
    /// Hours that the plan looks ahead, 1 to 336; those of the settings unless told.
    #[schema(example = 48)]
    pub hours: Option<u32>,
}

/// A plan now: 202 and a job
#[utoipa::path(
    tag = "plans",
    request_body = PlanRequest,
    responses(
        (status = 202, description = "The job", body = Job),
        (status = 400, description = "The body cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "This service does not run that camp", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The hours are out of range", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many plans have been asked for", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[post("/plans")]
pub(super) async fn ask(
    state: Data<ApiState>,
    operator: Operator,
    body: Json<PlanRequest>,
) -> Result<HttpResponse, ApiError> {
    let live = &state.live;
    let own = &live.file.site.name;
    if let Some(site) = body.site.as_ref().filter(|site| *site != own) {
        let detail = format!("{site} is not the camp of this service, which runs {own}");
        return Err(ApiError::new(Code::UnknownCamp, detail));
    }
    if let Some(hours) = body.hours.filter(|hours| !(1..=336).contains(hours)) {
        let detail = format!("hours {hours}: must lie in 1 to 336");
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let asked = state.jobs.ask(&operator.name, body.hours, live.clock.now());
    let asked = asked.ok_or_else(|| ApiError::new(Code::Busy, "wait for those under way"))?;
    live.record_action(&operator.name, "plan.requested", &format!("job {}", asked.id));
    let place = format!("/api/v1/jobs/{}", asked.id);
    Ok(HttpResponse::Accepted().insert_header(("Location", place)).json(asked))
}

/// How a request for a plan goes on
#[utoipa::path(
    tag = "plans",
    params(("id" = u64, Path, description = "The job's number", example = 1)),
    responses(
        (status = 200, description = "The job", body = Job),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/jobs/{id}")]
pub(super) async fn job(
    state: Data<ApiState>,
    _reader: Reader,
    path: Path<u64>,
) -> Result<Json<Job>, ApiError> {
    let id = path.into_inner();
    let found = state.jobs.get(id);
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("there is no job {id}")))
}
