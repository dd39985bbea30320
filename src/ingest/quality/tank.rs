//! A tank: its level changes by what flows in less what flows out.
//!
//! Flows are added up from an anchor, a level that fitted; after an hour that fits the anchor moves on.
//! A level that stands still to the last digit while water flows is at fault; else the one flow that
//! explains the difference: it says water and none comes, or none and it comes at its full flow.

use super::word::{Word, Words};
use crate::domain::point::PointId;

/// The difference that is let pass: share of the volume, for waves and the last digit.
const VOLUME_FRAC: f64 = 0.01;
/// The same, share of all that flowed: meters err, and flows change between two values.
const FLOW_FRAC: f64 = 0.05;
/// Values in a row that are off before a meter is named.
const CONFIRM: u32 = 3;
/// The anchor moves on after this, ms.
const WINDOW_MS: i64 = 3_600_000;
/// A flow older than this, or than three usual distances of the level, is not known, ms.
const SILENT_MS: i64 = 15 * 60_000;

/// A flow into the tank, or out of it.
#[derive(Debug, Clone)]
struct Flow {
    point: PointId,
    /// m3 in the tank for one of its unit and hour; negative out of it.
    factor: f64,
    full: f64,
    last: Option<(i64, f64)>,
    /// Into the tank since the anchor, m3, and what of it was there when all fitted last.
    volume_m3: f64,
    fitted_m3: f64,
}

/// Who is held at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Culprit {
    Level,
    Flow(usize),
}

/// A tank's book.
#[derive(Debug, Clone)]
pub(super) struct TankBook {
    level: PointId,
    capacity_m3: f64,
    flows: Vec<Flow>,
    anchor: Option<(i64, f64)>,
    /// When all fitted last, and by how much it was off then.
    fitted: (i64, f64),
    gross_m3: f64,
    /// What changes of flows between two values leave open, m3.
    unknown_m3: f64,
    off: u32,
    still: u32,
    last_level: Option<f64>,
    culprit: Option<Culprit>,
    /// A difference that no meter explains: a leak, or a meter that drifts, m3.
    unclear_m3: Option<f64>,
}

impl TankBook {
    pub(super) fn new(level: PointId, capacity_m3: f64) -> Self {
        Self {
            level,
            capacity_m3,
            flows: Vec::new(),
            anchor: None,
            fitted: (0, 0.0),
            gross_m3: 0.0,
            unknown_m3: 0.0,
            off: 0,
            still: 0,
            last_level: None,
            culprit: None,
            unclear_m3: None,
        }
    }

    /// Adds a flow; gives its number. `full` is its largest value.
    pub(super) fn add(&mut self, point: PointId, factor: f64, full: f64) -> usize {
        self.flows.push(Flow { point, factor, full, last: None, volume_m3: 0.0, fitted_m3: 0.0 });
        self.flows.len() - 1
    }

    /// The point of its level.
    pub(super) fn level_point(&self) -> PointId {
        self.level
    }

    pub(super) fn holds_level_at_fault(&self) -> bool {
        self.culprit == Some(Culprit::Level)
    }

    pub(super) fn holds_flow_at_fault(&self, flow: usize) -> bool {
        self.culprit == Some(Culprit::Flow(flow))
    }

    /// A difference that no meter explains, m3.
    pub(super) fn unclear_m3(&self) -> Option<f64> {
        self.unclear_m3
    }

    /// Takes in a flow. One that is doubted breaks the book, and so does a hole.
    pub(super) fn flow(
        &mut self,
        flow: usize,
        time_ms: i64,
        value: f64,
        usual_ms: i64,
        is_doubted: bool,
    ) {
        let Some(f) = self.flows.get_mut(flow) else { return };
        if is_doubted {
            f.last = None;
            self.anchor = None;
            return;
        }
        let hole_ms = SILENT_MS.max(3 * usual_ms);
        if f.last.is_some_and(|(from_ms, _)| time_ms - from_ms > hole_ms) {
            // What flowed meanwhile nobody knows.
            f.last = None;
            self.anchor = None;
        }
        if let Some((from_ms, from)) = f.last {
            let m3 = f.factor * 0.5 * (from + value) * (time_ms - from_ms) as f64 / 3.6e6;
            f.volume_m3 += m3;
            self.gross_m3 += m3.abs();
            // When between the two it changed nobody knows.
            self.unknown_m3 +=
                (f.factor * 0.5 * (value - from) * (time_ms - from_ms) as f64 / 3.6e6).abs();
        }
        f.last = Some((time_ms, value));
    }

    /// Takes in a level; `is_doubted` where its own rules speak against it.
    pub(super) fn level(
        &mut self,
        time_ms: i64,
        m3: f64,
        usual_ms: i64,
        is_doubted: bool,
    ) -> Words {
        let is_same = self.last_level.is_some_and(|last| last.to_bits() == m3.to_bits());
        self.still = if is_same { self.still + 1 } else { 0 };
        self.last_level = Some(m3);
        let oldest_ms = time_ms - SILENT_MS.max(3 * usual_ms);
        let all_known = self.flows.iter().all(|f| f.last.is_some_and(|(t, _)| t >= oldest_ms));
        let Some((from_ms, from_m3)) = self.anchor.filter(|_| all_known && !self.flows.is_empty())
        else {
            self.culprit = None;
            self.anchor_at((!is_doubted && all_known).then_some((time_ms, m3)));
            return [None; 2];
        };
        let net_m3: f64 = self.flows.iter().map(|f| f.volume_m3).sum();
        let should = (from_m3 + net_m3).clamp(0.0, self.capacity_m3);
        let found = Some(Word::Substitute(self.level, time_ms, should));
        if is_doubted {
            return [found, None];
        }
        // Flows that were heard a little earlier than the level.
        let ahead = |f: &Flow| {
            f.last.map_or(0.0, |(t, v)| (f.factor * v * (time_ms - t) as f64 / 3.6e6).abs())
        };
        let apart_m3: f64 = self.flows.iter().map(ahead).sum();
        let limit_m3 =
            VOLUME_FRAC * self.capacity_m3 + FLOW_FRAC * self.gross_m3 + self.unknown_m3 + apart_m3;
        let off_m3 = m3 - from_m3 - net_m3;
        // A full tank spills, an empty one gives nothing: there is no telling then.
        let is_between = m3 > limit_m3 && m3 < self.capacity_m3 - limit_m3;
        if off_m3.abs() <= limit_m3 || !is_between {
            let was = self.culprit.take();
            (self.off, self.unclear_m3) = (0, None);
            self.fitted = (time_ms, off_m3);
            self.flows.iter_mut().for_each(|f| f.fitted_m3 = f.volume_m3);
            if time_ms - from_ms >= WINDOW_MS || !is_between {
                self.anchor_at(Some((time_ms, m3)));
            }
            let right = was == Some(Culprit::Level);
            return [right.then_some(Word::Acquit(self.level, time_ms, m3)), None];
        }
        self.off += 1;
        if self.culprit == Some(Culprit::Level) && is_same {
            return [found, None];
        }
        if self.off < CONFIRM {
            return [None; 2];
        }
        if self.still >= CONFIRM {
            self.culprit = Some(Culprit::Level);
            return [Some(Word::Doubt(self.level, time_ms, m3)), found];
        }
        let words = self.blame_flow(off_m3, limit_m3, time_ms);
        if time_ms - from_ms >= WINDOW_MS {
            // Begun anew: what is at fault shows again.
            self.anchor_at(Some((time_ms, m3)));
        }
        words
    }

    /// Names the one flow that explains what went off since all fitted last.
    fn blame_flow(&mut self, off_m3: f64, limit_m3: f64, time_ms: i64) -> Words {
        let (fitted_ms, fitted_off_m3) = self.fitted;
        let hours = (time_ms - fitted_ms) as f64 / 3.6e6;
        let since_m3 = off_m3 - fitted_off_m3;
        let mut explains = self.flows.iter().enumerate().filter_map(|(i, f)| {
            let said_m3 = f.volume_m3 - f.fitted_m3;
            let unsaid_m3 = f.factor * f.full * hours - said_m3;
            let fits = |m3: f64| (since_m3 - m3).abs() <= limit_m3;
            let none_came = said_m3.abs() > 0.5 * limit_m3 && fits(-said_m3);
            let all_came = said_m3.abs() < 0.1 * limit_m3
                && unsaid_m3.abs() > 0.5 * limit_m3
                && fits(unsaid_m3);
            (none_came || all_came).then_some((i, if none_came { 0.0 } else { f.full }))
        });
        let (first, second) = (explains.next(), explains.next());
        let (Some((i, should)), None) = (first, second) else {
            (self.culprit, self.unclear_m3) = (None, Some(off_m3));
            return [None; 2];
        };
        let Some((point, (heard_ms, value))) =
            self.flows.get(i).and_then(|f| Some((f.point, f.last?)))
        else {
            return [None; 2];
        };
        let is_new = self.culprit != Some(Culprit::Flow(i));
        (self.culprit, self.unclear_m3) = (Some(Culprit::Flow(i)), None);
        [
            is_new.then_some(Word::Doubt(point, heard_ms, value)),
            Some(Word::Substitute(point, heard_ms, should)),
        ]
    }

    fn anchor_at(&mut self, anchor: Option<(i64, f64)>) {
        self.anchor = anchor;
        (self.gross_m3, self.unknown_m3, self.off) = (0.0, 0.0, 0);
        self.fitted = (anchor.map_or(0, |(time_ms, _)| time_ms), 0.0);
        self.flows.iter_mut().for_each(|f| (f.volume_m3, f.fitted_m3) = (0.0, 0.0));
    }
}
