//! Who may act: the mode of the service and the envelope it may act in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What the service may do. The default is to advise: no instruction leaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Plans are made, kept and told over REST; nothing leaves for people or controllers but alarms. What a
    /// new camp runs first.
    Monitor,
    /// Plans go to the advice topic.
    #[default]
    Advise,
    /// Instructions go out, inside the envelope and until it expires.
    Act(Envelope),
}

/// What an operator has allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Who allows it.
    pub signed_by: String,
    /// Why.
    pub why: String,
    /// When it ends; nothing leaves after.
    pub expires_at: DateTime<Utc>,
    /// The assets that may be instructed, `kind.id`, each with its limits.
    pub assets: BTreeMap<String, AssetLimits>,
}

/// What an asset may be asked at most. A plan that asks for more is advised, not instructed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetLimits {
    /// Sets: whether they may be started.
    #[serde(default)]
    pub may_start: bool,
    /// Sets: whether they may be stopped.
    #[serde(default)]
    pub may_stop: bool,
    /// Most power asked of the asset, either way, kW.
    #[serde(default)]
    pub max_kw: Option<f64>,
    /// Most flow asked of the asset, m3/h.
    #[serde(default)]
    pub max_m3_per_h: Option<f64>,
}

impl Mode {
    /// The mode's name at a time; an expired envelope only advises.
    pub fn name_at(&self, now: DateTime<Utc>) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Act(_) if self.envelope_at(now).is_some() => "act",
            Self::Act(_) | Self::Advise => "advise",
        }
    }

    /// The envelope in force at a time.
    pub fn envelope_at(&self, now: DateTime<Utc>) -> Option<&Envelope> {
        match self {
            Self::Act(envelope) if now < envelope.expires_at => Some(envelope),
            Self::Act(_) | Self::Advise | Self::Monitor => None,
        }
    }
}
