//! Notes each hour how complete the day of each point is, for a database beside the store. The newest note
//! of a day replaces the ones before.

use crate::domain::completeness::{count_from, share_frac};
use crate::domain::note::{Completeness, Note};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::stop::Stop;
use crate::domain::tally::DAY_MS;
use crate::live::Live;
use crate::store::EmbeddedStore;
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use std::sync::Arc;

pub(super) async fn run(live: Arc<Live>, store: Arc<EmbeddedStore>, mut stop: Stop) {
    loop {
        let next = live.clock.next_multiple(60);
        tokio::select! {
            () = live.clock.until(next) => {}
            () = stop.asked() => return,
        }
        let (live, store) = (Arc::clone(&live), Arc::clone(&store));
        let done = tokio::task::spawn_blocking(move || note(&live, &*store)).await;
        match done {
            Ok(Ok(())) => {}
            // The next hour tells of the same day.
            Ok(Err(error)) => tracing::warn!("completeness is not told this hour: {error}"),
            Err(error) => tracing::error!("the thread that counts failed: {error}"),
        }
    }
}

fn note(live: &Live, store: &dyn ReadingStore) -> Result<(), StoreError> {
    let now = live.clock.now();
    let today = now.timestamp_millis().div_euclid(DAY_MS);
    // After midnight the day that is over is told once more, whole.
    let first = if now.hour() == 0 { today - 1 } else { today };
    let mut notes = Vec::new();
    for day in first..=today {
        notes.extend(of_day(live, store, day, now)?);
    }
    live.records.note(&notes)
}

/// One note for each point whose pace is known.
fn of_day(
    live: &Live,
    store: &dyn ReadingStore,
    day: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Note>, StoreError> {
    let mut notes = Vec::new();
    for (id, point) in live.file.points.iter() {
        let usual_ms = live.with_tally(|tally| tally.usual_ms(id));
        if usual_ms.is_none() {
            continue;
        }
        let count = match live.with_tally(|tally| tally.whole_day(id, day)) {
            Some(count) => count,
            None => count_from(store, id, day)?,
        };
        let expected = count.expected(usual_ms, now);
        let (Some(expected), Some(good_frac)) = (expected, share_frac(count.good(), expected))
        else {
            continue;
        };
        notes.push(Note::Completeness(Completeness {
            point: point.to_string(),
            day: NaiveDate::default() + TimeDelta::days(day),
            good_frac,
            expected,
            good: count.good(),
            doubtful: count.all() - count.good(),
        }));
    }
    Ok(notes)
}
