//! Every message that leaves or is taken in fits its schema in `docs/schemas`.

use super::support::{Setup, envelope, root};
use chrono::TimeDelta;
use jsonschema::Validator;
use serde_json::{Value, json};

fn schema(name: &str) -> Validator {
    let path = root().join(format!("docs/schemas/{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn assert_fits(schema: &Validator, message: &Value) {
    let faults: Vec<String> =
        schema.iter_errors(message).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(faults.is_empty(), "{faults:?} in {message}");
}

#[test]
fn what_a_running_camp_says_fits_the_schemas() {
    let setup = Setup::small().with_field();
    let mode = envelope(&setup.file, setup.start + TimeDelta::days(1));
    let camp = Setup { mode, ..setup }.start();
    let ear = camp.peer("ear", &["smartcamp/v1/small/#"]);
    camp.live_until("every kind of message has been heard", 5, || {
        let all = ["/telemetry/", "/instruction/", "/ack/", "/heartbeat", "/advice", "/alarm"];
        all.iter().all(|kind| !ear.heard(kind).is_empty()).then_some(())
    });
    for (part, name) in [
        ("/telemetry/", "telemetry"),
        ("/instruction/", "instruction"),
        ("/ack/", "acknowledgement"),
        ("/heartbeat", "heartbeat"),
        ("/advice", "advice"),
        ("/alarm", "alarms"),
    ] {
        let schema = schema(name);
        for heard in ear.heard(part) {
            assert_fits(&schema, &heard.json());
        }
    }
}

/// The schema of readings and the decoder say the same about what is well formed.
#[test]
fn the_schema_of_readings_and_the_decoder_agree() {
    let schema = schema("telemetry");
    let (time, values) = ("2026-03-10T06:00:00Z", json!({"genset.g1.power_kw": 12.5}));
    for (message, is_fine) in [
        (json!({"timestamp": time, "values": values}), true),
        (json!({"timestamp": time, "values": {"genset.g1.power_kw": null}}), true),
        (json!({"readings": [{"timestamp": time, "values": values}]}), true),
        (json!({}), false),
        (json!({"timestamp": time}), false),
        (json!({"values": values}), false),
        (json!({"timestamp": time, "values": {"genset.g1.power_kw": "12.5"}}), false),
        (json!({"timestamp": time, "values": values, "unit": "kW"}), false),
        (json!({"readings": [{"values": values}]}), false),
        (json!({"timestamp": time, "values": values, "readings": []}), false),
        (json!([1, 2, 3]), false),
    ] {
        let decoded = smart_camp::ingest::decode(message.to_string().as_bytes());
        assert_eq!(decoded.is_ok(), is_fine, "the decoder on {message}: {decoded:?}");
        assert_eq!(schema.is_valid(&message), is_fine, "the schema on {message}");
    }
}
