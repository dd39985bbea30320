//! What is proven while the service runs: each hour the book of the fuel, each night the saving of the day before.

use crate::domain::alarm::Severity;
use crate::domain::ports::StoreError;
use crate::domain::stop::Stop;
use crate::live::Live;
use crate::report::saving::{self, Baseline, SavingDay};
use crate::report::watch::{self, WATCH_DAYS};
use chrono::{TimeDelta, Timelike};
use std::sync::Arc;

/// The local hour at whose begin the day before is looked at: late readings have come by then.
const SAVING_HOUR: u32 = 1;

pub(super) async fn run(live: Arc<Live>, mut stop: Stop) {
    loop {
        let next = live.clock.next_multiple(60);
        tokio::select! {
            () = live.clock.until(next) => {}
            () = stop.asked() => return,
        }
        let work = Arc::clone(&live);
        match tokio::task::spawn_blocking(move || look(&work)).await {
            Ok(Ok(())) => {}
            // The next hour looks at the same nights; the saving of a day can be asked for at any time.
            Ok(Err(error)) => tracing::warn!("nothing is proven this hour: {error}"),
            Err(error) => tracing::error!("the thread that proves failed: {error}"),
        }
    }
}

fn look(live: &Live) -> Result<(), StoreError> {
    if !live.file.site.fuel_store.is_empty() {
        fuel(live)?;
    }
    let local = live.clock.now().with_timezone(&live.file.zone);
    if local.hour() == SAVING_HOUR { saved(live) } else { Ok(()) }
}

fn fuel(live: &Live) -> Result<(), StoreError> {
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

/// The saving of yesterday goes into the record of actions and into the metrics.
fn saved(live: &Live) -> Result<(), StoreError> {
    let now = live.clock.now();
    let baseline = Baseline::default();
    // Two days back holds all of yesterday, whatever summer time does.
    let stretch = (now - TimeDelta::days(2), now);
    let report = saving::saving(&live.file, &*live.readings, stretch, baseline)?;
    let yesterday = now.with_timezone(&live.file.zone).date_naive() - TimeDelta::days(1);
    let Some(day) = report.days.iter().find(|d| d.day == yesterday) else { return Ok(()) };
    live.metrics.saved_l.set(day.saved_l.unwrap_or(f64::NAN));
    live.metrics.saved_band_l.set(day.band_l.unwrap_or(f64::NAN));
    live.record_action("report", "saving.day", &sentence(day, &report.baseline));
    Ok(())
}

fn sentence(day: &SavingDay, baseline: &str) -> String {
    let (date, known) = (day.day, 100.0 * day.complete_frac);
    match (day.saved_l, day.band_l) {
        (Some(saved), Some(band)) => {
            format!(
                "{date}: {saved:.0} L saved, give or take {band:.0}, against {baseline}; {known:.0} % known"
            )
        }
        _ => format!("{date}: no saving is claimed, {known:.0} % of the day is known"),
    }
}
