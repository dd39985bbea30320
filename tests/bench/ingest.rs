//! How fast readings become durable: publisher, Mosquitto and the service on the same cores, QoS 1,
//! acknowledged after the commit.

use super::eventually;
use super::mosquitto::Mosquitto;
use super::process::Service;
use super::report::{Asked, Report};
use super::root;
use super::wire;
use chrono::{DateTime, TimeDelta, Utc};
use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Instant;

const TOPIC: &str = "smartcamp/v1/medium/telemetry/power-house";

fn start() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// One value a message, about 120 bytes; twenty points take turns.
fn one_value(points: &[String]) -> impl Fn(u64, &mut Vec<u8>) {
    let points = points.to_vec();
    move |n, out| {
        let time = start() + TimeDelta::milliseconds(50 * i64::try_from(n).unwrap());
        let time = time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let point = &points[usize::try_from(n).unwrap() % points.len()];
        let value = 10.0 + (n % 997) as f64 / 100.0;
        write!(out, r#"{{"timestamp":"{time}","values":{{"{point}":{value:.2}}}}}"#).unwrap();
    }
}

/// Twenty values a message.
fn twenty_values(points: &[String]) -> impl Fn(u64, &mut Vec<u8>) {
    let points = points.to_vec();
    move |n, out| {
        let time = start() + TimeDelta::days(30) + TimeDelta::seconds(i64::try_from(n).unwrap());
        let time = time.format("%Y-%m-%dT%H:%M:%SZ");
        write!(out, r#"{{"timestamp":"{time}","values":{{"#).unwrap();
        for (i, point) in points.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let value = 10.0 + ((n + i as u64) % 997) as f64 / 100.0;
            write!(out, r#"{comma}"{point}":{value:.2}"#).unwrap();
        }
        write!(out, "}}}}").unwrap();
    }
}

/// Messages a second to a subscriber that stores nothing.
fn bare(messages: u64, payload: impl Fn(u64, &mut Vec<u8>)) -> f64 {
    let broker = Mosquitto::start();
    let seen = wire::subscribe(&broker.address, "smartcamp/#", messages);
    let began = Instant::now();
    wire::publish(&broker.address, TOPIC, messages, payload);
    eventually("all is heard", || (seen.load(Ordering::Acquire) >= messages).then_some(()));
    messages as f64 / began.elapsed().as_secs_f64()
}

/// Values a second until all are durable, and the most memory meanwhile, MB.
fn ours(messages: u64, values: u64, payload: impl Fn(u64, &mut Vec<u8>)) -> (f64, f64) {
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let service = Service::serve(folder.path(), &broker);
    let agent = Service::agent();
    eventually("the service is connected", || {
        (service.metric(&agent, "smartcamp_broker_connected") > 0.5).then_some(())
    });
    let began = Instant::now();
    wire::publish(&broker.address, TOPIC, messages, payload);
    let all = (messages * values) as f64;
    eventually("all is durable", || {
        (service.metric(&agent, "smartcamp_readings_total") >= all).then_some(())
    });
    (all / began.elapsed().as_secs_f64(), service.memory_mb("VmHWM"))
}

pub(crate) fn run(report: &mut Report) {
    println!("ingestion through Mosquitto");
    let file = smart_camp::site_file::read(&root().join("camps/medium.toml"), None).unwrap();
    // Without the sets' own meters no plan is made meanwhile: that is another figure.
    let names = file.points.iter().map(|(_, p)| p.to_string());
    let is_wanted = |p: &String| !p.starts_with("genset") && !p.ends_with("_frac");
    let points: Vec<String> = names.filter(is_wanted).collect();
    let points = &points[..20];

    let messages = 400_000;
    let reference = bare(messages, one_value(points));
    let (rate, memory_mb) = ours(messages, 1, one_value(points));
    let share =
        format!("{:.2} of a subscriber that stores nothing ({reference:.0}/s)", rate / reference);
    report.add("one value a message", rate, "messages/s", Asked::AtLeast(25_000.0), &share);
    report.add("one value a message: memory", memory_mb, "MB", Asked::AtMost(100.0), "");

    let messages = 100_000;
    let reference = 20.0 * bare(messages, twenty_values(points));
    let (rate, memory_mb) = ours(messages, 20, twenty_values(points));
    let share =
        format!("{:.2} of a subscriber that stores nothing ({reference:.0}/s)", rate / reference);
    report.add("20 values a message", rate, "values/s", Asked::AtLeast(200_000.0), &share);
    report.add("20 values a message: memory", memory_mb, "MB", Asked::AtMost(100.0), "");
}
