//! The description of the interface, OpenAPI 3.1, and its interactive pages.

mod examples;

use super::error::ApiError;
use super::{health, imports, plans, quality, readings, records, reports, savings, site, state};
use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction};
use actix_web::{HttpResponse, get};
use examples::Examples;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

/// The description.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Smart Camp",
        description = "Schedules the generators, solar, batteries and water plant of a camp far from any grid. Units stand in every name; times are RFC 3339; a step is named by its start; series have one value a step. Errors are application/problem+json with a stable code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/api/v1", description = "This service")),
    tags(
        (name = "service", description = "How the service is"),
        (name = "site", description = "The camp and its assets"),
        (name = "state", description = "The camp as it is now"),
        (name = "readings", description = "What the meters said"),
        (name = "plans", description = "Plans and the forecasts they were made on"),
        (name = "reports", description = "What the meters prove: fuel, efficiencies, savings, the month"),
        (name = "control", description = "Advice, instructions and what was done"),
    ),
    paths(
        health::health, document, site::site, site::assets, state::state,
        readings::range, readings::aggregate, readings::rejects, imports::import,
        quality::quality,
        plans::current, plans::list, plans::one, plans::explanation, plans::ask, plans::job, plans::forecasts,
        records::advice, records::instructions, records::actions, records::alarms, records::metrics,
        reports::learning, reports::fuel, reports::scorecard, savings::saving,
    ),
    components(schemas(Instruction, Acknowledgement, Heartbeat)),
    modifiers(&Secured, &Examples),
    security(("token" = [])),
)]
pub struct ApiDoc;

struct Secured;

impl Modify for Secured {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of the settings; `smart-camp token` makes one."));
        components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
        // Whatever reads a store can fail with it.
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let failed = ResponseBuilder::new()
            .description("The service failed; the cause is in its log")
            .content("application/problem+json", problem)
            .build();
        for item in openapi.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.post];
            for operation in operations.into_iter().flatten() {
                let answers = &mut operation.responses.responses;
                answers.entry("500".to_owned()).or_insert_with(|| failed.clone().into());
            }
        }
    }
}

/// The description as text, as it stands in `openapi/openapi.json`.
pub fn text() -> Result<String, serde_json::Error> {
    ApiDoc::openapi().to_pretty_json().map(|text| text + "\n")
}

/// This description
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
    security(()),
)]
#[get("/openapi.json")]
pub(super) async fn document() -> Result<HttpResponse, ApiError> {
    let text = text().map_err(|e| ApiError::internal(&e))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}
