//! The link that receives: polls, hands messages over without waiting, and acknowledges them once
//! they are durable.
//!
//! The session is persistent and the subscription is made anew on every connection. QoS 1 messages
//! that were not acknowledged come again; acknowledgements of an older connection are dropped.

use super::connect::{BrokerAddress, ConnectFault};
use super::topic::Topics;
use crate::domain::stop::Stop;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Messages that the broker may have under way to us.
pub const WINDOW: u16 = 10_000;
/// Session that the broker keeps for us while we are away, s: a week.
const SESSION_S: u32 = 7 * 24 * 3600;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A message as it arrived.
#[derive(Debug)]
pub struct Message {
    publish: Publish,
    connection: u64,
}

impl Message {
    /// Its topic; nothing if it is not text.
    pub fn topic(&self) -> &str {
        std::str::from_utf8(&self.publish.topic).unwrap_or_default()
    }

    /// Its payload.
    pub fn payload(&self) -> &[u8] {
        &self.publish.payload
    }

    /// True if the broker kept it from before we came.
    pub fn retained(&self) -> bool {
        self.publish.retain
    }
}

/// What the link tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkStatus {
    /// True while connected.
    pub connected: bool,
    /// Connections made so far.
    pub connections: u64,
    /// The last error.
    pub error: Option<String>,
    /// QoS 0 messages dropped because the queue was full.
    pub dropped: u64,
}

/// Acknowledges messages; shared with the thread that makes them durable.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    client: AsyncClient,
    connection: Arc<Mutex<u64>>,
}

impl Acknowledger {
    /// Acknowledges a message, unless its connection is gone: then it will come again.
    pub fn acknowledge(&self, message: &Message) {
        if message.publish.qos == QoS::AtMostOnce {
            return;
        }
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if *connection == message.connection {
            // The queue holds more than the window; where it is full the connection is lost.
            let _comes_again = self.client.try_ack(&message.publish).is_err();
        }
    }
}

/// The link before it runs.
pub struct Link {
    client: AsyncClient,
    events: EventLoop,
    topics: Topics,
    connection: Arc<Mutex<u64>>,
    status: watch::Sender<LinkStatus>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("topics", &self.topics).finish_non_exhaustive()
    }
}

impl Link {
    /// Prepares a link; nothing is sent before it runs.
    pub fn new(
        address: &BrokerAddress,
        client: &str,
        topics: Topics,
    ) -> Result<Self, ConnectFault> {
        let mut options = address.options(client)?;
        options.set_clean_start(false);
        options.set_session_expiry_interval(Some(SESSION_S));
        options.set_receive_maximum(Some(WINDOW));
        options.set_manual_acks(true);
        let (client, events) = AsyncClient::new(options, 2 * usize::from(WINDOW));
        let status = watch::Sender::new(LinkStatus::default());
        Ok(Self { client, events, topics, connection: Arc::new(Mutex::new(0)), status })
    }

    /// The handle that acknowledges.
    pub fn acknowledger(&self) -> Acknowledger {
        Acknowledger { client: self.client.clone(), connection: Arc::clone(&self.connection) }
    }

    /// What the link tells of itself.
    pub fn status(&self) -> watch::Receiver<LinkStatus> {
        self.status.subscribe()
    }

    /// Runs until told to stop, or until nobody takes the messages any more.
    pub async fn run(mut self, queue: SyncSender<Message>, mut stop: Stop) {
        let mut pause = FIRST_PAUSE;
        loop {
            let polled = tokio::select! {
                polled = self.events.poll() => polled,
                () = stop.asked() => break,
            };
            let went_on = match polled {
                Ok(event) => {
                    pause = FIRST_PAUSE;
                    self.handle(event, &queue)
                }
                Err(error) => {
                    self.lost(&error);
                    // Some milliseconds more or less keep a crowd of clients from marching in step.
                    let jitter = Duration::from_millis(u64::from(fastrand::u8(..)));
                    tokio::select! {
                        () = tokio::time::sleep(pause + jitter) => {}
                        () = stop.asked() => break,
                    }
                    pause = (2 * pause).min(LONGEST_PAUSE);
                    true
                }
            };
            if !went_on {
                break;
            }
        }
        // Without a clean goodbye the broker only waits for the keep-alive to run out.
        let _gone_anyway = self.client.try_disconnect().is_err();
        let _last = tokio::time::timeout(Duration::from_millis(200), self.events.poll()).await;
    }

    /// False when nobody takes the messages any more.
    fn handle(&mut self, event: Event, queue: &SyncSender<Message>) -> bool {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                self.status.send_modify(|s| {
                    s.connected = true;
                    s.connections += 1;
                    s.error = None;
                });
                // Always: a broker may have lost the session.
                let filters = [self.topics.telemetry_filter(), self.topics.ack_filter()];
                let filters = filters.map(|path| Filter::new(path, QoS::AtLeastOnce));
                let _queue_has_room = self.client.try_subscribe_many(filters).is_err();
                true
            }
            Event::Incoming(Packet::SubAck(answer)) => {
                let refused =
                    |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
                if let Some(code) = answer.return_codes.iter().find(refused) {
                    let error = format!("it refuses our subscription: {code:?}");
                    self.status.send_modify(|s| {
                        s.connected = false;
                        s.error = Some(error);
                    });
                }
                true
            }
            Event::Incoming(Packet::Publish(publish)) => self.hand_over(publish, queue),
            Event::Incoming(Packet::Disconnect(reason)) => {
                let reason = format!("the broker hung up: {:?}", reason.reason_code);
                self.status.send_modify(|s| s.error = Some(reason));
                true
            }
            Event::Incoming(_) | Event::Outgoing(_) => true,
        }
    }

    fn hand_over(&mut self, publish: Publish, queue: &SyncSender<Message>) -> bool {
        let connection = *self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.try_send(Message { publish, connection }) {
            Ok(()) => true,
            Err(TrySendError::Full(message)) if message.publish.qos == QoS::AtMostOnce => {
                self.status.send_modify(|s| s.dropped += 1);
                true
            }
            Err(TrySendError::Full(_)) => {
                // It is not acknowledged: hang up, and the broker sends it again.
                self.forget_connection();
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    fn lost(&mut self, error: &ConnectionError) {
        self.forget_connection();
        self.status.send_if_modified(|s| {
            let news = s.connected || s.error.is_none();
            s.connected = false;
            s.error = Some(error.to_string());
            news
        });
    }

    /// Ends the life of every message of this connection that is not acknowledged yet.
    fn forget_connection(&mut self) {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *connection += 1;
        // Under the lock: no acknowledgement of the old connection slips in after the queue is
        // emptied.
        self.events.clean();
    }
}
