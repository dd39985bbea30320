//! Who may act: nobody unless told, and then within the envelope.

use super::support::{Mosquitto, Peer, Service, Setup, envelope, eventually};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use smart_camp::domain::mode::Mode;

const ALL: &str = "smartcamp/v1/small/#";

/// A default start of the real program: advice leaves, an instruction never does.
#[test]
fn a_default_start_publishes_no_instruction() {
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let ear = Peer::new(&broker.address, "ear", &["smartcamp/#"]);
    let service = Service::start(&broker, folder.path());
    let mut meter = Peer::new(&broker.address, "meter", &[]);
    #[expect(clippy::disallowed_methods, reason = "the process runs on the machine's clock")]
    let now = Utc::now().to_rfc3339();
    meter.send(
        "smartcamp/v1/small/telemetry/all",
        format!(
            r#"{{"timestamp":"{now}","values":{{"genset.g1.is_running":1,"genset.g1.power_kw":60,"genset.g2.is_running":0,"genset.g3.is_running":0,
            "battery.bess.state_of_charge_frac":0.5,"tank.raw.level_m3":15,"tank.treated.level_m3":30,
            "thermal_store.hot_water.fill_frac":0.8}}}}"#
        ),
    );
    let advice = eventually("advice", || ear.heard("/advice").pop()).json();
    assert!(advice["assets"].as_array().unwrap().iter().any(|a| a["asset"] == "genset.g1"));
    assert_eq!(service.http.ok("/advice")["plan_id"], advice["plan_id"]);
    // Two heartbeats later there is still no instruction: it would go out with the first.
    let beats = || ear.heard("/heartbeat").len();
    let before = beats();
    eventually("two more heartbeats", || (beats() >= before + 2).then_some(()));
    assert!(ear.heard("/heartbeat").iter().all(|h| h.json()["mode"] == "advise"));
    assert!(ear.heard("/instruction").is_empty());
    assert_eq!(service.http.ok("/instructions"), json!([]));
    let actions = service.http.ok("/actions");
    assert!(actions.as_array().unwrap().iter().any(|a| a["what"] == "mode.advise"));
}

#[test]
fn an_envelope_lets_instructions_out_until_it_expires() {
    let setup = Setup::small().with_field();
    let expires_at = setup.start + TimeDelta::hours(1);
    let mode = envelope(&setup.file, expires_at);
    let camp = Setup { mode, ..setup }.start();
    let ear = camp.peer("ear", &[ALL]);

    let done = camp.live_until("a controller has done as instructed", 5, || {
        let list = camp.http.ok("/instructions");
        list.as_array().unwrap().iter().find(|i| i["status"] == "SUCCEEDED").cloned()
    });
    assert_eq!(done["instruction"]["authority"], "tester");
    assert!(!done["instruction"]["why"].as_str().unwrap().is_empty());
    let sent = ear.heard("/instruction/");
    assert!(!sent.is_empty() && sent.iter().all(|i| !i.retained));
    let sets = sent.iter().all(|i| i.topic.contains("/instruction/genset/"));
    assert!(sets, "batteries, wells and treatment are outside the envelope");
    let actions = camp.http.ok("/actions");
    let who = |what: &str| {
        let list = actions.as_array().unwrap();
        list.iter()
            .find(|a| a["what"].as_str().unwrap().starts_with(what))
            .map(|a| a["who"].clone())
    };
    assert_eq!(who("instruction.sent"), Some(Value::from("tester")));
    assert_eq!(who("mode.act"), Some(Value::from("tester")));

    // Past its end: heartbeats go on and say so, instructions stop.
    camp.live_until("the envelope has expired", 60, || {
        (camp.clock.now() >= expires_at).then_some(())
    });
    let beats = ear.heard("/heartbeat").len();
    camp.live_until("the mode is told", 10, || {
        let list = ear.heard("/heartbeat");
        (list.len() > beats && list.last().unwrap().json()["mode"] == "advise").then_some(())
    });
    let (instructions, beats) = (ear.heard("/instruction/").len(), ear.heard("/heartbeat").len());
    camp.live_until("five more heartbeats", 10, || {
        (ear.heard("/heartbeat").len() >= beats + 5).then_some(())
    });
    assert_eq!(ear.heard("/instruction/").len(), instructions);
    assert!(camp.http.ok("/instructions").as_array().unwrap().iter().all(|i| {
        ["REVOKED", "SUCCEEDED", "REJECTED", "ABORTED"].contains(&i["status"].as_str().unwrap())
    }));
}

/// No controller answers: the assets are alarmed, and the next plan does without them.
#[test]
fn a_controller_that_does_not_answer_is_planned_around() {
    let setup = Setup::small();
    let mode = envelope(&setup.file, setup.start + TimeDelta::days(1));
    let camp = Setup { mode, ..setup }.start();
    let mut meter = camp.peer("meter", &[]);
    let now = camp.clock.now().to_rfc3339();
    meter.send(
        "smartcamp/v1/small/telemetry/all",
        format!(
            r#"{{"timestamp":"{now}","values":{{"genset.g1.is_running":1,"genset.g2.is_running":0,"genset.g3.is_running":0,
            "battery.bess.state_of_charge_frac":0.5,"tank.raw.level_m3":15,"tank.treated.level_m3":30,
            "thermal_store.hot_water.fill_frac":0.8}}}}"#
        ),
    );
    let alarm = camp.live_until("the silence is noticed", 10, || {
        let alarms = camp.http.ok("/alarms");
        alarms.as_array().unwrap().iter().find(|a| a["code"] == "asset_out").cloned()
    });
    let asset = alarm["asset"].as_str().unwrap().to_owned();
    assert!(alarm["message"].as_str().unwrap().contains("does not answer"));
    // An answer that is late, or none of ours, changes nothing and ends nothing.
    let topic = format!("smartcamp/v1/small/ack/{}", asset.replacen('.', "/", 1));
    meter.send(&topic, "rubbish");
    let ack = json!({"schema": 1, "asset": asset, "sequence": 999_999, "status": "SUCCEEDED"});
    meter.send(&topic, ack.to_string());
    meter.flush();
    let record = camp.live_until("a plan without it", 10, || {
        let record = camp.http.get("/plans/current");
        let told = record.text.contains(&format!("{asset}: out of reach")) && record.status == 200;
        told.then(|| record.json())
    });
    assert!(record["left_out"][&asset].is_string(), "{}", record["left_out"]);
}

/// A camp that is only watched: plans are made, and neither a heartbeat nor advice nor an instruction leaves.
#[test]
fn who_only_watches_sends_nothing_but_alarms() {
    let setup = Setup::small().with_field();
    let camp = Setup { mode: Mode::Monitor, ..setup }.start();
    let ear = camp.peer("ear", &[ALL]);
    let plan = camp.live_until("a plan", 5, || camp.live.plan());
    let alarms = || ear.heard("/alarm").len();
    let before = alarms();
    camp.live_until("six more beats", 10, || (alarms() >= before + 6).then_some(()));
    for topic in ["/heartbeat", "/advice", "/instruction"] {
        assert!(ear.heard(topic).is_empty(), "{topic}");
    }
    assert_eq!(camp.http.ok("/health")["mode"], "monitor");
    assert_eq!(camp.http.ok("/advice")["plan_id"], plan.id);
    let actions = camp.http.ok("/actions");
    assert!(actions.as_array().unwrap().iter().any(|a| a["what"] == "mode.monitor"));
}
