//! InfluxDB goes away and comes back, the service too: nothing is lost, nothing counts twice.

use super::support::{Fed, Influxd, Setup, eventually, minute, reading, root};
use chrono::TimeDelta;
use smart_camp::app::import;
use smart_camp::domain::clock::Clock;
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::site_file;

const KIND: &str = r#"r._measurement == "genset" and r._field == "power_kw""#;

#[test]
fn what_comes_while_it_is_away_arrives_afterwards_in_order_and_once() {
    let Some(mut server) = Influxd::start_own("an outage of InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let mut fed = Fed::open(folder.path(), target.clone());
    let power = fed.point("genset", "g1", "power_kw");
    let from = minute();
    let values = |range: std::ops::Range<i64>| -> Vec<Reading> {
        range.map(|s| reading(power, from + TimeDelta::milliseconds(10 * s), s as f64)).collect()
    };
    fed.store.append(&values(0..1000), &[]).unwrap();
    fed.settle();
    server.kill();
    fed.store.append(&values(1000..2000), &[]).unwrap();
    eventually("the outage is told", || fed.status().away);
    // Meanwhile: sealed twice, with late values and repeated ones, and the service itself restarted.
    fed.embedded.seal().unwrap();
    fed.store.append(&values(3000..4000), &[]).unwrap();
    fed.store.append(&values(900..1100), &[]).unwrap();
    fed.embedded.seal().unwrap();
    fed.end();
    fed = Fed::open(folder.path(), target);
    fed.store.append(&values(2000..3000), &[]).unwrap();
    assert_eq!(fed.store.waiting().unwrap(), 3200);
    // Questions are answered meanwhile.
    let end = from + TimeDelta::seconds(40);
    assert_eq!(fed.store.range(power, from, end, 10_000).unwrap().len(), 4000);
    server.run();
    fed.settle();
    let rows = server.rows(&bucket, KIND);
    assert_eq!(rows.len(), 4000);
    let right = |(n, row): (usize, &std::collections::BTreeMap<String, String>)| {
        row["_value"].parse::<f64>().is_ok_and(|v| (v - n as f64).abs() < 1e-9)
    };
    assert!(rows.iter().enumerate().all(right), "values in the order of their time");
    fed.end();
}

#[test]
fn a_stretch_that_was_missed_is_summed_up_afterwards() {
    let Some(server) = Influxd::start("late values in InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let fed = Fed::open(folder.path(), target);
    let power = fed.point("genset", "g1", "power_kw");
    // Over two days: more than one request, and long past for the task.
    let start = minute() - TimeDelta::hours(50);
    let batch: Vec<Reading> =
        (0..50).map(|h| reading(power, start + TimeDelta::hours(h), h as f64)).collect();
    fed.store.append(&batch, &[]).unwrap();
    fed.settle();
    let quarters = format!("{bucket}_15min");
    let rows = eventually("the quarters are there", || {
        Some(server.rows(&quarters, KIND)).filter(|rows| rows.len() >= 50)
    });
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().enumerate().all(|(h, row)| row["_value"] == h.to_string()));
    fed.end();
}

#[test]
fn what_is_older_than_the_bucket_keeps_is_not_sent() {
    let Some(server) = Influxd::start("old values in InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let fed = Fed::open(folder.path(), target);
    let power = fed.point("genset", "g1", "power_kw");
    let old = minute() - TimeDelta::days(31);
    fed.store.append(&[reading(power, old, 1.0), reading(power, minute(), 2.0)], &[]).unwrap();
    fed.settle();
    eventually("both are dealt with", || (fed.status().sent == 1).then_some(()));
    assert_eq!((fed.status().expired, fed.status().refused), (1, 0));
    assert_eq!(server.rows(&bucket, KIND).len(), 1);
    // It is kept here all the same.
    let all = fed.store.range(power, old, minute() + TimeDelta::minutes(1), 10).unwrap();
    assert_eq!(all.len(), 2);
    fed.end();
}

/// Files that are imported while no service runs, into a new store and into one that was at work.
#[test]
fn what_is_imported_reaches_it_when_the_service_runs() {
    let Some(server) = Influxd::start("imports into InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let site = site_file::read(&root().join("camps/medium.toml"), None).unwrap();
    let start = minute() - TimeDelta::hours(2);
    let take = |name: &str, minutes: std::ops::Range<i64>| {
        let mut text = "timestamp,genset.g1.power_kw\n".to_owned();
        for m in minutes {
            let time = (start + TimeDelta::minutes(m)).to_rfc3339();
            text += &format!("{time},{}.5\n", 10 + m % 7);
        }
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let (store, clock) = (folder.path().join("camp.db"), Clock::system());
        let mut kept = 0;
        import(&store, Some(&target), &site, &clock, &[file], |_, told| kept += told.readings)
            .unwrap();
        kept
    };
    assert_eq!(take("first.csv", 0..30), 30);
    let fed = Fed::open(folder.path(), target.clone());
    assert_eq!(fed.store.waiting().unwrap(), 30);
    fed.settle();
    fed.end();
    assert_eq!(take("second.csv", 30..60), 30);
    let fed = Fed::open(folder.path(), target.clone());
    fed.settle();
    assert_eq!(server.rows(&bucket, KIND).len(), 60);
    fed.end();
}

/// The whole service: readings over MQTT, a plan, alarms and the mode, with InfluxDB away in between.
#[test]
fn the_service_gives_readings_plans_and_events_and_tells_when_it_cannot() {
    let Some(mut server) = Influxd::start_own("the service with InfluxDB") else { return };
    let target = server.target();
    let bucket = target.bucket.clone();
    let mut setup = Setup::small();
    setup.influx = Some(target);
    setup.start = Clock::system().now();
    let camp = setup.with_field().start();
    camp.live_until("a plan is there", 20, || camp.live.plan());
    let summaries = eventually("the plan is in InfluxDB", || {
        Some(server.rows(&bucket, r#"r._measurement == "plan_summary" and r._field == "fuel_l""#))
            .filter(|rows| !rows.is_empty())
    });
    assert!(summaries.iter().all(|r| r["site"] == "small"));
    let plan = camp.live.plan().unwrap();
    // The steps may lie in two days, which the server writes one after the other.
    let running = r#"r._measurement == "plan" and r.kind == "genset" and r._field == "is_running""#;
    let first = camp.live.file.site.genset.keys().next().unwrap();
    let of_set = format!("{running} and r.id == \"{first}\"");
    eventually("every step is there", || {
        (server.rows(&bucket, &of_set).len() >= plan.plan.grid.len()).then_some(())
    });
    let reserve = server.rows(&bucket, r#"r.kind == "reserve" and r._field == "required_kw""#);
    assert!(!reserve.is_empty());
    eventually("the mode is told", || {
        (server.rows(&bucket, r#"r._measurement == "event" and r.what == "mode""#).len() == 1)
            .then_some(())
    });
    assert_eq!(camp.live.metrics.influxdb_reached.get(), 1);
    server.kill();
    let alarm = camp.live_until("the alarm comes", 20, || {
        camp.live.alarms().into_iter().find(|a| a.code == "influxdb_away")
    });
    assert!(alarm.message.contains("it is kept here"), "{}", alarm.message);
    eventually("what waits is counted", || {
        (camp.live.metrics.influxdb_waiting.get() > 0).then_some(())
    });
    server.run();
    eventually("the alarm goes", || {
        camp.live.alarms().iter().all(|a| a.code != "influxdb_away").then_some(())
    });
    eventually("both are told as events", || {
        let coming = server.rows(&bucket, r#"r.what == "alarm.influxdb_away""#).len();
        let going = server.rows(&bucket, r#"r.what == "alarm.influxdb_away.over""#).len();
        (coming == 1 && going == 1).then_some(())
    });
}
