//! A night in which everything goes away, one over the other: InfluxDB, the service, the broker, the room
//! on the disk. What the broker acknowledged to the meter is held against an export of the store and
//! against InfluxDB, value by value.

use super::support::{Disk, Influxd, Mosquitto, Peer, Service, eventually, minute, run};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::path::Path;

const TOPIC: &str = "smartcamp/v1/small/telemetry/power-house";
const POINT: &str = "load.accommodation.demand_kw";

/// A meter that numbers what it says: each value stands for its own time and no other.
struct Meter {
    peer: Peer,
    from: DateTime<Utc>,
    sent: i64,
}

fn time_of(from: DateTime<Utc>, n: i64) -> DateTime<Utc> {
    from + TimeDelta::milliseconds(100 * n)
}

/// kW; 20 and up, by a watt each time.
fn value_of(n: i64) -> f64 {
    20.0 + n as f64 / 1000.0
}

impl Meter {
    fn new(broker: &Mosquitto) -> Self {
        let peer = Peer::new(&broker.address, "meter", &[]);
        Self { peer, from: minute() - TimeDelta::hours(2), sent: 0 }
    }

    /// Sends without waiting: what the broker is not there for, the meter keeps.
    fn send(&mut self, count: i64) {
        for n in self.sent..self.sent + count {
            let (time, value) = (time_of(self.from, n).to_rfc3339(), value_of(n));
            let payload = format!(r#"{{"timestamp":"{time}","values":{{"{POINT}":{value:.3}}}}}"#);
            self.peer.send(TOPIC, payload);
        }
        self.sent += count;
    }

    /// Sends, and waits until the broker has acknowledged all of it.
    fn say(&mut self, count: i64) {
        self.send(count);
        self.peer.flush();
    }

    /// What was said and is not in `found`, and what is there and was never said.
    fn against(&self, found: &BTreeMap<i64, f64>) -> (usize, usize) {
        let at = |n: i64| time_of(self.from, n).timestamp_millis();
        let right = |n: &i64| found.get(&at(*n)).is_some_and(|v| (v - value_of(*n)).abs() < 1e-9);
        let there = (0..self.sent).filter(right).count();
        (usize::try_from(self.sent).unwrap() - there, found.len() - there)
    }
}

/// Times, ms, and values of an export; fails where a time stands twice.
fn exported(store: &Path, folder: &Path) -> BTreeMap<i64, f64> {
    let ran = run(&["store", "export", store.to_str().unwrap(), folder.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut found = BTreeMap::new();
    let mut reader = csv::Reader::from_path(folder.join("readings.csv")).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(&row[0], POINT);
        let time: DateTime<Utc> = row[1].parse().unwrap();
        let before = found.insert(time.timestamp_millis(), row[2].parse().unwrap());
        assert!(before.is_none(), "{time} counts twice");
    }
    found
}

/// The same of a bucket, doubtful values too.
fn in_influxdb(server: &Influxd, bucket: &str) -> BTreeMap<i64, f64> {
    let mut found = BTreeMap::new();
    let good = r#"r._measurement == "load" and r._field == "demand_kw""#;
    let doubtful = r#"r._measurement == "doubtful" and r._field == "value""#;
    for row in server.rows(bucket, good).iter().chain(&server.rows(bucket, doubtful)) {
        let time: DateTime<Utc> = row["_time"].parse().unwrap();
        let before = found.insert(time.timestamp_millis(), row["_value"].parse().unwrap());
        assert!(before.is_none(), "{time} counts twice");
    }
    found
}

fn has_alarm(service: &Service, code: &str) -> bool {
    let alarms = service.http.ok("/alarms");
    alarms.as_array().unwrap().iter().any(|alarm| alarm["code"] == code)
}

#[test]
fn a_night_in_which_everything_goes_away_loses_and_doubles_nothing() {
    let Some(mut server) = Influxd::start_own("a night of outages") else { return };
    let bucket = server.target().bucket;
    let mut broker = Mosquitto::start();
    // Where no disk can be mounted it is not filled; Disk says so.
    let disk = Disk::mount("a full disk, in a night of outages", 64);
    let (folder, export) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = disk.as_ref().map_or(folder.path(), Disk::path);
    let more = server.settings(&bucket, folder);
    let start = |broker: &Mosquitto| {
        let service = Service::start_with(broker, folder, &more);
        eventually("the service is subscribed", || {
            (service.http.get("/health").json()["broker_connected"] == true).then_some(())
        });
        service
    };
    let mut service = start(&broker);
    let mut meter = Meter::new(&broker);

    meter.say(2000);
    eventually("InfluxDB has the evening", || {
        (in_influxdb(&server, &bucket).len() == 2000).then_some(())
    });
    // InfluxDB is killed; the service in the middle of what comes; and comes back.
    server.kill();
    meter.say(2000);
    meter.send(1000);
    service.kill();
    meter.say(1000);
    service = start(&broker);
    eventually("the outage is told", || has_alarm(&service, "influxdb_away").then_some(()));
    // The broker restarts, while the meter talks on.
    meter.send(500);
    broker.stop();
    meter.send(500);
    broker.run();
    meter.say(500);
    // The broker restarts while the service is away: what waits for it waits on the disk.
    service.kill();
    meter.say(1000);
    broker.stop();
    broker.run();
    service = start(&broker);
    meter.say(500);
    if let Some(disk) = &disk {
        disk.fill();
        eventually("the full disk is told", || {
            meter.say(200);
            has_alarm(&service, "store_full").then_some(())
        });
        // Killed with its disk full, it is there again once there is room.
        service.kill();
        disk.empty();
        service = start(&broker);
    }
    meter.say(500);
    // Morning: InfluxDB comes back, is killed while it catches up, and comes back.
    server.run();
    eventually("it catches up", || (in_influxdb(&server, &bucket).len() > 2000).then_some(()));
    server.kill();
    meter.say(500);
    server.run();
    let all = usize::try_from(meter.sent).unwrap();
    let found = eventually("InfluxDB has everything", || {
        Some(in_influxdb(&server, &bucket)).filter(|found| found.len() >= all)
    });
    assert_eq!(meter.against(&found), (0, 0), "lost and foreign in InfluxDB, of {all}");
    eventually("no outage stands", || {
        let away = ["influxdb_away", "store_full", "broker_away"];
        (!away.iter().any(|code| has_alarm(&service, code))).then_some(())
    });
    service.kill();
    let found = exported(&folder.join("store.db"), &export.path().join("csv"));
    assert_eq!(meter.against(&found), (0, 0), "lost and foreign in the store, of {all}");
}
