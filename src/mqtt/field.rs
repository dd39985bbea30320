//! The field's side of the broker, for the simulated camp: readings out, instructions and heartbeats
//! in. A real camp's devices speak for themselves.

use super::connect::{BrokerAddress, ConnectFault};
use super::topic::Topics;
use super::wire::{Client, Happening, Happenings, NoRoom, Received, SessionKind, open};
use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction};
use crate::domain::stop::Stop;
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
    client: Client,
    events: Happenings,
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
    client: Client,
    topics: Topics,
}

impl FieldSender {
    /// Sends readings; waits while the connection is slow or away. False when it is closed.
    pub async fn telemetry(&self, device: &str, payload: Vec<u8>) -> bool {
        let topic = self.topics.telemetry(device);
        self.client.publish_slowly(topic, payload).await.is_ok()
    }

    /// Sends a controller's answer. False when the connection is closed.
    pub async fn acknowledge(&self, ack: &Acknowledgement) -> bool {
        let Ok(payload) = serde_json::to_vec(ack) else { return true };
        let topic = self.topics.ack(&ack.asset);
        self.client.publish_slowly(topic, payload).await.is_ok()
    }
}

impl Field {
    /// Prepares the field's connection.
    pub fn new(
        address: &BrokerAddress,
        client: &str,
        topics: Topics,
    ) -> Result<(FieldSender, Self), ConnectFault> {
        let (client, events) = open(address, client, SessionKind::Clean, 100)?;
        let sender = FieldSender { client: client.clone(), topics: topics.clone() };
        Ok((sender, Self { client, events, topics }))
    }

    /// Runs until told to stop.
    pub async fn run(mut self, heard: mpsc::Sender<Heard>, mut stop: Stop) {
        // Each state is told once: a broker that is away for hours fills no log.
        let mut is_away = false;
        loop {
            let polled = tokio::select! {
                polled = self.events.next() => polled,
                () = stop.asked() => return,
            };
            match polled {
                Ok(Happening::Connected) => {
                    tracing::info!("the simulated camp is connected");
                    is_away = false;
                    let filters = [self.topics.heartbeat(), self.topics.instruction_filter()];
                    let (Ok(()) | Err(NoRoom)) = self.client.subscribe(filters.into());
                }
                Ok(Happening::Message(received)) => {
                    // A full queue drops the message: heartbeats and instructions are repeated.
                    if let Some(message) = self.read(&received) {
                        let _repeated = heard.try_send(message).is_err();
                    }
                }
                Ok(Happening::Subscribed(Some(refusal))) => {
                    tracing::warn!("the broker refuses the simulated camp's topics: {refusal}");
                }
                Ok(Happening::Acknowledged(_, Some(refusal))) => {
                    tracing::warn!("the broker refuses a message of the simulated camp: {refusal}");
                }
                Ok(_) => {}
                Err(error) => {
                    if !is_away {
                        tracing::warn!("the simulated camp is not connected: {error}");
                        is_away = true;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_millis(500)) => {}
                        () = stop.asked() => return,
                    }
                }
            }
        }
    }

    fn read(&self, received: &Received) -> Option<Heard> {
        // Retained words may be those of the dead.
        if received.retained() {
            return None;
        }
        if received.topic() == self.topics.heartbeat() {
            return serde_json::from_slice(received.payload()).ok().map(Heard::Heartbeat);
        }
        let instruction = serde_json::from_slice(received.payload()).ok()?;
        Some(Heard::Instruction(Box::new(instruction)))
    }
}
