//! Settings of the service: one file, one struct a topic, every fault at once.
//!
//! Without a file the service binds to loopback, advises, and lets nobody in: there is no default
//! password and no default token.

mod forecast;
mod mqtt;
mod rest;
mod store;

pub use forecast::ForecastSettings;
pub use mqtt::{MqttSettings, MqttVersion};
pub use rest::{RestSettings, Role, TokenSettings};
pub use store::{InfluxSettings, StoreSettings};

use crate::domain::mode::Mode;
use crate::lenient::{self, Located, Node};
use camp_solver::{Fault, Faults};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The REST interface and the console.
    #[serde(default)]
    pub rest: RestSettings,
    /// Who may use it.
    #[serde(default)]
    pub token: Vec<TokenSettings>,
    /// The broker.
    #[serde(default)]
    pub mqtt: MqttSettings,
    /// The store.
    #[serde(default)]
    pub store: StoreSettings,
    /// The scheduler.
    #[serde(default)]
    pub scheduler: PlanSettings,
    /// The forecasts.
    #[serde(default)]
    pub forecast: ForecastSettings,
    /// What the service may do; advises unless told.
    #[serde(default)]
    pub mode: Mode,
}

/// The scheduler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSettings {
    /// Minutes between plans, 5 to 60.
    #[serde(default = "quarter")]
    pub every_min: u32,
    /// Hours that a plan looks ahead, 1 to 336.
    #[serde(default = "two_days")]
    pub horizon_h: u32,
    /// Gap at which the solver stops, share of the cost.
    #[serde(default = "gap")]
    pub gap_frac: f64,
    /// Seconds that a solve may take, 1 to 600.
    #[serde(default = "time_limit")]
    pub time_limit_s: f64,
    /// Saving that pays for a change of plan, share of what keeping the running one costs, 0 to 1.
    #[serde(default = "least_gain")]
    pub least_gain_frac: f64,
    /// Minutes after which a plan is renewed without a gain, 5 to 1440.
    #[serde(default = "renew_after")]
    pub renew_after_min: u32,
    /// Past days whose sun a plan weighs beside the forecast, 0 to 16. With any, each plan takes as many
    /// solves and more: for small camps.
    #[serde(default)]
    pub traces: u32,
    /// Minutes after which these traces part, 5 to 1440.
    #[serde(default = "part_after")]
    pub traces_part_after_min: u32,
}

fn quarter() -> u32 {
    15
}
fn two_days() -> u32 {
    48
}
fn gap() -> f64 {
    0.005
}
fn time_limit() -> f64 {
    20.0
}
fn least_gain() -> f64 {
    0.01
}
fn renew_after() -> u32 {
    60
}
fn part_after() -> u32 {
    60
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self {
            every_min: quarter(),
            horizon_h: two_days(),
            gap_frac: gap(),
            time_limit_s: time_limit(),
            least_gain_frac: least_gain(),
            renew_after_min: renew_after(),
            traces: 0,
            traces_part_after_min: part_after(),
        }
    }
}

/// Reads a settings file.
pub fn read(path: &Path) -> Result<Settings, Vec<Located>> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        let rule = format!("cannot be read: {e}");
        let fault = Fault { path: path.display().to_string(), value: String::new(), rule };
        vec![Located { fault, position: None }]
    })?;
    let root = Node::from_toml(&text)?;
    lenient::read::<Settings>(&root).check(&root, Settings::check).into_result()
}

impl Settings {
    /// Every fault of the values.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::new();
        let pairs = [
            ("rest", &self.rest.tls_certificate_file, &self.rest.tls_key_file),
            ("mqtt", &self.mqtt.tls_certificate_file, &self.mqtt.tls_key_file),
        ];
        for (topic, certificate, key) in pairs {
            if certificate.is_some() != key.is_some() {
                let rule = "certificate and key go together";
                faults.add(format!("{topic}.tls_certificate_file"), "", rule);
            }
        }
        if !self.rest.bind.ip().is_loopback() && self.rest.tls_certificate_file.is_none() {
            let rule = "beyond loopback the interface speaks TLS: give a certificate and a key";
            faults.add("rest.bind", self.rest.bind, rule);
        }
        self.mqtt.check(&mut faults);
        for (i, token) in self.token.iter().enumerate() {
            let hash = &token.sha256;
            if hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
                let rule = "must be 64 hexadecimal digits; smart-camp token makes them";
                faults.add(format!("token[{i}].sha256"), hash, rule);
            }
        }
        let store = &self.store;
        faults.within("store.values_days", f64::from(store.values_days), 1.0, 3650.0);
        faults.within("store.rollups_months", f64::from(store.rollups_months), 3.0, 600.0);
        if store.values_days > 28 * store.rollups_months {
            let rule = "must not be longer than rollups_months: means outlive the values";
            faults.add("store.values_days", store.values_days, rule);
        }
        if let Some(influxdb) = &self.store.influxdb {
            influxdb.check(&mut faults);
        }
        let plan = &self.scheduler;
        faults.within("scheduler.every_min", f64::from(plan.every_min), 5.0, 60.0);
        faults.within("scheduler.horizon_h", f64::from(plan.horizon_h), 1.0, 336.0);
        faults.within("scheduler.gap_frac", plan.gap_frac, 0.0, 1.0);
        faults.within("scheduler.time_limit_s", plan.time_limit_s, 1.0, 600.0);
        faults.within("scheduler.least_gain_frac", plan.least_gain_frac, 0.0, 1.0);
        let renew = f64::from(plan.renew_after_min);
        faults.within("scheduler.renew_after_min", renew, 5.0, 1440.0);
        faults.within("scheduler.traces", f64::from(plan.traces), 0.0, 16.0);
        let part = f64::from(plan.traces_part_after_min);
        faults.within("scheduler.traces_part_after_min", part, 5.0, 1440.0);
        if plan.time_limit_s > 30.0 * f64::from(plan.every_min) {
            let rule = "must be at most half of every_min: a plan is to be there before the next";
            faults.add("scheduler.time_limit_s", plan.time_limit_s, rule);
        }
        if let Mode::Act(envelope) = &self.mode {
            if envelope.signed_by.is_empty() {
                faults.add("mode.act.signed_by", "", "an envelope needs a human's name");
            }
            if envelope.assets.is_empty() {
                faults.add("mode.act.assets", "", "an envelope names the assets it allows");
            }
            for (asset, limits) in &envelope.assets {
                let path = format!("mode.act.assets.{asset}");
                let limits = [("max_kw", limits.max_kw), ("max_m3_per_h", limits.max_m3_per_h)];
                for (name, limit) in limits {
                    faults.not_negative(format!("{path}.{name}"), limit.unwrap_or(0.0));
                }
            }
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests;
