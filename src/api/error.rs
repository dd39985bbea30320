//! Errors as `application/problem+json` (RFC 9457) with stable codes, from one table.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What went wrong, as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A stable word for programs.
    #[schema(example = "unknown_point")]
    pub code: String,
    /// HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// The kind of problem, for people.
    #[schema(example = "There is no such point")]
    pub title: String,
    /// This one.
    #[schema(example = "genset.g9.power_kw names no point of the site")]
    pub detail: String,
}

macro_rules! codes {
    ($($variant:ident $code:literal $status:ident $title:literal;)*) => {
        /// Every kind of error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the titles say it")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }
            /// The kind of problem, for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    BadRequest "bad_request" BAD_REQUEST "The request cannot be understood";
    Unauthorized "unauthorized" UNAUTHORIZED "A valid token is needed";
    Forbidden "forbidden" FORBIDDEN "The token does not allow this";
    NotFound "not_found" NOT_FOUND "There is nothing here";
    UnknownPoint "unknown_point" NOT_FOUND "There is no such point";
    UnknownCamp "unknown_camp" NOT_FOUND "This service does not run that camp";
    NoPlan "no_plan" NOT_FOUND "There is no current plan";
    OutOfRange "out_of_range" UNPROCESSABLE_ENTITY "A value is out of its range";
    Busy "busy" TOO_MANY_REQUESTS "Too many plans have been asked for";
    Internal "internal" INTERNAL_SERVER_ERROR "The service failed";
}

/// An error of the interface.
#[derive(Debug)]
pub struct ApiError {
    code: Code,
    detail: String,
}

impl ApiError {
    /// An error with its code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// The request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    /// There is nothing here.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// The service failed; the cause goes to the log, not to the client.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!("request failed: {cause}");
        Self::new(Code::Internal, "the cause is in the service's log")
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.word(), self.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.code.status();
        let problem = Problem {
            code: self.code.word().to_owned(),
            status: status.as_u16(),
            title: self.code.title().to_owned(),
            detail: self.detail.clone(),
        };
        let mut response = HttpResponse::build(status);
        if self.code == Code::Unauthorized {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
        let body = serde_json::to_string(&problem).unwrap_or_default();
        response.content_type("application/problem+json").body(body)
    }
}
