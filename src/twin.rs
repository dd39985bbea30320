//! The simulated camp of the demo: plant, local controllers and meters. It is no model of the
//! solver's and shares nothing with it: sets take what the bus asks of them, moment by moment.

mod controllers;
mod meters;
mod placed;
mod plant;
mod truth;

pub use truth::{Truth, TruthSource};

use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction};
use crate::site_file::SiteFile;
use chrono::{DateTime, TimeDelta, Utc};
use controllers::Controllers;
use plant::Plant;

/// The simulated camp.
#[derive(Debug)]
pub struct Twin {
    file: SiteFile,
    truth: TruthSource,
    plant: Plant,
    controllers: Controllers,
    time: DateTime<Utc>,
}

/// What has happened to the simulated camp so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Fuel burnt, L.
    pub fuel_l: f64,
    /// Energy not served, kWh.
    pub unserved_kwh: f64,
    /// Energy not served to T0 and T1, kWh.
    pub unserved_critical_kwh: f64,
    /// Water not delivered, m3.
    pub unserved_m3: f64,
    /// Wastewater that flowed out untreated, m3.
    pub untreated_m3: f64,
    /// Starts of sets.
    pub starts: u32,
}

impl Twin {
    /// A camp in the start state of its file.
    pub fn new(file: SiteFile, truth: TruthSource, start: DateTime<Utc>) -> Self {
        let plant = Plant::new(&file.site);
        let controllers = Controllers::new(&file.site);
        Self { file, truth, plant, controllers, time: start }
    }

    /// The time that the camp has reached.
    pub fn time(&self) -> DateTime<Utc> {
        self.time
    }

    /// Lives on to `time`, in steps of no more than a minute.
    pub fn advance(&mut self, time: DateTime<Utc>) {
        while self.time < time {
            let step = (time - self.time).min(TimeDelta::minutes(1));
            let truth = self.truth.at(&self.file, self.time);
            let orders = self.controllers.orders(&self.file.site, &self.plant, &truth, self.time);
            self.plant.step(&self.file.site, &truth, &orders, step.as_seconds_f64() / 3600.0);
            self.time += step;
        }
    }

    /// What all meters show now, as a payload of our own format.
    pub fn telemetry(&mut self) -> Vec<u8> {
        let truth = self.truth.at(&self.file, self.time);
        meters::payload(&self.file, &self.plant, &truth, self.time, self.truth.is_measured())
    }

    /// What the camp's loggers would have kept of the days before: a payload for each day.
    pub fn history(&mut self, days: u32) -> Vec<Vec<u8>> {
        let start = self.time;
        (1..=days).rev().map(|d| meters::day(&self.file, &mut self.truth, start, d)).collect()
    }

    /// Lives on to `time` under its own controllers; what all meters showed on the way, a payload every
    /// 5 minutes.
    pub fn live_through(&mut self, time: DateTime<Utc>) -> Vec<Vec<u8>> {
        let mut shown = Vec::new();
        while self.time < time {
            shown.push(self.telemetry());
            self.advance((self.time + TimeDelta::minutes(5)).min(time));
        }
        shown
    }

    /// A heartbeat of the service.
    pub fn hear(&mut self, heartbeat: &Heartbeat) {
        self.controllers.hear(heartbeat, self.time);
    }

    /// An instruction; the controller's answer, if it has one.
    pub fn instruct(&mut self, instruction: &Instruction) -> Option<Acknowledgement> {
        self.controllers.instruct(instruction, &self.plant, self.time)
    }

    /// Answers about instructions carried out since the last call.
    pub fn reports(&mut self) -> Vec<Acknowledgement> {
        self.controllers.reports(&self.plant)
    }

    /// Takes a set out of its controller's hands, or gives it back; it stands meanwhile.
    pub fn tag_out(&mut self, genset: &str, out: bool) {
        self.plant.tag_out(genset, out);
    }

    /// What has happened so far.
    pub fn tally(&self) -> Tally {
        self.plant.tally
    }
}

#[cfg(test)]
mod tests;
