//! From a meter to the store and the state, through real brokers.

use super::support::{Mosquitto, Setup, TestCamp, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::mqtt::{BrokerAddress, Version};

const TOPIC: &str = "smartcamp/v1/small/telemetry/power-house";
const TANK: &str = "tank.raw.level_m3";

fn reading(time: DateTime<Utc>, values: &str) -> String {
    format!(r#"{{"timestamp":"{}","values":{{{values}}}}}"#, time.to_rfc3339())
}

/// Values of the tank's level since an hour before the camp began.
fn levels(camp: &TestCamp, from: DateTime<Utc>) -> Vec<f64> {
    let from = from.format("%Y-%m-%dT%H:%M:%SZ");
    let body = camp.http.ok(&format!("/readings/{TANK}?from={from}&limit=100000"));
    body["samples"].as_array().unwrap().iter().map(|s| s["value"].as_f64().unwrap()).collect()
}

fn reasons(camp: &TestCamp) -> Vec<String> {
    let mut list: Vec<String> = camp
        .http
        .ok("/rejects")
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["reason"].as_str().unwrap().to_owned())
        .collect();
    list.sort();
    list
}

/// Good, duplicated, late, future-dated, unmapped, malformed and oversized, one after another.
fn one_of_everything(broker: Option<BrokerAddress>) {
    let camp = Setup { broker, ..Setup::small() }.start();
    let now = camp.clock.now();
    let mut meter = camp.peer("meter", &[]);
    let level = |minutes: i64, m3: f64| {
        reading(now + TimeDelta::minutes(minutes), &format!(r#""{TANK}":{m3}"#))
    };
    for payload in [
        level(-2, 12.8),
        level(-1, 12.9),
        level(-1, 12.9),
        level(0, 13.0),
        level(-1, 12.9),
        level(-180, 9.0),
        level(6, 14.0),
        level(2 * 366 * 1440, 14.5),
        level(0, 13.0).replace(TANK, "tank.raw.colour"),
        level(0, 13.0).replace("13", "null"),
        "{\"timestamp\": \"yesterday\", \"values\": {}}".to_owned(),
        "not JSON at all".to_owned(),
        "{}".to_owned(),
        level(0, 13.0).replace(TANK, &"x".repeat(300_000)),
        format!(r#"{{"readings":[{},{}]}}"#, level(-4, 10.0), level(-3, 10.5)),
    ] {
        meter.send(TOPIC, payload);
    }
    meter.flush();
    eventually("the last message is durable", || {
        (levels(&camp, now - TimeDelta::hours(4)).len() == 6).then_some(())
    });
    assert_eq!(levels(&camp, now - TimeDelta::hours(4)), [9.0, 10.0, 10.5, 12.8, 12.9, 13.0]);
    let expected =
        ["future", "malformed", "malformed", "malformed", "not_a_number", "oversized", "unmapped"];
    assert_eq!(reasons(&camp), expected);
    let state = camp.http.ok("/state");
    assert_eq!(state["values"][TANK]["value"], 13.0, "late values do not become the state");

    // What was acknowledged outlives the process, and a second delivery of it counts once.
    let folder = camp.end();
    let camp = Setup { folder, ..Setup::small() }.start();
    assert_eq!(levels(&camp, now - TimeDelta::hours(4)).len(), 6);
    assert_eq!(camp.http.ok("/state")["values"][TANK]["value"], 13.0, "the state is recalled");
    let mut meter = camp.peer("meter", &[]);
    meter.send(TOPIC, level(-1, 12.9));
    meter.send(TOPIC, level(0, 15.0));
    meter.flush();
    eventually("the corrected value stands", || {
        (levels(&camp, now - TimeDelta::hours(4)) == [9.0, 10.0, 10.5, 12.8, 12.9, 15.0])
            .then_some(())
    });
}

#[test]
fn every_kind_of_reading_through_the_embedded_broker() {
    one_of_everything(None);
}

#[test]
fn every_kind_of_reading_through_mosquitto_over_mqtt_3_1_1() {
    let broker = Mosquitto::start();
    one_of_everything(Some(old(&broker.address)));
}

/// The same broker, spoken to in MQTT 3.1.1.
fn old(address: &BrokerAddress) -> BrokerAddress {
    BrokerAddress { version: Version::Three, ..address.clone() }
}

#[test]
fn every_kind_of_reading_through_mosquitto() {
    let broker = Mosquitto::start();
    one_of_everything(Some(broker.address.clone()));
}

#[test]
fn aggregates_csv_and_quality_over_rest() {
    let camp = Setup::small().start();
    let now = camp.clock.now();
    let mut meter = camp.peer("meter", &[]);
    for (minutes, kw) in [(-29, 20.0), (-20, 40.0), (-14, 10.0), (-1, -3.0)] {
        let time = now + TimeDelta::minutes(minutes);
        meter.send(TOPIC, reading(time, &format!(r#""genset.g1.power_kw":{kw}"#)));
    }
    meter.flush();
    let path = "/readings/genset.g1.power_kw/aggregate?step_minutes=15";
    let buckets = eventually("all four have arrived", || {
        let samples = camp.http.ok("/readings/genset.g1.power_kw");
        (samples["samples"].as_array().unwrap().len() == 4).then(|| camp.http.ok(path))
    });
    let buckets = buckets["buckets"].as_array().unwrap().clone();
    assert_eq!(buckets.len(), 2);
    assert_eq!((&buckets[0]["mean"], &buckets[0]["count"]), (&30.0.into(), &2.into()));
    assert_eq!((&buckets[1]["mean"], &buckets[1]["count"]), (&10.0.into(), &1.into()));
    let csv = camp.http.get("/readings/genset.g1.power_kw?form=csv");
    assert!(csv.content_type.starts_with("text/csv"));
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with("timestamp,genset.g1.power_kw") && lines[4].contains("suspect"),
        "{}",
        csv.text
    );
}

fn a_broker_restarts(version: Version) {
    let mut broker = Mosquitto::start();
    let address = BrokerAddress { version, ..broker.address.clone() };
    let camp = Setup { broker: Some(address), ..Setup::small() }.start();
    let now = camp.clock.now();
    let level = |n: i64| reading(now - TimeDelta::seconds(600 - n), &format!(r#""{TANK}":{n}"#));
    let mut meter = camp.peer("meter", &[]);
    (0..100).for_each(|n| meter.send(TOPIC, level(n)));
    meter.flush();
    broker.stop();
    eventually("the loss is told", || {
        let alarms = camp.http.ok("/alarms");
        alarms.as_array().unwrap().iter().any(|a| a["code"] == "broker_away").then_some(())
    });
    assert_eq!(camp.http.get("/health").status, 503);
    // The meter keeps what it cannot send, as QoS 1 asks of it.
    (100..200).for_each(|n| meter.send(TOPIC, level(n)));
    broker.run();
    meter.flush();
    eventually("all two hundred are there", || {
        (levels(&camp, now - TimeDelta::hours(1)).len() == 200).then_some(())
    });
    eventually("the alarm is over", || {
        camp.http.ok("/alarms").as_array().unwrap().is_empty().then_some(())
    });
    assert!(camp.live.metrics.broker_connects.get() >= 2);
}

#[test]
fn a_broker_that_restarts_loses_nothing() {
    a_broker_restarts(Version::Five);
}

#[test]
fn a_broker_that_restarts_loses_nothing_over_mqtt_3_1_1() {
    a_broker_restarts(Version::Three);
}

fn the_service_is_away(version: Version, count: i64) {
    let mut broker = Mosquitto::start();
    let address = BrokerAddress { version, ..broker.address.clone() };
    let camp = Setup { broker: Some(address.clone()), ..Setup::small() }.start();
    let now = camp.clock.now();
    let folder = camp.end();
    let mut meter = super::support::Peer::new(&broker.address, "meter", &[]);
    for n in 0..count {
        let time = now - TimeDelta::milliseconds(3_600_000 - 100 * n);
        meter.send(TOPIC, reading(time, &format!(r#""{TANK}":{}"#, n % 20)));
    }
    meter.flush();
    // The broker too may go and come back meanwhile.
    broker.stop();
    broker.run();
    let camp = Setup { broker: Some(address), folder, ..Setup::small() }.start();
    eventually("all of them are there", || {
        let there = levels(&camp, now - TimeDelta::hours(2)).len();
        (i64::try_from(there) == Ok(count)).then_some(())
    });
}

#[test]
fn what_is_sent_while_the_service_is_away_waits_at_the_broker() {
    the_service_is_away(Version::Five, 5000);
}

/// More than the queue holds: 3.1.1 has no window, so the link reads no faster than is stored.
#[test]
fn what_is_sent_while_the_service_is_away_waits_at_the_broker_over_mqtt_3_1_1() {
    the_service_is_away(Version::Three, 30_000);
}

#[test]
fn services_of_one_group_share_the_readings() {
    let broker = Mosquitto::start();
    let start = |name: &str| {
        let (share, client) = (Some("camp".to_owned()), Some(name.to_owned()));
        Setup { broker: Some(broker.address.clone()), share, client, ..Setup::small() }.start()
    };
    let (one, other) = (start("one"), start("other"));
    let now = one.clock.now();
    let mut meter = one.peer("meter", &[]);
    for n in 0..400 {
        let time = now - TimeDelta::seconds(600 - n);
        meter.send(TOPIC, reading(time, &format!(r#""{TANK}":{n}"#)));
    }
    meter.flush();
    let counts = || [&one, &other].map(|c| levels(c, now - TimeDelta::hours(1)).len());
    let [first, second] = eventually("each reading is with one of them", || {
        Some(counts()).filter(|[a, b]| a + b == 400)
    });
    assert!(first > 50 && second > 50, "{first} and {second}");
}

#[test]
fn a_service_without_its_broker_says_so_and_finds_it_later() {
    let mut broker = Mosquitto::start();
    broker.stop();
    let camp = Setup { broker: Some(broker.address.clone()), ..Setup::small() }.start_alone();
    eventually("the alarm stands", || {
        let alarms = camp.http.ok("/alarms");
        alarms.as_array().unwrap().iter().any(|a| a["code"] == "broker_away").then_some(())
    });
    assert_eq!(camp.http.ok("/site")["site"]["name"], "small", "the rest of the service works");
    broker.run();
    eventually("it is connected", || {
        camp.http.ok("/alarms").as_array().unwrap().is_empty().then_some(())
    });
}
