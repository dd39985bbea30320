//! Each series by itself: what is odd in it as it was measured, and each kind of fault.

use super::faults::{Kind, put};
use super::run::{Arrived, Fate, judge};
use super::series::Series;
use super::table::{Cell, Table};
use smart_camp::domain::quality::Reason;
use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

/// A fault counts as found when one of its first ten values is flagged.
const WITHIN: usize = 10;
/// Faults of a kind and series; passes are added until there are so many.
const ENOUGH: usize = 300;
/// Passes at most: a short series has few places for a rare fault.
const PASSES: u64 = 150;
/// After a fault the way back to the truth is a step like any other: so many values are left out.
const SHADOW: usize = 2;

pub(crate) fn run(series: &Series, table: &mut Table, verbose: bool) {
    let plain = |(t, v): &(i64, f64)| Arrived {
        point: series.point,
        time_ms: *t,
        value: *v,
        reason: None,
        now_ms: *t,
    };
    let stream: Vec<Arrived> = series.values.iter().map(plain).collect();
    let clean = judge(&series.file, &stream);
    let odd: HashSet<i64> = (0..stream.len())
        .filter(|i| clean.fates[*i].is_flagged())
        .map(|i| series.values[i].0)
        .collect();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, fate) in clean.fates.iter().enumerate() {
        let Fate::Kept(Some(reason)) = fate else { continue };
        *reasons.entry(reason.word()).or_default() += 1;
        if verbose {
            let around = &series.values[i.saturating_sub(2)..(i + 3).min(series.values.len())];
            let around: Vec<f64> = around.iter().map(|v| v.1).collect();
            println!("  odd: {} value {i}: {} in {around:?}", series.name, reason.word());
        }
    }
    let ever = clean.ever.iter().filter(|flagged| **flagged).count();
    table.clean(&series.name, stream.len(), odd.len(), ever, &reasons);
    for kind in Kind::ALL {
        table.cell(&series.name, kind.name(), measure(series, kind, &odd));
    }
}

/// Puts faults of a kind into a series until there are enough.
fn measure(series: &Series, kind: Kind, odd: &HashSet<i64>) -> Option<Cell> {
    let mut cell = Cell::default();
    for seed in 0..PASSES {
        let faulty = put(series, kind, seed)?;
        let stream = &faulty.stream;
        let outcome = judge(&series.file, stream);
        let mut is_clean = vec![true; stream.len()];
        for (from, to) in &faulty.faults {
            cell.faults += 1;
            let first =
                (*from..(*to).min(from + WITHIN)).find(|i| as_asked(kind, outcome.fates[*i]));
            if let Some(first) = first {
                cell.found += 1;
                cell.samples += first - from + 1;
            }
            let end = (to + SHADOW).min(stream.len());
            is_clean[*from..end].fill(false);
        }
        for (i, _) in is_clean.iter().enumerate().filter(|(_, clean)| **clean) {
            cell.clean += 1;
            let is_odd = odd.contains(&stream[i].time_ms);
            cell.wrongly += usize::from(outcome.fates[i].is_flagged() && !is_odd);
        }
        if cell.faults >= ENOUGH {
            break;
        }
    }
    (cell.faults >= 20).then_some(cell)
}

/// Whether a reading got what its fault asks for.
fn as_asked(kind: Kind, fate: Fate) -> bool {
    match kind {
        Kind::Future => fate == Fate::Kept(Some(Reason::Future)),
        Kind::Duplicate => fate == Fate::Repeated,
        Kind::Retained => fate == Fate::Kept(Some(Reason::Retained)),
        // Late is not doubtful.
        Kind::Late => fate == Fate::Kept(None),
        Kind::Reset => fate == Fate::Kept(Some(Reason::CounterReset)),
        Kind::RollOver => fate == Fate::Kept(Some(Reason::CounterRollOver)),
        Kind::Range
        | Kind::Rate
        | Kind::Spike
        | Kind::Stuck
        | Kind::UnitUp
        | Kind::UnitDown
        | Kind::Fell => fate.is_flagged(),
    }
}

/// Values that were judged, and the seconds that it took.
pub(crate) fn speed(all: &[Series]) -> (f64, f64) {
    use smart_camp::domain::reading::{Reading, time_of_ms};
    use smart_camp::ingest::quality::{Judge, Others};
    let (mut values, mut seconds) = (0, 0.0);
    for series in all {
        let mut judge = Judge::of(&series.file.site, &series.file.points);
        let mut others = Others::default();
        let now = time_of_ms(series.values.last().unwrap().0);
        let began = Instant::now();
        for (time_ms, value) in &series.values {
            let reading =
                Reading { point: series.point, time_ms: *time_ms, value: *value, reason: None };
            std::hint::black_box(judge.judge(reading, now, &series.file.points, &mut others));
        }
        seconds += began.elapsed().as_secs_f64();
        values += series.values.len();
    }
    (values as f64, seconds)
}
