//! A stream of readings put before a judge, and what it thinks of each in the end.

use smart_camp::domain::point::PointId;
use smart_camp::domain::quality::{Quality, Reason};
use smart_camp::domain::reading::{Reading, time_of_ms};
use smart_camp::ingest::quality::{Judge, Others, Verdict};
use smart_camp::site_file::SiteFile;
use std::collections::HashMap;

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Kept(Option<Reason>),
    Repeated,
    Refused,
}

impl Fate {
    /// Whether it is not taken for good.
    pub(crate) fn is_flagged(self) -> bool {
        match self {
            Self::Kept(reason) => Reason::quality_of(reason) != Quality::Good,
            Self::Repeated | Self::Refused => true,
        }
    }
}

/// What came of a stream.
pub(crate) struct Outcome {
    /// At the end, by reading.
    pub(crate) fates: Vec<Fate>,
    /// Whether it was flagged at any time, by reading.
    pub(crate) ever: Vec<bool>,
    /// What was found in place of doubted readings: the index of the reading, and the value.
    pub(crate) substitutes: Vec<(usize, f64)>,
}

/// A reading as it arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) point: PointId,
    pub(crate) time_ms: i64,
    pub(crate) value: f64,
    /// What it comes with.
    pub(crate) reason: Option<Reason>,
    /// When it arrives.
    pub(crate) now_ms: i64,
}

/// Judges readings as they arrive.
pub(crate) fn judge(file: &SiteFile, stream: &[Arrived]) -> Outcome {
    let mut judge = Judge::of(&file.site, &file.points);
    let (mut fates, mut ever) = (Vec::with_capacity(stream.len()), vec![false; stream.len()]);
    let mut substitutes = Vec::new();
    let mut at: HashMap<(PointId, i64), usize> = HashMap::new();
    for (i, arrived) in stream.iter().enumerate() {
        let Arrived { point, time_ms, value, reason, now_ms } = *arrived;
        let reading = Reading { point, time_ms, value, reason };
        let mut others = Others::default();
        let verdict = judge.judge(reading, time_of_ms(now_ms), &file.points, &mut others);
        let fate = match verdict {
            Verdict::Keep(reading) | Verdict::Late(reading) => {
                at.insert((point, time_ms), i);
                Fate::Kept(reading.reason)
            }
            Verdict::Repeated => Fate::Repeated,
            Verdict::Refuse(..) => Fate::Refused,
        };
        fates.push(fate);
        ever[i] = fate.is_flagged();
        for (revised, _) in &others.revised {
            let index = at[&(revised.point, revised.time_ms)];
            fates[index] = Fate::Kept(revised.reason);
            ever[index] |= fates[index].is_flagged();
        }
        let found = others.substitutes.iter();
        substitutes.extend(found.map(|s| (at[&(s.point, s.time_ms)], s.value)));
    }
    Outcome { fates, ever, substitutes }
}
