//! The field's side of the broker, for the simulated camp: readings out, instructions and heartbeats
//! in. A real camp's devices speak for themselves.

use super::connect::{BrokerAddress, ConnectFault};
use super::topic::Topics;
use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction};
use crate::domain::stop::Stop;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, EventLoop};
use std::time::Duration;
use tokio::sync::mpsc;

/// What the service says to the field.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A heartbeat.
    Heartbeat(Heartbeat),
    /// An instruction.
    Instruction(Box<Instruction>),
}

/// The field's connection before it runs.
pub struct Field {
    client: AsyncClient,
    events: EventLoop,
    topics: Topics,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field").field("topics", &self.topics).finish_non_exhaustive()
    }
}

/// Sends for the field.
#[derive(Debug, Clone)]
pub struct FieldSender {
    client: AsyncClient,
    topics: Topics,
}

impl FieldSender {
    /// Sends readings; waits while the connection is slow or away. False when it is closed.
    pub async fn telemetry(&self, device: &str, payload: Vec<u8>) -> bool {
        let topic = self.topics.telemetry(device);
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.is_ok()
    }

    /// Sends a controller's answer. False when the connection is closed.
    pub async fn acknowledge(&self, ack: &Acknowledgement) -> bool {
        let Ok(payload) = serde_json::to_vec(ack) else { return true };
        let topic = self.topics.ack(&ack.asset);
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.is_ok()
    }
}

impl Field {
    /// Prepares the field's connection.
    pub fn new(
        address: &BrokerAddress,
        client: &str,
        topics: Topics,
    ) -> Result<(FieldSender, Self), ConnectFault> {
        let mut options = address.options(client)?;
        options.set_clean_start(true);
        let (client, events) = AsyncClient::new(options, 100);
        let sender = FieldSender { client: client.clone(), topics: topics.clone() };
        Ok((sender, Self { client, events, topics }))
    }

    /// Runs until told to stop.
    pub async fn run(mut self, heard: mpsc::Sender<Heard>, mut stop: Stop) {
        loop {
            let polled = tokio::select! {
                polled = self.events.poll() => polled,
                () = stop.asked() => return,
            };
            match polled {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    let filters = [self.topics.heartbeat(), self.topics.instruction_filter()];
                    let filters = filters.map(|path| Filter::new(path, QoS::AtLeastOnce));
                    let _queue_has_room = self.client.try_subscribe_many(filters).is_err();
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    // A full queue drops the message: heartbeats and instructions are repeated.
                    if let Some(message) = self.read(&publish) {
                        let _repeated = heard.try_send(message).is_err();
                    }
                }
                Ok(_) => {}
                Err(_) => tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                    () = stop.asked() => return,
                },
            }
        }
    }

    fn read(&self, publish: &Publish) -> Option<Heard> {
        // Retained words may be those of the dead.
        if publish.retain {
            return None;
        }
        if publish.topic.as_ref() == self.topics.heartbeat().as_bytes() {
            return serde_json::from_slice(&publish.payload).ok().map(Heard::Heartbeat);
        }
        let instruction = serde_json::from_slice(&publish.payload).ok()?;
        Some(Heard::Instruction(Box::new(instruction)))
    }
}
