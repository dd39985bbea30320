//! The simulated camp of the demo: plant, local controllers and meters. It is no model of the
//! solver's and shares nothing with it: sets take what the bus asks of them, moment by moment.

mod controllers;
mod faults;
mod fleet;
mod happenings;
mod hidden;
mod local;
mod meters;
mod noise;
mod placed;
mod plant;
mod roughness;
mod security;
mod stocks;
mod strategy;
mod tally;
mod truth;

pub use roughness::Roughness;
pub use stocks::{Rates, Stocks};
pub use strategy::{
    ChargeState, CycleCharging, ForPeak, LoadFollowing, LocalPolicy, Reserve, Strategy,
};
pub use tally::Tally;
pub use truth::{Truth, TruthSource};

use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction};
use crate::site_file::SiteFile;
use camp_solver::Site;
use chrono::{DateTime, TimeDelta, Utc};
use controllers::Controllers;
use happenings::Happening;
use local::Local;
use noise::LoadNoise;
use plant::Plant;

/// The simulated camp.
#[derive(Debug)]
pub struct Twin {
    /// The camp as people have written it down, and the plant as it is.
    file: SiteFile,
    real: Site,
    happening: Option<Happening>,
    noise: Option<LoadNoise>,
    /// Seeds of faults of meters, and of operators who take sets into their own hands.
    faults: Option<u64>,
    hands: Option<u64>,
    begun: DateTime<Utc>,
    truth: TruthSource,
    plant: Plant,
    controllers: Controllers,
    local: Local,
    time: DateTime<Utc>,
}

impl Twin {
    /// A camp in the start state of its file, whose plant is as the file says.
    pub fn new(file: SiteFile, truth: TruthSource, start: DateTime<Utc>) -> Self {
        Self::rough(file, truth, start, &Roughness::default())
    }

    /// The same with another strategy of its own controllers.
    #[must_use]
    pub fn with_policy(self, policy: LocalPolicy) -> Self {
        let local = Local::new(&self.real, self.file.zone, policy);
        Self { local, ..self }
    }

    /// The time that the camp has reached.
    pub fn time(&self) -> DateTime<Utc> {
        self.time
    }

    /// Lives on to `time`, in steps of no more than a minute.
    pub fn advance(&mut self, time: DateTime<Utc>) {
        while self.time < time {
            let step = (time - self.time).min(TimeDelta::minutes(1));
            let truth = self.truth_at(self.time);
            let dt_h = step.as_seconds_f64() / 3600.0;
            self.befall(&truth, dt_h);
            let site = &self.real;
            let heard = (&self.plant, &truth, self.time);
            let orders = self.controllers.orders(&mut self.local, site, heard);
            self.plant.step(site, &truth, &orders, dt_h);
            self.local.count(&mut self.plant);
            self.time += step;
        }
    }

    /// What all meters show now, as a payload of our own format.
    pub fn telemetry(&mut self) -> Vec<u8> {
        self.telemetry_at(self.time)
    }

    /// What all meters show now, said to be of another time: the last word before a run begins.
    pub fn telemetry_at(&mut self, time: DateTime<Utc>) -> Vec<u8> {
        let truth = self.truth_at(time);
        let is_measured = self.truth.is_measured();
        let mut values = meters::values(&self.real, &self.plant, &truth, time, is_measured);
        self.spoil(&mut values, time);
        meters::payload(&values, time)
    }

    /// What a camp's loggers would have kept of the day that began `days_ago` days before `start`.
    pub fn logged_day(
        file: &SiteFile,
        truth: &mut TruthSource,
        start: DateTime<Utc>,
        days_ago: u32,
    ) -> Vec<u8> {
        meters::day(file, truth, start, days_ago)
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
    pub fn tally(&self) -> &Tally {
        &self.plant.tally
    }

    /// What is in store now.
    pub fn stocks(&self) -> Stocks {
        self.plant.stocks()
    }
}

#[cfg(test)]
mod rough_tests;
#[cfg(test)]
mod tests;
