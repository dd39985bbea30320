//! From messages to durable readings: decode, normalise, judge, commit, acknowledge.
//!
//! [`ingest_one`] is pure; the thread of [`run`] drains the queue, commits what it found as one
//! batch, and only then acknowledges. The batch grows with the load by itself.

mod account;
mod batch;
mod decode;
mod late;
mod normalise;
pub mod quality;
mod quarantine;
mod sourced;

pub use batch::{Batch, BatchFault, Imported, Refusal};
pub use decode::{
    DecodeFault, MOST_PAYLOAD, MOST_VALUES, Mapped, RawValue, Told, Venus, decode, decode_mapping,
    decode_victron,
};
pub use quality::Judge;
pub use sourced::{Absence, Arrived, SourceReader};

use crate::domain::alarm::Severity;
use crate::domain::point::PointMap;
use crate::domain::ports::StoreError;
use crate::domain::reading::{Reading, Reject};
use crate::domain::stop::Stop;
use crate::live::Live;
use chrono::{DateTime, Utc};
use quality::{Others, Verdict};
use quarantine::reject;
use std::borrow::Cow;
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
    /// Readings older than the newest of their point, not yet held against what is stored.
    pub late: Vec<Reading>,
    /// What is refused.
    pub rejects: Vec<Reject>,
    /// Readings that repeat one of their point.
    pub repeated: u64,
    /// Values that a device said it does not have.
    pub absences: Vec<Absence>,
    /// What they say of other readings.
    pub others: Others,
}

impl Found {
    /// All that is to be kept: after the readings those that are thought of otherwise now, for of one
    /// point and time the last value stands.
    pub fn to_keep(&self) -> Cow<'_, [Reading]> {
        if self.others.revised.is_empty() {
            return Cow::Borrowed(&self.readings);
        }
        let revised = self.others.revised.iter().map(|(reading, _)| *reading);
        Cow::Owned(self.readings.iter().copied().chain(revised).collect())
    }
}

/// Decodes, normalises and judges one message.
pub fn ingest_one(
    topic: &str,
    payload: &[u8],
    now: DateTime<Utc>,
    points: &PointMap,
    judge: &mut Judge,
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
        weigh(reading, message, points, judge, found);
    }
}

/// Judges a reading and puts it where its verdict says.
fn weigh(
    reading: Reading,
    message: Arrived<'_>,
    points: &PointMap,
    judge: &mut Judge,
    found: &mut Found,
) {
    let Arrived { topic, payload, now, .. } = message;
    match judge.judge(reading, now, points, &mut found.others) {
        Verdict::Keep(reading) => found.readings.push(reading),
        Verdict::Late(reading) => found.late.push(reading),
        Verdict::Repeated => found.repeated += 1,
        Verdict::Refuse(reason, detail) => {
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
    let mut judge = begin(live);
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
                if !reader.read(arrived, sources, points, &mut judge, &mut found) {
                    ingest_one(topic, payload, now, points, &mut judge, &mut found);
                }
            }
            messages.push(message);
            if messages.len() < MOST_MESSAGES && found.readings.len() < MOST_BATCH {
                next = queue.try_recv().ok();
            }
        }
        late::settle(&*live.readings, &mut found);
        if !commit(live, &found, stop) {
            return;
        }
        reader.tell(live);
        account::tell(live, &judge, &found);
        messages.iter().for_each(&mut done);
        let count = messages.len() as u64;
        live.metrics.messages.inc_by(count);
        live.metrics.acknowledged.inc_by(count);
        messages.clear();
    }
}

/// A judge that knows what the store remembers of the newest hours.
fn begin(live: &Live) -> Judge {
    let mut judge = Judge::of(&live.file.site, &live.file.points);
    if let Err(error) = judge.recall(&*live.readings, live.clock.now()) {
        tracing::warn!("what is usual is learnt anew, for the store could not be read: {error}");
    }
    account::remember(live, &judge);
    judge
}

/// Makes a batch durable, however long it takes: until then nothing is acknowledged and the broker
/// keeps the rest. False when told to stop meanwhile.
fn commit(live: &Live, found: &Found, stop: &Stop) -> bool {
    let readings = found.to_keep();
    let mut pause = Duration::from_millis(100);
    while let Err(error) = live.readings.append(&readings, &found.rejects) {
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
    found.rejects.iter().for_each(|r| metrics.reject(&r.reason, 1));
    found.absences.iter().for_each(|a| metrics.absence(a.word()));
    let taken = live.with_state(|state| {
        let taken = state.take(&live.file.points, &found.to_keep());
        state.take(&live.file.points, &found.others.substitutes) || taken
    });
    if taken {
        live.state_changed.notify_one();
    }
    account::enter(live, found);
}

#[cfg(test)]
mod tests;
