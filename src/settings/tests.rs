//! What settings files may and may not say.

use super::*;

fn parse(text: &str) -> Result<Settings, Vec<String>> {
    let root = Node::from_toml(text).unwrap();
    let read = lenient::read::<Settings>(&root).check(&root, Settings::check);
    read.into_result().map_err(|list| list.iter().map(ToString::to_string).collect())
}

#[test]
fn nothing_said_is_loopback_and_advice() {
    let settings = parse("").unwrap();
    assert!(settings.rest.bind.ip().is_loopback());
    assert_eq!(settings.mode, Mode::Advise);
    assert!(settings.token.is_empty());
}

#[test]
fn a_new_camp_only_watches() {
    assert_eq!(parse("mode = \"monitor\"").unwrap().mode, Mode::Monitor);
    let faults = parse("mode = \"watch\"").unwrap_err();
    assert!(faults[0].contains("must be one of monitor, advise, act"), "{faults:?}");
}

#[test]
fn an_envelope_is_explicit() {
    let text = r#"
        [mode.act]
        signed_by = "camp engineer"
        why = "trial week"
        expires_at = "2026-04-01T00:00:00Z"
        [mode.act.assets."genset.g1"]
        may_start = true
        [mode.act.assets."battery.bess"]
        max_kw = 100
    "#;
    let Mode::Act(envelope) = parse(text).unwrap().mode else { panic!("not an envelope") };
    assert!(!envelope.assets["genset.g1"].may_stop);
    assert!(envelope.assets["genset.g1"].may_start);
}

#[test]
fn the_protocol_has_two_versions_and_only_one_shares() {
    let mqtt = |text: &str| parse(&format!("[mqtt]\n{text}")).map(|s| s.mqtt);
    assert_eq!(mqtt("").unwrap().version, MqttVersion::Five);
    assert_eq!(mqtt("version = '3.1.1'").unwrap().version, MqttVersion::Three);
    assert_eq!(mqtt("version = '5'\nshare = 'camp'").unwrap().share.as_deref(), Some("camp"));
    let faults = mqtt("version = '4'\nshare = 'a/b'\nclient = ''").unwrap_err().join("\n");
    for part in [
        "mqtt.version = 4: must be one of 5, 3.1.1",
        "mqtt.share = a/b: must have 1 to 40 letters",
        "mqtt.client: must have 1 to 100 bytes",
    ] {
        assert!(faults.contains(part), "{part} in {faults}");
    }
    let faults = mqtt("version = '3.1.1'\nshare = 'a'\nembedded = true").unwrap_err().join("\n");
    for part in ["mqtt.version = 3.1.1: must be 5", "mqtt.share = a: goes with version"] {
        assert!(faults.contains(part), "{part} in {faults}");
    }
}

#[test]
fn means_outlive_the_values() {
    let faults = parse("[store]\nvalues_days = 100\nrollups_months = 3").unwrap_err().join("\n");
    assert!(faults.contains("store.values_days = 100: must not be longer"), "{faults}");
    let faults = parse("[store]\nrollups_months = 2").unwrap_err().join("\n");
    assert!(faults.contains("store.rollups_months = 2"), "{faults}");
}

#[test]
fn faults_are_told_together() {
    let text = r#"
        [rest]
        bind = "0.0.0.0:8080"
        [mqtt]
        embedded = true
        prot = 1
        [scheduler]
        horizon_h = 10000
        [[token]]
        name = "x"
        role = "boss"
        sha256 = "abc"
    "#;
    let faults = parse(text).unwrap_err().join("\n");
    for part in [
        "mqtt.prot: is not a field here; did you mean port?",
        "token[0].role = boss: must be one of read, operate",
        "token[0].sha256 = abc: must be 64 hexadecimal digits",
        "scheduler.horizon_h = 10000: must lie in 1 to 336",
        "rest.bind = 0.0.0.0:8080: beyond loopback the interface speaks TLS",
        "mqtt.embedded = true: the embedded broker has no default password",
    ] {
        assert!(faults.contains(part), "{part} in {faults}");
    }
}
