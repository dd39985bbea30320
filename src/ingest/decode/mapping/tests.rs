//! Numbers, words, times, and what is none.

use super::*;
use crate::domain::point::PointId;
use crate::domain::source::{Conversion, Take, TopicPattern, Words};
use std::collections::BTreeMap;

fn point(pointer: &str, scale: f64) -> MappedPoint {
    let words = BTreeMap::from([
        ("ON".to_owned(), 1.0),
        ("OFF".to_owned(), 0.0),
        ("false".to_owned(), -1.0),
    ]);
    MappedPoint {
        point: PointId(0),
        pointer: pointer.to_owned(),
        conversion: Conversion::new(scale, 0.0),
        take: Take::Whole,
        words: Words::new(words),
    }
}

fn mapping(time: Option<(&str, TimeForm)>) -> Mapping {
    let time = time.map(|(pointer, form)| TimeAt { pointer: pointer.to_owned(), form });
    Mapping { topic: TopicPattern::parse("t").unwrap(), time, devices: BTreeMap::new() }
}

fn now() -> DateTime<Utc> {
    "2026-03-10T06:00:00Z".parse().unwrap()
}

fn one(json: &str, pointer: &str) -> Option<Told> {
    let points = [point(pointer, 0.001)];
    let found = decode_mapping(json.as_bytes(), &mapping(None), &points, now()).unwrap();
    assert_eq!(found.time_ms, None);
    found.values.into_iter().next().map(|(_, told)| told)
}

#[test]
fn values_are_numbers_words_nothing_or_left_out() {
    let json = r#"{"a":{"b":[{"c":1500}]},"w":"ON","q":" 102.5 ","n":null,"f":true,
        "t":"much","l":[1],"i":"inf"}"#;
    assert_eq!(one(json, "/a/b/0/c"), Some(Told::Number(1.5)));
    assert_eq!(one(json, "/w"), Some(Told::Number(1.0)), "words are in the point's unit");
    assert_eq!(one(json, "/q"), Some(Told::Number(0.001 * 102.5)));
    assert_eq!(one(json, "/n"), Some(Told::NoValue));
    assert_eq!(one(json, "/f"), Some(Told::Number(0.001)));
    assert_eq!(one("false", ""), Some(Told::Number(-1.0)), "the table has a word for it");
    assert_eq!(one(json, "/t"), Some(Told::NoNumber("\"much\"".to_owned())));
    assert_eq!(one(json, "/l"), Some(Told::NoNumber("[1]".to_owned())));
    assert_eq!(one(json, "/i"), Some(Told::NoNumber("\"inf\"".to_owned())));
    assert_eq!(one(json, "/nowhere"), None);
    assert_eq!(one("12.5", ""), Some(Told::Number(0.0125)), "the payload itself is the value");
}

#[test]
fn each_sign_has_its_part() {
    let of = |take| {
        let points = [MappedPoint { take, ..point("", 0.001) }];
        let found = decode_mapping(b"-2500", &mapping(None), &points, now()).unwrap();
        found.values[0].1.clone()
    };
    assert_eq!(of(Take::Whole), Told::Number(-2.5));
    assert_eq!(of(Take::Reversed), Told::Number(2.5));
    assert_eq!(of(Take::Positive), Told::Number(0.0));
    assert_eq!(of(Take::Negative), Told::Number(2.5));
}

fn time(form: TimeForm, json: &str) -> Result<i64, DecodeFault> {
    let (points, mapping) = ([point("/v", 1.0)], mapping(Some(("/t", form))));
    let json = format!(r#"{{"v":1,"t":{json}}}"#);
    decode_mapping(json.as_bytes(), &mapping, &points, now()).map(|m| m.time_ms.unwrap())
}

#[test]
fn times_are_read_in_the_form_that_the_mapping_tells() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_millis();
    let berlin = TimeForm::Local(chrono_tz::Europe::Berlin);
    let cases = [
        (TimeForm::Rfc3339, r#""2026-03-10T08:00:00.25+02:00""#, "2026-03-10T06:00:00.250Z"),
        (TimeForm::UnixS, "1773122400", "2026-03-10T06:00:00Z"),
        (TimeForm::UnixS, "1773122400.5", "2026-03-10T06:00:00.500Z"),
        (TimeForm::UnixMs, "1773122400250", "2026-03-10T06:00:00.250Z"),
        (TimeForm::UnixMs, "\"1773122400250\"", "2026-03-10T06:00:00.250Z"),
        (
            TimeForm::Local(chrono_tz::Africa::Juba),
            r#""2026-03-10T08:00:00""#,
            "2026-03-10T06:00:00Z",
        ),
        // An hour that comes twice is the one nearer to now.
        (berlin, r#""2025-10-26T02:30:00""#, "2025-10-26T01:30:00Z"),
    ];
    for (form, json, wanted) in cases {
        assert_eq!(time(form, json), Ok(at(wanted)), "{json}");
    }
    for (form, json) in [
        (TimeForm::Rfc3339, r#""2026-03-10T08:00:00""#),
        (TimeForm::Rfc3339, "1773122400"),
        (TimeForm::UnixS, "\"soon\""),
        (TimeForm::UnixS, "1e300"),
        (TimeForm::UnixMs, "null"),
        (berlin, r#""2026-03-29T02:30:00""#),
        (berlin, r#""10.3.2026 8:00""#),
    ] {
        let fault = time(form, json).unwrap_err();
        assert!(fault.to_string().starts_with("time at /t: "), "{json}: {fault}");
    }
}

#[test]
fn a_message_that_tells_nothing_needs_no_time_and_one_without_its_time_is_refused() {
    let (points, mapping) = ([point("/v", 1.0)], mapping(Some(("/t", TimeForm::UnixS))));
    let found = decode_mapping(br#"{"other":1}"#, &mapping, &points, now()).unwrap();
    assert_eq!(found, Mapped { time_ms: None, values: Vec::new() });
    let fault = decode_mapping(br#"{"v":1}"#, &mapping, &points, now()).unwrap_err();
    assert_eq!(fault.to_string(), "time at /t: nothing: is missing");
    for payload in [&b""[..], b"{", b"\xff", b"{\"v\":1e999}"] {
        let fault = decode_mapping(payload, &mapping, &points, now()).unwrap_err();
        assert_eq!(fault.reason(), "malformed");
    }
    let long = vec![b' '; MOST_PAYLOAD + 1];
    let fault = decode_mapping(&long, &mapping, &points, now()).unwrap_err();
    assert_eq!(fault.reason(), "oversized");
}
