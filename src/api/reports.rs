//! What the meters prove.

use super::auth::Reader;
use super::error::{ApiError, Code, Problem};
use super::{ApiState, blocking};
use crate::report::scorecard::{self as card, Month, Scorecard};
use crate::report::watch::{self, FuelReport, LEARN_DAYS, LearningReport, WATCH_DAYS};
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most days of readings of a report.
const MOST_DAYS: i64 = 400;

/// Which readings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StretchQuery {
    /// Days of readings, 1 to 400; 30 for learning and 90 for fuel unless told.
    #[param(example = 30)]
    days: Option<i64>,
    /// Their end; now unless told.
    #[param(example = "2026-03-11T00:00:00Z")]
    to: Option<DateTime<Utc>>,
}

impl StretchQuery {
    fn of(
        &self,
        state: &ApiState,
        usual_days: i64,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
        let days = self.days.unwrap_or(usual_days);
        let now = state.live.clock.now();
        let to = self.to.unwrap_or(now);
        // Before 1971 there is no reading, and no room for the days before it.
        if !(1..=MOST_DAYS).contains(&days) || to > now || to.timestamp() < 400 * 86_400 {
            let detail = format!(
                "{days} days until {to}: must be 1 to {MOST_DAYS} days, and end in the past"
            );
            return Err(ApiError::new(Code::OutOfRange, detail));
        }
        Ok(watch::last(days, to))
    }
}

/// What the plant really does, learnt from its meters
///
/// Fuel curves of sets, efficiencies and capacity of batteries, energy of wells, each with its 90 % band, the
/// number of readings and what the site file states. It is offered to the engineer; plans do not use it.
#[utoipa::path(
    tag = "reports",
    params(StretchQuery),
    responses(
        (status = 200, description = "What was learnt", body = LearningReport),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The stretch is empty, too long, or not over", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/reports/learning")]
pub(super) async fn learning(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<StretchQuery>,
) -> Result<Json<LearningReport>, ApiError> {
    let (live, stretch) = (Arc::clone(&state.live), query.of(&state, LEARN_DAYS)?);
    Ok(Json(blocking(move || watch::learning(&live.file, &*live.readings, stretch)).await?))
}

/// The book of the fuel: what left the tank beside what the sets should have burnt
///
/// Each night with its 90 % band, the deliveries that the level shows, and what is missing beyond the band.
#[utoipa::path(
    tag = "reports",
    params(StretchQuery),
    responses(
        (status = 200, description = "The book", body = FuelReport),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The stretch is empty, too long, or not over", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/reports/fuel")]
pub(super) async fn fuel(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<StretchQuery>,
) -> Result<Json<FuelReport>, ApiError> {
    let (live, stretch) = (Arc::clone(&state.live), query.of(&state, WATCH_DAYS)?);
    Ok(Json(blocking(move || watch::fuel(&live.file, &*live.readings, stretch)).await?))
}

/// The form of a scorecard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CardForm {
    /// JSON.
    #[default]
    Json,
    /// CSV: the month, then each day.
    Csv,
    /// A page to print, with plots; it needs nothing from anywhere else.
    Page,
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MonthQuery {
    /// The month, local time of the camp; the current one unless told.
    #[param(example = "2026-03")]
    month: Option<String>,
    /// Form of the answer.
    #[serde(default)]
    #[param(inline, example = "csv")]
    form: CardForm,
}

/// The scorecard of a month: what the camp used for each person, and how it was made
///
/// Diesel, energy and water for each person and day, the share of the sun, litres for each kWh, the load of the
/// sets, wastewater treated, CO2, and how complete the readings are; of the month and of each day.
#[utoipa::path(
    tag = "reports",
    params(MonthQuery),
    responses(
        (status = 200, description = "The scorecard", content((Scorecard = "application/json"), (String = "text/csv"), (String = "text/html"))),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such month, or one that has not begun", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/reports/scorecard")]
pub(super) async fn scorecard(
    state: Data<ApiState>,
    _reader: Reader,
    query: Query<MonthQuery>,
) -> Result<HttpResponse, ApiError> {
    let live = Arc::clone(&state.live);
    let (now, zone) = (live.clock.now(), live.file.zone);
    let month = match &query.month {
        Some(text) => text.parse().map_err(|why: String| ApiError::new(Code::OutOfRange, why))?,
        None => Month::of(now.with_timezone(&zone).date_naive()),
    };
    if month.ends(zone).0 > now {
        return Err(ApiError::new(Code::OutOfRange, format!("{month}: has not begun")));
    }
    let made = blocking(move || card::scorecard(&live.file, &*live.readings, month, now)).await?;
    let text = |kind: &str, body: String| HttpResponse::Ok().content_type(kind).body(body);
    Ok(match query.form {
        CardForm::Json => HttpResponse::Ok().json(made),
        CardForm::Csv => text("text/csv; charset=utf-8", card::sheet::csv(&made)),
        CardForm::Page => text("text/html; charset=utf-8", card::page::page(&made)),
    })
}
