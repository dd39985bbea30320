//! How fast readings become durable: publisher, Mosquitto and the service on the same cores, QoS 1,
//! acknowledged after the commit; and beside it what carries the same messages otherwise.

use super::eventually;
use super::influxd::Influxd;
use super::mosquitto::Mosquitto;
use super::process::Service;
use super::report::{Asked, Report};
use super::root;
use super::telegraf::{self, Telegraf};
use super::wire;
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::clock::Clock;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Instant;

const TOPIC: &str = "smartcamp/v1/medium/telemetry/power-house";

/// Messages of one kind; each kind has times of its own, all within what InfluxDB keeps.
struct Kind {
    name: &'static str,
    unit: &'static str,
    messages: u64,
    values: u64,
    start: DateTime<Utc>,
    points: Vec<String>,
    /// Times what Telegraf does with it, into InfluxDB.
    asked: f64,
}

impl Kind {
    /// One value a message, about 120 bytes, twenty points in turn; or twenty values.
    fn write(&self, n: u64, out: &mut Vec<u8>) {
        let step_ms = 50 * i64::try_from(self.values).unwrap();
        let time = self.start + TimeDelta::milliseconds(step_ms * i64::try_from(n).unwrap());
        let time = time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        write!(out, r#"{{"timestamp":"{time}","values":{{"#).unwrap();
        for i in n..n + self.values {
            let comma = if i > n { "," } else { "" };
            let point = &self.points[usize::try_from(i).unwrap() % self.points.len()];
            // Up and down in small steps, which no rule doubts.
            let at = i / self.points.len() as u64 % 400;
            let value = 3.0 + at.min(400 - at) as f64 / 100.0;
            write!(out, r#"{comma}"{point}":{value:.2}"#).unwrap();
        }
        write!(out, "}}}}").unwrap();
    }

    fn all(&self) -> u64 {
        self.messages * self.values
    }

    fn publish(&self, broker: &Mosquitto) {
        wire::publish(&broker.address, TOPIC, self.messages, |n, out| self.write(n, out));
    }

    /// Values a second to a subscriber that stores nothing.
    fn bare(&self) -> f64 {
        let broker = Mosquitto::start();
        let seen = wire::subscribe(&broker.address, "smartcamp/#", self.messages);
        let began = Instant::now();
        self.publish(&broker);
        eventually("all is heard", || {
            (seen.load(Ordering::Acquire) >= self.messages).then_some(())
        });
        self.all() as f64 / began.elapsed().as_secs_f64()
    }

    /// Values a second until all are durable and `there`, and the most memory meanwhile, MB.
    fn ours(&self, of_store: &str, there: impl Fn() -> bool) -> (f64, f64) {
        let broker = Mosquitto::start();
        let folder = tempfile::tempdir().unwrap();
        let service = Service::serve_with(folder.path(), &broker, of_store);
        service.connected();
        let agent = Service::agent();
        let began = Instant::now();
        self.publish(&broker);
        eventually("all has arrived", || {
            let waits = service.metric(&agent, "smartcamp_influxdb_waiting");
            let durable = service.metric(&agent, "smartcamp_readings_total");
            (durable >= self.all() as f64 && waits < 1.0 && there()).then_some(())
        });
        let rate = self.all() as f64 / began.elapsed().as_secs_f64();
        (rate, service.memory_mb("VmHWM"))
    }

    /// The same into InfluxDB, which is asked afterwards whether it has them.
    fn ours_into(&self, server: &Influxd) -> (f64, f64) {
        let target = server.target();
        let folder = tempfile::tempdir().unwrap();
        let token_file = folder.path().join("token");
        let may =
            [("read", "buckets"), ("write", "buckets"), ("read", "tasks"), ("write", "tasks")];
        std::fs::write(&token_file, server.token(&may)).unwrap();
        let of_store = format!(
            "[store.influxdb]\nurl = \"{}\"\norg = \"{}\"\nbucket = \"{}\"\ntoken_file = \"{}\"\n",
            target.url,
            target.org,
            target.bucket,
            token_file.display()
        );
        // What is sealed on its way is sent twice, so that only what it tells counts.
        self.ours(&of_store, || count(server, &target.bucket) >= self.all())
    }

    /// The same with Telegraf in our place.
    fn telegraf(&self, program: &std::path::PathBuf, server: &Influxd) -> (f64, f64) {
        let (broker, target) = (Mosquitto::start(), server.target());
        let telegraf = Telegraf::start(program, &broker, server, &target);
        let before = lines_written(server);
        let began = Instant::now();
        self.publish(&broker);
        eventually("InfluxDB has all", || {
            (lines_written(server) - before >= self.messages as f64).then_some(())
        });
        let rate = self.all() as f64 / began.elapsed().as_secs_f64();
        assert_eq!(count(server, &target.bucket), self.all());
        (rate, telegraf.memory_mb())
    }
}

/// Lines that an InfluxDB has written since its start.
fn lines_written(server: &Influxd) -> f64 {
    let text = Service::agent().get(format!("{}/metrics", server.url)).call().unwrap();
    let text = text.into_body().read_to_string().unwrap();
    let sum = text.lines().find(|line| line.starts_with("storage_writer_ok_points_sum"));
    sum.and_then(|line| line.rsplit(' ').next()).and_then(|v| v.parse().ok()).unwrap_or(0.0)
}

/// Values of meters that a bucket has; one that was doubted late is there twice.
fn count(server: &Influxd, bucket: &str) -> u64 {
    let rows = server.ask(&format!(
        "from(bucket: \"{bucket}\") |> range(start: -29d, stop: 1h)\n\
         |> filter(fn: (r) => r._measurement != \"event\" and r._measurement != \"noted\" and \
         r._measurement != \"completeness\")\n\
         |> count() |> group() |> sum()"
    ));
    rows.first().map_or(0, |row| row["_value"].parse().unwrap())
}

pub(crate) fn run(report: &mut Report) {
    println!("ingestion through Mosquitto");
    let file = smart_camp::site_file::read(&root().join("camps/medium.toml"), None).unwrap();
    // Without the sets' own meters no plan is made meanwhile: that is another figure.
    let names = file.points.iter().map(|(_, p)| p.to_string());
    let is_wanted = |p: &String| !p.starts_with("genset") && !p.ends_with("_frac");
    let points: Vec<String> = names.filter(is_wanted).take(20).collect();
    let server = Influxd::start("ingestion into InfluxDB");
    let telegraf = telegraf::program();
    let now = Clock::system().now();
    let of = |name, unit, messages, values, asked| {
        let lasts_ms = 50 * i64::try_from(messages * values).unwrap();
        let start = now - TimeDelta::milliseconds(lasts_ms) - TimeDelta::hours(1);
        Kind { name, unit, messages, values, start, points: points.clone(), asked }
    };
    for kind in [
        of("one value a message", "messages/s", 400_000, 1, 1.3),
        of("20 values a message", "values/s", 100_000, 20, 2.0),
    ] {
        one_kind(report, &kind, server.as_ref(), telegraf.as_ref());
    }
}

fn one_kind(
    report: &mut Report,
    kind: &Kind,
    server: Option<&Influxd>,
    telegraf: Option<&std::path::PathBuf>,
) {
    let (name, unit) = (kind.name, kind.unit);
    let bare = kind.bare();
    report.add(&format!("{name}: Mosquitto, nothing stored"), bare, unit, Asked::Nothing, "");
    let (rate, memory_mb) = kind.ours("", || true);
    let share = format!("{:.2} of a subscriber that stores nothing", rate / bare);
    report.add(name, rate, unit, Asked::Nothing, &share);
    report.add(&format!("{name}: memory"), memory_mb, "MB", Asked::AtMost(100.0), "");
    if kind.values == 1 {
        let what = format!("{name}: of what Mosquitto carries");
        report.add(&what, rate / bare, "", Asked::AtLeast(0.8), "stores nothing");
    }
    let Some(server) = server else {
        report.skip(&format!("{name}: into InfluxDB"), "there is no influxd on PATH");
        return;
    };
    let (into, memory_mb) = kind.ours_into(server);
    report.add(&format!("{name}: into InfluxDB"), into, unit, Asked::Nothing, "influxd beside");
    let what = format!("{name}: into InfluxDB, memory");
    report.add(&what, memory_mb, "MB", Asked::AtMost(100.0), "");
    let Some(program) = telegraf else {
        report.skip(&format!("{name}: Telegraf"), "there is no telegraf on PATH");
        return;
    };
    let (theirs, memory_mb) = kind.telegraf(program, server);
    let held = format!("it held {memory_mb:.0} MB");
    report.add(&format!("{name}: Telegraf into InfluxDB"), theirs, unit, Asked::Nothing, &held);
    let what = format!("{name}: embedded store, times Telegraf");
    report.add(&what, rate / theirs, "", Asked::AtLeast(kind.asked), "");
    let what = format!("{name}: into InfluxDB, times Telegraf");
    report.add(&what, into / theirs, "", Asked::AtLeast(1.0), "");
}
