//! The store.

use camp_solver::Faults;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The one file that holds everything.
    #[serde(default = "store_file")]
    pub file: PathBuf,
    /// Days for which values are kept as they came, 1 to 3650.
    #[serde(default = "values_days")]
    pub values_days: u32,
    /// Months for which stretches of 5 minutes and plans are kept, 1 to 600.
    #[serde(default = "rollups_months")]
    pub rollups_months: u32,
    /// Folder for problems whose plan was refused.
    #[serde(default)]
    pub cases_folder: Option<PathBuf>,
    /// An InfluxDB 2 that readings, plans and events are given to; none unless told.
    #[serde(default)]
    pub influxdb: Option<InfluxSettings>,
}

/// An InfluxDB 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfluxSettings {
    /// `https://host:port` or `http://host:port`.
    pub url: String,
    /// Name of the organisation.
    pub org: String,
    /// Name of the bucket; two more are named after it.
    pub bucket: String,
    /// File that holds the token, alone.
    pub token_file: PathBuf,
    /// Certificates that are trusted, PEM; needed with `https`.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Allows `http` beyond loopback: the token then goes over the network in clear.
    #[serde(default)]
    pub without_tls: bool,
}

/// Longest name of an organisation or a bucket; `_monthly` goes behind it.
const LONGEST_NAME: usize = 100;

impl InfluxSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let authority = rest.trim_end_matches('/');
        let is_lawful = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if !["http", "https"].contains(&scheme)
            || authority.is_empty()
            || !authority.chars().all(is_lawful)
        {
            let rule = "must be https://host:port or http://host:port, without a path";
            faults.add("store.influxdb.url", &self.url, rule);
        }
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let is_loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        if scheme == "http" && !is_loopback && !self.without_tls {
            let rule = "beyond loopback the token goes over TLS: use https and ca_file, or set \
                        without_tls = true";
            faults.add("store.influxdb.url", &self.url, rule);
        }
        if scheme == "https" && self.ca_file.is_none() {
            let rule = "is needed with https: no certificates are trusted but those named";
            faults.add("store.influxdb.ca_file", "", rule);
        }
        for (key, name) in [("org", &self.org), ("bucket", &self.bucket)] {
            let is_lawful = !name.is_empty()
                && name.len() <= LONGEST_NAME
                && !name.starts_with('_')
                && !name.chars().any(|c| c.is_control() || "\"\\$/".contains(c));
            if !is_lawful {
                let rule = "has 1 to 100 characters, no quote, backslash, slash or $, and does not \
                            begin with _";
                faults.add(format!("store.influxdb.{key}"), name, rule);
            }
        }
    }
}

fn store_file() -> PathBuf {
    PathBuf::from("smart-camp.db")
}

fn values_days() -> u32 {
    30
}
fn rollups_months() -> u32 {
    13
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            file: store_file(),
            values_days: values_days(),
            rollups_months: rollups_months(),
            cases_folder: None,
            influxdb: None,
        }
    }
}
