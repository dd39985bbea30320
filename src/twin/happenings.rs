//! The events that a camp must be tried on, as they happen to the simulated one.

use super::plant::Plant;
use super::{Truth, faults};
use crate::planning::day::Event;
use crate::site_file::SiteFile;
use camp_solver::Site;
use camp_solver::site::{QuietHours, Surge};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Map, Value};

/// An event and when it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happening {
    pub(super) event: Event,
    pub(super) begin: DateTime<Utc>,
}

/// Fuel that is stolen in a night, L, and water that leaks in an hour, m3/h.
const STOLEN_L: f64 = 120.0;
const LEAK_M3_PER_H: f64 = 2.0;

impl Happening {
    fn hours(&self, time: DateTime<Utc>) -> f64 {
        (time - self.begin).as_seconds_f64() / 3600.0
    }

    /// Whether it lies within the first hours of the event.
    fn within(&self, time: DateTime<Utc>, hours: f64) -> bool {
        (0.0..hours).contains(&self.hours(time))
    }

    /// Rules of the site that people announce with it.
    pub(super) fn announce(&self, file: &mut SiteFile) {
        let site = &mut file.site;
        if let (Event::MassCasualty, Some(security)) = (self.event, &mut site.security) {
            let to = self.begin + TimeDelta::hours(24);
            security.surge.push(Surge { from: self.begin, to });
        }
        if self.event == Event::QuietHours {
            let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or_default();
            let quiet = QuietHours { from: hour(22), to: hour(5), max_running_sets: 1 };
            site.quiet_hours.get_or_insert(quiet);
        }
    }

    /// What it makes of the plant for good.
    pub(super) fn change(&self, real: &mut Site) {
        if self.event == Event::HeatWave {
            let place = real.place.clone();
            for set in real.genset.values_mut() {
                let left_kw = set.available_kw(place.altitude_m, place.design_temperature_c);
                // The curve goes on as it was; the last of it cannot be had.
                set.rated_kw = left_kw;
                set.derating = None;
            }
        }
    }

    /// What it does to demand, sun and water.
    pub(super) fn bend(&self, truth: &mut Truth, time: DateTime<Utc>) {
        if self.hours(time) < 0.0 {
            return;
        }
        let scale = |map: &mut std::collections::BTreeMap<String, f64>, factor: f64| {
            for value in map.values_mut() {
                *value *= factor;
            }
        };
        if self.event == Event::HeatWave {
            scale(&mut truth.demand_kw, 1.24);
        }
        if self.event == Event::CloudyDays && self.within(time, 48.0) {
            scale(&mut truth.sun_kw, 0.35);
        }
        if self.event == Event::Population && self.within(time, 72.0) {
            scale(&mut truth.demand_kw, 1.3);
            scale(&mut truth.taps_m3_per_h, 1.3);
            scale(&mut truth.heat_kw, 1.3);
            scale(&mut truth.wastewater_m3_per_h, 1.3);
        }
        if self.event == Event::MassCasualty && self.within(time, 24.0) {
            let places = ["load.hospital", "load.clinic", "load.aid_post"];
            let place = places.iter().find(|p| truth.demand_kw.contains_key(**p));
            if let Some(kw) = place.and_then(|p| truth.demand_kw.get_mut(*p)) {
                *kw += 60.0;
            }
        }
    }

    /// What it does to the plant in the next moment.
    pub(super) fn touch(
        &self,
        plant: &mut Plant,
        site: &Site,
        truth: &Truth,
        time: DateTime<Utc>,
        dt_h: f64,
    ) {
        if self.hours(time) < 0.0 {
            return;
        }
        let night = truth.local_h >= 22.0 || truth.local_h < 5.0;
        if self.event == Event::SetTaggedOut
            && let Some(id) = site.genset.keys().next()
        {
            plant.tag_out(id, true);
        }
        if self.event == Event::SetTrip {
            // From the first half past seven in the evening on.
            let due_h = (19.5 - self.begin_local_h(truth, time)).rem_euclid(24.0);
            let by_size = |a: &&String, b: &&String| {
                site.genset[*a].rated_kw.total_cmp(&site.genset[*b].rated_kw).then(b.cmp(a))
            };
            if let (Some(id), true) =
                (site.genset.keys().max_by(by_size), self.hours(time) + 1e-9 >= due_h)
            {
                plant.tag_out(id, true);
            }
        }
        if self.event == Event::BoreholeDry {
            plant.dry = site.well.iter().find(|(_, w)| !w.standby).map(|(id, _)| id.clone());
        }
        if self.event == Event::TankLeak
            && night
            && let Some(taps) = site.taps.values().next()
            && let Some(level) = plant.level_m3.get_mut(&taps.from_tank)
        {
            *level = (*level - LEAK_M3_PER_H * dt_h).max(0.0);
        }
        if self.event == Event::FuelTheft
            && (2.0..3.0).contains(&truth.local_h)
            && let Some(level) = plant.fuel_l.values_mut().next()
        {
            *level = (*level - STOLEN_L * dt_h).max(0.0);
        }
    }

    /// The local hour at which it began.
    fn begin_local_h(&self, truth: &Truth, time: DateTime<Utc>) -> f64 {
        let into_quarter_h = time.timestamp().rem_euclid(900) as f64 / 3600.0;
        truth.local_h + into_quarter_h - self.hours(time)
    }

    /// What it does to meters: for six hours every third point is silent, and the fuel meter stands still.
    pub(super) fn mute(
        &self,
        values: &mut Map<String, Value>,
        file: &SiteFile,
        time: DateTime<Utc>,
    ) {
        if self.event != Event::MeterDropout || self.hours(time) < 0.0 {
            return;
        }
        if self.within(time, 6.0) {
            faults::drop_out(values, &file.points, 10);
        }
        for (id, store) in &file.site.fuel_store {
            values.insert(format!("fuel_store.{id}.level_l"), serde_json::json!(store.start_l));
        }
    }

    /// Days by which the first delivery of fuel is late.
    pub(super) fn late_d(&self) -> f64 {
        if self.event == Event::ConvoyLate { 5.0 } else { 0.0 }
    }
}
