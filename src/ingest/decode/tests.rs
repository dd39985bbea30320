//! Bytes that nobody meant: payloads that were hit by chance, by the ten thousand, from fixed seeds. No
//! decoder panics on one, and what it takes is within its limits.

use super::*;
use crate::domain::point::PointId;
use crate::domain::source::{
    Conversion, MappedPoint, Mapping, Take, TimeAt, TimeForm, TopicPattern, Words,
};
use std::collections::BTreeMap;

const ROUNDS: u64 = 30_000;

/// What devices send, one of each kind.
const PAYLOADS: &[&str] = &[
    r#"{"timestamp":"2026-03-10T06:00:00Z","values":{"genset.g1.power_kw":156.6,"tank.raw.level_m3":null}}"#,
    r#"{"readings":[{"timestamp":"2026-03-10T08:00:00.25+02:00","values":{"a.b.c":-1e3}},{"timestamp":"2026-03-10T06:01:00Z","values":{"a.b.c":2}}]}"#,
    r#"{"value":12.5,"min":0,"max":100}"#,
    r#"{"value":null}"#,
    r#"{"value":[]}"#,
    r#"{"Time":"2026-03-10T06:00:00","ENERGY":{"Power":[1500,-20],"Total":1.25}}"#,
    r#"{"ts":1773122400,"power":"ON","linkquality":87,"nested":{"deep":[{"a":"12"}]}}"#,
    "-12.5",
    "\"ON\"",
];

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "null",
    "1e999",
    "-0",
    "NaN",
    "1e-400",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "\"",
    ",,",
    ":",
    "}",
    "9999-12-31T23:59:60Z",
    "0000-00-00T00:00:00Z",
    "+24:00",
    "true",
    "\n",
    "value",
    "timestamp",
    "readings",
    "é",
];

/// A payload that was hit a few times: bytes changed, lost, doubled, or a piece thrown in.
pub(crate) fn hit(rng: &mut fastrand::Rng, payload: &[u8]) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    for _ in 0..rng.u32(1..6) {
        let at = rng.usize(0..=bytes.len());
        match rng.u32(0..6) {
            0 if at < bytes.len() => bytes[at] = rng.u8(..),
            1 => bytes.truncate(at),
            2 => {
                let end = at + rng.usize(0..=(bytes.len() - at).min(40));
                bytes.drain(at..end);
            }
            3 => {
                let end = at + rng.usize(0..=(bytes.len() - at).min(40));
                let part = bytes[at..end].to_vec();
                let to = rng.usize(0..=bytes.len());
                bytes.splice(to..to, part);
            }
            4 => bytes.insert(at, rng.u8(..)),
            _ => {
                let piece = PIECES[rng.usize(..PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// Payloads that were hit, and some that are nothing but chance.
fn hits(seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..ROUNDS).map(move |n| {
        if n % 10 == 0 {
            let length = rng.usize(0..300);
            return (0..length).map(|_| rng.u8(..)).collect();
        }
        let payload = PAYLOADS[rng.usize(..PAYLOADS.len())];
        hit(&mut rng, payload.as_bytes())
    })
}

#[test]
fn our_own_json_stands_what_chance_makes_of_it() {
    let (mut taken, mut refused) = (0, 0);
    for payload in hits(1) {
        match decode(&payload) {
            Err(fault) => {
                refused += 1;
                assert!(!fault.to_string().is_empty());
            }
            Ok(values) => {
                taken += 1;
                assert!(values.len() <= MOST_VALUES);
                for raw in values {
                    assert!(raw.value.is_none_or(f64::is_finite), "{raw:?}");
                }
            }
        }
    }
    assert!(taken > 100 && refused > 1000, "{taken} and {refused}: chance hits both");
}

#[test]
fn venus_payloads_stand_what_chance_makes_of_them() {
    let (mut numbers, mut refused) = (0, 0);
    for payload in hits(2) {
        match decode_victron(&payload) {
            Err(_) => refused += 1,
            Ok(Venus::Number(value)) => {
                numbers += 1;
                assert!(value.is_finite(), "{value}");
            }
            Ok(_) => {}
        }
    }
    assert!(numbers > 100 && refused > 1000, "{numbers} and {refused}: chance hits both");
}

#[test]
fn mapped_payloads_stand_what_chance_makes_of_them() {
    let now = "2026-03-10T06:00:00Z".parse().unwrap();
    let point = |pointer: &str| MappedPoint {
        point: PointId(0),
        pointer: pointer.to_owned(),
        conversion: Conversion::new(0.001, 0.0),
        take: Take::Whole,
        words: Words::new(BTreeMap::from([("ON".to_owned(), 1.0)])),
    };
    let pointers = ["", "/value", "/ENERGY/Power/0", "/power", "/nested/deep/0/a"];
    let points = pointers.map(point);
    let (mut numbers, mut refused) = (0, 0);
    for (pointer, form) in [("/Time", TimeForm::Rfc3339), ("/ts", TimeForm::UnixS)] {
        let time = Some(TimeAt { pointer: pointer.to_owned(), form });
        let topic = TopicPattern::parse("t").unwrap();
        let mapping = Mapping { topic, time, devices: BTreeMap::new() };
        for payload in hits(3) {
            match decode_mapping(&payload, &mapping, &points, now) {
                Err(_) => refused += 1,
                Ok(found) => {
                    for (_, told) in found.values {
                        if let Told::Number(value) = told {
                            numbers += 1;
                            assert!(value.is_finite(), "{value}");
                        }
                    }
                }
            }
        }
    }
    assert!(numbers > 100 && refused > 1000, "{numbers} and {refused}: chance hits both");
}
