//! What befalls a service: it is killed in the middle of its work, its disk is full, clocks go back.

use super::support::{Disk, Mosquitto, Peer, Service, Setup, eventually};
use chrono::{TimeDelta, Utc};
use smart_camp::domain::quality::Reason;
use smart_camp::domain::reading::Sample;

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

fn telemetry(time: chrono::DateTime<Utc>, value: f64) -> String {
    let time = time.to_rfc3339();
    format!(r#"{{"timestamp":"{time}","values":{{"tank.raw.level_m3":{value}}}}}"#)
}

/// Nothing is acknowledged to the broker that is not on the disk, so what a full disk could not take
/// comes again when there is room.
#[test]
fn a_full_disk_is_told_and_loses_and_doubles_nothing() {
    let Some(disk) = Disk::mount("a full disk", 48) else { return };
    let broker = Mosquitto::start();
    let service = Service::start(&broker, disk.path());
    eventually("the service is subscribed", || {
        (service.http.ok("/health")["broker_connected"] == true).then_some(())
    });
    let mut meter = Peer::new(&broker.address, "meter", &[]);
    #[expect(clippy::disallowed_methods, reason = "the process runs on the machine's clock")]
    let from = Utc::now() - TimeDelta::hours(2);
    disk.fill();
    let mut sent = 0;
    let stands = || {
        let alarms = service.http.ok("/alarms");
        alarms.as_array().unwrap().iter().any(|a| a["code"] == "store_full")
    };
    eventually("the full disk is told", || {
        for _ in 0..200 {
            let time = from + TimeDelta::milliseconds(100 * sent);
            meter.send("smartcamp/v1/small/telemetry/tank", telemetry(time, (sent % 20) as f64));
            sent += 1;
        }
        meter.flush();
        stands().then_some(())
    });
    let samples = || {
        let body = service.http.ok("/readings/tank.raw.level_m3?limit=100000");
        body["samples"].as_array().unwrap().clone()
    };
    let sent = usize::try_from(sent).unwrap();
    assert!(samples().len() < sent, "something waits at the broker");
    disk.empty();
    eventually("everything is there", || (samples().len() >= sent).then_some(()));
    let all = samples();
    assert_eq!(all.len(), sent);
    let right = |(n, s): (usize, &serde_json::Value)| s["value"] == (n % 20) as f64;
    assert!(all.iter().enumerate().all(right), "values in the order of their time");
    eventually("the alarm is over", || (!stands()).then_some(()));
}

/// Readings are kept by their own time: neither our clock nor a meter's that goes back loses or doubles
/// one.
#[test]
fn clocks_that_are_set_back_lose_and_double_nothing() {
    let camp = Setup::small().start();
    let mut meter = camp.peer("meter", &[]);
    let start = camp.clock.now();
    let topic = "smartcamp/v1/small/telemetry/tank";
    let at = |s: i64| start + TimeDelta::seconds(s);
    camp.clock.advance(TimeDelta::minutes(10));
    for s in 0..600 {
        meter.send(topic, telemetry(at(s), 10.0));
    }
    // Ours goes back by less than what a device may be ahead of us.
    camp.clock.advance(TimeDelta::minutes(-4));
    for s in 600..660 {
        meter.send(topic, telemetry(at(s), 20.0));
    }
    // The meter's goes back: it tells the same minutes again, and the last word stands.
    for s in 300..400 {
        meter.send(topic, telemetry(at(s), 30.0));
    }
    meter.send(topic, telemetry(at(660), 40.0));
    let point = camp.live.file.points.id("tank", "raw", "level_m3").unwrap();
    let all = eventually("everything is there", || {
        let all = camp.live.readings.range(point, start, at(1000), 10_000).unwrap();
        all.last().is_some_and(|s| s.value > 39.0).then_some(all)
    });
    assert_eq!(all.len(), 661);
    // Ours goes back by more: what is acknowledged now is doubted for its time, and kept. When it is right
    // again the state moves on.
    camp.clock.advance(TimeDelta::hours(-2));
    for s in 661..700 {
        meter.send(topic, telemetry(at(s), 40.0));
    }
    meter.flush();
    eventually("what came from ahead is durable", || {
        (camp.live.metrics.readings.get() == 660 + 100 + 1 + 39).then_some(())
    });
    camp.clock.advance(TimeDelta::hours(2) + TimeDelta::minutes(4));
    meter.send(topic, telemetry(at(700), 10.0));
    let all = eventually("everything is there", || {
        let all = camp.live.readings.range(point, start, at(1000), 10_000).unwrap();
        all.last().is_some_and(|s| s.time == at(700)).then_some(all)
    });
    assert_eq!(all.len(), 701);
    let doubted = |s: &Sample| s.reason == Some(Reason::Future);
    assert!(all[661..700].iter().all(doubted) && !all[700..].iter().any(doubted));
    eventually("the state moves on", || {
        camp.live.state().latest(point).filter(|l| l.time == at(700))
    });
    assert!(camp.live.readings.rejects(10).unwrap().is_empty());
    let right = |s: i64| match s {
        300..400 => 30.0,
        660..700 => 40.0,
        600..660 => 20.0,
        _ => 10.0,
    };
    for (s, sample) in (0..).zip(&all) {
        assert_eq!(sample.time, at(s));
        assert!((sample.value - right(s)).abs() < 1e-12, "{s}: {sample:?}");
    }
}
