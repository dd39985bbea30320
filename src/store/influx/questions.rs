//! Questions to InfluxDB, with what it has not yet taken from the embedded store's tail.

use super::InfluxStore;
use super::client::{ANSWER, Row};
use super::fault::Fault;
use super::flux::Which;
use super::lines::{self, DOUBTFUL};
use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::quality::{Quality, Reason};
use crate::domain::reading::{Bucket, Sample, time_of_ms};
use crate::store::spool::KEPT_MS;
use crate::store::tail::Value;
use crate::store::{lock, sample};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// Most values with a reason that an aggregate looks at; with more the embedded store answers.
const MOST_EXCEPTIONS: usize = 10_000;
/// Most stretches that the embedded store fills in between those of InfluxDB.
const MOST_GAPS: usize = 20;

impl InfluxStore {
    /// Asks, and waits for the answer; none where the embedded store is to answer instead.
    fn ask(&self, flux: String) -> Option<Vec<Row>> {
        let (sender, answer) = sync_channel(1);
        let client = Arc::clone(&self.client);
        self.runtime.spawn(async move {
            // Who asked may have stopped waiting.
            let _nobody_waits = sender.send(client.ask(flux).await).is_err();
        });
        match answer.recv_timeout(ANSWER + Duration::from_secs(5)) {
            Ok(Ok(rows)) => Some(rows),
            Ok(Err(fault)) => {
                if let Fault::Away(why, _) = &fault {
                    let why = why.clone();
                    // The next question goes to the embedded store at once, until the forwarder is through.
                    self.shared.status.send_modify(|s| (s.reached, s.away) = (false, Some(why)));
                    self.shared.news.notify_one();
                }
                let why = fault.sentence();
                tracing::warn!("InfluxDB gives no answer, the embedded store does: {why}");
                None
            }
            Err(_) => None,
        }
    }

    /// A point's tail and what to ask for, if InfluxDB has everything else from `from` on.
    pub(super) fn askable(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Option<Asked<'_>>, StoreError> {
        let Some(known) = self.points.get(point).filter(|_| self.shared.status.borrow().reached)
        else {
            return Ok(None);
        };
        let number = self.store.number(point)?;
        // First the tail, then whether sealed values wait: one that is sealed in between is in the tail
        // that was seen, and one that was sealed before is known to wait or to have arrived.
        // The lock is let go at once: commits wait for it.
        let (from_ms, to_ms) = (from.timestamp_millis(), to.timestamp_millis());
        let tail = lock(&self.store.tail).range(number, from_ms, to_ms);
        let cursor = self.store.cursor()?;
        let oldest_ms = cursor.since_ms.max(self.clock.now().timestamp_millis() - KEPT_MS);
        if self.store.is_behind()? || from.timestamp_millis() < oldest_ms {
            return Ok(None);
        }
        let parts = lines::Parts { kind: known.kind, id: &known.id, quantity: known.quantity };
        let (bucket, site) = (&self.bucket, &self.site);
        Ok(Some(Asked { tail, which: Which { bucket, site, point: parts, from, to } }))
    }

    pub(super) fn range_there(&self, asked: &Asked<'_>, limit: usize) -> Option<Vec<Sample>> {
        // A time may be told three times: plain, noted and doubtful.
        let rows = self.ask(asked.which.values(limit.saturating_mul(3)))?;
        let mut by_time: BTreeMap<i64, (Rank, Value)> = BTreeMap::new();
        for row in &rows {
            let (Some(time), Some(value)) = (row.time, row.value) else { continue };
            let reason = Reason::ALL.iter().find(|r| r.word() == row.word("reason"));
            let rank = match (row.word("_measurement"), reason) {
                (DOUBTFUL, _) => Rank::Doubtful,
                (_, Some(_)) => Rank::Noted,
                (_, None) => Rank::Plain,
            };
            let time_ms = time.timestamp_millis();
            let value = Value { time_ms, value, reason: reason.map_or(0, |r| r.code()) };
            let known = by_time.entry(time_ms).or_insert((rank, value));
            if rank >= known.0 {
                *known = (rank, value);
            }
        }
        for value in &asked.tail {
            by_time.insert(value.time_ms, (Rank::Tail, *value));
        }
        Some(by_time.into_values().take(limit).map(|(_, value)| sample(value)).collect())
    }

    pub(super) fn aggregate_there(
        &self,
        point: PointId,
        asked: &Asked<'_>,
        step_ms: i64,
    ) -> Result<Option<Vec<Bucket>>, StoreError> {
        let floor = |ms: i64| ms.div_euclid(step_ms) * step_ms;
        let Some(exceptions) = self.ask(asked.which.exceptions(MOST_EXCEPTIONS)) else {
            return Ok(None);
        };
        let is_good = |row: &Row| {
            let reason = Reason::ALL.iter().find(|r| r.word() == row.word("reason"));
            reason.is_some_and(|r| r.quality() == Quality::Good)
        };
        let others = exceptions.iter().filter(|row| !is_good(row)).filter_map(|row| row.time);
        let others = others.map(|time| time.timestamp_millis());
        // Stretches that hold anything but plain good values of InfluxDB.
        let mixed: BTreeSet<i64> =
            others.chain(asked.tail.iter().map(|v| v.time_ms)).map(floor).collect();
        let gaps = together(&mixed, step_ms);
        if exceptions.len() >= MOST_EXCEPTIONS || gaps.len() > MOST_GAPS {
            return Ok(None);
        }
        let Some(rows) = self.ask(asked.which.windows(step_ms)) else { return Ok(None) };
        let mut buckets: BTreeMap<i64, Bucket> = BTreeMap::new();
        for row in &rows {
            let (Some(time), Some(value)) = (row.time, row.value) else { continue };
            let start_ms = floor(time.timestamp_millis());
            if mixed.contains(&start_ms) {
                continue;
            }
            let start = time_of_ms(start_ms);
            let bucket = buckets.entry(start_ms).or_insert(Bucket {
                start,
                count: 0,
                mean: 0.0,
                min: 0.0,
                max: 0.0,
            });
            match row.word("stat") {
                "mean" => bucket.mean = value,
                "min" => bucket.min = value,
                "max" => bucket.max = value,
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count"
                )]
                _ => bucket.count = value as u64,
            }
        }
        for (first_ms, end_ms) in gaps {
            let from = time_of_ms(first_ms).max(asked.which.from);
            let to = time_of_ms(end_ms).min(asked.which.to);
            let step = TimeDelta::milliseconds(step_ms);
            for bucket in self.store.aggregate(point, from, to, step)? {
                buckets.insert(bucket.start.timestamp_millis(), bucket);
            }
        }
        Ok(Some(buckets.into_values().collect()))
    }
}

/// What is to be asked, and what is still in the tail.
pub(super) struct Asked<'a> {
    tail: Vec<Value>,
    which: Which<'a>,
}

/// Which of several values of one time stands: the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Plain,
    Noted,
    Doubtful,
    Tail,
}

/// Neighbouring stretches as one, each from its first start to its last end.
fn together(starts: &BTreeSet<i64>, step_ms: i64) -> Vec<(i64, i64)> {
    let mut list: Vec<(i64, i64)> = Vec::new();
    for start in starts {
        match list.last_mut() {
            Some((_, end)) if *end == *start => *end += step_ms,
            _ => list.push((*start, start + step_ms)),
        }
    }
    list
}
