//! Readings that a program sends by the batch.

use super::auth::Operator;
use super::error::{ApiError, Problem};
use super::{ApiState, blocking};
use crate::ingest::{self, Batch, BatchFault, Found, Imported};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Json};
use actix_web::{HttpRequest, post};
use std::sync::Arc;

/// Largest body, bytes.
pub(super) const MOST_BODY: usize = 8 << 20;

/// Readings by the batch
///
/// Our JSON, as a meter sends it, or CSV: `timestamp` and a column for each point, or the columns
/// `timestamp`, `point` and `value`. Each value passes the same checks as one over MQTT. When the answer
/// comes, what was kept is on the disk; of what was refused, the first hundred are listed.
#[utoipa::path(
    tag = "readings",
    request_body(content(
        (String = "text/csv", example = "timestamp,genset.g1.power_kw\n2026-03-10T06:00:00Z,123.4\n"),
        (serde_json::Value = "application/json", example = json!({"timestamp": "2026-03-10T06:00:00Z", "values": {"genset.g1.power_kw": 123.4}})),
    )),
    responses(
        (status = 200, description = "What became of it", body = Imported),
        (status = 400, description = "The body cannot be read, is over 8 MiB, or is no batch at all", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token may only read", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[post("/readings")]
pub(super) async fn import(
    state: Data<ApiState>,
    operator: Operator,
    request: HttpRequest,
    body: Result<Bytes, actix_web::Error>,
) -> Result<Json<Imported>, ApiError> {
    let body = body.map_err(|error| {
        ApiError::bad_request(format!(
            "the body cannot be read: {error}; at most {MOST_BODY} bytes"
        ))
    })?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|h| h.to_str().ok());
    let kind = kind.and_then(|k| k.split(';').next()).unwrap_or_default().trim().to_lowercase();
    let is_json = match kind.as_str() {
        "application/json" => true,
        "text/csv" => false,
        other => {
            let detail = format!("Content-Type {other}: must be text/csv or application/json");
            return Err(ApiError::bad_request(detail));
        }
    };
    let live = Arc::clone(&state.live);
    let from = format!("rest:{}", operator.name);
    let taken = blocking(move || {
        let keep = |found: &Found| {
            live.readings.append(&found.to_keep(), &found.rejects)?;
            ingest::count(&live, found);
            Ok(())
        };
        let batch = Batch::new((&live.file.site, &live.file.points), live.clock.now(), &from, keep);
        let taken = if is_json { batch.json(&body) } else { batch.csv(&*body) };
        match taken {
            Ok(imported) => Ok(Ok(imported)),
            Err(BatchFault::Input(detail)) => Ok(Err(detail)),
            Err(BatchFault::Store(error)) => Err(error),
        }
    });
    let imported = taken.await?.map_err(ApiError::bad_request)?;
    let what = format!("readings.imported {}", imported.readings);
    let why = format!("{kind}, {} refused", imported.refused);
    state.live.record_action(&operator.name, &what, &why);
    Ok(Json(imported))
}
