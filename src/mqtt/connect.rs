//! Where the broker is, and how a connection to it is made and secured.

use rumqttc::v5::MqttOptions;
use rumqttc::{TlsConfiguration, Transport};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Largest packet that is taken in, bytes. Payloads over the decoder's own limit are refused with a
/// reason; beyond this the broker does not deliver at all.
pub(super) const MOST_PACKET: u32 = 2 << 20;

/// Messages of ours under way at once.
const MOST_SENT: u16 = 100;

/// Largest packet that is taken in over MQTT 3.1.1, bytes. There no broker can be told a limit, and one
/// that is larger ends the connection each time anew; so it is wide, and bounded at the broker.
const MOST_PACKET_OF_3: usize = 16 << 20;

/// Seconds that a connection may take to be made.
pub(super) const CONNECT_S: u64 = 5;

/// The protocol's version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// MQTT 5.
    #[default]
    Five,
    /// MQTT 3.1.1.
    Three,
}

/// Where the broker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// The protocol's version.
    pub version: Version,
}

/// How a connection is secured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for brokers on the same machine.
    #[default]
    Plain,
    /// TLS.
    Tls {
        /// Certificates that are trusted, PEM.
        ca_file: PathBuf,
        /// Our own certificate and key, PEM, where the broker asks for one.
        client: Option<(PathBuf, PathBuf)>,
    },
}

/// Why no connection can be attempted.
#[derive(Debug)]
pub struct ConnectFault(String);

impl std::error::Error for ConnectFault {}
impl fmt::Display for ConnectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BrokerAddress {
    /// Options of a connection with a fixed client name.
    pub(super) fn options(&self, client: &str) -> Result<MqttOptions, ConnectFault> {
        let mut options = MqttOptions::new(client, &self.host, self.port);
        options.set_keep_alive(Duration::from_secs(20));
        options.set_connection_timeout(CONNECT_S);
        options.set_max_packet_size(Some(MOST_PACKET));
        // The client holds room for as many; its own choice, 65535, takes 10 MB.
        options.set_outgoing_inflight_upper_limit(MOST_SENT);
        if let Some((user, password)) = &self.credentials {
            options.set_credentials(user, password);
        }
        if let Some(transport) = self.transport()? {
            options.set_transport(transport);
        }
        Ok(options)
    }

    /// The same for MQTT 3.1.1.
    pub(super) fn options_of_3(&self, client: &str) -> Result<rumqttc::MqttOptions, ConnectFault> {
        let mut options = rumqttc::MqttOptions::new(client, &self.host, self.port);
        options.set_keep_alive(Duration::from_secs(20));
        options.set_max_packet_size(MOST_PACKET_OF_3, MOST_PACKET as usize);
        options.set_inflight(MOST_SENT);
        if let Some((user, password)) = &self.credentials {
            options.set_credentials(user, password);
        }
        if let Some(transport) = self.transport()? {
            options.set_transport(transport);
        }
        Ok(options)
    }

    /// TLS, where it is wanted.
    fn transport(&self) -> Result<Option<Transport>, ConnectFault> {
        let Security::Tls { ca_file, client } = &self.security else { return Ok(None) };
        let read = |path: &PathBuf| {
            let fault = |e| ConnectFault(format!("{}: cannot be read: {e}", path.display()));
            std::fs::read(path).map_err(fault)
        };
        let client_auth = match client {
            Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
            None => None,
        };
        let tls = TlsConfiguration::Simple { ca: read(ca_file)?, alpn: None, client_auth };
        Ok(Some(Transport::tls_with_config(tls)))
    }
}
