//! What really happens outside: demand, sun and water, from the typical day with noise or from a
//! measured series. Values hold for a quarter of an hour; the same seed gives the same camp.

use crate::domain::point::PointId;
use crate::domain::profile;
use crate::forecast::clear_sky_kw;
use crate::planning::series::SeriesFile;
use crate::site_file::SiteFile;
use chrono::{DateTime, Utc};
use fastrand::Rng;
use std::collections::BTreeMap;

/// Demand, sun and water at an instant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    /// Demand of every consumer, kW.
    pub demand_kw: BTreeMap<String, f64>,
    /// Power that the sun offers to each array, kW.
    pub sun_kw: BTreeMap<String, f64>,
    /// Water asked for at the taps, m3/h.
    pub taps_m3_per_h: BTreeMap<String, f64>,
    /// Heat drawn from thermal stores, kW.
    pub heat_kw: BTreeMap<String, f64>,
    /// The local day, as a running number.
    pub local_day: i64,
    /// The local hour of the day at the start of the quarter.
    pub local_h: f64,
    /// Wastewater that comes, m3/h.
    pub wastewater_m3_per_h: BTreeMap<String, f64>,
}

/// Where the truth comes from.
#[derive(Debug)]
pub struct TruthSource {
    seed: u64,
    series: Option<SeriesFile>,
    cached: Option<(i64, Truth)>,
}

impl TruthSource {
    /// The typical day with noise from a seed; measured series replace what they have.
    pub fn new(seed: u64, series: Option<SeriesFile>) -> Self {
        Self { seed, series, cached: None }
    }

    /// Whether it comes from measured series.
    pub fn is_measured(&self) -> bool {
        self.series.is_some()
    }

    /// The truth at an instant.
    pub fn at(&mut self, file: &SiteFile, time: DateTime<Utc>) -> Truth {
        let quarter = time.timestamp().div_euclid(900);
        if let Some((cached, truth)) = &self.cached
            && *cached == quarter
        {
            return truth.clone();
        }
        let truth = self.make(file, time, quarter);
        self.cached = Some((quarter, truth.clone()));
        truth
    }

    fn make(&self, file: &SiteFile, time: DateTime<Utc>, quarter: i64) -> Truth {
        // One generator for each quarter: the camp of a moment does not depend on how it is reached.
        let mut rng = Rng::with_seed(self.seed ^ quarter.cast_unsigned().wrapping_mul(0x9E37_79B9));
        let mut day_rng =
            Rng::with_seed(self.seed.wrapping_add(quarter.div_euclid(96).cast_unsigned()));
        let weather = 0.75 + 0.25 * day_rng.f64();
        let busy = 0.95 + 0.1 * day_rng.f64();
        let site = &file.site;
        let mut truth = Truth::default();
        for (path, _, typical) in site.consumers() {
            let kw = profile::at(&typical, file.zone, time) * busy * (0.96 + 0.08 * rng.f64());
            let kw = self.measured(file, &format!("{path}.demand_kw"), time).unwrap_or(kw);
            truth.demand_kw.insert(path, kw);
        }
        for (id, array) in &site.solar {
            let clear_kw = clear_sky_kw(&site.place, array, time);
            let kw = clear_kw * weather * (0.85 + 0.15 * rng.f64());
            let kw = self.measured(file, &format!("solar.{id}.available_kw"), time).unwrap_or(kw);
            truth.sun_kw.insert(id.clone(), kw);
        }
        for (id, taps) in &site.taps {
            let flow = profile::at(&taps.typical(), file.zone, time) * (0.9 + 0.2 * rng.f64());
            let flow =
                self.measured(file, &format!("taps.{id}.demand_m3_per_h"), time).unwrap_or(flow);
            truth.taps_m3_per_h.insert(id.clone(), flow);
        }
        for (id, store) in &site.thermal_store {
            let kw = profile::at(&store.typical(), file.zone, time) * (0.9 + 0.2 * rng.f64());
            truth.heat_kw.insert(id.clone(), kw);
        }
        let offset_s = i64::from(profile::utc_offset_minutes(file.zone, time)) * 60;
        let local_s = 900 * quarter + offset_s;
        truth.local_day = local_s.div_euclid(86_400);
        truth.local_h = local_s.rem_euclid(86_400) as f64 / 3600.0;
        let drawn = truth.taps_m3_per_h.iter().map(|(id, flow)| (id.clone(), vec![*flow]));
        for (id, inflow) in site.wastewater_m3_per_h(&drawn.collect()) {
            truth.wastewater_m3_per_h.insert(id, inflow.first().copied().unwrap_or(0.0));
        }
        truth
    }

    fn measured(&self, file: &SiteFile, point: &str, time: DateTime<Utc>) -> Option<f64> {
        let series = self.series.as_ref()?;
        let id: PointId = file.points.resolve(point)?;
        let slot = (time - series.start).num_seconds().div_euclid(series.interval_s);
        let values = series.values(id)?;
        usize::try_from(slot).ok().and_then(|slot| values.get(slot).copied().flatten())
    }
}
