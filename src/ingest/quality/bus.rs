//! The bus: what sources give is what consumers draw. Meters that do not add up are told apart by which
//! one explains the difference, and one that is doubted is found from all others.
//!
//! A round is over when every meter that speaks has spoken since the last one; the difference is
//! `sources - consumers - usual difference` (losses, and what no meter sees). Nothing is searched for
//! before the second round in a row that is off.

use super::usual::Usual;
use super::word::{Word, Words};
use crate::domain::point::PointId;

/// The difference that is let pass: share of what flows.
const FLOW_FRAC: f64 = 0.05;
/// The same, share of all ranges together.
const RANGE_FRAC: f64 = 0.003;
/// The same, times what is usual.
const TIMES: f64 = 2.0;
/// Where more than this share of what flows would have to be let pass, the bus says nothing.
const LARGEST_FRAC: f64 = 0.3;
/// Rounds in a row that are off before a meter is named.
const CONFIRM: u32 = 2;
/// Rounds before anything is said.
const LEARN: u32 = 30;
/// Weight of the newest round in the usual difference.
const WEIGHT: f64 = 1.0 / 500.0;
/// A meter that has not spoken for so long, or for three rounds, is counted out, ms.
const SILENT_MS: i64 = 15 * 60_000;
/// What it did besides is likely up to so many times its mean step.
const STEP_TIMES: f64 = 4.0;
/// It must do so better than any other by this share of the difference.
const CLEARLY_FRAC: f64 = 0.3;
/// A meter whose value changed in more than this share of rounds is alive.
const ALIVE_FRAC: f64 = 0.5;

/// A meter on the bus.
#[derive(Debug, Clone)]
struct Member {
    point: PointId,
    /// kW on the bus for one of its unit; positive for a source.
    factor: f64,
    max: f64,
    value: Option<f64>,
    time_ms: i64,
    is_fresh: bool,
    is_doubted: bool,
    /// Its value in the last round that added up.
    settled: Option<f64>,
    /// Share of rounds in which its value changed.
    alive_frac: f64,
    last_round: f64,
    /// Mean of its steps between rounds, kW.
    step_kw: f64,
}

impl Member {
    fn kw(&self) -> f64 {
        self.factor * self.value.unwrap_or(0.0)
    }
}

/// The meters of a bus.
#[derive(Debug, Clone, Default)]
pub(super) struct Bus {
    members: Vec<Member>,
    speaking: usize,
    fresh: usize,
    round_from_ms: i64,
    round_ms: i64,
    rounds: u32,
    bias_kw: f64,
    usual: Usual,
    off: u32,
    culprit: Option<usize>,
    /// The one that explained the first round that was off.
    suspected: Option<usize>,
    /// The difference that no single meter explains, kW.
    unclear_kw: Option<f64>,
}

impl Bus {
    /// Adds a meter; gives its number.
    pub(super) fn add(&mut self, point: PointId, factor: f64, max: f64) -> usize {
        self.members.push(Member {
            point,
            factor,
            max,
            value: None,
            time_ms: 0,
            is_fresh: false,
            is_doubted: false,
            settled: None,
            alive_frac: 0.0,
            last_round: f64::NAN,
            step_kw: 0.0,
        });
        self.members.len() - 1
    }

    /// Whether a meter is held at fault.
    pub(super) fn holds_at_fault(&self, member: usize) -> bool {
        self.culprit == Some(member)
    }

    /// A difference that no single meter explains, kW.
    pub(super) fn unclear_kw(&self) -> Option<f64> {
        self.unclear_kw
    }

    /// Takes in a value; `is_doubted` where its own rules speak against it.
    pub(super) fn take(
        &mut self,
        member: usize,
        time_ms: i64,
        value: f64,
        is_doubted: bool,
    ) -> Words {
        if self.fresh == 0 {
            self.round_from_ms = time_ms;
        }
        let Some(m) = self.members.get_mut(member) else { return [None; 2] };
        if m.value.is_none() {
            self.speaking += 1;
            self.learn_anew();
        }
        let Some(m) = self.members.get_mut(member) else { return [None; 2] };
        self.fresh += usize::from(!m.is_fresh);
        (m.value, m.time_ms, m.is_fresh, m.is_doubted) = (Some(value), time_ms, true, is_doubted);
        let patience_ms = SILENT_MS.max(3 * self.round_ms);
        if self.fresh < self.speaking && time_ms - self.round_from_ms > patience_ms {
            self.count_out();
        }
        if self.fresh < self.speaking || self.speaking < 3 {
            return [None; 2];
        }
        self.end_round(time_ms)
    }

    /// Meters that have fallen silent do not hold the others up.
    fn count_out(&mut self) {
        for m in &mut self.members {
            if m.value.is_some() && !m.is_fresh {
                (m.value, m.settled) = (None, None);
                self.speaking -= 1;
            }
        }
        self.learn_anew();
    }

    fn learn_anew(&mut self) {
        (self.rounds, self.bias_kw, self.usual) = (0, 0.0, Usual::default());
        (self.off, self.culprit, self.suspected, self.unclear_kw) = (0, None, None, None);
    }

    fn end_round(&mut self, time_ms: i64) -> Words {
        let (mut sum, mut flow, mut range, mut doubted, mut last) = (0.0, 0.0, 0.0, 0, None);
        for (i, m) in self.members.iter_mut().enumerate().filter(|(_, m)| m.value.is_some()) {
            sum += m.kw();
            range += m.factor.abs() * m.max;
            flow += m.kw().max(0.0);
            if m.is_doubted || self.culprit == Some(i) {
                doubted += 1;
                last = Some(i);
            }
            m.is_fresh = false;
        }
        self.fresh = 0;
        self.round_ms = time_ms - self.round_from_ms;
        if flow <= 0.0 {
            // Consumers alone have nothing to add up to.
            return [None; 2];
        }
        let off_kw = sum - self.bias_kw;
        let limit_kw = (FLOW_FRAC * flow).max(RANGE_FRAC * range);
        let usual = if self.rounds >= LEARN { self.usual.largest() } else { None };
        let Some(usual) = usual else {
            if doubted == 0 {
                self.learn(off_kw, limit_kw);
                self.settle();
            }
            return [None; 2];
        };
        let limit_kw = limit_kw.max(TIMES * usual);
        if limit_kw > LARGEST_FRAC * flow.max(LARGEST_FRAC * range) {
            return [None; 2];
        }
        match (doubted, last) {
            (0, _) => self.weigh(off_kw, limit_kw),
            (1, Some(i)) => self.find(i, off_kw, limit_kw),
            _ => [None; 2],
        }
    }

    /// What the doubted meter should have said, from all others.
    fn find(&mut self, member: usize, off_kw: f64, limit_kw: f64) -> Words {
        let is_culprit = self.culprit == Some(member);
        let Some(m) = self.members.get(member) else { return [None; 2] };
        let said = m.value.unwrap_or(0.0);
        let (point, time_ms) = (m.point, m.time_ms);
        if is_culprit && !m.is_doubted && off_kw.abs() <= limit_kw {
            (self.culprit, self.off) = (None, 0);
            self.settle();
            return [Some(Word::Acquit(point, time_ms, said)), None];
        }
        let should = said - off_kw / m.factor;
        let play = limit_kw / m.factor.abs();
        if !(-play..=m.max + play).contains(&should) {
            return [None; 2];
        }
        [Some(Word::Substitute(point, time_ms, should.clamp(0.0, m.max))), None]
    }

    /// A round in which no meter is doubted.
    fn weigh(&mut self, off_kw: f64, limit_kw: f64) -> Words {
        if off_kw.abs() <= limit_kw {
            (self.off, self.suspected, self.unclear_kw) = (0, None, None);
            self.learn(off_kw, limit_kw);
            self.settle();
            return [None; 2];
        }
        self.off += 1;
        // Only while what was settled is fresh: later every meter has moved.
        if self.off <= CONFIRM {
            self.suspected = self.suspected.or_else(|| self.explains(off_kw, limit_kw));
        }
        if self.off < CONFIRM {
            return [None; 2];
        }
        let Some((i, m)) = self.suspected.and_then(|i| Some((i, self.members.get(i)?))) else {
            self.unclear_kw = Some(off_kw);
            return [None; 2];
        };
        let said = m.value.unwrap_or(0.0);
        let should = (said - off_kw / m.factor).clamp(0.0, m.max);
        let words = [
            Some(Word::Doubt(m.point, m.time_ms, said)),
            Some(Word::Substitute(m.point, m.time_ms, should)),
        ];
        (self.culprit, self.suspected, self.unclear_kw) = (Some(i), None, None);
        words
    }

    /// The one meter that explains the difference by itself.
    fn explains(&self, off_kw: f64, limit_kw: f64) -> Option<usize> {
        let able = self.members.iter().enumerate().filter_map(|(i, m)| {
            let (value, settled) = (m.value?, m.settled?);
            let (should, play) = (value - off_kw / m.factor, limit_kw / m.factor.abs());
            let is_possible = (-play..=m.max + play).contains(&should);
            is_possible.then_some((i, m, value, settled))
        });
        // What is left when each is taken to have gone off since all was well.
        let left =
            |m: &Member, value: f64, settled: f64| (m.factor * (value - settled) - off_kw).abs();
        let mut best = (f64::INFINITY, None);
        let mut second = f64::INFINITY;
        for (i, m, value, settled) in able.clone() {
            let left_kw = left(m, value, settled);
            if left_kw < best.0 {
                second = best.0;
                best = (left_kw, Some(i));
            } else {
                second = second.min(left_kw);
            }
        }
        let usual_kw = best.1.and_then(|i| self.members.get(i)).map_or(0.0, |m| m.step_kw);
        let is_likely = best.0 <= limit_kw.max(STEP_TIMES * usual_kw);
        if is_likely && second - best.0 > CLEARLY_FRAC * off_kw.abs() {
            return best.1;
        }
        // Or the only living one that stood still while the others moved.
        let mut still = able.filter(|(_, m, value, settled)| {
            value.to_bits() == settled.to_bits() && m.alive_frac > ALIVE_FRAC
        });
        let (first, other) = (still.next(), still.next());
        if best.0 > limit_kw && other.is_none() { first.map(|(i, ..)| i) } else { None }
    }

    fn learn(&mut self, off_kw: f64, floor_kw: f64) {
        self.rounds = self.rounds.saturating_add(1);
        self.bias_kw += off_kw * WEIGHT.max(1.0 / f64::from(self.rounds));
        if self.rounds > 1 {
            self.usual.learn(off_kw.abs(), floor_kw);
        }
    }

    fn settle(&mut self) {
        for m in self.members.iter_mut().filter(|m| m.value.is_some()) {
            let value = m.value.unwrap_or(0.0);
            let changed = f64::from(u8::from(value.to_bits() != m.last_round.to_bits()));
            m.alive_frac += (changed - m.alive_frac) / 50.0;
            if let Some(settled) = m.settled {
                let step_kw = (m.factor * (value - settled)).abs();
                m.step_kw += (step_kw - m.step_kw) / 50.0;
            }
            (m.settled, m.last_round) = (m.value, value);
        }
    }
}
