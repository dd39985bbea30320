//! One value of a Venus OS device: `{"value": X}`.
//!
//! `null` says that the device is there and has no value; D-Bus writes that as an empty list, and some
//! bridges hand it on so. No payload at all says that the device is gone.

use super::DecodeFault;
use serde_json::Value;

/// Largest payload, bytes: a path has one value, and lists of them are short.
const MOST_PAYLOAD: usize = 16 << 10;

/// What a device says of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Venus {
    /// A number.
    Number(f64),
    /// It is there and has no value.
    NoValue,
    /// It is not there any more.
    Gone,
    /// Something that is no number, as JSON: a text, a list.
    NoNumber(String),
}

/// Reads a payload.
pub fn decode_victron(payload: &[u8]) -> Result<Venus, DecodeFault> {
    if payload.is_empty() {
        return Ok(Venus::Gone);
    }
    if payload.len() > MOST_PAYLOAD {
        let bytes = payload.len();
        return Err(DecodeFault::Oversized(format!("{bytes} bytes, at most {MOST_PAYLOAD}")));
    }
    let malformed = |detail: String| DecodeFault::Malformed(detail);
    let whole: Value = serde_json::from_slice(payload)
        .map_err(|e| malformed(format!("is no value of Venus OS: {e}")))?;
    let Some(value) = whole.get("value") else {
        return Err(malformed("is no value of Venus OS: has no field value".to_owned()));
    };
    Ok(match value {
        Value::Null => Venus::NoValue,
        Value::Array(list) if list.is_empty() => Venus::NoValue,
        Value::Bool(flag) => Venus::Number(f64::from(u8::from(*flag))),
        Value::Number(number) => match number.as_f64().filter(|n| n.is_finite()) {
            Some(number) => Venus::Number(number),
            None => Venus::NoNumber(number.to_string()),
        },
        Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Venus::NoNumber(value.to_string().chars().take(80).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_none_and_gone_are_three_things() {
        let cases: [(&[u8], Venus); 9] = [
            (br#"{"value": 936}"#, Venus::Number(936.0)),
            (br#"{"value": -1.5e2, "max": 3, "min": null}"#, Venus::Number(-150.0)),
            (br#"{"value": true}"#, Venus::Number(1.0)),
            (br#"{"value": null}"#, Venus::NoValue),
            (br#"{"value": []}"#, Venus::NoValue),
            (b"", Venus::Gone),
            (br#"{"value": ""}"#, Venus::NoNumber(r#""""#.to_owned())),
            (br#"{"value": "12"}"#, Venus::NoNumber(r#""12""#.to_owned())),
            (br#"{"value": [1,2]}"#, Venus::NoNumber("[1,2]".to_owned())),
        ];
        for (payload, wanted) in cases {
            assert_eq!(decode_victron(payload), Ok(wanted), "{}", String::from_utf8_lossy(payload));
        }
    }

    #[test]
    fn what_is_no_value_is_refused_with_a_reason() {
        let deep = format!("{{\"value\": {}1{}}}", "[".repeat(2000), "]".repeat(2000));
        for payload in [
            &b" "[..],
            b"12",
            b"null",
            b"{}",
            b"\xff\xfe",
            br#"{"value": 1"#,
            br#"{"value": 1e999}"#,
            br#"{"Value": 1}"#,
            deep.as_bytes(),
        ] {
            assert_eq!(decode_victron(payload).unwrap_err().reason(), "malformed");
        }
        let long = format!("{{\"value\": \"{}\"}}", "x".repeat(MOST_PAYLOAD));
        assert_eq!(decode_victron(long.as_bytes()).unwrap_err().reason(), "oversized");
    }
}
