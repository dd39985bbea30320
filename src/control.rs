//! From the current plan to advice and, inside an envelope, instructions; heartbeats; answers.
//!
//! Nothing leaves for a controller in mode *advise*, and nothing but alarms in mode *monitor*. An instruction is repeated with each heartbeat
//! while it is valid, never retained, and dropped unsent when it is too old to be true.

mod advice;
mod dispatch;
mod ledger;
mod silence;

pub use advice::{Advice, advice};
pub use dispatch::{Wanted, wanted};
pub use ledger::{Ledger, Step};

use crate::domain::alarm::Severity;
use crate::domain::instruction::{Acknowledgement, Heartbeat, Instruction, MESSAGE_SCHEMA};
use crate::domain::mode::Mode;
use crate::domain::stop::Stop;
use crate::live::Live;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Instructions that are looked through at the start for open ones; a camp has fewer assets.
const MOST_OPEN: usize = 1000;

/// Longest validity of an instruction, s.
const LONGEST_VALID_S: i64 = 3600;

/// Seconds between heartbeats.
pub const HEARTBEAT_S: u32 = 10;

/// Where messages leave. The outbox is one; tests have another.
pub trait MessageSink: Send {
    /// Sends to controllers: an instruction, by its asset.
    fn instruct(&self, asset: &str, payload: Vec<u8>, not_after: DateTime<Utc>);
    /// Takes an instruction back that has not left yet.
    fn withdraw(&self, asset: &str);
    /// Sends a heartbeat.
    fn heartbeat(&self, payload: Vec<u8>, not_after: DateTime<Utc>);
    /// Sends advice.
    fn advise(&self, payload: Vec<u8>, not_after: DateTime<Utc>);
    /// Sends the alarms that stand.
    fn alarm(&self, payload: Vec<u8>, not_after: DateTime<Utc>);
}

/// Control before it runs.
#[derive(Debug)]
pub struct Control<S> {
    live: Arc<Live>,
    sink: S,
    ledger: Ledger,
    beat: u64,
    /// Whether an envelope was in force a moment ago.
    acts: bool,
}

impl<S: MessageSink> Control<S> {
    /// Prepares control; the sequence goes on where the store left it.
    pub fn new(live: Arc<Live>, sink: S, last_sequence: i64) -> Self {
        let ledger = Ledger::new(last_sequence);
        let control = Self { live, sink, ledger, beat: 0, acts: false };
        control.close_what_is_open();
        control
    }

    /// What an earlier run of the service left open has lapsed with it.
    fn close_what_is_open(&self) {
        let now = self.live.clock.now();
        match self.live.records.instructions(MOST_OPEN) {
            Ok(list) => {
                let open = list.into_iter();
                let open = open.filter_map(|r| ledger::revoked(r, "the service ended", now));
                for record in open {
                    self.keep(&record);
                }
            }
            Err(error) => {
                let message = format!("old instructions cannot be read: {error}");
                self.live.raise("store", "", Severity::Critical, &message);
            }
        }
    }

    /// Runs until told to stop.
    pub async fn run(
        mut self,
        mut plans: watch::Receiver<u64>,
        mut acks: mpsc::Receiver<Acknowledgement>,
        mut stop: Stop,
    ) {
        let mut next = self.live.clock.now();
        loop {
            let clock = self.live.clock.clone();
            tokio::select! {
                () = clock.until(next) => {
                    self.beat();
                    next = clock.now() + TimeDelta::seconds(i64::from(HEARTBEAT_S));
                }
                Ok(()) = plans.changed() => {
                    self.advise();
                    self.instruct();
                }
                Some(ack) = acks.recv() => self.answered(&ack),
                () = stop.asked() => return,
            }
        }
    }

    /// One heartbeat, with the instructions that are valid.
    pub fn beat(&mut self) {
        let now = self.live.clock.now();
        self.beat += 1;
        let heartbeat = Heartbeat {
            schema: MESSAGE_SCHEMA,
            site: self.live.file.site.name.clone(),
            beat: self.beat,
            sent_at: now,
            next_in_s: HEARTBEAT_S,
            mode: self.live.mode.name_at(now).to_owned(),
            plan_id: self.live.plan().filter(|p| now < p.valid_until).map(|p| p.id),
        };
        // A controller that hears nothing looks after its plant itself: so it shall be while we only watch.
        if self.live.mode != Mode::Monitor {
            self.send(&heartbeat, MessageSink::heartbeat);
        }
        if self.live.plan().is_some_and(|p| now >= p.valid_until) {
            let message = "the plan has expired and no newer one is there";
            self.live.raise("no_plan", "", Severity::Critical, message);
        }
        silence::watch(&self.live, now);
        let alarms = self.live.alarms();
        self.send(&alarms, MessageSink::alarm);
        self.instruct();
        self.expire(now);
    }

    /// What the current plan advises now.
    pub fn advise(&mut self) {
        let now = self.live.clock.now();
        if self.live.mode == Mode::Monitor {
            return;
        }
        let Some(record) = self.live.plan() else { return };
        let Some(advice) = advice(&record, now) else { return };
        self.send(&advice, MessageSink::advise);
    }

    /// Sends what the envelope allows, and releases what is not wanted any more.
    fn instruct(&mut self) {
        let now = self.live.clock.now();
        let live = Arc::clone(&self.live);
        let Some(envelope) = live.mode.envelope_at(now) else {
            self.end_acting(now);
            return;
        };
        self.acts = true;
        let Some(record) = live.plan().filter(|p| now < p.valid_until) else {
            let released = self.ledger.release_others(&[], now);
            for step in released {
                self.tell(&step, "control");
            }
            return;
        };
        let state = live.state();
        let mut allowed = Vec::new();
        for wanted in wanted(&record, now) {
            match dispatch::within(&wanted, envelope, &state) {
                Ok(()) => allowed.push(wanted),
                Err(None) => {}
                Err(Some(why)) => {
                    if self.ledger.note_refusal(&wanted.asset, &why) {
                        live.record_action("control", "instruction.outside_envelope", &why);
                    }
                }
            }
        }
        let released = self.ledger.release_others(&allowed, now);
        for step in released {
            self.tell(&step, "control");
        }
        // Nothing is asked for beyond the plan's validity, nor beyond the envelope's.
        let until = record.valid_until.min(envelope.expires_at);
        let valid_s = (until - now).num_seconds().clamp(1, LONGEST_VALID_S);
        let valid_for_s = u32::try_from(valid_s).unwrap_or(1);
        for wanted in allowed {
            let step = self.ledger.issue(&wanted, &record, &envelope.signed_by, valid_for_s, now);
            if let Some(step) = step {
                self.tell(&step, &envelope.signed_by);
            }
        }
    }

    /// The envelope has expired, or there never was one.
    fn end_acting(&mut self, now: DateTime<Utc>) {
        for asset in self.ledger.assets() {
            self.sink.withdraw(&asset);
        }
        for record in self.ledger.revoke_all(now) {
            self.keep(&record);
        }
        if std::mem::take(&mut self.acts) {
            self.live.record_action("control", "mode.expired", "the envelope has expired");
        }
    }

    /// Sends an instruction; a new one is kept, with who asked for it and why.
    fn tell(&self, step: &Step, who: &str) {
        let current = match step {
            Step::New(current, _) | Step::Repeat(current) => current,
            Step::Ended(record) => return self.keep(record),
        };
        let instruction = &current.instruction;
        if let Step::New(new, replaced) = step {
            if let Some(old) = replaced {
                self.keep(old);
            }
            self.keep(new);
            self.live.metrics.instructions.inc();
            let word = if instruction.desired.is_release() { "released" } else { "sent" };
            let what = format!("instruction.{word} {} {}", instruction.asset, instruction.sequence);
            self.live.record_action(who, &what, &instruction.why);
        }
        let asset = &instruction.asset;
        // Who hears it only now holds it for what is left, not for its whole time.
        let left_s = (current.lapses_at() - self.live.clock.now()).num_seconds().max(1);
        let valid_for_s = u32::try_from(left_s).unwrap_or(1);
        let instruction = &Instruction { valid_for_s, ..instruction.clone() };
        self.send(instruction, |sink, payload, until| sink.instruct(asset, payload, until));
    }

    fn keep(&self, record: &crate::domain::instruction::InstructionRecord) {
        if let Err(error) = self.live.records.put_instruction(record) {
            let message = format!("an instruction cannot be kept: {error}");
            self.live.raise("store", "", Severity::Critical, &message);
        }
    }

    /// A controller's answer.
    pub fn answered(&mut self, ack: &Acknowledgement) {
        let now = self.live.clock.now();
        let Some(record) = self.ledger.answer(ack, now) else { return };
        self.keep(&record);
        if record.status == crate::domain::instruction::InstructionStatus::Rejected
            || record.status == crate::domain::instruction::InstructionStatus::Aborted
        {
            self.lost(
                &ack.asset,
                &format!("its controller answered {:?}: {}", ack.status, ack.detail),
            );
        } else {
            self.live.back_in_reach(&ack.asset);
        }
    }

    /// Instructions that nobody answered.
    fn expire(&mut self, now: DateTime<Utc>) {
        for record in self.ledger.unanswered(now) {
            self.keep(&record);
            self.lost(&record.instruction.asset, "its controller does not answer");
        }
    }

    fn lost(&self, asset: &str, why: &str) {
        self.live.metrics.instructions_rejected.inc();
        self.live.out_of_reach_for(asset, why);
        self.live.raise("asset_out", asset, Severity::Warning, &format!("{asset}: {why}"));
    }

    fn send<T: Serialize>(&self, message: &T, give: impl FnOnce(&S, Vec<u8>, DateTime<Utc>)) {
        // A message that waits longer than two heartbeats is not true any more.
        let until = self.live.clock.now() + TimeDelta::seconds(2 * i64::from(HEARTBEAT_S));
        match serde_json::to_vec(message) {
            Ok(payload) => give(&self.sink, payload, until),
            Err(error) => tracing::error!("a message cannot be written: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
