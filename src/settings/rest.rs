//! The REST interface, and who may use it.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The REST interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestSettings {
    /// Address and port; loopback unless told.
    #[serde(default = "loopback")]
    pub bind: SocketAddr,
    /// Certificate chain, PEM; with it the interface speaks TLS.
    #[serde(default)]
    pub tls_certificate_file: Option<PathBuf>,
    /// Its key, PEM.
    #[serde(default)]
    pub tls_key_file: Option<PathBuf>,
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

impl Default for RestSettings {
    fn default() -> Self {
        Self { bind: loopback(), tls_certificate_file: None, tls_key_file: None }
    }
}

/// What a token's holder may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Read,
    /// Look, ask for plans and send readings.
    Operate,
}

/// A token's line in the settings: only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// Whose it is; stands in the record of actions.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// SHA-256 of the token, hexadecimal; `smart-camp token` makes both.
    pub sha256: String,
}
