//! The unsealed tail: what the journal holds, in memory, by point.

use crate::domain::quality::Reason;
use crate::domain::reading::Reading;
use std::collections::HashMap;

/// A value of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) time_ms: i64,
    pub(super) value: f64,
    /// Code of the reason, 0 for none.
    pub(super) reason: u8,
}

impl Value {
    pub(super) fn of(reading: &Reading) -> Self {
        Self {
            time_ms: reading.time_ms,
            value: reading.value,
            reason: reading.reason.map_or(0, Reason::code),
        }
    }
}

/// Values by point, in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail {
    by_point: HashMap<i64, Vec<Value>>,
    count: usize,
}

impl Tail {
    pub(super) fn push(&mut self, point: i64, value: Value) {
        self.by_point.entry(point).or_default().push(value);
        self.count += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The time of the oldest value of a point.
    pub(super) fn oldest(&self, point: i64) -> Option<i64> {
        self.by_point.get(&point)?.iter().map(|v| v.time_ms).min()
    }

    /// Empties the tail; points keep their room, for more of the same will come.
    pub(super) fn clear(&mut self) {
        self.by_point.values_mut().for_each(Vec::clear);
        self.count = 0;
    }

    pub(super) fn range(&self, point: i64, from_ms: i64, to_ms: i64) -> Vec<Value> {
        let all = self.by_point.get(&point).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|v| v.time_ms >= from_ms && v.time_ms < to_ms).copied().collect()
    }

    /// Each point's values, oldest first, each time once, the last value of a time standing.
    pub(super) fn settled(&self) -> impl Iterator<Item = (i64, Vec<Value>)> {
        self.by_point.iter().filter(|(_, values)| !values.is_empty()).map(|(point, values)| {
            let mut values = values.clone();
            settle(&mut values);
            (*point, values)
        })
    }
}

/// Puts values in order of time, each time once, the last value of a time standing.
pub(super) fn settle(values: &mut Vec<Value>) {
    // The sort is stable: of one time the value written last comes last.
    values.sort_by_key(|v| v.time_ms);
    values.reverse();
    values.dedup_by_key(|v| v.time_ms);
    values.reverse();
}
