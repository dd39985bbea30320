//! Readings as lines: what is good goes to the measurement of its kind, what is doubtful to its own.

use super::line::Line;
use crate::domain::note::Note;
use crate::domain::quality::{Quality, Reason};
use crate::domain::reading::time_of_ms;
use crate::store::journal::Numbered;
use crate::store::tail::Value;
use chrono::NaiveTime;
use std::collections::BTreeMap;

/// Values that something speaks against.
pub(super) const DOUBTFUL: &str = "doubtful";
/// Good or substituted values of which there is more to say.
pub(super) const NOTED: &str = "noted";
/// Steps of plans.
pub(super) const PLAN: &str = "plan";
/// Plans as a whole.
pub(super) const PLAN_SUMMARY: &str = "plan_summary";
/// What happened.
pub(super) const EVENT: &str = "event";
/// How complete days are.
pub(super) const COMPLETENESS: &str = "completeness";

/// A point's name in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) kind: &'a str,
    pub(super) id: &'a str,
    pub(super) quantity: &'a str,
}

/// `kind.id.quantity`; an id may have dots of its own.
pub(super) fn parts(name: &str) -> Option<Parts<'_>> {
    let (kind, rest) = name.split_once('.')?;
    let (id, quantity) = rest.rsplit_once('.')?;
    Some(Parts { kind, id, quantity })
}

/// A value as one line.
fn alone(site: &str, measurement: &str, point: Parts<'_>, value: &Value, reason: &str) -> Line {
    let tags = [
        ("id", point.id),
        ("kind", point.kind),
        ("quantity", point.quantity),
        ("reason", reason),
        ("site", site),
    ];
    let mut line = Line::new(measurement, &tags);
    line.number("value", value.value);
    line
}

/// Values as lines. Neighbours of one asset and time share a line. Numbers that name no point are
/// passed by.
pub(super) fn readings(
    site: &str,
    names: &BTreeMap<i64, String>,
    values: &Numbered,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<(Line, Parts<'_>, i64, Vec<&str>)> = None;
    for (number, value) in values {
        let Some(point) = names.get(number).and_then(|name| parts(name)) else { continue };
        let reason = Reason::of_code(value.reason);
        if let Some(reason) = reason {
            let doubtful = matches!(reason.quality(), Quality::Suspect | Quality::Stale);
            let measurement = if doubtful { DOUBTFUL } else { NOTED };
            let line = alone(site, measurement, point, value, reason.word());
            lines.extend(line.at(value.time_ms));
            if doubtful {
                continue;
            }
        }
        if let Some((line, of, time_ms, fields)) = &mut open
            && of.kind == point.kind
            && of.id == point.id
            && *time_ms == value.time_ms
            && !fields.contains(&point.quantity)
        {
            line.number(point.quantity, value.value);
            fields.push(point.quantity);
            continue;
        }
        let mut line = Line::new(point.kind, &[("id", point.id), ("site", site)]);
        line.number(point.quantity, value.value);
        let next = Some((line, point, value.time_ms, vec![point.quantity]));
        if let Some((line, _, time_ms, _)) = std::mem::replace(&mut open, next) {
            lines.extend(line.at(time_ms));
        }
    }
    if let Some((line, _, time_ms, _)) = open {
        lines.extend(line.at(time_ms));
    }
    lines
}

/// A note as a line.
pub(super) fn note(site: &str, note: &Note) -> Option<String> {
    match note {
        Note::Event(event) => {
            let asset = event.asset.as_deref().unwrap_or_default();
            let tags = [("asset", asset), ("site", site), ("what", &event.what)];
            let mut line = Line::new(EVENT, &tags);
            line.text("text", &event.text);
            line.at(event.at.timestamp_millis())
        }
        Note::Completeness(day) => {
            let point = parts(&day.point)?;
            let tags = [
                ("id", point.id),
                ("kind", point.kind),
                ("quantity", point.quantity),
                ("site", site),
            ];
            let mut line = Line::new(COMPLETENESS, &tags);
            line.number("good_frac", day.good_frac);
            line.number("expected", day.expected as f64);
            line.number("good", day.good as f64);
            line.number("doubtful", day.doubtful as f64);
            line.at(day.day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
        }
    }
}

/// A start or stop of a set as a line.
pub(super) fn run(site: &str, asset: &str, running: bool, time_ms: i64) -> Option<String> {
    let what = if running { "genset.start" } else { "genset.stop" };
    let mut line = Line::new(EVENT, &[("asset", asset), ("site", site), ("what", what)]);
    let word = if running { "runs" } else { "stands" };
    line.text("text", &format!("{asset} {word} from {}", time_of_ms(time_ms).format("%H:%M:%S")));
    line.at(time_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_line_and_doubt_has_its_own() {
        let names: BTreeMap<i64, String> = [
            (1, "genset.g1.power_kw".to_owned()),
            (2, "genset.g1.is_running".to_owned()),
            (3, "tank.raw.east.level_m3".to_owned()),
        ]
        .into();
        let value = |time_ms, value, reason: Option<Reason>| Value {
            time_ms,
            value,
            reason: reason.map_or(0, Reason::code),
        };
        let values = vec![
            (1, value(1000, 80.0, None)),
            (2, value(1000, 1.0, None)),
            (1, value(1000, 81.0, None)),
            (3, value(1000, 7.5, Some(Reason::Spike))),
            (3, value(2000, 7.0, Some(Reason::Redundancy))),
            (9, value(2000, 7.0, None)),
        ];
        let right = [
            "doubtful,id=raw.east,kind=tank,quantity=level_m3,reason=spike,site=s value=7.5 1000",
            "noted,id=raw.east,kind=tank,quantity=level_m3,reason=redundancy,site=s value=7 2000",
            "genset,id=g1,site=s power_kw=80,is_running=1 1000",
            "genset,id=g1,site=s power_kw=81 1000",
            "tank,id=raw.east,site=s level_m3=7 2000",
        ];
        let mut lines = readings("s", &names, &values);
        // The last value of a point and time is written last; beyond that the order does not matter.
        let first = lines.iter().position(|l| l.contains("power_kw=80")).unwrap();
        let second = lines.iter().position(|l| l.contains("power_kw=81")).unwrap();
        assert!(first < second);
        lines.sort();
        let mut right: Vec<&str> = right.to_vec();
        right.sort_unstable();
        assert_eq!(lines, right);
    }
}
