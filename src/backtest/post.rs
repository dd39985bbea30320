//! The way between control and the simulated controllers, in place of a broker: the same payloads, read as
//! a controller reads them.

use crate::control::MessageSink;
use crate::domain::instruction::{Heartbeat, Instruction};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// What control has sent to controllers.
#[derive(Debug, Clone)]
pub(super) enum Letter {
    Heartbeat(Heartbeat),
    Instruction(Instruction),
}

/// Letters on their way, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Post {
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Post {
    /// Everything that was sent since the last call.
    pub(super) fn collect(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, letter: Option<Letter>) {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).extend(letter);
    }
}

impl MessageSink for Post {
    fn instruct(&self, _asset: &str, payload: Vec<u8>, _not_after: DateTime<Utc>) {
        self.put(serde_json::from_slice(&payload).ok().map(Letter::Instruction));
    }

    /// What was sent is there at once: nothing waits that could be withdrawn.
    fn withdraw(&self, _asset: &str) {}

    fn heartbeat(&self, payload: Vec<u8>, _not_after: DateTime<Utc>) {
        self.put(serde_json::from_slice(&payload).ok().map(Letter::Heartbeat));
    }

    fn advise(&self, _payload: Vec<u8>, _not_after: DateTime<Utc>) {}

    fn alarm(&self, _payload: Vec<u8>, _not_after: DateTime<Utc>) {}
}
