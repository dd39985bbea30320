//! Bearer tokens: 256 random bits, of which only a SHA-256 is kept. A fast hash is enough, because
//! nobody can guess 256 bits.

use super::ApiState;
use super::error::{ApiError, Code};
use crate::settings::{Role, TokenSettings};
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use std::fmt::Write;
use std::future::{Ready, ready};

/// The tokens that are let in, by their hashes.
#[derive(Debug, Default)]
pub struct Tokens {
    by_hash: HashMap<String, (String, Role)>,
}

impl Tokens {
    /// The tokens of the settings.
    pub fn new(list: &[TokenSettings]) -> Self {
        let entry = |t: &TokenSettings| (t.sha256.to_ascii_lowercase(), (t.name.clone(), t.role));
        Self { by_hash: list.iter().map(entry).collect() }
    }

    fn holder(&self, token: &str) -> Option<&(String, Role)> {
        self.by_hash.get(&hash(token))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _written = write!(text, "{byte:02x}").is_ok();
        text
    })
}

/// The hash of a token, as the settings keep it.
pub fn hash(token: &str) -> String {
    hexadecimal(digest(&SHA256, token.as_bytes()).as_ref())
}

/// A new token: 256 random bits.
pub fn new_token() -> Option<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hexadecimal(&bytes))
}

/// Somebody who may look.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Whose token it is.
    pub name: String,
}

/// Somebody who may also ask for plans and send readings.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Whose token it is.
    pub name: String,
}

fn admit(request: &HttpRequest, least: Role) -> Result<String, ApiError> {
    let Some(state) = request.app_data::<Data<ApiState>>() else {
        return Err(ApiError::internal(&"the interface has no state"));
    };
    let header = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok());
    let Some(token) = header.and_then(|h| h.strip_prefix("Bearer ")) else {
        let detail = "send the header Authorization: Bearer TOKEN";
        return Err(ApiError::new(Code::Unauthorized, detail));
    };
    match state.tokens.holder(token.trim()) {
        None => Err(ApiError::new(Code::Unauthorized, "the token is not known")),
        Some((name, role)) if *role < least => {
            Err(ApiError::new(Code::Forbidden, format!("the token {name} may only read")))
        }
        Some((name, _)) => Ok(name.clone()),
    }
}

impl FromRequest for Reader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Role::Read).map(|name| Self { name }))
    }
}

impl FromRequest for Operator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Role::Operate).map(|name| Self { name }))
    }
}
