//! The link that receives: polls, hands messages over without waiting, and acknowledges them once
//! they are durable.
//!
//! The session is persistent and the subscription is made anew on every connection. QoS 1 messages
//! that were not acknowledged come again; acknowledgements of an older connection are dropped.

use super::connect::{BrokerAddress, ConnectFault, Version};
use super::topic::Topics;
use super::wire::{Client, Happening, Happenings, NoRoom, Received, SessionKind, open};
use crate::domain::stop::Stop;
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
/// Pauses of a reader of MQTT 3.1.1 whose queue is full; all together less than its keep-alive.
const SHORT_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What a link subscribes to.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The site's own topics.
    pub topics: Topics,
    /// Topics of devices that do not speak our JSON.
    pub sources: Vec<String>,
    /// Services that share readings among them name the same group; MQTT 5 only.
    pub share: Option<String>,
}

impl Subscription {
    /// The filters: readings shared where that is wanted, answers of controllers never, for each
    /// service waits for its own.
    fn filters(&self) -> Vec<String> {
        let readings = std::iter::once(self.topics.telemetry_filter()).chain(self.sources.clone());
        let readings = readings.map(|filter| match &self.share {
            Some(group) => format!("$share/{group}/{filter}"),
            None => filter,
        });
        readings.chain([self.topics.ack_filter()]).collect()
    }
}

/// A message as it arrived.
#[derive(Debug)]
pub struct Message {
    received: Received,
    connection: u64,
}

impl Message {
    /// Its topic; nothing if it is not text.
    pub fn topic(&self) -> &str {
        self.received.topic()
    }

    /// Its payload.
    pub fn payload(&self) -> &[u8] {
        self.received.payload()
    }

    /// True if the broker kept it from before we came.
    pub fn retained(&self) -> bool {
        self.received.retained()
    }
}

/// What the link tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkStatus {
    /// True while connected.
    pub connected: bool,
    /// Connections made so far.
    pub connections: u64,
    /// Times that the broker granted what we subscribe to.
    pub subscriptions: u64,
    /// The last error.
    pub error: Option<String>,
    /// QoS 0 messages dropped because the queue was full.
    pub dropped: u64,
}

/// Acknowledges messages; shared with the thread that makes them durable.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    client: Client,
    connection: Arc<Mutex<u64>>,
}

impl Acknowledger {
    /// Acknowledges a message, unless its connection is gone: then it will come again.
    pub fn acknowledge(&self, message: &Message) {
        if !message.received.waits() {
            return;
        }
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if *connection == message.connection {
            // The queue holds more than the window; where it is full the connection is lost.
            let (Ok(()) | Err(NoRoom)) = self.client.acknowledge(&message.received);
        }
    }
}

/// The link before it runs.
pub struct Link {
    client: Client,
    events: Happenings,
    filters: Vec<String>,
    version: Version,
    connection: Arc<Mutex<u64>>,
    status: watch::Sender<LinkStatus>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("filters", &self.filters).finish_non_exhaustive()
    }
}

impl Link {
    /// Prepares a link; nothing is sent before it runs.
    pub fn new(
        address: &BrokerAddress,
        client: &str,
        subscription: &Subscription,
    ) -> Result<Self, ConnectFault> {
        let kept = SessionKind::Kept { expiry_s: SESSION_S, window: WINDOW };
        let (client, events) = open(address, client, kept, 2 * usize::from(WINDOW))?;
        let status = watch::Sender::new(LinkStatus::default());
        let (filters, version) = (subscription.filters(), address.version);
        let connection = Arc::new(Mutex::new(0));
        Ok(Self { client, events, filters, version, connection, status })
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
                polled = self.events.next() => polled,
                () = stop.asked() => break,
            };
            let went_on = match polled {
                Ok(event) => {
                    pause = FIRST_PAUSE;
                    self.handle(event, &queue).await
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
        let (Ok(()) | Err(NoRoom)) = self.client.disconnect();
        let _last = tokio::time::timeout(Duration::from_millis(200), self.events.next()).await;
    }

    /// False when nobody takes the messages any more.
    async fn handle(&mut self, event: Happening, queue: &SyncSender<Message>) -> bool {
        match event {
            Happening::Connected => {
                self.status.send_modify(|s| {
                    s.connected = true;
                    s.connections += 1;
                    s.error = None;
                });
                // Always: a broker may have lost the session.
                let (Ok(()) | Err(NoRoom)) = self.client.subscribe(self.filters.clone());
                true
            }
            Happening::Subscribed(None) => {
                self.status.send_modify(|s| s.subscriptions += 1);
                true
            }
            Happening::Subscribed(Some(code)) => {
                self.status.send_modify(|s| {
                    s.connected = false;
                    s.error = Some(format!("it refuses our subscription: {code}"));
                });
                true
            }
            Happening::Message(received) => self.hand_over(received, queue).await,
            Happening::HungUp(reason) => {
                let reason = format!("the broker hung up: {reason}");
                self.status.send_modify(|s| s.error = Some(reason));
                true
            }
            Happening::Sent(_) | Happening::Acknowledged(..) | Happening::Nothing => true,
        }
    }

    async fn hand_over(&mut self, received: Received, queue: &SyncSender<Message>) -> bool {
        let connection = *self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut message = Message { received, connection };
        let mut waited = Duration::ZERO;
        loop {
            match queue.try_send(message) {
                Ok(()) => return true,
                Err(TrySendError::Full(dropped)) if !dropped.received.waits() => {
                    self.status.send_modify(|s| s.dropped += 1);
                    return true;
                }
                // MQTT 3.1.1 has no window that the broker keeps to: while we do not read, it waits.
                Err(TrySendError::Full(back))
                    if self.version == Version::Three && waited < LONGEST_WAIT =>
                {
                    message = back;
                    tokio::time::sleep(SHORT_WAIT).await;
                    waited += SHORT_WAIT;
                }
                Err(TrySendError::Full(_)) => {
                    // It is not acknowledged: hang up, and the broker sends it again.
                    self.forget_connection();
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
    }

    fn lost(&mut self, error: &str) {
        self.forget_connection();
        self.status.send_if_modified(|s| {
            let news = s.connected || s.error.is_none();
            s.connected = false;
            s.error = Some(error.to_owned());
            news
        });
    }

    /// Ends the life of every message of this connection that is not acknowledged yet.
    fn forget_connection(&mut self) {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *connection += 1;
        // Under the lock: no acknowledgement of the old connection slips in after the queue is
        // emptied.
        self.events.hang_up();
    }
}
