//! How complete and how good the readings were, by point and day.

use super::auth::Reader;
use super::error::{ApiError, Code, Problem};
use super::{ApiState, blocking};
use crate::domain::completeness::{count_from, share_frac};
use crate::domain::point::PointId;
use crate::domain::ports::StoreError;
use crate::domain::quality::Reason;
use crate::domain::tally::DayCount;
use crate::live::Live;
use actix_web::get;
use actix_web::web::{Data, Json, Query};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most days of an answer.
const MOST_DAYS: i64 = 62;
/// Most days of points that are counted from the store for one answer.
const MOST_COUNTED: usize = 3000;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QualityQuery {
    /// First day, of UTC; that of the end unless told.
    #[param(example = "2026-03-09")]
    from: Option<NaiveDate>,
    /// Last day, of UTC; today unless told.
    #[param(example = "2026-03-10")]
    to: Option<NaiveDate>,
    /// One point only; all unless told.
    #[param(example = "genset.g1.power_kw")]
    point: Option<String>,
}

/// A day of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct QualityDay {
    /// The day, of UTC.
    #[schema(example = "2026-03-10")]
    pub day: NaiveDate,
    /// Values that its usual distance asks for, today up to now; nothing where that is not known yet.
    #[schema(example = 5760)]
    pub expected: Option<u64>,
    /// Values that came.
    #[schema(example = 5712)]
    pub heard: u64,
    /// Of these, good ones.
    #[schema(example = 5709)]
    pub good: u64,
    /// Share of the expected values that came, at most 1.
    #[schema(example = 0.992)]
    pub complete_frac: Option<f64>,
    /// Share of the expected values that came and are good, at most 1.
    #[schema(example = 0.991)]
    pub good_frac: Option<f64>,
    /// Values by reason.
    pub reasons: BTreeMap<String, u64>,
}

/// The days of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct PointQuality {
    /// The point.
    #[schema(example = "genset.g1.power_kw")]
    pub point: String,
    /// The usual distance between its values, s; nothing where it is not known yet.
    #[schema(example = 15.0)]
    pub usual_s: Option<f64>,
    /// Oldest first.
    pub days: Vec<QualityDay>,
}

/// How complete and how good the readings of each point were, by day
///
/// Points that were never heard of have days without values. Days from before the start of the service
/// are counted from the store.
#[utoipa::path(
    tag = "readings",
    params(QualityQuery),
    responses(
        (status = 200, description = "Each point with its days", body = Vec<PointQuality>),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such point", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The range is empty or too long", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/quality")]
pub(super) async fn quality(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<QualityQuery>,
) -> Result<Json<Vec<PointQuality>>, ApiError> {
    let live = Arc::clone(&state.live);
    let now = live.clock.now();
    let to = query.to.unwrap_or(now.date_naive());
    let from = query.from.unwrap_or(to);
    let length = (to - from).num_days() + 1;
    if !(1..=MOST_DAYS).contains(&length) {
        let detail = format!("from {from} to {to}: must be 1 to {MOST_DAYS} days");
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let points: Vec<PointId> = match &query.point {
        Some(name) => vec![super::readings::point(&state, name)?],
        None => live.file.points.iter().map(|(id, _)| id).collect(),
    };
    let first = (from - NaiveDate::default()).num_days();
    let missing = live.with_tally(|tally| {
        let days = |id: &PointId| {
            (first..first + length).filter(|d| tally.whole_day(*id, *d).is_none()).count()
        };
        points.iter().map(days).sum::<usize>()
    });
    if missing > MOST_COUNTED {
        let detail = format!(
            "{missing} days of points would be counted from the store, at most {MOST_COUNTED}: ask for fewer days, or for one point"
        );
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let work = move || points.iter().map(|id| of_point(&live, *id, first, length, now)).collect();
    Ok(Json(blocking(work).await?))
}

fn of_point(
    live: &Live,
    id: PointId,
    first: i64,
    length: i64,
    now: DateTime<Utc>,
) -> Result<PointQuality, StoreError> {
    let usual_ms = live.with_tally(|tally| tally.usual_ms(id));
    let mut days = Vec::new();
    for day in first..first + length {
        let counted = live.with_tally(|tally| tally.whole_day(id, day));
        let count = match counted {
            Some(count) => count,
            None => count_from(&*live.readings, id, day)?,
        };
        days.push(of_day(&count, usual_ms, now));
    }
    let point = live.file.points.get(id).map(ToString::to_string).unwrap_or_default();
    Ok(PointQuality { point, usual_s: usual_ms.map(|ms| ms as f64 / 1000.0), days })
}

fn of_day(count: &DayCount, usual_ms: Option<i64>, now: DateTime<Utc>) -> QualityDay {
    let expected = count.expected(usual_ms, now);
    let (heard, good) = (count.all(), count.good());
    let told = Reason::ALL.iter().zip(count.by_reason).filter(|(_, n)| *n > 0);
    QualityDay {
        day: NaiveDate::default() + TimeDelta::days(count.day),
        expected,
        heard,
        good,
        complete_frac: share_frac(heard, expected),
        good_frac: share_frac(good, expected),
        reasons: told.map(|(reason, n)| (reason.word().to_owned(), n)).collect(),
    }
}
