//! The service put together: every part wired, run until stopped, ended in order.

mod completeness;
mod field;
mod http;
mod import;
mod influx;
mod keepalive;
mod keeper;
mod proof;
mod recall;
pub mod report_work;
pub mod store_work;
mod tasks;

pub use crate::store::{InfluxTarget, Retention};
pub use field::{CampSettings, FieldSettings, simulate};
pub use import::{import, is_wrong_input};
pub use recall::newest_reading;
use recall::recall;

use crate::api::ApiState;
use crate::api::auth::Tokens;
use crate::control::{Control, MessageSink};
use crate::domain::alarm::Severity;
use crate::domain::clock::Clock;
use crate::domain::instruction::Acknowledgement;
use crate::domain::mode::Mode;
use crate::domain::ports::RecordStore;
use crate::domain::stop::Stop;
use crate::ingest::{self, Inbound};
use crate::live::Live;
use crate::mqtt::BrokerAddress;
use crate::mqtt::link::{Link, LinkStatus, Message, Subscription, WINDOW};
use crate::mqtt::outbox::{Outbox, Sender};
use crate::mqtt::topic::{Incoming, Topics};
use crate::scheduler::{Scheduler, SchedulerSettings};
use crate::settings::{RestSettings, TokenSettings};
use crate::site_file::SiteFile;
use crate::store::EmbeddedStore;
use anyhow::Context;
use chrono::{DateTime, Utc};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use tasks::Tasks;
use tokio::sync::{mpsc, watch};

/// Everything that the service needs to know before it starts.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// The camp.
    pub file: SiteFile,
    /// The clock.
    pub clock: Clock,
    /// The store's file.
    pub store: PathBuf,
    /// How long it keeps what.
    pub retention: Retention,
    /// An InfluxDB 2 that readings, plans and events are given to.
    pub influx: Option<InfluxTarget>,
    /// The broker.
    pub broker: BrokerAddress,
    /// Group of services that share readings among them.
    pub share: Option<String>,
    /// Name of the session at the broker.
    pub client: String,
    /// The REST interface.
    pub rest: RestSettings,
    /// Who may use it.
    pub tokens: Vec<TokenSettings>,
    /// The scheduler.
    pub scheduler: SchedulerSettings,
    /// File of what is known ahead and moves demand, if somebody keeps one.
    pub drivers: Option<PathBuf>,
    /// What the service may do.
    pub mode: Mode,
    /// The simulated camp, if there is one.
    pub field: Option<FieldSettings>,
}

/// The running service.
#[derive(Debug)]
pub struct App {
    /// Where the REST interface listens.
    pub address: SocketAddr,
    /// The service's shared things.
    pub live: Arc<Live>,
    tasks: Tasks,
    http: http::Server,
    store: Arc<EmbeddedStore>,
}

impl App {
    /// Starts every part. When it returns, the interface listens.
    pub fn start(settings: AppSettings) -> anyhow::Result<Self> {
        let store = EmbeddedStore::open(&settings.store, &settings.file.points)
            .with_context(|| format!("the store {}", settings.store.display()))?;
        let store = Arc::new(store);
        let (readings, influx) = influx::open(&store, &settings)?;
        let records: Arc<dyn RecordStore> = store.clone();
        let last_sequence = records.last_sequence().context("the store's instructions")?;
        let live = Live::new(
            settings.file.clone(),
            settings.clock.clone(),
            readings,
            records,
            settings.mode.clone(),
        );
        live.forecaster.look_into(settings.drivers.as_deref());
        let live = Arc::new(live);
        recall(&live).context("the store's newest readings")?;
        announce_mode(&live);

        let mut tasks = Tasks::new();
        influx::start(influx, &live, &store, &mut tasks);
        let topics = Topics::of(&settings.file.site.name);
        let (scheduler, jobs) = Scheduler::new(Arc::clone(&live), settings.scheduler.clone());
        let plans = scheduler.changes();
        let sender = format!("{}-out", settings.client);
        let (outbox, sender) = Sender::new(&settings.broker, &sender, settings.clock.clone())
            .context("the connection to the broker")?;
        let sink = BrokerSink { outbox: outbox.clone(), topics: topics.clone() };
        let control = Control::new(Arc::clone(&live), sink, last_sequence);

        let state = ApiState::new(Arc::clone(&live), jobs, Tokens::new(&settings.tokens));
        let http = http::Server::start(&settings.rest, state)?;
        // After the port is ours: a service started twice by mistake must not take over the session
        // of the one that runs.
        let (acks, heard) = start_ingest(&live, &settings, &topics, &mut tasks)?;
        let stop = tasks.stop();
        for device in live.file.sources.victrons().cloned() {
            let (clock, outbox, heard) = (live.clock.clone(), outbox.clone(), heard.clone());
            let part = keepalive::run(device, clock, outbox, heard, stop.clone());
            tasks.spawn("keep-alive", part);
        }
        tasks.spawn("sender", sender.run(stop.clone()));
        tasks.spawn("control", control.run(plans, acks, stop.clone()));
        tasks.spawn("scheduler", scheduler.run(stop.clone()));
        let keeper = keeper::run(Arc::clone(&live), Arc::clone(&store), settings.retention, stop);
        tasks.spawn("keeper", keeper);
        tasks.spawn("proof", proof::run(Arc::clone(&live), tasks.stop()));
        field::beside(settings, &mut tasks)?;
        Ok(Self { address: http.address(), live, tasks, http, store })
    }

    /// Runs until a part ends by itself or `until` comes true, then ends in order.
    pub async fn run_until(mut self, until: impl Future<Output = ()>) -> anyhow::Result<()> {
        let ended = tokio::select! {
            () = until => None,
            part = self.tasks.any_ended() => Some(part),
        };
        self.stop().await;
        match ended {
            None => Ok(()),
            Some(part) => anyhow::bail!("{part} ended by itself; the log tells why"),
        }
    }

    /// Ends every part, the interface first and the store last.
    pub async fn stop(self) {
        self.http.stop().await;
        self.tasks.stop_all().await;
        // What is sealed is read faster at the next start; what is not is not lost.
        if let Err(error) = self.store.settle() {
            tracing::warn!("the store was not sealed: {error}");
        }
    }
}

fn announce_mode(live: &Live) {
    match live.mode.envelope_at(live.clock.now()) {
        Some(envelope) => {
            let assets = envelope.assets.len();
            let what = format!("mode.act for {assets} assets until {}", envelope.expires_at);
            live.record_action(&envelope.signed_by, &what, &envelope.why);
        }
        None => {
            let what = format!("mode.{}", live.mode.name_at(live.clock.now()));
            live.record_action("service", &what, "no envelope is in force");
        }
    }
}

impl Inbound for Message {
    fn topic(&self) -> &str {
        Message::topic(self)
    }
    fn payload(&self) -> &[u8] {
        Message::payload(self)
    }
    fn retained(&self) -> bool {
        Message::retained(self)
    }
}

/// The link and the thread that makes its messages durable; gives the controllers' answers and what
/// the link tells of itself.
fn start_ingest(
    live: &Arc<Live>,
    settings: &AppSettings,
    topics: &Topics,
    tasks: &mut Tasks,
) -> anyhow::Result<(mpsc::Receiver<Acknowledgement>, watch::Receiver<LinkStatus>)> {
    let subscription = Subscription {
        topics: topics.clone(),
        sources: settings.file.sources.filters(),
        share: settings.share.clone(),
    };
    let link = Link::new(&settings.broker, &settings.client, &subscription)
        .context("the connection to the broker")?;
    let acknowledger = link.acknowledger();
    let status = link.status();
    // A QoS 1 message always finds room: the broker sends no more than the window unacknowledged.
    let (queue, messages) = sync_channel::<Message>(2 * usize::from(WINDOW));
    let (answers, acks) = mpsc::channel(1000);
    let stop = tasks.stop();
    tasks.spawn("link", link.run(queue, stop.clone()));
    tasks.spawn("link status", watch_link(Arc::clone(live), status.clone(), stop.clone()));
    let (live, topics) = (Arc::clone(live), topics.clone());
    tasks.thread("ingest", move || {
        ingest::run(
            &live,
            &messages,
            &stop,
            |topic| is_ack(&topics, topic),
            |message| {
                if let Some(Incoming::Ack { asset }) = topics.parse(message.topic()) {
                    match Acknowledgement::read(message.payload(), &asset) {
                        // Control is never far behind; an answer that finds no room is asked for again.
                        Ok(ack) => _ = answers.try_send(ack),
                        Err(why) => tracing::warn!("an answer of {asset} is not taken: {why}"),
                    }
                }
                acknowledger.acknowledge(message);
            },
        );
    })?;
    Ok((acks, status))
}

fn is_ack(topics: &Topics, topic: &str) -> bool {
    matches!(topics.parse(topic), Some(Incoming::Ack { .. }))
}

/// Turns what the link tells into metrics and an alarm.
async fn watch_link(live: Arc<Live>, mut status: watch::Receiver<LinkStatus>, mut stop: Stop) {
    let mut before = LinkStatus::default();
    loop {
        let now = status.borrow_and_update().clone();
        live.metrics.broker_connected.set(i64::from(now.connected));
        live.metrics.broker_connects.inc_by(now.connections - before.connections);
        live.metrics.messages_dropped.inc_by(now.dropped - before.dropped);
        if now.connected {
            live.clear("broker_away", "");
        } else if let Some(error) = &now.error {
            let message = format!("the broker is away: {error}");
            live.raise("broker_away", "", Severity::Critical, &message);
        }
        before = now;
        tokio::select! {
            changed = status.changed() => if changed.is_err() { return },
            () = stop.asked() => return,
        }
    }
}

/// Control's messages into the outbox.
#[derive(Debug)]
struct BrokerSink {
    outbox: Outbox,
    topics: Topics,
}

impl BrokerSink {
    fn put(&self, topic: String, payload: Vec<u8>, not_after: DateTime<Utc>) {
        if let Err(error) = self.outbox.put(topic, payload, not_after) {
            tracing::error!("{error}");
        }
    }
}

impl MessageSink for BrokerSink {
    fn instruct(&self, asset: &str, payload: Vec<u8>, not_after: DateTime<Utc>) {
        self.put(self.topics.instruction(asset), payload, not_after);
    }
    fn withdraw(&self, asset: &str) {
        self.outbox.withdraw(&self.topics.instruction(asset));
    }
    fn heartbeat(&self, payload: Vec<u8>, not_after: DateTime<Utc>) {
        self.put(self.topics.heartbeat(), payload, not_after);
    }
    fn advise(&self, payload: Vec<u8>, not_after: DateTime<Utc>) {
        self.put(self.topics.advice(), payload, not_after);
    }
    fn alarm(&self, payload: Vec<u8>, not_after: DateTime<Utc>) {
        self.put(self.topics.alarm(), payload, not_after);
    }
}
