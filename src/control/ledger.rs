//! The life of instructions: issued, repeated, answered, taken back.

use super::dispatch::Wanted;
use crate::domain::instruction::{
    Acknowledgement, DesiredState, Instruction, InstructionRecord, InstructionStatus,
    MESSAGE_SCHEMA,
};
use crate::domain::plan_record::PlanRecord;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A controller that does not answer for this long is lost.
const ANSWER_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// What stands with an instruction that nobody answered.
const NO_ANSWER: &str = "no answer";

/// An instruction to send.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A new one, and the one that it ends, if that was still open.
    New(InstructionRecord, Option<Box<InstructionRecord>>),
    /// One that was sent before and still holds.
    Repeat(InstructionRecord),
    /// One that has ended by itself: nothing is sent.
    Ended(InstructionRecord),
}

/// Every asset's last instruction.
#[derive(Debug)]
pub struct Ledger {
    sequence: i64,
    current: BTreeMap<String, InstructionRecord>,
    refusals: BTreeMap<String, String>,
}

impl Ledger {
    /// A ledger whose next instruction has the number after `last_sequence`.
    pub fn new(last_sequence: i64) -> Self {
        Self { sequence: last_sequence, current: BTreeMap::new(), refusals: BTreeMap::new() }
    }

    /// Issues what is wanted, or repeats it while it is the same and holds for half its time yet.
    /// Nothing for a while after a refusal.
    pub fn issue(
        &mut self,
        wanted: &Wanted,
        plan: &PlanRecord,
        authority: &str,
        valid_for_s: u32,
        now: DateTime<Utc>,
    ) -> Option<Step> {
        self.refusals.remove(&wanted.asset);
        if let Some(current) = self.current.get(&wanted.asset) {
            let instruction = &current.instruction;
            let age = now - instruction.issued_at;
            let half = TimeDelta::seconds(i64::from(instruction.valid_for_s) / 2);
            let same = instruction.desired == wanted.desired && current.is_valid(now);
            if same && age < half {
                return Some(Step::Repeat(current.clone()));
            }
            if !current.may_hold() && age < ANSWER_WITHIN {
                // It has just said no; asking again at once is not polite.
                return None;
            }
        }
        self.sequence += 1;
        let record = InstructionRecord {
            instruction: Instruction {
                schema: MESSAGE_SCHEMA,
                asset: wanted.asset.clone(),
                plan_id: plan.id,
                sequence: self.sequence,
                issued_at: now,
                valid_for_s,
                desired: wanted.desired.clone(),
                why: wanted.why.clone(),
                authority: authority.to_owned(),
            },
            status: InstructionStatus::New,
            status_at: now,
            detail: String::new(),
        };
        let replaced = self.current.insert(wanted.asset.clone(), record.clone());
        let why = format!("replaced by {}", self.sequence);
        Some(Step::New(record, replaced.and_then(|old| revoked(old, &why, now)).map(Box::new)))
    }

    /// Takes an answer in; nothing if it does not concern the asset's last instruction.
    pub fn answer(
        &mut self,
        ack: &Acknowledgement,
        now: DateTime<Utc>,
    ) -> Option<InstructionRecord> {
        let record = self.current.get_mut(&ack.asset)?;
        let concerns = record.instruction.sequence == ack.sequence && !record.status.is_final();
        if !concerns || !ack.status.is_answer() || record.status == ack.status {
            return None;
        }
        record.status = ack.status;
        record.status_at = now;
        record.detail = ack.detail.chars().take(200).collect();
        Some(record.clone())
    }

    /// Instructions that nobody answered in time; each is told once.
    pub fn unanswered(&mut self, now: DateTime<Utc>) -> Vec<InstructionRecord> {
        let late = |r: &&mut InstructionRecord| {
            r.status == InstructionStatus::New && now - r.instruction.issued_at > ANSWER_WITHIN
        };
        let mut list = Vec::new();
        for record in self.current.values_mut().filter(late) {
            record.status = InstructionStatus::Aborted;
            record.status_at = now;
            NO_ANSWER.clone_into(&mut record.detail);
            list.push(record.clone());
        }
        list
    }

    /// Releases what is held and not among `wanted` any more, to its own control. A release is
    /// repeated for as long as what it ends could have been held.
    pub fn release_others(&mut self, wanted: &[Wanted], now: DateTime<Utc>) -> Vec<Step> {
        let is_wanted = |asset: &str| wanted.iter().any(|w| w.asset == asset);
        let others = self.current.keys().filter(|asset| !is_wanted(asset));
        let others: Vec<String> = others.cloned().collect();
        others.iter().filter_map(|asset| self.release(asset, now)).collect()
    }

    fn release(&mut self, asset: &str, now: DateTime<Utc>) -> Option<Step> {
        let current = self.current.get(asset)?;
        // A controller that does not answer may still hold on to what it heard.
        let silent = current.status == InstructionStatus::Aborted && current.detail == NO_ANSWER;
        let held_until = current.lapses_at();
        if !(silent || current.may_hold()) || now >= held_until {
            let lapsed = self.current.remove(asset)?;
            return revoked(lapsed, "it has lapsed", now).map(Step::Ended);
        }
        if current.instruction.desired.is_release() {
            return Some(Step::Repeat(current.clone()));
        }
        self.sequence += 1;
        let old = &current.instruction;
        let left = held_until - now;
        let instruction = Instruction {
            sequence: self.sequence,
            issued_at: now,
            valid_for_s: u32::try_from(left.num_seconds().max(1)).unwrap_or(1),
            desired: DesiredState::default(),
            why: "nothing is wanted of it any more".to_owned(),
            ..old.clone()
        };
        let (status, detail) = (InstructionStatus::New, String::new());
        let record = InstructionRecord { instruction, status, status_at: now, detail };
        let replaced = self.current.insert(asset.to_owned(), record.clone());
        let why = format!("replaced by {}", self.sequence);
        Some(Step::New(record, replaced.and_then(|old| revoked(old, &why, now)).map(Box::new)))
    }

    /// Assets with an instruction.
    pub fn assets(&self) -> Vec<String> {
        self.current.keys().cloned().collect()
    }

    /// Ends everything without a word: no envelope is in force, and heartbeats say so.
    pub fn revoke_all(&mut self, now: DateTime<Utc>) -> Vec<InstructionRecord> {
        let all: Vec<String> = self.current.keys().cloned().collect();
        let why = "no envelope in force";
        all.into_iter().filter_map(|asset| self.revoke(&asset, why, now)).collect()
    }

    fn revoke(&mut self, asset: &str, why: &str, now: DateTime<Utc>) -> Option<InstructionRecord> {
        let record = self.current.remove(asset)?;
        revoked(record, why, now)
    }

    /// Remembers a refusal of the envelope; true if it is news.
    pub fn note_refusal(&mut self, asset: &str, why: &str) -> bool {
        self.refusals.insert(asset.to_owned(), why.to_owned()).is_none_or(|old| old != why)
    }
}

/// An open instruction, taken back.
pub(super) fn revoked(
    mut record: InstructionRecord,
    why: &str,
    now: DateTime<Utc>,
) -> Option<InstructionRecord> {
    if record.status.is_final() {
        return None;
    }
    record.status = InstructionStatus::Revoked;
    record.status_at = now;
    why.clone_into(&mut record.detail);
    Some(record)
}
