//! From messages to durable readings: decode, normalise, validate, commit, acknowledge.
//!
//! [`ingest_one`] is pure; the thread of [`run`] drains the queue, commits what it found as one
//! batch, and only then acknowledges. The batch grows with the load by itself.

mod batch;
mod decode;
mod normalise;
mod quarantine;
mod sourced;
mod validate;

pub use batch::{Batch, BatchFault, Imported, Refusal};
pub use decode::{
    DecodeFault, MOST_PAYLOAD, MOST_VALUES, Mapped, RawValue, Told, Venus, decode, decode_mapping,
    decode_victron,
};
pub use sourced::{Absence, Arrived, SourceReader};
pub use validate::Validator;

use crate::domain::alarm::Severity;
use crate::domain::point::PointMap;
use crate::domain::ports::StoreError;
use crate::domain::quality::Quality;
use crate::domain::reading::{Reading, Reject};
use crate::domain::stop::Stop;
use crate::live::Live;
use chrono::{DateTime, Utc};
use quarantine::reject;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Most messages of one commit.
const MOST_MESSAGES: usize = 8192;
/// Most values of one commit.
const MOST_BATCH: usize = 100_000;

/// A message to ingest.
pub trait Inbound {
    /// Its topic.
    fn topic(&self) -> &str;
    /// Its payload.
    fn payload(&self) -> &[u8];
    /// True if the broker kept it from before we came.
    fn retained(&self) -> bool;
}

/// What was found in messages.
#[derive(Debug, Default)]
pub struct Found {
    /// Readings to keep.
    pub readings: Vec<Reading>,
    /// What is refused.
    pub rejects: Vec<Reject>,
    /// Readings that repeat the last of their point.
    pub repeated: u64,
    /// Values that a device said it does not have.
    pub absences: Vec<Absence>,
}

/// Decodes, normalises and validates one message.
pub fn ingest_one(
    topic: &str,
    payload: &[u8],
    now: DateTime<Utc>,
    points: &PointMap,
    validator: &mut Validator,
    found: &mut Found,
) {
    let raw = match decode(payload) {
        Ok(raw) => raw,
        Err(fault) => {
            found.rejects.push(reject(now, topic, payload, fault.reason(), &fault.to_string()));
            return;
        }
    };
    let message = Arrived { topic, payload, retained: false, now };
    for value in raw {
        let reading = match normalise::normalise(&value, points) {
            Ok(reading) => reading,
            Err((reason, detail)) => {
                found.rejects.push(reject(now, topic, payload, reason, &detail));
                continue;
            }
        };
        weigh(reading, message, points, validator, found);
    }
}

/// Judges a reading and puts it where its verdict says.
fn weigh(
    reading: Reading,
    message: Arrived<'_>,
    points: &PointMap,
    validator: &mut Validator,
    found: &mut Found,
) {
    let Arrived { topic, payload, now, .. } = message;
    match validator.judge(reading, now, points) {
        validate::Verdict::Keep(reading) => found.readings.push(reading),
        validate::Verdict::Repeated => found.repeated += 1,
        validate::Verdict::Refuse(reason, detail) => {
            found.rejects.push(reject(now, topic, payload, reason, &detail));
        }
    }
}

/// Drains a queue until its other end is gone. Messages whose topic is `other` bring no readings.
/// `done` is called for each message, in order, once what came before it is durable.
pub fn run<M: Inbound>(
    live: &Live,
    queue: &Receiver<M>,
    stop: &Stop,
    other: impl Fn(&str) -> bool,
    mut done: impl FnMut(&M),
) {
    let mut validator = Validator::default();
    let mut reader = SourceReader::default();
    let mut messages: Vec<M> = Vec::new();
    while let Ok(first) = queue.recv() {
        let mut found = Found::default();
        let mut next = Some(first);
        while let Some(message) = next.take() {
            let now = live.clock.now();
            let (topic, payload) = (message.topic(), message.payload());
            if !other(topic) {
                let (points, sources) = (&live.file.points, &live.file.sources);
                let arrived = Arrived { topic, payload, retained: message.retained(), now };
                if !reader.read(arrived, sources, points, &mut validator, &mut found) {
                    ingest_one(topic, payload, now, points, &mut validator, &mut found);
                }
            }
            messages.push(message);
            if messages.len() < MOST_MESSAGES && found.readings.len() < MOST_BATCH {
                next = queue.try_recv().ok();
            }
        }
        if !commit(live, &found, stop) {
            return;
        }
        reader.tell(live);
        messages.iter().for_each(&mut done);
        let count = messages.len() as u64;
        live.metrics.messages.inc_by(count);
        live.metrics.acknowledged.inc_by(count);
        messages.clear();
    }
}

/// Makes a batch durable, however long it takes: until then nothing is acknowledged and the broker
/// keeps the rest. False when told to stop meanwhile.
fn commit(live: &Live, found: &Found, stop: &Stop) -> bool {
    let mut pause = Duration::from_millis(100);
    while let Err(error) = live.readings.append(&found.readings, &found.rejects) {
        let code = if matches!(error, StoreError::Full(_)) { "store_full" } else { "store" };
        let message = format!("readings cannot be kept and are not acknowledged: {error}");
        live.raise(code, "", Severity::Critical, &message);
        if stop.is_asked() {
            return false;
        }
        std::thread::park_timeout(pause);
        pause = (2 * pause).min(Duration::from_secs(10));
    }
    live.clear("store_full", "");
    live.clear("store", "");
    count(live, found);
    true
}

/// Counts what is durable now, and takes it into the state.
pub fn count(live: &Live, found: &Found) {
    let metrics = &live.metrics;
    metrics.commits.inc();
    metrics.readings.inc_by(found.readings.len() as u64);
    metrics.readings_repeated.inc_by(found.repeated);
    let suspect = found.readings.iter().filter(|r| r.quality() == Quality::Suspect).count();
    metrics.readings_suspect.inc_by(suspect as u64);
    found.rejects.iter().for_each(|r| metrics.reject(&r.reason, 1));
    found.absences.iter().for_each(|a| metrics.absence(a.word()));
    if live.with_state(|state| state.take(&live.file.points, &found.readings)) {
        live.state_changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
