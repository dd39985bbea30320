//! Another client of the broker: a meter, a controller, somebody who listens.

use super::eventually;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason};
use rumqttc::v5::{Client, Event, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use serde_json::Value;
use smart_camp::mqtt::{BrokerAddress, Security};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A message that was heard.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) retained: bool,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap()
    }
}

/// A client with a thread of its own.
pub(crate) struct Peer {
    client: Client,
    heard: Arc<Mutex<Vec<Heard>>>,
    acknowledged: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    sent: u64,
}

impl Peer {
    pub(crate) fn new(broker: &BrokerAddress, name: &str, filters: &[&str]) -> Self {
        let mut options = MqttOptions::new(name, &broker.host, broker.port);
        let (user, password) = broker.credentials.clone().unwrap();
        options.set_credentials(user, password);
        options.set_max_packet_size(Some(4 << 20));
        if let Security::Tls { ca_file, .. } = &broker.security {
            let ca = std::fs::read(ca_file).unwrap();
            let tls = TlsConfiguration::Simple { ca, alpn: None, client_auth: None };
            options.set_transport(Transport::tls_with_config(tls));
        }
        // A session that outlives its connection: what is not acknowledged is sent again.
        options.set_clean_start(false);
        options.set_session_expiry_interval(Some(3600));
        let (client, mut connection) = Client::new(options, 100_000);
        let (heard, acknowledged) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU64::new(0)));
        let (list, count) = (Arc::clone(&heard), Arc::clone(&acknowledged));
        let refused = Arc::new(AtomicU64::new(0));
        let refusals = Arc::clone(&refused);
        let subscribed = Arc::new(AtomicU64::new(0));
        let (subscriptions, again) = (Arc::clone(&subscribed), client.clone());
        let wanted: Vec<String> = filters.iter().map(ToString::to_string).collect();
        std::thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        for filter in &wanted {
                            again.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
                        }
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        subscriptions.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(Event::Incoming(Packet::PubAck(ack))) => {
                        let denied = ack.reason == PubAckReason::NotAuthorized;
                        refusals.fetch_add(u64::from(denied), Ordering::SeqCst);
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        list.lock().unwrap().push(Heard {
                            topic: String::from_utf8(publish.topic.to_vec()).unwrap(),
                            payload: publish.payload.to_vec(),
                            retained: publish.retain,
                        });
                    }
                    Ok(Event::Outgoing(rumqttc::Outgoing::Disconnect)) => return,
                    Ok(_) => {}
                    Err(_) => std::thread::park_timeout(std::time::Duration::from_millis(50)),
                }
            }
        });
        eventually("the peer is subscribed", || {
            (subscribed.load(Ordering::SeqCst) >= filters.len() as u64).then_some(())
        });
        Self { client, heard, acknowledged, refused, sent: 0 }
    }

    /// Sends without waiting for the broker's word.
    pub(crate) fn send(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.into()).unwrap();
        self.sent += 1;
    }

    /// Sends a message that the broker keeps for those who come later.
    pub(crate) fn retain(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, true, payload.into()).unwrap();
        self.sent += 1;
    }

    /// Waits until the broker has acknowledged everything.
    pub(crate) fn flush(&self) {
        eventually("the broker acknowledges", || (self.acknowledged() >= self.sent).then_some(()));
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// How many of them it refused, for the name may not send them.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// What was heard so far on topics that contain `part`.
    pub(crate) fn heard(&self, part: &str) -> Vec<Heard> {
        let list = self.heard.lock().unwrap();
        list.iter().filter(|heard| heard.topic.contains(part)).cloned().collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _already_gone = self.client.try_disconnect().is_err();
    }
}
