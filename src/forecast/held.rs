//! Hours that say nothing of what was asked for or offered, because we or the plant held it back.

use crate::domain::point::PointId;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

use super::learn::HOUR_S;

/// A battery this close to the upper end of its window takes no more, share of its energy.
const FULL_FRAC: f64 = 0.02;
/// Sets that give no more than so many times their least load leave the sun no room.
const AT_LEAST_LOAD: f64 = 1.1;
/// A set that gives more than this share of its rating runs.
const RUNNING_FRAC: f64 = 0.03;

/// A time in which an instruction of ours held an asset back: a feeder that was shed, an array with a
/// limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The asset, `kind.id`.
    pub asset: String,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

/// Hours by asset, counted from 1970 in UTC.
pub(super) type HeldHours = BTreeMap<String, BTreeSet<i64>>;

/// Marks every hour that is touched.
pub(super) fn mark(hours: &mut HeldHours, held: &[Held]) {
    for one in held.iter().filter(|held| held.from < held.to) {
        let first = one.from.timestamp().div_euclid(HOUR_S);
        let last = (one.to.timestamp() - 1).div_euclid(HOUR_S);
        hours.entry(one.asset.clone()).or_default().extend(first..=last);
    }
}

/// Hours in which arrays may have been held back by the plant itself: every battery full, or sets at
/// their least load. Only for arrays whose offered power no meter shows.
pub(super) fn limited(
    file: &SiteFile,
    store: &dyn ReadingStore,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<BTreeSet<i64>, StoreError> {
    let by_hour = |point: Option<PointId>| -> Result<BTreeMap<i64, Bucket>, StoreError> {
        let Some(point) = point else { return Ok(BTreeMap::new()) };
        let buckets = store.aggregate(point, from, to, TimeDelta::hours(1))?;
        let hour = |bucket: &Bucket| bucket.start.timestamp().div_euclid(HOUR_S);
        Ok(buckets.into_iter().map(|bucket| (hour(&bucket), bucket)).collect())
    };
    // By hour: batteries that are full, of those known.
    let mut full: BTreeMap<i64, bool> = BTreeMap::new();
    for (id, battery) in &file.site.battery {
        let point = file.points.id("battery", id, "state_of_charge_frac");
        for (hour, bucket) in by_hour(point)? {
            let is_full = bucket.max >= battery.state_of_charge_max_frac - FULL_FRAC;
            full.entry(hour).and_modify(|all| *all &= is_full).or_insert(is_full);
        }
    }
    // By hour: what sets gave, and the least that those which ran may give.
    let mut sets: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for (id, set) in &file.site.genset {
        for (hour, bucket) in by_hour(file.points.id("genset", id, "power_kw"))? {
            if bucket.mean > RUNNING_FRAC * set.rated_kw {
                let (gave_kw, least_kw) = sets.entry(hour).or_default();
                *gave_kw += bucket.mean;
                *least_kw += set.min_load_frac * set.rated_kw;
            }
        }
    }
    let full = full.into_iter().filter(|(_, is_full)| *is_full).map(|(hour, _)| hour);
    let no_room = sets.into_iter().filter(|(_, (gave, least))| *gave <= AT_LEAST_LOAD * least);
    Ok(full.chain(no_room.map(|(hour, _)| hour)).collect())
}
