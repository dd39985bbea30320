//! Alarms: what needs a human, until it is over.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// An alarm that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// What it is about, a stable word: `no_plan`, `fallback`, `shortfall`, `silent`, `asset_out`,
    /// `broker_away`, `store`, `store_full`, `store_retention`, `balance`, `fuel_missing`,
    /// `influxdb_away`, `influxdb_setup`.
    #[schema(example = "fallback")]
    pub code: String,
    /// Where: an asset, a point, or empty.
    pub asset: String,
    /// How much it matters.
    pub severity: Severity,
    /// What happened, in a sentence.
    pub message: String,
    /// Since when it stands.
    pub since: DateTime<Utc>,
}

/// The alarms that stand, by code and asset.
#[derive(Debug, Clone, Default)]
pub struct AlarmBoard {
    standing: BTreeMap<(String, String), Alarm>,
}

impl AlarmBoard {
    /// Raises an alarm, or renews its message. True if it is new.
    pub fn raise(
        &mut self,
        code: &str,
        asset: &str,
        severity: Severity,
        message: String,
        now: DateTime<Utc>,
    ) -> bool {
        let key = (code.to_owned(), asset.to_owned());
        if let Some(standing) = self.standing.get_mut(&key) {
            standing.message = message;
            standing.severity = severity;
            return false;
        }
        let (code, asset) = key.clone();
        self.standing.insert(key, Alarm { code, asset, severity, message, since: now });
        true
    }

    /// Ends an alarm. True if it stood.
    pub fn clear(&mut self, code: &str, asset: &str) -> bool {
        self.standing.remove(&(code.to_owned(), asset.to_owned())).is_some()
    }

    /// The alarms that stand, the worst first.
    pub fn standing(&self) -> Vec<Alarm> {
        let mut list: Vec<_> = self.standing.values().cloned().collect();
        list.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)));
        list
    }
}
