//! The broker.

use camp_solver::Faults;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of the protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MqttVersion {
    /// MQTT 5.
    #[default]
    #[serde(rename = "5")]
    Five,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    Three,
}

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
    /// Version of the protocol.
    #[serde(default)]
    pub version: MqttVersion,
    /// Group of services that share readings among them; MQTT 5 only.
    #[serde(default)]
    pub share: Option<String>,
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
            version: MqttVersion::Five,
            share: None,
            user: None,
            password_file: None,
            tls_ca_file: None,
            tls_certificate_file: None,
            tls_key_file: None,
            client: None,
        }
    }
}

impl MqttSettings {
    /// Every fault of the values.
    pub(super) fn check(&self, faults: &mut Faults) {
        if self.user.is_some() != self.password_file.is_some() {
            faults.add("mqtt.user", "", "user and password_file go together");
        }
        if self.embedded && self.user.is_none() {
            let rule = "the embedded broker has no default password: give user and password_file";
            faults.add("mqtt.embedded", true, rule);
        }
        if self.embedded && self.version == MqttVersion::Three {
            faults.add("mqtt.version", "3.1.1", "must be 5: the embedded broker speaks that only");
        }
        if self.tls_certificate_file.is_some() && self.tls_ca_file.is_none() {
            let rule = "is needed with a certificate of our own: without it nothing speaks TLS";
            faults.add("mqtt.tls_ca_file", "", rule);
        }
        if self.client.as_ref().is_some_and(|name| name.is_empty() || name.len() > 100) {
            faults.add("mqtt.client", "", "must have 1 to 100 bytes: the session is kept by it");
        }
        if let Some(group) = &self.share {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if group.is_empty() || group.len() > 40 || !group.chars().all(plain) {
                faults.add("mqtt.share", group, "must have 1 to 40 letters, digits, _ and -");
            }
            if self.version == MqttVersion::Three {
                let rule = "goes with version = \"5\" only: 3.1.1 has no shared subscriptions";
                faults.add("mqtt.share", group, rule);
            }
            if self.embedded {
                faults.add("mqtt.share", group, "the embedded broker serves one service only");
            }
        }
    }
}
