//! Sun: clear-sky power of the array, times the recent ratio of measured to clear.

use super::learn::{HOUR_S, Hourly};
use super::recent::Made;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::profile;
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use camp_solver::TimeGrid;
use camp_solver::site::{Place, Solar};
use chrono::{DateTime, TimeDelta, Utc};

/// Days whose ratio counts.
const DAYS: i64 = 3;
/// Hours whose ratio counts most: the weather of now.
const NEAR_H: i64 = 3;
/// Clear-sky power below this share of the peak says nothing about clouds.
const LEAST_CLEAR_FRAC: f64 = 0.05;
/// Air temperature that is assumed, degrees C: no weather is needed.
const AIR_C: f64 = 30.0;
/// Heating of the cells by irradiance, K per W/m2.
const CELL_HEATING: f64 = 0.03;

/// Quarters of an hour of the last days: what the sun offered where a meter shows it; else what the
/// inverter gave, which a full battery makes too small.
pub(super) fn last_days(
    file: &SiteFile,
    store: &dyn ReadingStore,
    grid: &TimeGrid,
    id: &str,
) -> Result<Vec<Bucket>, StoreError> {
    for quantity in ["available_kw", "power_kw"] {
        let Some(point) = file.points.id("solar", id, quantity) else { continue };
        let from = grid.start - TimeDelta::days(DAYS);
        let measured = store.aggregate(point, from, grid.start, TimeDelta::minutes(15))?;
        if !measured.is_empty() {
            return Ok(measured);
        }
    }
    Ok(Vec::new())
}

/// The forecast by the clearness of the last days, or nothing where the sun was never measured.
pub(super) fn recent(
    place: &Place,
    grid: &TimeGrid,
    measured: &[Bucket],
    array: &Solar,
) -> Option<Made> {
    let clear = |from: DateTime<Utc>| {
        profile::mean(from, from + TimeDelta::minutes(15), |t| clear_sky_kw(place, array, t))
    };
    let least = LEAST_CLEAR_FRAC * array.peak_kwp;
    let near = grid.start - TimeDelta::hours(NEAR_H);
    let (mut all, mut now) = ((0.0, 0.0), (0.0, 0.0));
    for bucket in measured {
        let clear_kw = clear(bucket.start);
        if clear_kw < least {
            continue;
        }
        all = (all.0 + bucket.mean, all.1 + clear_kw);
        if bucket.start >= near {
            now = (now.0 + bucket.mean, now.1 + clear_kw);
        }
    }
    if all.1 <= 0.0 {
        return None;
    }
    let usual = (all.0 / all.1).clamp(0.0, 1.5);
    let fresh = if now.1 > 0.0 { (now.0 / now.1).clamp(0.0, 1.5) } else { usual };
    let values = (0..grid.len()).map(|t| {
        let (start, end) = (grid.start_of(t), grid.start_of(t + 1));
        let clear_kw = profile::mean(start, end, |time| clear_sky_kw(place, array, time));
        // The weather of now fades into that of the last days within six hours.
        let fade = (grid.offset_h(t) / 6.0).min(1.0);
        ((fresh * (1.0 - fade) + usual * fade) * clear_kw).min(array.inverter_kw)
    });
    let source = format!(
        "clear sky times the measured ratio: {fresh:.2} of the last {NEAR_H} h, {usual:.2} of the last {DAYS} days"
    );
    Some(Made::plain(values.collect(), source, false))
}

/// Power of an array under a clear sky, kW at the AC side.
///
/// Horizontal irradiance by Haurwitz (1945), `1098 cos z exp(-0.059 / cos z)` W/m2; its diffuse part
/// by Erbs (1982); onto the plane with an isotropic sky; cells `0.03 K per W/m2` above the air.
pub fn clear_sky_kw(place: &Place, array: &Solar, time: DateTime<Utc>) -> f64 {
    let position =
        spa::solar_position::<spa::StdFloatOps>(time, place.latitude_deg, place.longitude_deg);
    let Ok(position) = position else { return 0.0 };
    let zenith = position.zenith_angle.to_radians();
    let cos_zenith = zenith.cos();
    if cos_zenith <= 0.01 {
        return 0.0;
    }
    let global = 1098.0 * cos_zenith * (-0.059 / cos_zenith).exp();
    let clearness = (global / (1361.0 * cos_zenith)).clamp(0.0, 1.0);
    let diffuse = global * erbs(clearness);
    let tilt = array.tilt_deg.to_radians();
    let equatorward = if place.latitude_deg >= 0.0 { 180.0 } else { 0.0 };
    let azimuth = array.azimuth_deg.unwrap_or(equatorward).to_radians();
    let towards = position.azimuth.to_radians() - azimuth;
    let cos_incidence = cos_zenith * tilt.cos() + zenith.sin() * tilt.sin() * towards.cos();
    let beam = (global - diffuse) / cos_zenith * cos_incidence.max(0.0);
    let sky = diffuse * f64::midpoint(1.0, tilt.cos());
    let ground = global * array.albedo_frac * f64::midpoint(1.0, -tilt.cos());
    let plane = beam + sky + ground;
    let cell_c = AIR_C + CELL_HEATING * plane;
    let heat = 1.0 + array.temperature_coefficient_per_c * (cell_c - 25.0);
    let kw = array.peak_kwp * plane / 1000.0 * heat * (1.0 - array.losses_frac);
    kw.clamp(0.0, array.inverter_kw)
}

/// Clear-sky power by the hour, from the first hour of a series to `ahead` hours after its last.
pub(super) fn clear_hours(place: &Place, array: &Solar, power: &Hourly, ahead: usize) -> Hourly {
    let end = power.end().saturating_add(i64::try_from(ahead).unwrap_or(i64::MAX));
    let means = (power.first()..end).map(|hour| clear_hour_kw(place, array, hour));
    Hourly::new(power.first(), means.collect())
}

/// Clear-sky power of an hour, counted from 1970 in UTC, by the middles of its quarters.
pub(super) fn clear_hour_kw(place: &Place, array: &Solar, hour: i64) -> f64 {
    let quarters = [450, 1350, 2250, 3150].map(|second| {
        let time = DateTime::from_timestamp(hour * HOUR_S + second, 0);
        time.map_or(0.0, |time| clear_sky_kw(place, array, time))
    });
    quarters.iter().sum::<f64>() / 4.0
}

/// Diffuse share of the horizontal irradiance by clearness index.
fn erbs(clearness: f64) -> f64 {
    if clearness <= 0.22 {
        1.0 - 0.09 * clearness
    } else if clearness <= 0.8 {
        0.9511 - 0.1604 * clearness + 4.388 * clearness.powi(2) - 16.638 * clearness.powi(3)
            + 12.336 * clearness.powi(4)
    } else {
        0.165
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medium() -> SiteFile {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
        crate::site_file::read(&path, None).unwrap()
    }

    #[test]
    fn the_sun_is_highest_at_noon_and_down_at_night() {
        let file = medium();
        let array = &file.site.solar["pv"];
        let at = |hour: &str| {
            let time = format!("2026-03-10T{hour}:00:00+02:00").parse::<DateTime<Utc>>().unwrap();
            clear_sky_kw(&file.site.place, array, time)
        };
        assert!(at("00") < 1e-9 && at("20") < 1e-9);
        assert!(at("12") > at("09") && at("12") > at("15"));
        // Within the usual: 0.7 to 0.85 kW for each kWp at the AC side.
        assert!((0.7..0.85).contains(&(at("12") / array.peak_kwp)), "{}", at("12"));
    }

    #[test]
    fn a_clear_day_yields_what_clear_days_yield() {
        let file = medium();
        let array = &file.site.solar["pv"];
        let midnight = "2026-03-09T22:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let kwh: f64 = (0..96)
            .map(|q| clear_sky_kw(&file.site.place, array, midnight + TimeDelta::minutes(15 * q)))
            .sum::<f64>()
            / 4.0;
        assert!((5.0..6.8).contains(&(kwh / array.peak_kwp)), "{}", kwh / array.peak_kwp);
    }
}
