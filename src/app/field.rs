//! The simulated camp behind the broker: the twin lives by the service's clock, or by the machine's
//! where it runs alone; its meters and controllers speak MQTT like real ones.

use super::AppSettings;
use super::tasks::Tasks;
use crate::domain::clock::Clock;
use crate::domain::stop::Stop;
use crate::mqtt::BrokerAddress;
use crate::mqtt::field::{Field, FieldSender, Heard};
use crate::mqtt::topic::Topics;
use crate::planning::series::SeriesFile;
use crate::site_file::SiteFile;
use crate::twin::{TruthSource, Twin};
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;

/// With a past, the last part of it that the camp has lived under its own controllers, every meter of
/// it logged: starts and load of the last day are known then.
const LIVED: TimeDelta = TimeDelta::hours(24);

/// How the simulated camp lives.
#[derive(Debug, Clone)]
pub struct FieldSettings {
    /// Seed of its noise.
    pub seed: u64,
    /// Measured series in place of its own noise.
    pub series: Option<SeriesFile>,
    /// Days of demand, sun and water before those, that its loggers send at the start.
    pub history_days: u32,
    /// Seconds between readings.
    pub every_s: u32,
    /// When it falls silent; it does not where there is no end.
    pub until: Option<DateTime<Utc>>,
}

/// A simulated camp and the broker that it speaks with.
#[derive(Debug, Clone)]
pub struct CampSettings {
    /// The camp.
    pub file: SiteFile,
    /// The clock that it lives by.
    pub clock: Clock,
    /// The broker.
    pub broker: BrokerAddress,
    /// Name of its session at the broker.
    pub client: String,
    /// How it lives.
    pub field: FieldSettings,
}

/// Runs a camp without the service beside it, until `until` comes true or a part ends by itself.
///
/// # Errors
/// A certificate that cannot be read, or a part that ended by itself.
pub async fn simulate(
    settings: CampSettings,
    until: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let mut tasks = Tasks::new();
    start(settings, &mut tasks)?;
    let ended = tokio::select! {
        () = until => None,
        part = tasks.any_ended() => Some(part),
    };
    tasks.stop_all().await;
    match ended {
        None => Ok(()),
        Some(part) => anyhow::bail!("{part} ended by itself; the log tells why"),
    }
}

/// Starts the camp of a service that is to have one.
pub(super) fn beside(settings: AppSettings, tasks: &mut Tasks) -> anyhow::Result<()> {
    let Some(field) = settings.field else { return Ok(()) };
    let client = format!("field-{}", settings.file.site.name);
    let AppSettings { file, clock, broker, .. } = settings;
    start(CampSettings { file, clock, broker, client, field }, tasks)
}

fn start(settings: CampSettings, tasks: &mut Tasks) -> anyhow::Result<()> {
    let CampSettings { file, clock, broker, client, field: settings } = settings;
    let topics = Topics::of(&file.site.name);
    let (sender, field) =
        Field::new(&broker, &client, topics).context("the simulated camp's connection")?;
    let (heard, hears) = mpsc::channel(1000);
    let stop = tasks.stop();
    let truth = TruthSource::new(settings.seed, settings.series.clone());
    let lived = if settings.history_days > 0 { LIVED } else { TimeDelta::zero() };
    let twin = Twin::new(file, truth, clock.now() - lived);
    tasks.spawn("field connection", field.run(heard, stop.clone()));
    let camp = Camp { twin, sender, clock, settings };
    tasks.spawn("simulated camp", camp.run(hears, stop));
    Ok(())
}

struct Camp {
    twin: Twin,
    sender: FieldSender,
    clock: Clock,
    settings: FieldSettings,
}

impl Camp {
    async fn run(mut self, mut hears: mpsc::Receiver<Heard>, mut stop: Stop) {
        let clock = self.clock.clone();
        let mut past = self.twin.history(self.settings.history_days);
        past.extend(self.twin.live_through(clock.now()));
        for payload in past {
            if !self.sender.telemetry("logger", payload).await {
                return;
            }
        }
        let mut next = clock.now();
        loop {
            tokio::select! {
                () = clock.until(next) => {
                    let now = clock.now();
                    if self.settings.until.is_some_and(|end| now >= end) {
                        tracing::info!("the series has ended: the meters are silent");
                        break;
                    }
                    self.twin.advance(now);
                    if !self.report().await {
                        return;
                    }
                    next = now + TimeDelta::seconds(i64::from(self.settings.every_s));
                }
                Some(heard) = hears.recv() => {
                    self.twin.advance(clock.now());
                    if !self.listen(heard).await {
                        return;
                    }
                }
                () = stop.asked() => return,
            }
        }
        stop.asked().await;
    }

    /// Readings and answers; false when the connection is closed.
    async fn report(&mut self) -> bool {
        for ack in self.twin.reports() {
            if !self.sender.acknowledge(&ack).await {
                return false;
            }
        }
        let payload = self.twin.telemetry();
        self.sender.telemetry("plant", payload).await
    }

    async fn listen(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Heartbeat(heartbeat) => self.twin.hear(&heartbeat),
            Heard::Instruction(instruction) => {
                if let Some(ack) = self.twin.instruct(&instruction) {
                    return self.sender.acknowledge(&ack).await;
                }
            }
        }
        true
    }
}
