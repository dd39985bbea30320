//! A simulated camp that differs from its site file, seen through meters that err: what the reports are tried on.

use super::root;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use smart_camp::domain::instruction::{DesiredState, Heartbeat, Instruction, MESSAGE_SCHEMA};
use smart_camp::domain::reading::Bucket;
use smart_camp::report::measured::Measured;
use smart_camp::site_file::SiteFile;
use smart_camp::twin::{Stocks, TruthSource, Twin};
use std::collections::BTreeMap;

/// What is wrong with the camp and with its meters.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    /// Noise of power, fuel flow and water flow, share of the reading, one standard deviation.
    pub(crate) meter_frac: f64,
    /// Noise of the tank's level, share of the capacity.
    pub(crate) level_frac: f64,
    /// Drift of the level sensor, share of the capacity a day.
    pub(crate) drift_frac_per_d: f64,
    /// Readings lost, readings far off, and readings sent twice, share of all.
    pub(crate) odd_frac: f64,
    /// Litres taken each night from this night on, 01:00 to 03:00 local time.
    pub(crate) theft: Option<(i64, f64)>,
    /// The fuel meter of the sets is missing.
    pub(crate) no_fuel_meter: bool,
}

impl Default for Wrong {
    fn default() -> Self {
        Self {
            meter_frac: 0.01,
            level_frac: 0.001,
            drift_frac_per_d: 3e-5,
            odd_frac: 0.01,
            theft: None,
            no_fuel_meter: false,
        }
    }
}

/// The camp.
pub(crate) struct Instrumented {
    /// The site file that the service has.
    pub(crate) stated: SiteFile,
    /// What is true.
    pub(crate) hidden: SiteFile,
    pub(crate) start: DateTime<Utc>,
    twin: Twin,
    wrong: Wrong,
    rng: Rng,
    tank_l: f64,
    frozen_l: Option<f64>,
    slots: BTreeMap<String, BTreeMap<i64, (f64, u64)>>,
}

/// A normal number.
pub(crate) fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

/// The camp as it is beside what its file states: fuel 2 to 8 % more, by another shape; a battery that is
/// smaller and loses more; pumps that take more.
fn hide(file: &SiteFile, seed: u64) -> SiteFile {
    let mut rng = Rng::with_seed(seed);
    let mut hidden = file.clone();
    let (level, bend) = (1.05 + 0.03 * (2.0 * rng.f64() - 1.0), 0.02 * (2.0 * rng.f64() - 1.0));
    for set in hidden.site.genset.values_mut() {
        let rated = set.rated_kw;
        for (kw, litres) in set.fuel_curve_kw.iter().zip(&mut set.fuel_curve_l_per_h) {
            *litres *= level + bend * (2.0 * kw / rated - 1.0);
        }
    }
    for battery in hidden.site.battery.values_mut() {
        battery.charge_efficiency_frac -= 0.015 + 0.01 * rng.f64();
        battery.discharge_efficiency_frac -= 0.015 + 0.01 * rng.f64();
        battery.energy_kwh *= 0.92;
    }
    for well in hidden.site.well.values_mut() {
        well.pump_efficiency_frac *= 0.9;
    }
    hidden
}

impl Instrumented {
    /// A camp from its seed.
    pub(crate) fn new(camp: &str, variant: Option<&str>, seed: u64, wrong: Wrong) -> Self {
        let path = root().join(format!("camps/{camp}.toml"));
        let stated = smart_camp::site_file::read(&path, variant).unwrap();
        let hidden = hide(&stated, seed);
        // Local midnight.
        let midnight: DateTime<Utc> = "2026-03-10T00:00:00Z".parse().unwrap();
        let offset = smart_camp::domain::profile::utc_offset_minutes(stated.zone, midnight);
        let start = midnight - TimeDelta::minutes(i64::from(offset));
        let twin = Twin::new(hidden.clone(), TruthSource::new(seed, None), start);
        let tank_l = 0.6 * stated.site.fuel_store.values().map(|f| f.capacity_l).sum::<f64>();
        let (rng, slots) = (Rng::with_seed(seed ^ 0xfeed), BTreeMap::new());
        let mut camp =
            Self { stated, hidden, start, twin, wrong, rng, tank_l, frozen_l: None, slots };
        camp.twin.hear(&camp.heartbeat());
        camp
    }

    fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            schema: MESSAGE_SCHEMA,
            site: self.stated.site.name.clone(),
            beat: 1,
            sent_at: self.twin.time(),
            next_in_s: 10,
            mode: "act".to_owned(),
            plan_id: None,
        }
    }

    /// The battery is filled by day and emptied in the evening, so that there is something to learn.
    fn cycle(&mut self, minute: i64) {
        let hour = minute / 60 % 24;
        let ids: Vec<String> = self.stated.site.battery.keys().cloned().collect();
        for id in ids {
            let most = 0.4 * self.stated.site.battery[&id].charge_max_kw;
            let desired = DesiredState {
                charge_kw: (9..14).contains(&hour).then_some(most),
                discharge_kw: (17..21).contains(&hour).then_some(most),
                ..DesiredState::default()
            };
            let instruction = Instruction {
                schema: MESSAGE_SCHEMA,
                asset: format!("battery.{id}"),
                plan_id: 1,
                sequence: minute + 1,
                issued_at: self.twin.time(),
                valid_for_s: 3600,
                desired,
                why: String::new(),
                authority: String::new(),
            };
            self.twin.instruct(&instruction);
        }
    }

    /// Lives on for some days and reads its meters every minute.
    pub(crate) fn live(&mut self, days: i64) {
        let burnt_before = self.twin.tally().fuel_l;
        let (from, mut burnt) = (self.twin.time(), burnt_before);
        for minute in 0..days * 1440 {
            self.twin.hear(&self.heartbeat());
            if minute % 10 == 0 {
                self.cycle((self.twin.time() - self.start).num_minutes());
            }
            self.twin.advance(from + TimeDelta::minutes(minute + 1));
            let litres = self.twin.tally().fuel_l - burnt;
            burnt += litres;
            self.read(litres);
        }
    }

    fn read(&mut self, burnt_l: f64) {
        let time = self.twin.time();
        let capacity_l = self.stated.site.fuel_store.values().map(|f| f.capacity_l).sum::<f64>();
        let minutes = (time - self.start).num_minutes();
        let (day, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
        self.tank_l -= burnt_l;
        if let Some((from, litres)) = self.wrong.theft
            && day >= from
            && (60..180).contains(&minute)
        {
            self.tank_l -= litres / 120.0;
        }
        // A bowser comes in the morning once the tank is half empty, and pumps for 40 minutes.
        if (600..640).contains(&minute) && day % 7 == 3 {
            self.tank_l += (0.7 * capacity_l - self.tank_l).max(0.0) / (641 - minute) as f64;
        }
        let payload: serde_json::Value = serde_json::from_slice(&self.twin.telemetry()).unwrap();
        let values = payload["values"].as_object().unwrap();
        let mut shown: BTreeMap<String, f64> =
            values.iter().map(|(point, v)| (point.clone(), v.as_f64().unwrap())).collect();
        for (id, well) in &self.hidden.site.well {
            let flow = shown[&format!("well.{id}.flow_m3_per_h")];
            shown.insert(format!("well.{id}.demand_kw"), flow * well.energy_kwh_per_m3());
        }
        let drift = self.wrong.drift_frac_per_d * minutes as f64 / 1440.0 * capacity_l;
        let noise = self.wrong.level_frac * capacity_l * normal(&mut self.rng);
        let mut level = self.tank_l + drift + noise;
        // The sensor hangs for six hours of the sixth day.
        let hangs = day == 6 && (840..1200).contains(&minute);
        if hangs {
            level = *self.frozen_l.get_or_insert(level);
        }
        for id in self.stated.site.fuel_store.keys() {
            shown.insert(format!("fuel_store.{id}.level_l"), level);
        }
        // A third of the meters is silent for six hours of the ninth day.
        let silent = day == 9 && (0..360).contains(&minute);
        for (n, (point, value)) in shown.into_iter().enumerate() {
            if silent && n % 3 == 0 || self.wrong.no_fuel_meter && point.ends_with("fuel_l_per_h") {
                continue;
            }
            self.meter(&point, value, time);
        }
    }

    fn meter(&mut self, point: &str, value: f64, time: DateTime<Utc>) {
        let rng = &mut self.rng;
        let odd = rng.f64() / self.wrong.odd_frac.max(1e-12);
        let exact = ["is_", "run_hours", "service", "level_l"].iter().any(|w| point.contains(w));
        let noisy = if exact {
            value
        } else if point.ends_with("state_of_charge_frac") {
            value + 0.005 * normal(rng)
        } else {
            value * (1.0 + self.wrong.meter_frac * normal(rng))
        };
        let (noisy, times) = match odd {
            o if o < 0.4 => return,
            o if o < 0.7 => (noisy * 3.0 * rng.f64(), 1),
            o if o < 1.0 => (noisy, 2),
            _ => (noisy, 1),
        };
        let series = self.slots.entry(point.to_owned()).or_default();
        let slot = series.entry(time.timestamp().div_euclid(300)).or_default();
        for _ in 0..times {
            *slot = (slot.0 + noisy, slot.1 + 1);
        }
    }

    /// What is truly in store.
    pub(crate) fn stocks(&self) -> Stocks {
        self.twin.stocks()
    }

    /// Litres burnt so far.
    pub(crate) fn burnt_l(&self) -> f64 {
        self.twin.tally().fuel_l
    }

    /// What the service has read so far.
    pub(crate) fn measured(&self) -> Measured {
        let mut measured = Measured::empty(self.stated.zone, self.start, self.twin.time());
        for (point, slots) in &self.slots {
            let bucket = |(slot, (sum, count)): (&i64, &(f64, u64))| Bucket {
                start: DateTime::from_timestamp(slot * 300, 0).unwrap(),
                count: *count,
                mean: sum / *count as f64,
                min: 0.0,
                max: 0.0,
            };
            let means: Vec<Bucket> = slots.iter().map(bucket).collect();
            measured.put(point, &means);
        }
        measured
    }
}
