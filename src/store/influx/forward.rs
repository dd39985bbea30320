//! The forwarder: gives InfluxDB what the embedded store has and it has not, in order, for as long as
//! it takes.

use super::client::Client;
use super::fault::Fault;
use super::pause::Pause;
use super::sets::Sets;
use super::status::{InfluxStatus, Shared};
use super::target::InfluxTarget;
use super::{lines, plan_lines, setup};
use crate::domain::clock::Clock;
use crate::domain::point::PointMap;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::{Reject, time_of_ms};
use crate::domain::stop::Stop;
use crate::store::EmbeddedStore;
use crate::store::journal::Numbered;
use crate::store::spool::{KEPT_MS, Place};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Values taken at once.
const MOST_VALUES: usize = 50_000;
/// Lines of a request.
const MOST_LINES: usize = 5_000;
/// Notes taken at once.
const MOST_NOTES: usize = 2_000;
/// After news a little more is waited for, so that many small commits are one request.
const GATHER: Duration = Duration::from_millis(250);
/// A server of which nothing was wanted for so long is asked whether it is there.
const IDLE: Duration = Duration::from_secs(10);
/// What is older than this when it is sent was not there when its quarter of an hour was summed up.
const LATE_MS: i64 = 45 * 60_000;
/// Longest stretch that is summed up with one request: thousands of points a second must not take longer
/// than an answer may.
const SUM_UP_MS: i64 = 3_600_000;

/// Why a round ended early.
enum Trouble {
    Server(Fault),
    Store(StoreError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Server(fault)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Gives InfluxDB what it has not.
#[derive(Debug)]
pub struct Forwarder {
    pub(super) store: Arc<EmbeddedStore>,
    pub(super) client: Arc<Client>,
    pub(super) shared: Arc<Shared>,
    pub(super) target: InfluxTarget,
    pub(super) site: String,
    pub(super) points: PointMap,
    /// Real time, whatever the service's clock shows: the server keeps by it.
    pub(super) clock: Clock,
    pub(super) is_set_up: bool,
    /// Nothing has been wanted of the server for a while.
    pub(super) is_idle: bool,
}

impl Forwarder {
    /// Forwards until told to stop.
    pub async fn run(mut self, mut stop: Stop) {
        let mut pause = Pause::default();
        while !stop.is_asked() {
            let round = tokio::select! {
                round = self.round() => round,
                // What was not marked as sent is sent again.
                () = stop.asked() => return,
            };
            let wait = match round {
                Ok(true) => {
                    pause.over();
                    continue;
                }
                Ok(false) => {
                    pause.over();
                    self.tell(|status| (status.reached, status.away) = (true, None)).await;
                    tokio::select! {
                        () = self.shared.news.notified() => GATHER,
                        () = tokio::time::sleep(IDLE) => {
                            self.is_idle = true;
                            Duration::ZERO
                        }
                        () = stop.asked() => return,
                    }
                }
                Err(Trouble::Server(fault)) => {
                    let asked = if let Fault::Away(_, asked) = fault { asked } else { None };
                    // What is missing may be made by us, once it can be.
                    self.is_set_up &= !matches!(fault, Fault::Missing(_));
                    let why = fault.sentence();
                    self.tell(|status| (status.reached, status.away) = (false, Some(why))).await;
                    pause.next(asked)
                }
                Err(Trouble::Store(error)) => {
                    tracing::warn!("what waits for InfluxDB cannot be read or marked: {error}");
                    pause.next(None)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.asked() => return,
            }
        }
    }

    /// Sends some of what waits; false where nothing does.
    async fn round(&mut self) -> Result<bool, Trouble> {
        if !self.is_set_up {
            let faults = setup::set_up(&self.client, &self.target).await?;
            self.is_set_up = true;
            let faults = (!faults.is_empty()).then(|| faults.join("; "));
            self.tell(|status| status.not_set_up = faults).await;
        }
        let more = self.plan().await? | self.notes().await? | self.readings().await?;
        if !more {
            self.late().await?;
            if std::mem::take(&mut self.is_idle) || !self.shared.status.borrow().reached {
                self.client.ping().await?;
            }
        }
        Ok(more)
    }

    async fn plan(&self) -> Result<bool, Trouble> {
        let Some((id, record)) = self.with_store(EmbeddedStore::unforwarded_plan).await? else {
            return Ok(false);
        };
        if let Some(record) = record {
            self.write(plan_lines::plan(&self.site, &record)?).await?;
        }
        self.with_store(move |store| store.plan_forwarded(id)).await?;
        Ok(true)
    }

    async fn notes(&self) -> Result<bool, Trouble> {
        let oldest = self.with_store(|store| store.oldest_notes(MOST_NOTES)).await?;
        let Some((last, notes)) = oldest else { return Ok(false) };
        self.write(notes.iter().filter_map(|n| lines::note(&self.site, n)).collect()).await?;
        self.with_store(move |store| store.notes_forwarded(last)).await?;
        Ok(true)
    }

    async fn readings(&self) -> Result<bool, Trouble> {
        let next = self.with_store(|store| {
            let names = store.point_names()?;
            Ok(store.unforwarded(MOST_VALUES)?.map(|(place, list)| (place, list, names)))
        });
        let Some((place, values, names)) = next.await? else { return Ok(false) };
        let count = values.len() as u64;
        let (values, expired) = self.kept(values);
        let mut runs = Sets::new(self.with_store(EmbeddedStore::runs).await?, &self.points);
        let mut list = lines::readings(&self.site, &names, &values);
        list.extend(runs.changes(&self.site, &names, &values));
        self.write(list).await?;
        let now_ms = self.clock.now().timestamp_millis();
        let oldest = values.iter().map(|(_, v)| v.time_ms).min();
        let late_ms = oldest.filter(|oldest| *oldest < now_ms - LATE_MS);
        let runs = runs.into_changed();
        self.with_store(move |store| store.forwarded(place, &runs, late_ms)).await?;
        let behind = matches!(place, Place::Waiting(_));
        self.tell(|status| {
            status.sent += count - expired;
            status.expired += expired;
            if !behind {
                (status.reached, status.away) = (true, None);
            }
        })
        .await;
        Ok(true)
    }

    /// Values that the server would keep, and how many it would not.
    fn kept(&self, mut values: Numbered) -> (Numbered, u64) {
        // An hour earlier than the server: nothing is to fall due on the way.
        let oldest_ms = self.clock.now().timestamp_millis() - KEPT_MS + 3_600_000;
        let before = values.len();
        values.retain(|(_, value)| value.time_ms >= oldest_ms);
        let expired = (before - values.len()) as u64;
        if expired > 0 {
            tracing::warn!("{expired} values are older than InfluxDB keeps them and are not sent");
        }
        (values, expired)
    }

    /// Sums up again what came late.
    async fn late(&self) -> Result<(), Trouble> {
        let Some(late_ms) = self.with_store(EmbeddedStore::cursor).await?.late_ms else {
            return Ok(());
        };
        let now_ms = self.clock.now().timestamp_millis();
        let quarter_ms = 900_000;
        let mut from_ms = late_ms.div_euclid(quarter_ms) * quarter_ms;
        // The quarter that runs is left to the task.
        let end_ms = now_ms.div_euclid(quarter_ms) * quarter_ms;
        while from_ms < end_ms {
            let to_ms = (from_ms + SUM_UP_MS).min(end_ms);
            if let Err(fault) = self.client.sum_up(from_ms, to_ms).await {
                // A server that is there and cannot do this must not be asked for ever.
                self.client.ping().await?;
                let (from, why) = (time_of_ms(from_ms), fault.sentence());
                tracing::warn!("late values from {from} on are not summed up in InfluxDB: {why}");
            }
            from_ms = to_ms;
        }
        Ok(self.with_store(move |store| store.summed_up(late_ms)).await?)
    }

    /// Writes lines, in order. Those that the server never takes are found by halves and set aside.
    async fn write(&self, lines: Vec<String>) -> Result<(), Trouble> {
        let mut aside = Vec::new();
        for part in lines.chunks(MOST_LINES) {
            let mut open = vec![part];
            while let Some(part) = open.pop() {
                match self.client.write(part).await {
                    Ok(()) => {}
                    Err(Fault::Refused(_)) if part.len() > 1 => {
                        let (first, second) = part.split_at(part.len() / 2);
                        open.extend([second, first]);
                    }
                    Err(Fault::Refused(why)) => aside.push((part[0].clone(), why)),
                    Err(fault) => return Err(fault.into()),
                }
            }
        }
        if !aside.is_empty() {
            self.set_aside(aside).await?;
        }
        Ok(())
    }

    async fn set_aside(&self, lines: Vec<(String, String)>) -> Result<(), StoreError> {
        let count = lines.len() as u64;
        if let Some((line, why)) = lines.first() {
            tracing::warn!("InfluxDB refuses {count} line(s), the first is {line}: {why}");
        }
        let at = self.clock.now();
        let rejects: Vec<Reject> = lines
            .into_iter()
            .map(|(line, why)| Reject {
                at,
                topic: "influxdb".to_owned(),
                reason: "refused_by_influxdb".to_owned(),
                detail: why,
                excerpt: line.chars().take(200).collect(),
            })
            .collect();
        self.with_store(move |store| store.append(&[], &rejects)).await?;
        self.tell(|status| status.refused += count).await;
        Ok(())
    }

    /// Works on the store off the async threads.
    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&EmbeddedStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let worked = tokio::task::spawn_blocking(move || work(&store)).await;
        worked.map_err(|e| StoreError::Other(format!("a thread failed: {e}")))?
    }

    /// Tells how it goes.
    async fn tell(&self, change: impl FnOnce(&mut InfluxStatus)) {
        let waiting = self.with_store(EmbeddedStore::count_waiting).await;
        self.shared.status.send_modify(|status| {
            change(status);
            if let Ok(waiting) = waiting {
                status.waiting = waiting;
            }
        });
    }
}

/// Names of points by the store's number.
pub(super) type Names = BTreeMap<i64, String>;

#[cfg(test)]
mod tests;
