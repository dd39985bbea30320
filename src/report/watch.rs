//! The watch over the fuel: what a service looks at each hour.

use super::fuel::{self, FuelBook};
use super::learn::{self, Learnt};
use super::measured::{Kinds, Measured};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days of readings that curves, batteries and wells are learnt from, unless told.
pub const LEARN_DAYS: i64 = 30;
/// Days over which the watch keeps the tank's book: a loss that lasts longer than this is taken for usual.
pub const WATCH_DAYS: i64 = 90;

/// What was learnt from a stretch of readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LearningReport {
    /// First reading that counts.
    pub from: DateTime<Utc>,
    /// End of the readings.
    pub to: DateTime<Utc>,
    /// What was learnt. Nothing of it is used by plans.
    pub learnt: Learnt,
}

/// The fuel of a stretch of readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FuelReport {
    /// First reading that counts.
    pub from: DateTime<Utc>,
    /// End of the readings.
    pub to: DateTime<Utc>,
    /// The book; nothing where no level of a tank is metered.
    pub book: Option<FuelBook>,
}

/// Learns from the readings of `from..to`.
///
/// # Errors
/// The store's.
pub fn learning(
    file: &SiteFile,
    store: &dyn ReadingStore,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<LearningReport, StoreError> {
    let kinds = Kinds(&["genset", "battery", "well", "fuel_store"]);
    let measured = Measured::read(&file.points, file.zone, store, (from, to), kinds)?;
    let book = fuel::book(&file.site, &measured, &[]);
    Ok(LearningReport { from, to, learnt: learn::learn(&file.site, &measured, book.as_ref()) })
}

/// The book of the fuel of `from..to`.
///
/// # Errors
/// The store's.
pub fn fuel(
    file: &SiteFile,
    store: &dyn ReadingStore,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<FuelReport, StoreError> {
    let kinds = Kinds(&["genset", "fuel_store"]);
    let measured = Measured::read(&file.points, file.zone, store, (from, to), kinds)?;
    // Curves by a set's own meter; those by the tank would hide what the book looks for.
    let learnt = learn::learn(&file.site, &measured, None);
    Ok(FuelReport { from, to, book: fuel::reconcile(&file.site, &measured, &learnt) })
}

/// The last days of a length until a time.
pub fn last(days: i64, to: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (to - TimeDelta::days(days), to)
}
