//! The embedded broker of the one-box default: on loopback only, because it has no topic ACL.
//! Camps with controllers run Mosquitto.

use super::connect::{BrokerAddress, MOST_PACKET, Security, Version};
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Starts a broker on a loopback port (0: any free one) for one user, and tells where it is. It runs
/// in threads of its own until the process ends.
pub fn start(port: u16, user: &str, password: &str) -> io::Result<BrokerAddress> {
    // The broker reports a port in use only to its log; so the port is tried first.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?.port();
    let connections = ConnectionSettings {
        connection_timeout_ms: 5000,
        max_payload_size: MOST_PACKET as usize,
        max_inflight_count: 1000,
        auth: Some(HashMap::from([(user.to_owned(), password.to_owned())])),
        external_auth: None,
        dynamic_filters: true,
    };
    let server = ServerSettings {
        name: "embedded".to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        tls: None,
        next_connection_delay_ms: 0,
        connections,
    };
    let config = Config {
        router: RouterConfig {
            max_connections: 200,
            max_outgoing_packet_count: 200,
            // Small segments: the broker keeps its log in memory.
            max_segment_size: 1 << 20,
            max_segment_count: 4,
            ..RouterConfig::default()
        },
        v5: Some(HashMap::from([("v5".to_owned(), server)])),
        ..Config::default()
    };
    let mut broker = Broker::new(config);
    std::thread::Builder::new().name("broker".to_owned()).spawn(move || {
        if let Err(error) = broker.start() {
            tracing::error!("the embedded broker ended: {error}");
        }
    })?;
    Ok(BrokerAddress {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        credentials: Some((user.to_owned(), password.to_owned())),
        version: Version::Five,
    })
}
