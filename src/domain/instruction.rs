//! Instructions to controllers and their answers: the contract of docs/topics.md.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Version of the messages.
pub const MESSAGE_SCHEMA: u32 = 1;

/// The state that an asset is asked to be in. Fields that do not concern the kind are left out; where
/// all are, the asset is released to its own control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DesiredState {
    /// Sets: whether to run. Load is shared by the sets' own controllers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
    /// Sets: the load that the plan expects, kW; for information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_kw: Option<f64>,
    /// Batteries: power to take in, kW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_kw: Option<f64>,
    /// Batteries: power to give, kW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharge_kw: Option<f64>,
    /// Solar: most power, kW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_kw: Option<f64>,
    /// Wells and treatment lines: flow, m3/h; an on/off pump runs that share of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_m3_per_h: Option<f64>,
    /// Feeders of T2 and T3: power to shed, kW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shed_kw: Option<f64>,
    /// Thermal stores: power of the heater, kW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heater_kw: Option<f64>,
    /// Batches: how many are to run; one that runs is never broken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batches_running: Option<u32>,
}

impl DesiredState {
    /// True if nothing is asked: the asset goes back to its own control at once.
    pub fn is_release(&self) -> bool {
        *self == Self::default()
    }
}

/// What a controller is asked to do. Never retained; repeated with each heartbeat while valid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Instruction {
    /// Version of this message.
    pub schema: u32,
    /// The asset: `genset.g1`.
    #[schema(example = "genset.g1")]
    pub asset: String,
    /// The plan it comes from.
    pub plan_id: i64,
    /// Grows with every new instruction, also over restarts; a controller ignores smaller ones.
    pub sequence: i64,
    /// When it was made, by our clock; camps have no trusted one.
    pub issued_at: DateTime<Utc>,
    /// How long it holds, counted from receipt, s.
    pub valid_for_s: u32,
    /// The state asked for.
    pub desired: DesiredState,
    /// Why, in a sentence.
    pub why: String,
    /// Who allowed it: the signer of the envelope.
    pub authority: String,
}

/// Where an instruction stands, in the words of S2 (EN 50491-12-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InstructionStatus {
    /// Sent, not answered.
    New,
    /// Taken and will be carried out.
    Accepted,
    /// Refused.
    Rejected,
    /// Ended by us: replaced, released, or lapsed with the envelope.
    Revoked,
    /// Being carried out.
    Started,
    /// Carried out.
    Succeeded,
    /// Given up by the controller.
    Aborted,
}

impl InstructionStatus {
    /// True if it is a controller's word; the others are our own.
    pub fn is_answer(self) -> bool {
        !matches!(self, Self::New | Self::Revoked)
    }

    /// True once nothing more is to come.
    pub fn is_final(self) -> bool {
        match self {
            Self::Rejected | Self::Revoked | Self::Succeeded | Self::Aborted => true,
            Self::New | Self::Accepted | Self::Started => false,
        }
    }
}

/// A controller's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Version of this message.
    pub schema: u32,
    /// The asset.
    pub asset: String,
    /// The instruction's sequence.
    pub sequence: i64,
    /// Where it stands.
    pub status: InstructionStatus,
    /// The controller's own words, if it has any.
    #[serde(default)]
    pub detail: String,
}

impl Acknowledgement {
    /// Reads an answer that came on the topic of `asset`; nobody answers for another.
    pub fn read(payload: &[u8], asset: &str) -> Result<Self, String> {
        let ack: Self = serde_json::from_slice(payload).map_err(|e| e.to_string())?;
        if ack.asset != asset {
            return Err(format!("it speaks of {}", ack.asset));
        }
        if ack.schema != MESSAGE_SCHEMA {
            return Err(format!("schema {}: must be {MESSAGE_SCHEMA}", ack.schema));
        }
        if !ack.status.is_answer() {
            return Err(format!("{:?} is no word of a controller", ack.status));
        }
        Ok(ack)
    }
}

/// Sign of life; a controller acts on no instruction before it has heard one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Version of this message.
    pub schema: u32,
    /// Name of the site.
    pub site: String,
    /// Grows by one with each heartbeat since the service started.
    pub beat: u64,
    /// When it was sent, by our clock.
    pub sent_at: DateTime<Utc>,
    /// Seconds to the next one.
    pub next_in_s: u32,
    /// The mode in force: `advise` or `act`.
    pub mode: String,
    /// The current plan, if there is one.
    pub plan_id: Option<i64>,
}

/// An instruction with its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstructionRecord {
    /// The instruction.
    pub instruction: Instruction,
    /// Where it stands.
    pub status: InstructionStatus,
    /// Since when it stands there.
    pub status_at: DateTime<Utc>,
    /// The controller's last words.
    pub detail: String,
}

impl InstructionRecord {
    /// True if a controller may hold to it.
    pub fn may_hold(&self) -> bool {
        !matches!(
            self.status,
            InstructionStatus::Rejected | InstructionStatus::Revoked | InstructionStatus::Aborted
        )
    }

    /// When it lapses, by our clock.
    pub fn lapses_at(&self) -> DateTime<Utc> {
        self.instruction.issued_at + TimeDelta::seconds(i64::from(self.instruction.valid_for_s))
    }

    /// True while it may be repeated.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.may_hold() && now < self.lapses_at()
    }
}
