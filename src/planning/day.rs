//! Days to plan without a forecast: the site's typical day, generated days, and the 14 events that
//! every camp must be tried on.

use crate::domain::profile;
use camp_solver::TimeGrid;
use camp_solver::problem::Series;
use camp_solver::site::{Delivery, FuelStart, QuietHours, Site, StartState, Surge};
use chrono::{NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// A day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Day {
    /// The site file's typical day.
    #[default]
    Typical,
    /// A generated day: load times 0.94 to 1.15, first day's sun 35 to 100 %, state of charge 40
    /// to 70 %, and noise.
    Seeded(u64),
    /// One of the events.
    Event(Event),
}

macro_rules! events {
    ($($variant:ident $name:literal $about:literal,)*) => {
        /// An event that a camp must be tried on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "`about` explains each")]
        pub enum Event { $($variant,)* }

        impl Event {
            /// Every event, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What happens, and what of it a plan from files can know.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

events! {
    TypicalDay "typical" "the site's typical day",
    HeatWave "heat-wave" "load + 24 %; sets give what the design temperature leaves them",
    CloudyDays "cloudy" "two days with 35 % of the sun",
    SetTrip "set-trip" "the largest set is lost at 19:30 and stays out",
    SetTaggedOut "set-tagged-out" "the first set is tagged out for service",
    ConvoyLate "convoy-late" "the convoy is 5 days late",
    BoreholeDry "borehole-dry" "the first well on duty is dry",
    TankLeak "tank-leak" "2 m3/h leak from the treated water, 22:00 to 05:00",
    Population "population" "30 % more people for 72 h",
    MeterDropout "meter-dropout" "meters fail; a plan from files has none",
    LinkLost "link-lost" "the satellite link is lost; planning needs none",
    MassCasualty "mass-casualty" "60 kW more at the clinic for 24 h, in which the loss of no source may drop any load",
    QuietHours "quiet-hours" "the quiet hours of the site, or one set from 22:00 to 05:00 where it has none",
    FuelTheft "fuel-theft" "120 L a night are stolen: what was lost in a week is missing at the start",
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(seed) = text.strip_prefix("seed-") {
            return seed.parse().map(Self::Seeded).map_err(|_| format!("{text}: no seed"));
        }
        let event = Event::ALL.iter().copied().find(|e| e.name() == text);
        match event {
            Some(Event::TypicalDay) => Ok(Self::Typical),
            Some(event) => Ok(Self::Event(event)),
            None => {
                let names: Vec<_> = Event::ALL.iter().map(|e| e.name()).collect();
                Err(format!("must be seed-N or one of {}", names.join(", ")))
            }
        }
    }
}

/// What a day brings: rules, series, outages, perhaps another start, and words about it.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The site with the rules of that day.
    pub site: Site,
    /// Demand, sun and water.
    pub series: Series,
    /// Assets out of reach.
    pub unavailable: BTreeMap<String, Vec<bool>>,
    /// The start state.
    pub start: StartState,
    /// What to tell.
    pub notes: Vec<String>,
}

/// The typical series of a site.
pub fn typical(site: &Site, zone: Tz, grid: &TimeGrid) -> Series {
    let on = |profile: &[f64; 24]| profile::on_grid(profile, zone, grid);
    let consumers = site.consumers();
    let demand = consumers.iter().map(|(path, _, typical)| (path.clone(), on(typical)));
    let sun = site.solar.iter().map(|(id, s)| (id.clone(), on(&s.typical())));
    let taps = site.taps.iter().map(|(id, x)| (id.clone(), on(&x.typical()))).collect();
    let heat = site.thermal_store.iter().map(|(id, s)| (id.clone(), on(&s.typical())));
    Series {
        demand_kw: demand.collect(),
        solar_available_kw: sun.collect(),
        wastewater_m3_per_h: site.wastewater_m3_per_h(&taps),
        taps_m3_per_h: taps,
        heat_kw: heat.collect(),
        ..Series::default()
    }
}

/// What `day` brings to a site.
pub fn expected(site: &Site, zone: Tz, grid: &TimeGrid, start: StartState, day: &Day) -> Expected {
    let mut expected = Expected {
        site: site.clone(),
        series: typical(site, zone, grid),
        unavailable: BTreeMap::new(),
        start,
        notes: Vec::new(),
    };
    match day {
        Day::Typical => expected.notes.push("series: the site's typical day".to_owned()),
        Day::Seeded(seed) => generate(site, grid, *seed, &mut expected),
        Day::Event(event) => {
            let note = format!("event {}: {}", event.name(), event.about());
            expected.notes.push(note);
            happen(site, zone, grid, *event, &mut expected);
        }
    }
    expected
}

fn generate(site: &Site, grid: &TimeGrid, seed: u64, expected: &mut Expected) {
    let mut rng = Rng::with_seed(seed);
    let load = 0.94 + 0.21 * rng.f64();
    let sun = 0.35 + 0.65 * rng.f64();
    let charge = 0.40 + 0.30 * rng.f64();
    for values in expected.series.demand_kw.values_mut() {
        for v in values {
            *v *= load * (0.97 + 0.06 * rng.f64());
        }
    }
    for values in expected.series.solar_available_kw.values_mut() {
        for (t, v) in values.iter_mut().enumerate() {
            let first_day = if grid.offset_h(t) < 24.0 { sun } else { 1.0 };
            *v *= first_day * (0.85 + 0.15 * rng.f64());
        }
    }
    for values in expected.series.taps_m3_per_h.values_mut() {
        for v in values {
            *v *= 0.9 + 0.2 * rng.f64();
        }
    }
    let taps = &expected.series.taps_m3_per_h;
    expected.series.wastewater_m3_per_h = site.wastewater_m3_per_h(taps);
    for id in site.battery.keys() {
        let state = camp_solver::site::BatteryStart { state_of_charge_frac: charge };
        expected.start.battery.insert(id.clone(), state);
    }
    expected.notes.push(format!(
        "generated day, seed {seed}: load x {load:.3}, first day's sun x {sun:.3}, state of charge {charge:.3}"
    ));
}

fn scale(series: &mut BTreeMap<String, Vec<f64>>, factor: f64, steps: std::ops::Range<usize>) {
    for values in series.values_mut() {
        values[steps.clone()].iter_mut().for_each(|v| *v *= factor);
    }
}

fn happen(site: &Site, zone: Tz, grid: &TimeGrid, event: Event, expected: &mut Expected) {
    let steps = grid.len();
    let until = |hours: f64| (0..steps).take_while(|t| grid.offset_h(*t) < hours).count();
    let local = |t: usize| {
        let time = grid.start_of(t).with_timezone(&zone);
        f64::from(time.hour()) + f64::from(time.minute()) / 60.0
    };
    match event {
        Event::HeatWave => scale(&mut expected.series.demand_kw, 1.24, 0..steps),
        Event::CloudyDays => {
            scale(&mut expected.series.solar_available_kw, 0.35, 0..until(48.0));
        }
        Event::SetTrip => {
            let by_size = |a: &&String, b: &&String| {
                site.genset[*a].rated_kw.total_cmp(&site.genset[*b].rated_kw).then(b.cmp(a))
            };
            let from = (0..steps).find(|t| local(*t) >= 19.5 - 1e-9).unwrap_or(steps);
            if let Some(id) = site.genset.keys().max_by(by_size) {
                let lost = (0..steps).map(|t| t >= from).collect();
                expected.unavailable.insert(format!("genset.{id}"), lost);
            }
        }
        Event::SetTaggedOut => {
            if let Some(id) = site.genset.keys().next() {
                expected.unavailable.insert(format!("genset.{id}"), vec![true; steps]);
            }
        }
        Event::BoreholeDry => {
            if let Some((id, _)) = site.well.iter().find(|(_, w)| !w.standby) {
                expected.unavailable.insert(format!("well.{id}"), vec![true; steps]);
            }
        }
        Event::TankLeak => {
            // Water that leaves unasked is planned as asked for: the plant must make up for it. It does
            // not reach the sewer.
            if let Some(values) = expected.series.taps_m3_per_h.values_mut().next() {
                let dark = (0..steps).filter(|t| local(*t) >= 22.0 || local(*t) < 5.0);
                dark.for_each(|t| values[t] += 2.0);
            }
        }
        Event::Population => {
            scale(&mut expected.series.demand_kw, 1.3, 0..until(72.0));
            scale(&mut expected.series.taps_m3_per_h, 1.3, 0..until(72.0));
            scale(&mut expected.series.heat_kw, 1.3, 0..until(72.0));
            scale(&mut expected.series.wastewater_m3_per_h, 1.3, 0..until(72.0));
        }
        Event::MassCasualty => {
            let places = ["load.hospital", "load.clinic", "load.aid_post"];
            let place = places.iter().find(|p| expected.series.demand_kw.contains_key(**p));
            if let Some(values) = place.and_then(|p| expected.series.demand_kw.get_mut(*p)) {
                values[..until(24.0)].iter_mut().for_each(|v| *v += 60.0);
            }
            if let Some(security) = &mut expected.site.security {
                let to = grid.start + TimeDelta::hours(24);
                security.surge.push(Surge { from: grid.start, to });
            }
        }
        Event::ConvoyLate => {
            for (id, store) in &site.fuel_store {
                let regular =
                    Duration::try_from_secs_f64(86_400.0 * (store.delivery_every_d + 5.0));
                let after = regular.ok().and_then(|d| TimeDelta::from_std(d).ok());
                let late = Delivery {
                    expected_at: grid.start + after.unwrap_or_default(),
                    volume_l: store.delivery_l,
                };
                let level_l = expected.start.fuel_l(site, id);
                let start = FuelStart { level_l, deliveries: vec![late] };
                expected.start.fuel_store.insert(id.clone(), start);
            }
        }
        Event::FuelTheft => {
            for id in site.fuel_store.keys() {
                let level_l = (expected.start.fuel_l(site, id) - 7.0 * 120.0).max(0.0);
                let known = expected.start.fuel_store.get(id).map(|s| s.deliveries.clone());
                let start = FuelStart { level_l, deliveries: known.unwrap_or_default() };
                expected.start.fuel_store.insert(id.clone(), start);
            }
        }
        Event::QuietHours => {
            // As the small camp has them.
            let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or_default();
            let quiet = QuietHours { from: hour(22), to: hour(5), max_running_sets: 1 };
            expected.site.quiet_hours.get_or_insert(quiet);
        }
        Event::TypicalDay | Event::MeterDropout | Event::LinkLost => {}
    }
}
