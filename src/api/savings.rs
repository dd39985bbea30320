//! What the service saved.

use super::auth::Reader;
use super::error::{ApiError, Code, Problem};
use super::{ApiState, blocking};
use crate::report::saving::{self as proof, Baseline, SAVING_DAYS, SavingReport};
use crate::report::watch;
use actix_web::get;
use actix_web::web::{Data, Json, Query};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Most days of a report: each is simulated.
const MOST_DAYS: i64 = 62;

/// Which days, and against what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SavingQuery {
    /// Days before the end, 1 to 62; 7 unless told. Whole local days of them are told.
    #[param(example = 7)]
    days: Option<i64>,
    /// The end; now unless told.
    #[param(example = "2026-03-11T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// What is compared with: `all-on`, `for-peak`, `reserve`, `load-following`, `cycle-charging` or
    /// `charge-state`, each also with `-secured`; `reserve-secured` unless told.
    #[param(example = "reserve-secured")]
    baseline: Option<String>,
}

/// What was saved, day by day
///
/// Each day the baseline is simulated on the load, sun and water that were measured, its litres are brought to the
/// measured fuel curve and both runs to equal stocks. The saving has a 90 % band; a day of which less than 90 % is
/// known is not claimed.
#[utoipa::path(
    tag = "reports",
    params(SavingQuery),
    responses(
        (status = 200, description = "The saving", body = SavingReport),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such baseline, or the stretch is empty, too long, or not over", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/reports/saving")]
pub(super) async fn saving(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<SavingQuery>,
) -> Result<Json<SavingReport>, ApiError> {
    let live = Arc::clone(&state.live);
    let days = query.days.unwrap_or(SAVING_DAYS);
    let now = live.clock.now();
    let to = query.to.unwrap_or(now);
    if !(1..=MOST_DAYS).contains(&days) || to > now || to.timestamp() < 400 * 86_400 {
        let detail =
            format!("{days} days until {to}: must be 1 to {MOST_DAYS} days, and end in the past");
        return Err(ApiError::new(Code::OutOfRange, detail));
    }
    let baseline = match &query.baseline {
        None => Baseline::default(),
        Some(name) => name.parse().map_err(|why: String| ApiError::new(Code::OutOfRange, why))?,
    };
    let stretch = watch::last(days, to);
    let made = blocking(move || proof::saving(&live.file, &*live.readings, stretch, baseline));
    Ok(Json(made.await?))
}
