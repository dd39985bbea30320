//! Alarms for silence: of the whole camp, and of each asset that spoke and stopped.

use crate::domain::alarm::Severity;
use crate::domain::state::CampState;
use crate::live::Live;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// After this silence is told; of points that speak more rarely after three of their usual distances.
const SILENT_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Raises and clears the alarms.
pub(super) fn watch(live: &Live, now: DateTime<Utc>) {
    let state = live.state();
    let newest = state.newest();
    if newest.is_some_and(|time| now - time > SILENT_AFTER) {
        let message = "no meter has spoken for a quarter of an hour";
        live.raise("silent", "", Severity::Critical, message);
        return;
    }
    live.clear("silent", "");
    for (asset, (last, patience)) in assets(live, &state) {
        if now - last > patience {
            let minutes = (now - last).num_minutes();
            let message =
                format!("{asset} has not spoken for {minutes} min; the last time was {last}");
            live.raise("silent", &asset, Severity::Warning, &message);
        } else {
            live.clear("silent", &asset);
        }
    }
}

/// When each asset that ever spoke was last heard, and how long it may be silent.
fn assets(live: &Live, state: &CampState) -> BTreeMap<String, (DateTime<Utc>, TimeDelta)> {
    let mut assets: BTreeMap<String, (DateTime<Utc>, TimeDelta)> = BTreeMap::new();
    for (id, point) in live.file.points.iter() {
        let Some(heard) = state.heard(id) else { continue };
        let usual_ms = live.with_tally(|tally| tally.usual_ms(id)).unwrap_or(0);
        let patience = SILENT_AFTER.max(TimeDelta::milliseconds(3 * usual_ms));
        let asset = assets.entry(point.asset()).or_insert((heard.time, patience));
        *asset = (asset.0.max(heard.time), asset.1.min(patience));
    }
    assets
}
