//! Our own format, documented in docs/payloads.md:
//!
//! ```json
//! {"timestamp": "2026-03-10T06:00:00Z", "values": {"genset.g1.power_kw": 123.4}}
//! {"readings": [{"timestamp": "...", "values": {...}}, ...]}
//! ```

use super::{DecodeFault, MOST_VALUES, RawValue};
use chrono::DateTime;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    values: Option<Values<'a>>,
    #[serde(borrow)]
    readings: Option<Vec<Row<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    values: Values<'a>,
}

/// Names and values in the order of the payload, names borrowed from it.
struct Values<'a>(Vec<(Cow<'a, str>, Option<f64>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Values<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from point names to numbers")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Values<'de>, M::Error> {
                let mut pairs = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    pairs.push((name, map.next_value()?));
                    if pairs.len() > MOST_VALUES {
                        return Err(de::Error::custom(TOO_MANY));
                    }
                }
                Ok(Values(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A name that is borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a point's name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

const TOO_MANY: &str = "too many values in one message";

pub(super) fn decode(payload: &[u8]) -> Result<Vec<RawValue>, DecodeFault> {
    let malformed = |e: serde_json::Error| {
        let text = e.to_string();
        if text.contains(TOO_MANY) {
            DecodeFault::Oversized(format!("more than {MOST_VALUES} values"))
        } else {
            DecodeFault::Malformed(format!("is not our JSON: {text}"))
        }
    };
    let payload: Payload<'_> = serde_json::from_slice(payload).map_err(malformed)?;
    let mut raw = Vec::new();
    match (payload.timestamp, payload.values, payload.readings) {
        (Some(timestamp), Some(values), None) => {
            add(&Row { timestamp, values }, &mut raw)?;
        }
        (None, None, Some(rows)) => {
            for row in &rows {
                add(row, &mut raw)?;
            }
        }
        _ => {
            let rule = "must have timestamp and values, or readings";
            return Err(DecodeFault::Malformed(rule.to_owned()));
        }
    }
    Ok(raw)
}

fn add(row: &Row<'_>, raw: &mut Vec<RawValue>) -> Result<(), DecodeFault> {
    let time = DateTime::parse_from_rfc3339(&row.timestamp).map_err(|e| {
        DecodeFault::Malformed(format!("timestamp {}: must be RFC 3339: {e}", row.timestamp))
    })?;
    let time_ms = time.timestamp_millis();
    if raw.len() + row.values.0.len() > MOST_VALUES {
        return Err(DecodeFault::Oversized(format!("more than {MOST_VALUES} values")));
    }
    let values = row.values.0.iter();
    raw.extend(values.map(|(name, value)| RawValue {
        name: name.to_string(),
        time_ms,
        value: *value,
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_values_and_times() {
        let one = br#"{"timestamp":"2026-03-10T06:00:00Z","values":{"a":1.5,"b":null}}"#;
        let raw = decode(one).unwrap();
        assert_eq!(raw.len(), 2);
        assert_eq!((raw[0].name.as_str(), raw[0].value, raw[1].value), ("a", Some(1.5), None));
        let many = br#"{"readings":[{"timestamp":"2026-03-10T08:00:00+02:00","values":{"a":1}},
            {"timestamp":"2026-03-10T06:00:01.5Z","values":{"\u0061":2}}]}"#;
        let raw = decode(many).unwrap();
        assert_eq!(raw[0].time_ms, one_time());
        assert_eq!((raw[1].name.as_str(), raw[1].time_ms), ("a", one_time() + 1500));
    }

    fn one_time() -> i64 {
        DateTime::parse_from_rfc3339("2026-03-10T06:00:00Z").unwrap().timestamp_millis()
    }

    #[test]
    fn what_is_not_the_format_is_refused_with_a_reason() {
        let cases: [(&[u8], &str); 9] = [
            (b"", "malformed"),
            (b"not json", "malformed"),
            (b"\xff\xfe", "malformed"),
            (br#"{"timestamp":"today","values":{"a":1}}"#, "malformed"),
            (br#"{"values":{"a":1}}"#, "malformed"),
            (br#"{"timestamp":"2026-03-10T06:00:00Z","values":{"a":"1"}}"#, "malformed"),
            (br#"{"timestamp":"2026-03-10T06:00:00Z","values":{"a":1},"more":1}"#, "malformed"),
            (br#"{"timestamp":"2026-03-10T06:00:00Z","values":{"a":1}"#, "malformed"),
            (br#"{"timestamp":"2026-03-10T06:00:00Z","values":{"a":1e999}}"#, "malformed"),
        ];
        for (payload, reason) in cases {
            let fault = decode(payload).unwrap_err();
            assert_eq!(fault.reason(), reason, "{:?}", String::from_utf8_lossy(payload));
        }
    }

    #[test]
    fn too_many_values_are_refused() {
        let pairs: Vec<_> = (0..=MOST_VALUES).map(|i| format!("\"p{i}\":1")).collect();
        let payload =
            format!(r#"{{"timestamp":"2026-03-10T06:00:00Z","values":{{{}}}}}"#, pairs.join(","));
        assert_eq!(decode(payload.as_bytes()).unwrap_err().reason(), "oversized");
    }
}
