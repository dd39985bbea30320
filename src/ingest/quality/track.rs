//! One point: what is remembered of it, and in what order its values are judged.

use super::counter::{Count, count};
use super::interval::Interval;
use super::profile::{Nature, Profile};
use super::range::is_within;
use super::step::Steps;
use super::stuck::Stuck;
use super::unit::has_slipped;
use super::usual::Usual;
use crate::domain::quality::{Quality, Reason};

/// Times that are remembered, to know a repetition by.
const REMEMBERED: usize = 8;
/// After so many doubted values in a row a level by which they agree is taken for the truth.
const GIVE_IN: u32 = 200;
/// After so many values in a row that are too far from the old level and agree with each other, the
/// new level is taken for the truth, where only what is usual spoke against it.
const AGREE: u32 = 1;

/// Values that are closer than the usual distance by this factor come denser than usual.
const DENSER: i64 = 3;

/// A point is known by its nights and days after so long.
const DAYS_MS: i64 = 2 * 86_400_000;

/// Smaller is zero.
const TINY: f64 = 1e-9;

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Value {
    time_ms: i64,
    value: f64,
}

/// A value that was taken for good and is not any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revised {
    /// Its time, ms since 1970.
    pub time_ms: i64,
    /// The value.
    pub value: f64,
    /// What was thought of it.
    pub was: Option<Reason>,
    /// What is thought of it now.
    pub reason: Option<Reason>,
}

/// What is thought of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judged {
    /// The newest of its point: what is thought of it, and of the one before it now.
    Newest(Option<Reason>, Option<Revised>),
    /// Older than the newest of its point: true for all we know, if it lies within the range.
    Late(Option<Reason>),
    /// It says what was said before, of the same time.
    Repeated,
}

/// What is remembered of a point.
#[derive(Debug, Clone, Default)]
pub struct Track {
    heard: [Option<(i64, u64)>; REMEMBERED],
    next_heard: usize,
    newest_ms: Option<i64>,
    /// The newest good value, and the one before it.
    good: Option<Value>,
    before: Option<Value>,
    /// The newest value if it was doubted, and how many were so in a row.
    doubted: Option<(Value, Reason)>,
    doubts: u32,
    /// How many of them agree with each other.
    agreeing: u32,
    interval: Interval,
    steps: Steps,
    stuck: Stuck,
    /// Since when it learns, ms since 1970.
    stuck_since_ms: Option<i64>,
    largest: Usual,
    /// Of `1 / value`: the usual least of the values is one by its largest.
    smallest: Usual,
}

impl Track {
    /// Judges a value, O(1).
    pub fn judge(&mut self, profile: &Profile, time_ms: i64, value: f64) -> Judged {
        let key = (time_ms, value.to_bits());
        if self.heard.contains(&Some(key)) {
            return Judged::Repeated;
        }
        self.heard[self.next_heard] = Some(key);
        self.next_heard = (self.next_heard + 1) % REMEMBERED;
        let is_inside = is_within(profile, value);
        if self.newest_ms.is_some_and(|newest| time_ms <= newest) {
            return Judged::Late((!is_inside).then_some(Reason::Range));
        }
        self.stuck_since_ms = self.stuck_since_ms.or(Some(time_ms));
        let is_dense = self.newest_ms.is_some_and(|newest| self.is_denser(time_ms - newest));
        self.newest_ms = Some(time_ms);
        let this = Value { time_ms, value };
        let reason = self.fault(profile, this, is_inside, is_dense);
        let revised = match reason {
            Some(reason) if reason.quality() == Quality::Suspect => {
                self.doubt(this, reason);
                None
            }
            _ => self.trust(profile, this),
        };
        Judged::Newest(reason, revised)
    }

    /// Takes in the distance to the value before, ms; true if values come denser than usual. Equal values
    /// then say little: what runs are usual was learnt of values further apart, and is learnt anew once
    /// the new distance is the usual one.
    fn is_denser(&mut self, distance_ms: i64) -> bool {
        let before = self.interval.usual_ms();
        self.interval.learn(distance_ms);
        let now = self.interval.usual_ms();
        if let (Some(before), Some(now)) = (before, now)
            && now * DENSER < before
        {
            self.stuck = Stuck::default();
            self.stuck_since_ms = self.newest_ms;
        }
        before.is_some_and(|usual| distance_ms * DENSER < usual)
    }

    /// The usual distance between its values, ms.
    pub fn usual_ms(&self) -> Option<i64> {
        self.interval.usual_ms()
    }

    /// Other meters belie it: what it said last is nothing to hold the next against.
    pub fn let_go(&mut self) {
        (self.good, self.before) = (None, None);
    }

    /// Distance of two times in usual intervals.
    fn intervals(&self, distance_ms: i64) -> f64 {
        self.interval.usual_ms().map_or(1.0, |usual| distance_ms as f64 / usual as f64)
    }

    fn is_too_fast(&self, profile: &Profile, old: Value, this: Value) -> bool {
        let distance_ms = this.time_ms - old.time_ms;
        let intervals = self.intervals(distance_ms);
        self.steps.is_too_fast(profile, old.value, this.value, distance_ms, intervals)
    }

    /// What speaks against a value that is newer than all before it.
    fn fault(
        &mut self,
        profile: &Profile,
        this: Value,
        is_inside: bool,
        is_dense: bool,
    ) -> Option<Reason> {
        let last = self.doubted.map(|(doubted, _)| doubted).or(self.good);
        let said = last.map(|last| last.value);
        let may_rest = profile.nature == Nature::Switched;
        let is_judged = matches!(profile.nature, Nature::Live | Nature::Switched) && !is_dense;
        let is_known = self.stuck_since_ms.is_some_and(|since| this.time_ms - since >= DAYS_MS);
        let is_stuck =
            is_judged && self.stuck.take(this.value, said, profile.span(), may_rest, is_known);
        let old = self.good;
        if profile.nature == Nature::Flag || old.is_none() {
            return (!is_inside).then_some(Reason::Range);
        }
        let old = old?;
        if profile.nature == Nature::Counter {
            return self.counted(profile, old, this, is_inside);
        }
        let least = self.smallest.largest().map(|most| 1.0 / most);
        if has_slipped(profile, this.value, old.value, self.largest.largest(), least) {
            return Some(Reason::Unit);
        }
        if !is_inside {
            return Some(Reason::Range);
        }
        if is_stuck {
            return Some(Reason::Stuck);
        }
        if !self.is_too_fast(profile, old, this) {
            return None;
        }
        // Too far from the last good value: true if others have come to the same new level.
        let agrees = self.doubted.is_some_and(|(doubted, reason)| {
            reason == Reason::Rate && !self.is_too_fast(profile, doubted, this)
        });
        self.agreeing = if agrees { self.agreeing + 1 } else { 0 };
        let by_equipment = profile.rise_per_h.is_some() || profile.fall_per_h.is_some();
        let wanted = if by_equipment { GIVE_IN } else { AGREE };
        if self.agreeing >= wanted {
            self.before = None;
            return None;
        }
        Some(Reason::Rate)
    }

    fn counted(
        &mut self,
        profile: &Profile,
        old: Value,
        this: Value,
        is_inside: bool,
    ) -> Option<Reason> {
        if !is_inside {
            return Some(Reason::Range);
        }
        let Count::Told(reason) = count(profile, old.value, this.value, this.time_ms - old.time_ms)
        else {
            return None;
        };
        // It may have been replaced: many that count on from each other.
        let on = self.doubted.is_some_and(|(d, _)| {
            count(profile, d.value, this.value, this.time_ms - d.time_ms) == Count::On
        });
        self.agreeing = if on { self.agreeing + 1 } else { 0 };
        if self.agreeing >= GIVE_IN {
            return Some(Reason::CounterReset);
        }
        Some(reason)
    }

    fn doubt(&mut self, this: Value, reason: Reason) {
        self.doubted = Some((this, reason));
        self.doubts += 1;
        if self.doubts >= GIVE_IN && reason != Reason::Range && reason != Reason::CounterFell {
            // What was learnt fits no more: learn anew.
            let interval = self.interval;
            let (heard, next_heard, newest_ms) = (self.heard, self.next_heard, self.newest_ms);
            *self = Self { heard, next_heard, newest_ms, interval, ..Self::default() };
        }
    }

    /// Takes a value for true, learns from it, and looks back at the one before.
    fn trust(&mut self, profile: &Profile, this: Value) -> Option<Revised> {
        let mut revised = None;
        let is_learnt = !matches!(profile.nature, Nature::Counter | Nature::Flag);
        if let Some(old) = self.good.filter(|_| is_learnt) {
            // Steps over gaps are no measure of steps.
            if self.intervals(this.time_ms - old.time_ms) < 1.5 {
                self.steps.learn_step(profile, old.value, this.value);
                if let Some(before) =
                    self.before.filter(|b| self.intervals(old.time_ms - b.time_ms) < 1.5)
                    && self.steps.sticks_out(profile, before.value, old.value, this.value)
                {
                    revised = Some(Revised {
                        time_ms: old.time_ms,
                        value: old.value,
                        was: None,
                        reason: Some(Reason::Spike),
                    });
                }
            }
            self.largest.learn(this.value.abs(), 0.0);
            self.smallest.learn(1.0 / this.value.abs().max(TINY), 0.0);
        }
        // One that was too far, and all is as before: that was a spike.
        if let (Some((value, Reason::Rate)), 1, Some(_)) = (self.doubted, self.doubts, self.before)
            && is_learnt
            && self.agreeing == 0
        {
            let (time_ms, value) = (value.time_ms, value.value);
            let (was, reason) = (Some(Reason::Rate), Some(Reason::Spike));
            revised = revised.or(Some(Revised { time_ms, value, was, reason }));
        }
        (self.doubted, self.doubts, self.agreeing) = (None, 0, 0);
        // A spike is no neighbour of the next.
        if revised.is_none_or(|revised| revised.was.is_some()) {
            self.before = self.good;
        }
        self.good = Some(this);
        revised
    }
}
