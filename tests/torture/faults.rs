//! Kinds of faults, and how they are put into a series.

use super::run::Arrived;
use super::series::{Series, peak};
use smart_camp::domain::quality::Reason;
use smart_camp::ingest::quality::Nature;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Range,
    Rate,
    Spike,
    Stuck,
    UnitUp,
    UnitDown,
    Future,
    Duplicate,
    Late,
    Retained,
    Reset,
    RollOver,
    Fell,
}

impl Kind {
    pub(crate) const ALL: [Self; 13] = [
        Self::Range,
        Self::Rate,
        Self::Spike,
        Self::Stuck,
        Self::UnitUp,
        Self::UnitDown,
        Self::Future,
        Self::Duplicate,
        Self::Late,
        Self::Retained,
        Self::Reset,
        Self::RollOver,
        Self::Fell,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Rate => "rate",
            Self::Spike => "spike",
            Self::Stuck => "stuck",
            Self::UnitUp => "unit up",
            Self::UnitDown => "unit down",
            Self::Future => "future",
            Self::Duplicate => "repeated",
            Self::Late => "late",
            Self::Retained => "retained",
            Self::Reset => "reset",
            Self::RollOver => "roll-over",
            Self::Fell => "fell",
        }
    }

    /// Whether a series can have it. A stock may stand still, a machine is switched, only counters count.
    fn fits(self, nature: Nature) -> bool {
        match self {
            Self::Reset | Self::RollOver | Self::Fell => nature == Nature::Counter,
            Self::Stuck | Self::UnitDown => matches!(nature, Nature::Live | Nature::Switched),
            Self::Rate => nature != Nature::Switched,
            Self::UnitUp => nature != Nature::Counter,
            Self::Range
            | Self::Spike
            | Self::Future
            | Self::Duplicate
            | Self::Late
            | Self::Retained => true,
        }
    }
}

/// A series with faults: readings as they arrive, and the faults as ranges of them.
pub(crate) struct Faulty {
    pub(crate) stream: Vec<Arrived>,
    pub(crate) faults: Vec<(usize, usize)>,
}

/// Values between two faults, on average; a short series has them closer.
fn apart(length: usize) -> usize {
    if length < 5000 { 400 } else { 1000 }
}

/// Puts faults of a kind into a series; nothing where it cannot have them.
pub(crate) fn put(series: &Series, kind: Kind, seed: u64) -> Option<Faulty> {
    if !kind.fits(series.nature) {
        return None;
    }
    let mut rng = fastrand::Rng::with_seed(1000 * seed + kind as u64);
    let true_values = &series.values;
    let length = true_values.len();
    let peak = peak(true_values);
    let steps = true_values.windows(2).map(|w| (w[1].1 - w[0].1).abs());
    let fastest = steps.fold(0.0, f64::max);
    let mut values: Vec<f64> = true_values.iter().map(|v| v.1).collect();
    let mut faults = Vec::new();
    let every = apart(length);
    let mut at = (length / 4).min(1000) + rng.usize(0..every);
    while at + 80 < length {
        let i = at;
        at += every / 2 + rng.usize(0..every);
        let fault = one(series, kind, &mut values, i, (peak, fastest), &mut rng);
        faults.extend(fault);
        if kind == Kind::RollOver && !faults.is_empty() {
            break;
        }
    }
    let point = series.point;
    let arrived = |(v, value): (&(i64, f64), &f64)| Arrived {
        point,
        time_ms: v.0,
        value: *value,
        reason: None,
        now_ms: v.0,
    };
    let stream = true_values.iter().zip(&values).map(arrived).collect();
    let mut faulty = Faulty { stream, faults };
    if matches!(kind, Kind::Future | Kind::Duplicate | Kind::Late | Kind::Retained) {
        arrive(&mut faulty, kind, &mut rng);
    }
    Some(faulty)
}

/// One fault from `i` on; where it begins to show, and where it ends.
fn one(
    series: &Series,
    kind: Kind,
    values: &mut [f64],
    i: usize,
    (peak, fastest): (f64, f64),
    rng: &mut fastrand::Rng,
) -> Option<(usize, usize)> {
    let (min, max, span) = (series.min, series.max, series.span());
    let is_counter = series.nature == Nature::Counter;
    let from = values[i];
    match kind {
        Kind::Range => {
            let end = i + rng.usize(1..20);
            for value in &mut values[i..end] {
                let up = rng.bool() || is_counter;
                let above = max + span * (0.05 + 2.0 * rng.f64());
                *value = if up { above } else { min - span * (0.05 + rng.f64()) };
            }
            Some((i, end))
        }
        Kind::Rate | Kind::Spike => {
            let end = if kind == Kind::Spike { i + 1 } else { i + 10 + rng.usize(0..20) };
            let (least, most) = match (series.nature, kind) {
                (Nature::Counter, _) => (2000.0, 10_000.0),
                (Nature::Level, _) => (0.05 * span, 0.5 * span),
                // A step that the series takes by itself is no fault.
                (_, Kind::Rate) => {
                    ((0.5 * peak).max(1.1 * fastest), (3.0 * peak).max(2.0 * fastest))
                }
                _ => (0.5 * peak, 3.0 * peak),
            };
            let by = least + (most - least) * rng.f64();
            let down = rng.bool() && from - by >= min && !is_counter;
            for value in &mut values[i..end] {
                *value = if down { (*value - by).max(min) } else { *value + by };
            }
            Some((i, end))
        }
        Kind::Stuck => {
            let held = values[i - 1];
            let end = i + 60;
            // At rest nothing tells it from a point that is at rest.
            let shows = (i..end).find(|j| values[*j].to_bits() != held.to_bits())?;
            if held.abs() <= 0.01 * span {
                return None;
            }
            values[i..end].fill(held);
            Some((shows, end))
        }
        Kind::UnitUp | Kind::UnitDown => {
            let up = if max <= 1.0 { 100.0 } else { 1000.0 };
            let factor = if kind == Kind::UnitUp { up } else { 1.0 / up };
            let end = i + 20;
            let shows = (i..end).find(|j| (values[*j] * (factor - 1.0)).abs() >= 0.02 * span)?;
            values[i..end].iter_mut().for_each(|value| *value *= factor);
            Some((shows, end))
        }
        Kind::Reset => {
            values[i..].iter_mut().for_each(|value| *value -= from);
            Some((i, i + 1))
        }
        Kind::RollOver => {
            let end = 1e5;
            for value in values.iter_mut() {
                *value += end - from + 0.05;
            }
            values[i..].iter_mut().for_each(|value| *value -= end);
            Some((i, i + 1))
        }
        Kind::Fell => {
            let (end, by) = (i + 20, from * (0.05 + 0.5 * rng.f64()));
            values[i..end].iter_mut().for_each(|value| *value -= by);
            Some((i, end))
        }
        Kind::Future | Kind::Duplicate | Kind::Late | Kind::Retained => None,
    }
}

/// Faults of the way rather than of the value.
fn arrive(faulty: &mut Faulty, kind: Kind, rng: &mut fastrand::Rng) {
    let told = std::mem::take(&mut faulty.stream);
    let mut held: Option<(usize, Arrived)> = None;
    for (i, reading) in told.iter().enumerate() {
        let goes_wrong = i > 50 && i + 50 < told.len() && rng.u32(0..500) == 0;
        if kind == Kind::Late && goes_wrong && held.is_none() {
            held = Some((i + rng.usize(1..30), *reading));
            continue;
        }
        if kind == Kind::Future && goes_wrong {
            let ahead_ms = 3 * 3_600_000 + rng.i64(0..30 * 86_400_000);
            faulty.stream.push(Arrived { time_ms: reading.time_ms + ahead_ms, ..*reading });
        } else {
            faulty.stream.push(*reading);
        }
        let again = if kind == Kind::Duplicate && goes_wrong {
            Some(told[i - rng.usize(0..4)])
        } else if kind == Kind::Retained && goes_wrong {
            let old = told[i - rng.usize(1..50)];
            Some(Arrived { reason: Some(Reason::Retained), ..old })
        } else {
            held.take_if(|(due, _)| *due <= i).map(|(_, reading)| reading)
        };
        let now_ms = reading.now_ms;
        faulty.stream.extend(again.map(|again| Arrived { now_ms, ..again }));
        if (goes_wrong && kind == Kind::Future) || again.is_some() {
            let last = faulty.stream.len();
            faulty.faults.push((last - 1, last));
        }
    }
}
