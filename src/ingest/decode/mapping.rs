//! JSON of a device's own, by the mapping of the site file.

use super::{DecodeFault, MOST_PAYLOAD};
use crate::domain::source::{MappedPoint, Mapping, TimeAt, TimeForm};
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::Value;

/// What a payload says of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A number, in the point's unit.
    Number(f64),
    /// `null`: the device has no value.
    NoValue,
    /// Something that stands for no number, as JSON.
    NoNumber(String),
}

/// What a payload says.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped<'a> {
    /// Its own time, ms since 1970; nothing where the mapping knows of none.
    pub time_ms: Option<i64>,
    /// What it says of the points, in the mapping's order; what it leaves out is not in it.
    pub values: Vec<(&'a MappedPoint, Told)>,
}

/// Reads a payload for the points of its device. `now` settles which of two equal local times is
/// meant.
pub fn decode_mapping<'a>(
    payload: &[u8],
    mapping: &Mapping,
    points: &'a [MappedPoint],
    now: DateTime<Utc>,
) -> Result<Mapped<'a>, DecodeFault> {
    if payload.len() > MOST_PAYLOAD {
        let bytes = payload.len();
        return Err(DecodeFault::Oversized(format!("{bytes} bytes, at most {MOST_PAYLOAD}")));
    }
    let whole: Value = serde_json::from_slice(payload)
        .map_err(|e| DecodeFault::Malformed(format!("is not JSON: {e}")))?;
    let values: Vec<_> = points
        .iter()
        .filter_map(|point| Some((point, told(whole.pointer(&point.pointer)?, point))))
        .collect();
    let time_ms = match &mapping.time {
        // A message that says nothing of our points needs no time.
        Some(at) if !values.is_empty() => Some(time_of(&whole, at, now)?),
        Some(_) | None => None,
    };
    Ok(Mapped { time_ms, values })
}

fn told(value: &Value, point: &MappedPoint) -> Told {
    let number = match value {
        Value::Null => return Told::NoValue,
        Value::Bool(flag) => match point.words.meant(if *flag { "true" } else { "false" }) {
            Some(meant) => return Told::Number(point.take.of(meant)),
            None => Some(f64::from(u8::from(*flag))),
        },
        Value::Number(number) => number.as_f64(),
        // A word of the table, or a number that the device puts in quotation marks.
        Value::String(text) => {
            let text = text.trim();
            if let Some(meant) = point.words.meant(text) {
                return Told::Number(point.take.of(meant));
            }
            text.parse().ok()
        }
        Value::Array(_) | Value::Object(_) => None,
    };
    let ours = number.map(|n| point.take.of(point.conversion.apply(n)));
    match ours.filter(|n| n.is_finite()) {
        Some(number) => Told::Number(number),
        None => Told::NoNumber(value.to_string().chars().take(80).collect()),
    }
}

fn time_of(whole: &Value, at: &TimeAt, now: DateTime<Utc>) -> Result<i64, DecodeFault> {
    let wrong = |rule: &str| {
        let shown = whole.pointer(&at.pointer).map_or_else(|| "nothing".into(), Value::to_string);
        let shown: String = shown.chars().take(60).collect();
        Err(DecodeFault::Malformed(format!("time at {}: {shown}: {rule}", at.pointer)))
    };
    let Some(value) = whole.pointer(&at.pointer) else { return wrong("is missing") };
    let number = value.as_f64().or_else(|| value.as_str().and_then(|t| t.trim().parse().ok()));
    // Beyond these a clock is lost, and a float no whole millisecond.
    let number = number.filter(|n| n.abs() < 1e15);
    match (at.form, value) {
        (TimeForm::Rfc3339, Value::String(text)) => match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Ok(time.timestamp_millis()),
            Err(error) => wrong(&format!("must be RFC 3339: {error}")),
        },
        (TimeForm::Local(zone), Value::String(text)) => match local(text, zone, now) {
            Some(time) => Ok(time),
            None => wrong(&format!("must be a date and time of {zone}")),
        },
        (TimeForm::UnixS, _) => {
            number.map_or_else(|| wrong("must be seconds since 1970"), |s| Ok(whole_ms(1000.0 * s)))
        }
        (TimeForm::UnixMs, _) => {
            number.map_or_else(|| wrong("must be milliseconds since 1970"), |ms| Ok(whole_ms(ms)))
        }
        (TimeForm::Rfc3339 | TimeForm::Local(_), _) => wrong("must be text"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn whole_ms(ms: f64) -> i64 {
    ms.round() as i64
}

/// A local time; of two, the one nearer to now.
fn local(text: &str, zone: Tz, now: DateTime<Utc>) -> Option<i64> {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let naive = forms.iter().find_map(|f| NaiveDateTime::parse_from_str(text.trim(), f).ok())?;
    let time = match zone.from_local_datetime(&naive) {
        LocalResult::Single(time) => time,
        LocalResult::Ambiguous(one, other) => {
            let distance = |t: &DateTime<Tz>| (t.with_timezone(&Utc) - now).abs();
            if distance(&one) <= distance(&other) { one } else { other }
        }
        LocalResult::None => return None,
    };
    Some(time.timestamp_millis())
}

#[cfg(test)]
mod tests;
