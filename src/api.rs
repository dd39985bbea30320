//! REST under `/api/v1`: one file a resource, with its types, its handlers and their description, and
//! no logic.

pub mod auth;
pub mod error;
mod health;
mod imports;
pub mod openapi;
mod plans;
mod quality;
mod readings;
mod records;
mod reports;
mod savings;
mod site;
mod state;

use crate::live::Live;
use crate::scheduler::jobs::Jobs;
use actix_web::web::{self, ServiceConfig};
use auth::Tokens;
use error::ApiError;
use plans::PlanCache;
use std::sync::Arc;

/// What the handlers work with.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// The service's shared things.
    pub live: Arc<Live>,
    /// Requests for plans.
    pub jobs: Arc<Jobs>,
    /// Who may come in.
    pub tokens: Arc<Tokens>,
    /// The current plan as text.
    pub plan_cache: Arc<PlanCache>,
}

impl ApiState {
    /// Puts the state together.
    pub fn new(live: Arc<Live>, jobs: Arc<Jobs>, tokens: Tokens) -> Self {
        Self { live, jobs, tokens: Arc::new(tokens), plan_cache: Arc::default() }
    }
}

/// Largest request body, bytes.
const MOST_BODY: usize = 64 << 10;

/// Routes of the interface.
pub fn configure(config: &mut ServiceConfig) {
    let bad_json = |error: actix_web::error::JsonPayloadError, _: &_| {
        ApiError::bad_request(format!("the body cannot be read: {error}")).into()
    };
    let bad_query = |error: actix_web::error::QueryPayloadError, _: &_| {
        ApiError::bad_request(format!("the query cannot be read: {error}")).into()
    };
    let bad_path = |error: actix_web::error::PathError, _: &_| {
        ApiError::not_found(format!("the path cannot be read: {error}")).into()
    };
    config
        .app_data(web::JsonConfig::default().limit(MOST_BODY).error_handler(bad_json))
        .app_data(web::PayloadConfig::new(imports::MOST_BODY))
        .app_data(web::QueryConfig::default().error_handler(bad_query))
        .app_data(web::PathConfig::default().error_handler(bad_path))
        .service(
            web::scope("/api/v1")
                .service(health::health)
                .service(openapi::document)
                .service(site::site)
                .service(site::assets)
                .service(state::state)
                .service(imports::import)
                .service(quality::quality)
                .service(readings::aggregate)
                .service(readings::range)
                .service(readings::rejects)
                .service(plans::forecasts)
                .service(plans::current)
                .service(plans::list)
                .service(plans::ask)
                .service(plans::explanation)
                .service(plans::one)
                .service(plans::job)
                .service(records::advice)
                .service(records::instructions)
                .service(records::actions)
                .service(records::alarms)
                .service(records::metrics)
                .service(reports::learning)
                .service(reports::fuel)
                .service(reports::scorecard)
                .service(savings::saving)
                .default_service(web::route().to(nothing_here)),
        );
}

async fn nothing_here(request: actix_web::HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::not_found(format!("{} {} is not here", request.method(), request.path())))
}

/// Runs a blocking question to the store.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, crate::domain::ports::StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    match web::block(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ApiError::internal(&error)),
        Err(error) => Err(ApiError::internal(&error)),
    }
}
