//! What is remembered over the passes of a reading.

use super::join;
use crate::lenient::node::Position;
use crate::lenient::{Located, Reading};
use camp_solver::Fault;
use serde::de;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Why one pass over the tree ended early.
#[derive(Debug)]
pub(in crate::lenient) enum Stop {
    /// A required field is missing in the struct being read.
    Missing(String),
    /// A value was refused by its own type (a date that is none).
    Wrong(String),
    /// The fault is noted; read again from the top.
    Again,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
impl std::error::Error for Stop {}
impl de::Error for Stop {
    fn custom<T: fmt::Display>(msg: T) -> Self {
        Self::Wrong(msg.to_string())
    }
    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field.to_owned())
    }
}

/// What has been noted so far; kept over the passes.
#[derive(Debug, Default)]
pub(in crate::lenient) struct Context {
    pub(in crate::lenient) faults: RefCell<BTreeMap<String, Located>>,
    /// Missing fields that get a stand-in, by path.
    pub(in crate::lenient) missing: RefCell<Vec<String>>,
    /// Texts that their type refused: how many stand-ins were tried, by path.
    pub(in crate::lenient) refused: RefCell<BTreeMap<String, usize>>,
}

/// Stand-ins for texts whose types have a grammar: times and dates.
pub(in crate::lenient) const STAND_INS: [&str; 4] =
    ["00:00:00", "2000-01-01T00:00:00", "2000-01-01T00:00:00Z", "1"];

impl Context {
    pub(in crate::lenient) fn note(
        &self,
        path: String,
        value: String,
        rule: String,
        at: Option<Position>,
    ) {
        let located = Located { fault: Fault { path: path.clone(), value, rule }, position: at };
        self.faults.borrow_mut().entry(path).or_insert(located);
    }

    pub(in crate::lenient) fn note_missing(&self, path: &str, field: &str, at: Option<Position>) {
        let path = join(path, field);
        self.note(path.clone(), String::new(), "is missing".to_owned(), at);
        self.missing.borrow_mut().push(path);
    }

    pub(in crate::lenient) fn finish<T>(self, value: Option<T>) -> Reading<T> {
        let faults = self.faults.into_inner();
        let replaced = faults.keys().cloned().collect();
        Reading { value, faults: faults.into_values().collect(), replaced }
    }
}
