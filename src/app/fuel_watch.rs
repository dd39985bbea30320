//! Looks at the book of the fuel each hour and raises an alarm where fuel is missing.

use crate::domain::alarm::Severity;
use crate::domain::ports::StoreError;
use crate::domain::stop::Stop;
use crate::live::Live;
use crate::report::watch::{self, WATCH_DAYS};
use std::sync::Arc;

pub(super) async fn run(live: Arc<Live>, mut stop: Stop) {
    if live.file.site.fuel_store.is_empty() {
        // Nothing to watch; the part lives until the service ends.
        stop.asked().await;
        return;
    }
    loop {
        let next = live.clock.next_multiple(60);
        tokio::select! {
            () = live.clock.until(next) => {}
            () = stop.asked() => return,
        }
        let work = Arc::clone(&live);
        match tokio::task::spawn_blocking(move || look(&work)).await {
            Ok(Ok(())) => {}
            // The next hour looks at the same nights.
            Ok(Err(error)) => tracing::warn!("the fuel is not looked at this hour: {error}"),
            Err(error) => tracing::error!("the thread that watches the fuel failed: {error}"),
        }
    }
}

fn look(live: &Live) -> Result<(), StoreError> {
    let stretch = watch::last(WATCH_DAYS, live.clock.now());
    let report = watch::fuel(&live.file, &*live.readings, stretch)?;
    let stores = &live.file.site.fuel_store;
    // Several tanks have one book: the alarm then stands for all.
    let only = stores.keys().next().filter(|_| stores.len() == 1);
    let asset = only.map(|id| format!("fuel_store.{id}")).unwrap_or_default();
    match report.book.and_then(|book| book.missing) {
        Some(missing) => {
            live.raise("fuel_missing", &asset, Severity::Warning, &missing.about);
        }
        None => live.clear("fuel_missing", &asset),
    }
    Ok(())
}
