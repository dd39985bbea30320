//! Readings by range and by stretches, and what was refused.

use super::auth::Reader;
use super::error::{ApiError, Code, Problem};
use super::{ApiState, blocking};
use crate::domain::point::PointId;
use crate::domain::quality::Reason;
use crate::domain::reading::{Bucket, Reject, Sample};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most samples or stretches of an answer.
const MOST: usize = 100_000;
/// Longest range that is summed up at once.
const LONGEST: TimeDelta = TimeDelta::days(400);

/// The form of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// JSON.
    #[default]
    Json,
    /// CSV with a header line.
    Csv,
}

/// Which samples.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RangeQuery {
    /// Start, included; a day before the end unless told.
    #[param(example = "2026-03-10T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// End, not included; now unless told.
    #[param(example = "2026-03-11T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// Most samples, 1 to 100000.
    #[param(example = 1000)]
    limit: Option<usize>,
    /// Form of the answer.
    #[serde(default)]
    #[param(inline, example = "csv")]
    form: Form,
}

/// Which stretches.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AggregateQuery {
    /// Start, included; a day before the end unless told.
    #[param(example = "2026-03-10T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// End, not included; now unless told.
    #[param(example = "2026-03-11T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// Length of a stretch, min, 1 to 44640; counted from 1970.
    #[param(example = 15)]
    step_minutes: Option<u32>,
    /// Form of the answer.
    #[serde(default)]
    #[param(inline, example = "csv")]
    form: Form,
}

/// Samples of a point.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Samples {
    /// The point.
    #[schema(example = "genset.g1.power_kw")]
    pub point: String,
    /// Oldest first.
    pub samples: Vec<Sample>,
}

/// Stretches of a point.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Buckets {
    /// The point.
    #[schema(example = "genset.g1.power_kw")]
    pub point: String,
    /// Length of a stretch, min.
    #[schema(example = 15)]
    pub step_minutes: u32,
    /// Oldest first; stretches without a good value are left out.
    pub buckets: Vec<Bucket>,
}

pub(super) fn point(state: &ApiState, name: &str) -> Result<PointId, ApiError> {
    let found = state.live.file.points.resolve(name);
    found.ok_or_else(|| {
        ApiError::new(Code::UnknownPoint, format!("{name} names no point of the site"))
    })
}

fn range_of(
    state: &ApiState,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    let to = to.unwrap_or_else(|| state.live.clock.now() + TimeDelta::milliseconds(1));
    let from = from.or_else(|| to.checked_sub_signed(TimeDelta::days(1))).unwrap_or(to);
    if from >= to || to.signed_duration_since(from) > LONGEST {
        let detail =
            format!("from {from} to {to}: must be a range of up to {} days", LONGEST.num_days());
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    Ok((from, to))
}

fn csv(header: &str, lines: impl Iterator<Item = String>) -> HttpResponse {
    let mut body = format!("{header}\n");
    for line in lines {
        // Writing to a string cannot fail.
        let _written = writeln!(body, "{line}").is_ok();
    }
    HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(body)
}

/// Samples of a point
///
/// The point may be named by its alias. With `form=csv` a column of times and one of values.
#[utoipa::path(
    tag = "readings",
    params(("point" = String, Path, description = "The point, or its alias", example = "genset.g1.power_kw"), RangeQuery),
    responses(
        (status = 200, description = "The samples", content((Samples = "application/json"), (String = "text/csv"))),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such point", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The range is empty or too long", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/readings/{point}")]
pub(super) async fn range(
    state: Data<ApiState>,
    _reader: Reader,
    path: Path<String>,
    query: Query<RangeQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = point(&state, &path)?;
    let (from, to) = range_of(&state, query.from, query.to)?;
    let limit = query.limit.unwrap_or(1000);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit {limit}: must lie in 1 to {MOST}");
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let store = Arc::clone(&state.live.readings);
    let samples = blocking(move || store.range(id, from, to, limit)).await?;
    Ok(match query.form {
        Form::Json => HttpResponse::Ok().json(Samples { point: path.into_inner(), samples }),
        Form::Csv => csv(
            &format!("timestamp,{path},quality,reason"),
            samples.iter().map(|s| {
                let time = s.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
                let reason = s.reason.map_or("", Reason::word);
                format!("{time},{},{},{reason}", s.value, s.quality.word())
            }),
        ),
    })
}

/// Good samples of a point by stretches of time
#[utoipa::path(
    tag = "readings",
    params(("point" = String, Path, description = "The point, or its alias", example = "genset.g1.power_kw"), AggregateQuery),
    responses(
        (status = 200, description = "The stretches", content((Buckets = "application/json"), (String = "text/csv"))),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such point", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The range or the step is out of range", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/readings/{point}/aggregate")]
pub(super) async fn aggregate(
    state: Data<ApiState>,
    _reader: Reader,
    path: Path<String>,
    query: Query<AggregateQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = point(&state, &path)?;
    let (from, to) = range_of(&state, query.from, query.to)?;
    let step_minutes = query.step_minutes.unwrap_or(15);
    let step = TimeDelta::minutes(i64::from(step_minutes));
    let stretches = (to - from).num_minutes() / i64::from(step_minutes.max(1));
    if !(1..=44_640).contains(&step_minutes) || stretches > i64::try_from(MOST).unwrap_or(i64::MAX)
    {
        let detail = format!(
            "step_minutes {step_minutes}: must lie in 1 to 44640 and give up to {MOST} stretches"
        );
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let store = Arc::clone(&state.live.readings);
    let buckets = blocking(move || store.aggregate(id, from, to, step)).await?;
    Ok(match query.form {
        Form::Json => {
            HttpResponse::Ok().json(Buckets { point: path.into_inner(), step_minutes, buckets })
        }
        Form::Csv => csv(
            &format!("timestamp,{path},min,max,count"),
            buckets.iter().map(|b| {
                let time = b.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                format!("{time},{},{},{},{}", b.mean, b.min, b.max, b.count)
            }),
        ),
    })
}

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LimitQuery {
    /// Most entries, 1 to 1000.
    #[param(example = 100)]
    limit: Option<usize>,
}

impl LimitQuery {
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(100);
        if (1..=1000).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::new(Code::OutOfRange, format!("limit {limit}: must lie in 1 to 1000")))
    }
}

/// Messages and values that were refused, newest first, each with its reason
#[utoipa::path(
    tag = "readings",
    params(LimitQuery),
    responses(
        (status = 200, description = "What was refused", body = Vec<Reject>),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The limit is out of range", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/rejects")]
pub(super) async fn rejects(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<LimitQuery>,
) -> Result<Json<Vec<Reject>>, ApiError> {
    let (store, limit) = (Arc::clone(&state.live.readings), query.limit()?);
    Ok(Json(blocking(move || store.rejects(limit)).await?))
}
