//! MQTT 5 and 3.1.1 as one thing: what the link, the outbox and the field say and hear.
//!
//! 3.1.1 has no expiry of messages and sessions and no bound on what a broker sends unacknowledged;
//! what it lacks is left out here and told in docs/operations.md.

use super::connect::{BrokerAddress, ConnectFault, Version};
use rumqttc::{Packet as Packet3, QoS as QoS3, SubscribeFilter, SubscribeReasonCode as Code3, v5};
use v5::mqttbytes::QoS;
use v5::mqttbytes::v5::{Filter, Packet, PubAckReason, PublishProperties, SubscribeReasonCode};

/// A client whose queue towards the connection has no room, or that has no connection any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

/// How a session is kept by the broker, and what bounds it.
#[derive(Debug, Clone, Copy)]
pub(super) enum SessionKind {
    /// Forgotten with the connection.
    Clean,
    /// Kept for `expiry_s`; `window` messages come unacknowledged, and we acknowledge by hand.
    Kept {
        /// How long the broker keeps it, s; MQTT 5 only.
        expiry_s: u32,
        /// Unacknowledged messages at once; MQTT 5 only.
        window: u16,
    },
}

/// A message that came in.
#[derive(Debug)]
pub(super) enum Received {
    Five(v5::mqttbytes::v5::Publish),
    Three(rumqttc::Publish),
}

impl Received {
    /// Its topic; nothing if it is not text.
    pub(super) fn topic(&self) -> &str {
        match self {
            Self::Five(publish) => std::str::from_utf8(&publish.topic).unwrap_or_default(),
            Self::Three(publish) => &publish.topic,
        }
    }

    pub(super) fn payload(&self) -> &[u8] {
        match self {
            Self::Five(publish) => &publish.payload,
            Self::Three(publish) => &publish.payload,
        }
    }

    /// True if the broker kept it.
    pub(super) fn retained(&self) -> bool {
        match self {
            Self::Five(publish) => publish.retain,
            Self::Three(publish) => publish.retain,
        }
    }

    /// True where the broker waits for our acknowledgement.
    pub(super) fn waits(&self) -> bool {
        match self {
            Self::Five(publish) => publish.qos != QoS::AtMostOnce,
            Self::Three(publish) => publish.qos != QoS3::AtMostOnce,
        }
    }
}

/// What happened on a connection.
#[derive(Debug)]
pub(super) enum Happening {
    Connected,
    /// The broker's word on a subscription: what it refuses, if it does.
    Subscribed(Option<String>),
    Message(Received),
    /// A message of ours went out under this number.
    Sent(u16),
    /// It was acknowledged; or refused, with the broker's word.
    Acknowledged(u16, Option<String>),
    HungUp(String),
    Nothing,
}

/// Sends; cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Client {
    Five(v5::AsyncClient),
    Three(rumqttc::AsyncClient),
}

impl Client {
    /// Asks for topics, QoS 1.
    pub(super) fn subscribe(&self, filters: Vec<String>) -> Result<(), NoRoom> {
        let done = match self {
            Self::Five(client) => {
                let filters = filters.into_iter().map(|path| Filter::new(path, QoS::AtLeastOnce));
                client.try_subscribe_many(filters).is_ok()
            }
            Self::Three(client) => {
                let of = |path| SubscribeFilter { path, qos: QoS3::AtLeastOnce };
                client.try_subscribe_many(filters.into_iter().map(of)).is_ok()
            }
        };
        done.then_some(()).ok_or(NoRoom)
    }

    /// Sends with QoS 1, not retained; `expiry_s` after this the broker hands it to nobody (MQTT 5).
    pub(super) fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
        expiry_s: u32,
    ) -> Result<(), NoRoom> {
        let done = match self {
            Self::Five(client) => {
                let properties = PublishProperties {
                    message_expiry_interval: Some(expiry_s),
                    ..PublishProperties::default()
                };
                let qos = QoS::AtLeastOnce;
                client.try_publish_with_properties(topic, qos, false, payload, properties).is_ok()
            }
            Self::Three(client) => {
                client.try_publish(topic, QoS3::AtLeastOnce, false, payload).is_ok()
            }
        };
        done.then_some(()).ok_or(NoRoom)
    }

    /// Sends with QoS 1 and waits for room.
    pub(super) async fn publish_slowly(
        &self,
        topic: String,
        payload: Vec<u8>,
    ) -> Result<(), NoRoom> {
        let done = match self {
            Self::Five(client) => {
                client.publish(topic, QoS::AtLeastOnce, false, payload).await.is_ok()
            }
            Self::Three(client) => {
                client.publish(topic, QoS3::AtLeastOnce, false, payload).await.is_ok()
            }
        };
        done.then_some(()).ok_or(NoRoom)
    }

    /// Acknowledges a message of this client's.
    pub(super) fn acknowledge(&self, received: &Received) -> Result<(), NoRoom> {
        let done = match (self, received) {
            (Self::Five(client), Received::Five(publish)) => client.try_ack(publish).is_ok(),
            (Self::Three(client), Received::Three(publish)) => client.try_ack(publish).is_ok(),
            (Self::Five(_), Received::Three(_)) | (Self::Three(_), Received::Five(_)) => false,
        };
        done.then_some(()).ok_or(NoRoom)
    }

    /// Says goodbye.
    pub(super) fn disconnect(&self) -> Result<(), NoRoom> {
        let done = match self {
            Self::Five(client) => client.try_disconnect().is_ok(),
            Self::Three(client) => client.try_disconnect().is_ok(),
        };
        done.then_some(()).ok_or(NoRoom)
    }
}

/// What happens on a connection, one after another.
pub(super) enum Happenings {
    Five(Box<v5::EventLoop>),
    Three(Box<rumqttc::EventLoop>),
}

/// A client and what happens on its connection; nothing is sent before that is asked for.
pub(super) fn open(
    address: &BrokerAddress,
    name: &str,
    session: SessionKind,
    room: usize,
) -> Result<(Client, Happenings), ConnectFault> {
    Ok(match address.version {
        Version::Five => {
            let mut options = address.options(name)?;
            options.set_clean_start(matches!(session, SessionKind::Clean));
            if let SessionKind::Kept { expiry_s, window } = session {
                options.set_session_expiry_interval(Some(expiry_s));
                options.set_receive_maximum(Some(window));
                options.set_manual_acks(true);
            }
            let (client, events) = v5::AsyncClient::new(options, room);
            (Client::Five(client), Happenings::Five(Box::new(events)))
        }
        Version::Three => {
            let mut options = address.options_of_3(name)?;
            options.set_clean_session(matches!(session, SessionKind::Clean));
            options.set_manual_acks(matches!(session, SessionKind::Kept { .. }));
            let (client, mut events) = rumqttc::AsyncClient::new(options, room);
            let mut network = rumqttc::NetworkOptions::new();
            network.set_connection_timeout(super::connect::CONNECT_S);
            events.set_network_options(network);
            (Client::Three(client), Happenings::Three(Box::new(events)))
        }
    })
}

impl Happenings {
    /// Waits for the next one; an error where the connection is lost or cannot be made.
    pub(super) async fn next(&mut self) -> Result<Happening, String> {
        match self {
            Self::Five(events) => {
                events.poll().await.map(happening).map_err(|error| error.to_string())
            }
            Self::Three(events) => {
                events.poll().await.map(happening_of_3).map_err(|error| error.to_string())
            }
        }
    }

    /// Hangs up; acknowledgements that wait are dropped, for the messages come again. So are messages
    /// that were read and not handed over: they must not be taken for those of the next connection.
    pub(super) fn hang_up(&mut self) {
        match self {
            Self::Five(events) => {
                events.clean();
                events.state.events.clear();
            }
            Self::Three(events) => {
                events.clean();
                events.state.events.clear();
            }
        }
    }

    /// Hangs up and forgets what was to be sent.
    pub(super) fn forget(&mut self) {
        self.hang_up();
        match self {
            Self::Five(events) => events.pending.clear(),
            Self::Three(events) => events.pending.clear(),
        }
    }
}

fn happening(event: v5::Event) -> Happening {
    match event {
        v5::Event::Incoming(Packet::ConnAck(_)) => Happening::Connected,
        v5::Event::Incoming(Packet::SubAck(answer)) => {
            let refused =
                |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
            let code = answer.return_codes.iter().find(refused);
            Happening::Subscribed(code.map(|code| format!("{code:?}")))
        }
        v5::Event::Incoming(Packet::Publish(publish)) => {
            Happening::Message(Received::Five(publish))
        }
        v5::Event::Incoming(Packet::PubAck(ack)) => {
            let fine =
                matches!(ack.reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers);
            Happening::Acknowledged(ack.pkid, (!fine).then(|| format!("{:?}", ack.reason)))
        }
        v5::Event::Incoming(Packet::Disconnect(reason)) => {
            Happening::HungUp(format!("{:?}", reason.reason_code))
        }
        v5::Event::Outgoing(rumqttc::Outgoing::Publish(packet)) => Happening::Sent(packet),
        v5::Event::Incoming(_) | v5::Event::Outgoing(_) => Happening::Nothing,
    }
}

fn happening_of_3(event: rumqttc::Event) -> Happening {
    match event {
        rumqttc::Event::Incoming(Packet3::ConnAck(_)) => Happening::Connected,
        rumqttc::Event::Incoming(Packet3::SubAck(answer)) => {
            let refused = answer.return_codes.iter().any(|code| matches!(code, Code3::Failure));
            Happening::Subscribed(refused.then(|| "Failure".to_owned()))
        }
        rumqttc::Event::Incoming(Packet3::Publish(publish)) => {
            Happening::Message(Received::Three(publish))
        }
        rumqttc::Event::Incoming(Packet3::PubAck(ack)) => Happening::Acknowledged(ack.pkid, None),
        rumqttc::Event::Outgoing(rumqttc::Outgoing::Publish(packet)) => Happening::Sent(packet),
        rumqttc::Event::Incoming(_) | rumqttc::Event::Outgoing(_) => Happening::Nothing,
    }
}
