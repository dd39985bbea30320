//! Air temperature: the mean of the same time of day over recent days, moved by how much hotter or
//! colder it is now. Without a thermometer there is none, and plans take the design temperature.

use super::recent::{Made, last_days, same_hour};
use crate::domain::point::AIR;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use camp_solver::TimeGrid;
use camp_solver::problem::AIR_C;
use camp_solver::site::Site;
use chrono::TimeDelta;

/// Readings that tell of now.
const NOW: TimeDelta = TimeDelta::minutes(15);

/// The forecast; nothing where no thermometer has spoken lately, or where some hours were not measured
/// and the site file has no design temperature for them.
pub(super) fn air(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
) -> Result<Option<Made>, StoreError> {
    let Some(point) = file.points.resolve(AIR) else { return Ok(None) };
    let day = store.aggregate(point, grid.start - TimeDelta::days(1), grid.start, NOW)?;
    if day.is_empty() {
        return Ok(None);
    }
    let design_c = file.site.place.design_temperature_c;
    let buckets = last_days(store, point, grid)?;
    let mut made = same_hour(file, grid, &buckets, &[design_c.unwrap_or_default(); 24]);
    if made.degraded {
        let source = "same time of day; the site's design temperature where it was not measured";
        return Ok(design_c.map(|_| Made::plain(made.values, source.to_owned(), true)));
    }
    if let Some(now) = day.last().filter(|reading| grid.start - reading.start <= NOW * 2) {
        let warmer = now.mean - made.values.first().copied().unwrap_or(now.mean);
        for air_c in &mut made.values {
            *air_c = (*air_c + warmer).clamp(AIR_C.0, AIR_C.1);
        }
        made.source += &format!(", {warmer:+.1} K by the newest reading");
    }
    Ok(Some(made))
}

/// Whether any rule of a site asks for the temperature of the air.
pub(super) fn is_asked(site: &Site) -> bool {
    site.genset.values().any(|set| set.derating.is_some())
        || site.battery.values().any(|battery| battery.charge_temperature.is_some())
}
