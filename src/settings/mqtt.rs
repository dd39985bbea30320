//! The broker.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttSettings {
    /// True: the embedded broker, on loopback, for one box.
    #[serde(default)]
    pub embedded: bool,
    /// Host of an outside broker.
    #[serde(default = "localhost")]
    pub host: String,
    /// Its port, or that of the embedded broker.
    #[serde(default = "mqtt_port")]
    pub port: u16,
    /// User name.
    #[serde(default)]
    pub user: Option<String>,
    /// File that holds the password, alone.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Certificates that are trusted, PEM; with them the connection speaks TLS.
    #[serde(default)]
    pub tls_ca_file: Option<PathBuf>,
    /// Our own certificate, PEM.
    #[serde(default)]
    pub tls_certificate_file: Option<PathBuf>,
    /// Its key, PEM.
    #[serde(default)]
    pub tls_key_file: Option<PathBuf>,
    /// Name of the session at the broker; two services never share one.
    #[serde(default)]
    pub client: Option<String>,
}

fn localhost() -> String {
    "127.0.0.1".to_owned()
}
fn mqtt_port() -> u16 {
    1883
}

impl Default for MqttSettings {
    fn default() -> Self {
        Self {
            embedded: false,
            host: localhost(),
            port: mqtt_port(),
            user: None,
            password_file: None,
            tls_ca_file: None,
            tls_certificate_file: None,
            tls_key_file: None,
            client: None,
        }
    }
}
