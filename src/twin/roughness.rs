//! What makes the simulated camp less tidy than its file: each by itself, none unless asked for.

use super::happenings::Happening;
use super::hidden::hidden;
use super::noise::LoadNoise;
use super::plant::Plant;
use super::{Controllers, Local, LocalPolicy, Truth, TruthSource, Twin, faults};
use crate::planning::day::Event;
use crate::site_file::SiteFile;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

/// What is not as the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roughness {
    /// Seed of a plant with other fuel curves, efficiencies, capacities and pumps than the file's.
    pub hidden_seed: Option<u64>,
    /// Seed of load that moves within the hour.
    pub load_noise_seed: Option<u64>,
    /// Seed of meters that err by half a per cent and are silent for an hour in a hundred.
    pub meter_faults_seed: Option<u64>,
    /// Seed of operators who hold a set in manual, for one hour in two hundred.
    pub manual_seed: Option<u64>,
    /// An event, and when it begins.
    pub event: Option<(Event, DateTime<Utc>)>,
}

impl Roughness {
    /// The camp's file with the rules that people announce with the event.
    pub fn announced(&self, mut file: SiteFile) -> SiteFile {
        if let Some((event, begin)) = self.event {
            Happening { event, begin }.announce(&mut file);
        }
        file
    }
}

impl Twin {
    /// A camp in the start state of its file, less tidy than it.
    pub fn rough(
        file: SiteFile,
        truth: TruthSource,
        start: DateTime<Utc>,
        rough: &Roughness,
    ) -> Self {
        let happening = rough.event.map(|(event, begin)| Happening { event, begin });
        let mut real =
            rough.hidden_seed.map_or_else(|| file.site.clone(), |seed| hidden(&file.site, seed));
        if let Some(happening) = &happening {
            happening.change(&mut real);
        }
        Self {
            plant: Plant::new(&real),
            local: Local::new(&real, file.zone, LocalPolicy::default()),
            controllers: Controllers::default(),
            noise: rough.load_noise_seed.map(LoadNoise::new),
            faults: rough.meter_faults_seed,
            hands: rough.manual_seed,
            begun: start,
            time: start,
            file,
            real,
            happening,
            truth,
        }
    }

    /// What really happens outside at a time.
    pub(super) fn truth_at(&mut self, time: DateTime<Utc>) -> Truth {
        let mut truth = self.truth.at(&self.file, time);
        if let Some(happening) = &self.happening {
            happening.bend(&mut truth, time);
        }
        if let Some(noise) = &mut self.noise {
            noise.bend(&mut truth, time);
        }
        truth
    }

    /// What really happens outside, the mean of the quarter of an hour from a time on.
    pub fn mean_truth(&mut self, from: DateTime<Utc>) -> Truth {
        let mut mean = self.truth_at(from);
        if self.noise.is_none() {
            return mean;
        }
        for minute in 1..15 {
            let more = self.truth_at(from + TimeDelta::minutes(minute));
            for (path, kw) in more.demand_kw {
                *mean.demand_kw.entry(path).or_default() += kw;
            }
        }
        for kw in mean.demand_kw.values_mut() {
            *kw /= 15.0;
        }
        mean
    }

    /// What befalls the plant in the next moment.
    pub(super) fn befall(&mut self, truth: &Truth, dt_h: f64) {
        let lived_h = (self.time - self.begun).as_seconds_f64() / 3600.0;
        let late_d = self.happening.as_ref().map_or(0.0, Happening::late_d);
        self.plant.deliver(&self.real, lived_h, dt_h, late_d);
        if let Some(happening) = &self.happening {
            happening.touch(&mut self.plant, &self.real, truth, self.time, dt_h);
        }
        if let Some(seed) = self.hands {
            let time = self.time;
            self.plant.take_by_hand(|set| faults::manual(seed, set, time));
        }
    }

    /// What becomes of a reading on its way.
    pub(super) fn spoil(&self, values: &mut Map<String, Value>, time: DateTime<Utc>) {
        if let Some(seed) = self.faults {
            faults::blur(values, seed, time);
        }
        if let Some(happening) = &self.happening {
            happening.mute(values, &self.file, time);
        }
    }
}
