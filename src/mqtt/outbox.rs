//! The outbox that sends: the latest message of each topic, until the broker has it.
//!
//! The client of `rumqttc` loses what is queued when a broker forgets the session, and loops for
//! ever over a message that is too large; so messages wait here, are measured before they are sent,
//! and are dropped only when acknowledged, replaced or too old.

use super::connect::{BrokerAddress, ConnectFault};
use super::wire::{Client, Happening, Happenings, NoRoom, SessionKind, open};
use crate::domain::clock::Clock;
use crate::domain::stop::Stop;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Largest payload that is sent, bytes.
pub const MOST_PAYLOAD: usize = 256 << 10;
/// Messages under way at once.
const WINDOW: usize = 50;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Waiting {
    payload: Vec<u8>,
    /// After this it is not sent any more.
    not_after: DateTime<Utc>,
    /// Counts replacements, so that an acknowledgement of an older text drops nothing.
    edition: u64,
    under_way: bool,
}

#[derive(Debug, Default)]
struct Shelf {
    waiting: BTreeMap<String, Waiting>,
    editions: u64,
}

/// Where messages are put to be sent. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    shelf: Arc<Mutex<Shelf>>,
    rung: Arc<Notify>,
}

/// A message that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("a message of {bytes} bytes on {topic} is over the limit of {MOST_PAYLOAD}")]
pub struct TooLarge {
    topic: String,
    bytes: usize,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in, in place of an older one of its topic.
    pub fn put(
        &self,
        topic: String,
        payload: Vec<u8>,
        not_after: DateTime<Utc>,
    ) -> Result<(), TooLarge> {
        if payload.len() > MOST_PAYLOAD {
            return Err(TooLarge { topic, bytes: payload.len() });
        }
        let mut shelf = self.lock();
        shelf.editions += 1;
        let edition = shelf.editions;
        shelf.waiting.insert(topic, Waiting { payload, not_after, edition, under_way: false });
        drop(shelf);
        self.rung.notify_one();
        Ok(())
    }

    /// Takes a topic's message back, if it is still here.
    pub fn withdraw(&self, topic: &str) {
        self.lock().waiting.remove(topic);
    }
}

/// The sender before it runs.
pub struct Sender {
    outbox: Outbox,
    client: Client,
    events: Happenings,
    clock: Clock,
    /// Topics given to the client, in order, until it tells their packet numbers.
    given: VecDeque<(String, u64)>,
    /// Messages under way, by packet number.
    under_way: BTreeMap<u16, (String, u64)>,
    connected: bool,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("outbox", &self.outbox).finish_non_exhaustive()
    }
}

impl Sender {
    /// Prepares an outbox and its sender.
    pub fn new(
        address: &BrokerAddress,
        client: &str,
        clock: Clock,
    ) -> Result<(Outbox, Self), ConnectFault> {
        let (client, events) = open(address, client, SessionKind::Clean, 2 * WINDOW)?;
        let outbox = Outbox { shelf: Arc::new(Mutex::default()), rung: Arc::new(Notify::new()) };
        let sender = Self {
            outbox: outbox.clone(),
            client,
            events,
            clock,
            given: VecDeque::new(),
            under_way: BTreeMap::new(),
            connected: false,
        };
        Ok((outbox, sender))
    }

    /// Runs until told to stop.
    pub async fn run(mut self, mut stop: Stop) {
        let mut pause = FIRST_PAUSE;
        let rung = Arc::clone(&self.outbox.rung);
        loop {
            let polled = tokio::select! {
                polled = self.events.next() => polled,
                // Before it is connected there is nobody to give to, and connecting is not disturbed.
                () = rung.notified(), if self.connected => {
                    self.give();
                    continue;
                }
                () = stop.asked() => break,
            };
            match polled {
                Ok(event) => {
                    pause = FIRST_PAUSE;
                    self.handle(event);
                }
                Err(error) => {
                    if self.connected {
                        tracing::warn!("the connection that sends is lost: {error}");
                    }
                    self.lost();
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.asked() => break,
                    }
                    pause = (2 * pause).min(LONGEST_PAUSE);
                }
            }
        }
        let (Ok(()) | Err(NoRoom)) = self.client.disconnect();
        let _last = tokio::time::timeout(Duration::from_millis(200), self.events.next()).await;
    }

    fn handle(&mut self, event: Happening) {
        match event {
            Happening::Connected => {
                self.connected = true;
                self.give();
            }
            Happening::Acknowledged(packet, refused) => {
                if let Some((topic, edition)) = self.under_way.remove(&packet) {
                    if let Some(reason) = refused {
                        tracing::error!("the broker refuses what we say on {topic}: {reason}");
                    }
                    let mut shelf = self.outbox.lock();
                    if shelf.waiting.get(&topic).is_some_and(|w| w.edition == edition) {
                        shelf.waiting.remove(&topic);
                    }
                }
                self.give();
            }
            Happening::Sent(packet) => {
                if let Some(message) = self.given.pop_front() {
                    self.under_way.insert(packet, message);
                }
            }
            Happening::Subscribed(_)
            | Happening::Message(_)
            | Happening::HungUp(_)
            | Happening::Nothing => {}
        }
    }

    /// Gives waiting messages to the client, as far as the window goes.
    fn give(&mut self) {
        if !self.connected {
            return;
        }
        let now = self.clock.now();
        let mut shelf = self.outbox.lock();
        shelf.waiting.retain(|_, w| w.not_after > now);
        for (topic, waiting) in shelf.waiting.iter_mut().filter(|(_, w)| !w.under_way) {
            if self.given.len() + self.under_way.len() >= WINDOW {
                break;
            }
            let payload = waiting.payload.clone();
            // A controller that was away must not get old words that look new.
            let expiry_s = self.seconds_until(waiting.not_after);
            let given = self.client.publish(topic, payload, expiry_s);
            if given.is_err() {
                break;
            }
            waiting.under_way = true;
            self.given.push_back((topic.clone(), waiting.edition));
        }
    }

    /// Seconds of real time, whatever the clock's speed, rounded up.
    fn seconds_until(&self, time: DateTime<Utc>) -> u32 {
        let left_s = (time - self.clock.now()).as_seconds_f64();
        let speed = self.clock.speed();
        let real_s = if speed > 0.0 { left_s / speed } else { left_s };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let whole = real_s.ceil().clamp(1.0, 3600.0) as u32;
        whole
    }

    /// Everything under way goes again over the next connection.
    fn lost(&mut self) {
        self.connected = false;
        self.events.forget();
        self.given.clear();
        self.under_way.clear();
        self.outbox.lock().waiting.values_mut().for_each(|w| w.under_way = false);
    }
}
