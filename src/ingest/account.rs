//! What is told of a batch once it is durable: counts by day and reason, and meters that disagree.

use super::{Found, Judge};
use crate::domain::alarm::Severity;
use crate::domain::quality::{Quality, Reason};
use crate::live::Live;

/// Enters the usual distances of all points.
pub(super) fn remember(live: &Live, judge: &Judge) {
    live.with_tally(|tally| {
        for (point, _) in live.file.points.iter() {
            tally.set_usual(point, judge.usual_ms(point));
        }
    });
}

/// Enters the usual distances of a batch's points, and tells of meters that disagree.
pub(super) fn tell(live: &Live, judge: &Judge, found: &Found) {
    live.with_tally(|tally| {
        for reading in &found.readings {
            tally.set_usual(reading.point, judge.usual_ms(reading.point));
        }
    });
    tell_unclear(live, judge);
}

/// Enters a batch.
pub(super) fn enter(live: &Live, found: &Found) {
    let mut reasons = [0_u64; Reason::ALL.len()];
    let (mut suspect, mut acquitted) = (0, 0);
    live.with_tally(|tally| {
        for reading in &found.readings {
            tally.count(reading.point, reading.time_ms, reading.reason);
            if let Some(reason) = reading.reason {
                reasons[reason as usize] += 1;
                suspect += u64::from(reason.quality() == Quality::Suspect);
            }
        }
        for (reading, was) in &found.others.revised {
            tally.recount(reading.point, reading.time_ms, *was, reading.reason);
            match reading.reason {
                Some(reason) => reasons[reason as usize] += 1,
                None => acquitted += 1,
            }
            suspect += u64::from(was.is_none());
        }
    });
    let metrics = &live.metrics;
    metrics.readings_suspect.inc_by(suspect);
    metrics.readings_acquitted.inc_by(acquitted);
    metrics.readings_substituted.inc_by(found.others.substitutes.len() as u64);
    for (reason, count) in Reason::ALL.iter().zip(reasons).filter(|(_, count)| *count > 0) {
        metrics.reason(reason.word(), count);
    }
}

/// An alarm while meters disagree and none of them explains it.
fn tell_unclear(live: &Live, judge: &Judge) {
    let unclear = judge.unclear(&live.file.points);
    for alarm in live.alarms().iter().filter(|alarm| alarm.code == "balance") {
        if unclear.iter().all(|(asset, _)| *asset != alarm.asset) {
            live.clear("balance", &alarm.asset);
        }
    }
    for (asset, words) in unclear {
        live.raise("balance", &asset, Severity::Warning, &words);
    }
}
