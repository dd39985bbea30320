//! The operator's page: HTML, style, charts and script, embedded in the binary.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};

/// Routes of the page.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(page)
        .service(style)
        .service(charts)
        .service(why)
        .service(reports)
        .service(script);
}

fn asset(kind: &str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(kind).insert_header(("Cache-Control", "no-cache")).body(body)
}

#[get("/")]
async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8", include_str!("console/console.html"))
}

#[get("/console.css")]
async fn style() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("console/console.css"))
}

#[get("/console.js")]
async fn script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("console/console.js"))
}

#[get("/why.js")]
async fn why() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("console/why.js"))
}

#[get("/reports.js")]
async fn reports() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("console/reports.js"))
}

#[get("/charts.js")]
async fn charts() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("console/charts.js"))
}
