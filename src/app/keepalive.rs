//! Tells Venus OS devices that somebody listens, or they fall silent after a minute.
//!
//! The first word after each subscription asks for everything; later ones ask for nothing, for a full
//! answer is thousands of messages. A Venus device sends what changes: so what a site uses is asked
//! for now and then, or a tank that stands still would count as silent.

use crate::domain::clock::Clock;
use crate::domain::source::Victron;
use crate::domain::stop::Stop;
use crate::mqtt::link::LinkStatus;
use crate::mqtt::outbox::Outbox;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::sync::watch;

/// Time between questions for every value that a site uses; well under the quarter of an hour after
/// which a value is too old.
const ASK_EVERY: TimeDelta = TimeDelta::minutes(5);
/// The word that asks for nothing.
const STAY: &[u8] = br#"{"keepalive-options":["suppress-republish"]}"#;

/// Keeps one device talking until told to stop.
pub(super) async fn run(
    device: Victron,
    clock: Clock,
    outbox: Outbox,
    mut status: watch::Receiver<LinkStatus>,
    mut stop: Stop,
) {
    let voice = Voice { device, outbox };
    let every = TimeDelta::seconds(i64::from(voice.device.keepalive_s));
    let lifetime = Duration::from_secs(voice.device.keepalive_s.into());
    let (mut heard, mut next) = (0, None);
    let mut ask_at = clock.now();
    loop {
        let subscriptions = status.borrow_and_update().subscriptions;
        if subscriptions > heard {
            // What it said while nobody listened is lost: it says all of it again.
            heard = subscriptions;
            let now = clock.now();
            voice.say("keepalive", Vec::new(), now + every);
            next = Some(now + every);
            ask_at = now + ASK_EVERY;
        }
        let due = async {
            let Some(time) = next else { return std::future::pending().await };
            tokio::select! {
                () = clock.until(time) => {}
                // A machine's clock that is set back must not silence the device for as long.
                () = tokio::time::sleep(lifetime) => {}
            }
        };
        tokio::select! {
            changed = status.changed() => if changed.is_err() { return },
            () = due => {
                let now = clock.now();
                voice.say("keepalive", STAY.to_vec(), now + every);
                if now >= ask_at {
                    voice.device.paths().for_each(|path| voice.say(path, Vec::new(), now + every));
                    ask_at = now + ASK_EVERY;
                }
                next = Some(now + every);
            }
            () = stop.asked() => return,
        }
    }
}

struct Voice {
    device: Victron,
    outbox: Outbox,
}

impl Voice {
    fn say(&self, path: &str, payload: Vec<u8>, not_after: DateTime<Utc>) {
        let topic = format!("R/{}/{path}", self.device.portal);
        if let Err(error) = self.outbox.put(topic, payload, not_after) {
            tracing::error!("{error}");
        }
    }
}
