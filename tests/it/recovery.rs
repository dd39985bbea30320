//! The process is killed, again and again, in the middle of its work.

use super::support::{Mosquitto, Peer, Service, eventually};
use chrono::{TimeDelta, Utc};

const READINGS: i64 = 30_000;
const KILLS: i64 = 5;

/// Every reading that the broker acknowledged to the meter is in the store once, whenever the
/// service was killed.
#[test]
fn kill_minus_nine_loses_and_doubles_nothing() {
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(&broker, folder.path());
    eventually("the service is subscribed", || {
        (service.http.ok("/health")["broker_connected"] == true).then_some(())
    });
    let mut meter = Peer::new(&broker.address, "meter", &[]);
    #[expect(clippy::disallowed_methods, reason = "the process runs on the machine's clock")]
    let from = Utc::now() - TimeDelta::hours(2);
    for n in 0..READINGS {
        let time = (from + TimeDelta::milliseconds(100 * n)).to_rfc3339();
        let value = n % 20;
        meter.send(
            "smartcamp/v1/small/telemetry/tank",
            format!(
                r#"{{"timestamp":"{time}","values":{{"load.accommodation.demand_kw":{value}}}}}"#
            ),
        );
        if n % (READINGS / (KILLS + 1)) == READINGS / (KILLS + 1) - 1 && n + 1 < READINGS {
            service.kill();
            service = Service::start(&broker, folder.path());
        }
    }
    meter.flush();
    let count = || {
        let day = "/readings/load.accommodation.demand_kw/aggregate?step_minutes=1440";
        let body = service.http.ok(day);
        body["buckets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|b| b["count"].as_i64().unwrap())
            .sum::<i64>()
    };
    eventually("every reading is there", || (count() >= READINGS).then_some(()));
    assert_eq!(count(), READINGS, "each counts once");
    service.kill();
    let service = Service::start(&broker, folder.path());
    let body = service.http.ok("/readings/load.accommodation.demand_kw?limit=100000");
    let samples = body["samples"].as_array().unwrap();
    assert_eq!(i64::try_from(samples.len()).unwrap(), READINGS);
    let right = |(n, s): (usize, &serde_json::Value)| s["value"] == (n % 20) as f64;
    assert!(samples.iter().enumerate().all(right), "values in the order of their time");
}
