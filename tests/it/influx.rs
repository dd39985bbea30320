//! InfluxDB 2 against a real server: what is written, read, made and refused.

use super::support::{Fed, Influxd, eventually, minute, reading};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::note::{Completeness, Event, Note};
use smart_camp::domain::ports::{ReadingStore, RecordStore};
use smart_camp::domain::quality::Reason;
use smart_camp::domain::reading::Reading;

#[test]
fn what_is_written_is_read_back_and_is_what_the_embedded_store_has() {
    let Some(server) = Influxd::start("the round trip through InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let fed = Fed::open(folder.path(), target);
    let (power, level) =
        (fed.point("genset", "g1", "power_kw"), fed.point("tank", "raw", "level_m3"));
    // Times that come after the store was opened: from then on InfluxDB has everything.
    let from = minute() + TimeDelta::minutes(1);
    let at = |s: i64| from + TimeDelta::seconds(s);
    let mut batch: Vec<Reading> = (0..240).map(|s| reading(power, at(s), s as f64 / 7.0)).collect();
    batch.extend((0..240).map(|s| reading(level, at(s), 50.0)));
    batch[10].reason = Some(Reason::Spike);
    batch[10].value = 1e6;
    batch[70].reason = Some(Reason::Arrival);
    batch[130].reason = Some(Reason::Redundancy);
    // Written good at first, doubted afterwards; and one value twice: the last stands.
    batch.push(Reading { reason: Some(Reason::Stuck), ..batch[200] });
    batch.push(reading(power, at(20), 99.0));
    fed.store.append(&batch, &[]).unwrap();
    fed.settle();
    // Sealed, so that nothing is in the tail and InfluxDB has to answer.
    fed.embedded.seal().unwrap();
    fed.store.append(&[reading(power, at(300), 5.0)], &[]).unwrap();
    let to = at(400);
    let (there, here) = (
        fed.store.range(power, from, to, 1000).unwrap(),
        fed.embedded.range(power, from, to, 1000).unwrap(),
    );
    assert_eq!(here.len(), 241);
    assert_eq!(there, here);
    assert_eq!(fed.store.range(power, from, to, 7).unwrap(), here[..7]);
    for minutes in [1, 2, 60] {
        let step = TimeDelta::minutes(minutes);
        let there = fed.store.aggregate(power, from, to, step).unwrap();
        let here = fed.embedded.aggregate(power, from, to, step).unwrap();
        assert_eq!(there.len(), here.len());
        for (a, b) in there.iter().zip(&here) {
            assert_eq!((a.start, a.count), (b.start, b.count));
            let near = |x: f64, y: f64| (x - y).abs() < 1e-9;
            assert!(
                near(a.mean, b.mean) && near(a.min, b.min) && near(a.max, b.max),
                "{a:?} {b:?}"
            );
        }
    }
    assert!(fed.status().away.is_none() && fed.status().not_set_up.is_none(), "{:?}", fed.status());
    // The schema, as docs/influxdb.md tells it.
    let rows = server.rows(&bucket, r#"r._measurement == "genset" and r._field == "power_kw""#);
    assert!(rows.iter().all(|r| r["site"] == "my camp" && r["id"] == "g1"));
    let doubtful = server.rows(&bucket, r#"r._measurement == "doubtful""#);
    let words: Vec<_> =
        doubtful.iter().map(|r| (&*r["reason"], &*r["kind"], &*r["quantity"])).collect();
    assert_eq!(words, [("spike", "genset", "power_kw"), ("stuck", "genset", "power_kw")]);
    assert_eq!(server.rows(&bucket, r#"r._measurement == "noted""#).len(), 2);
    assert_eq!(server.rows(&bucket, r#"r._measurement == "tank""#).len(), 240);
    fed.end();
}

#[test]
fn buckets_and_tasks_are_made_once_and_the_tasks_run() {
    let Some(server) = Influxd::start("buckets and tasks of InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    for _ in 0..2 {
        let fed = Fed::open(folder.path(), target.clone());
        eventually("the server is set up", || fed.status().reached.then_some(()));
        assert_eq!(fed.status().not_set_up, None);
        fed.end();
    }
    let seconds = |name: &str| {
        let list = server.get("/api/v2/buckets?limit=100");
        let list = list["buckets"].as_array().unwrap().clone();
        let found: Vec<_> = list.iter().filter(|b| b["name"] == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0]["retentionRules"].as_array().unwrap().first().map(|r| r["everySeconds"].clone())
    };
    assert_eq!(seconds(&bucket).unwrap(), 30 * 86_400);
    assert_eq!(seconds(&format!("{bucket}_15min")).unwrap(), 396 * 86_400);
    let for_ever = seconds(&format!("{bucket}_monthly"));
    assert!(for_ever.is_none_or(|s| s == 0));
    // The values of the last hour, then each task by hand.
    let fed = Fed::open(folder.path(), target);
    let power = fed.point("genset", "g1", "power_kw");
    let quarter = minute().timestamp() / 900 * 900;
    let start = DateTime::from_timestamp(quarter - 1800, 0).unwrap();
    let batch: Vec<Reading> =
        (0..90).map(|i| reading(power, start + TimeDelta::seconds(10 * i), i as f64)).collect();
    fed.store.append(&batch, &[]).unwrap();
    fed.embedded.note(&[event("mode", start)]).unwrap();
    fed.settle();
    for name in ["_15min", "_monthly"] {
        let name = format!("{bucket}{name}");
        let list = server.get("/api/v2/tasks?limit=500");
        let list: Vec<_> = list["tasks"].as_array().unwrap().clone();
        let found: Vec<_> = list.iter().filter(|t| t["name"] == *name).collect();
        assert_eq!(found.len(), 1, "{name}");
        let id = found[0]["id"].as_str().unwrap();
        let (status, text) =
            server.post(&format!("/api/v2/tasks/{id}/runs"), &serde_json::json!({}));
        assert_eq!(status, 201, "{text}");
        eventually("the task has run", || {
            let runs = server.get(&format!("/api/v2/tasks/{id}/runs"));
            let ended =
                runs["runs"].as_array()?.iter().find(|r| r["finishedAt"].is_string())?.clone();
            assert_eq!(ended["status"], "success", "{ended}");
            Some(())
        });
    }
    let means = server.rows(&format!("{bucket}_15min"), r#"r._measurement == "genset""#);
    assert_eq!(means.len(), 1, "{means:?}");
    assert_eq!(means[0]["_time"], start.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    assert_eq!(means[0]["_value"], "44.5");
    let copies = server.rows(&format!("{bucket}_15min"), r#"r.what == "mode""#);
    assert_eq!(copies.len(), 1);
    let months = server.rows(&format!("{bucket}_monthly"), r#"r._measurement == "genset""#);
    let mut stats: Vec<_> = months.iter().map(|r| (&*r["stat"], &*r["_value"])).collect();
    stats.sort_unstable();
    assert_eq!(stats, [("max", "44.5"), ("mean", "44.5"), ("min", "44.5")]);
    fed.end();
}

fn event(what: &str, at: DateTime<Utc>) -> Note {
    let (asset, text) = (None, "advise: \"no\" envelope, a=b".to_owned());
    Note::Event(Event { at, what: what.to_owned(), asset, text })
}

#[test]
fn starts_notes_and_completeness_arrive() {
    let Some(server) = Influxd::start("events in InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let fed = Fed::open(folder.path(), target);
    let running = fed.point("genset", "g1", "is_running");
    let power = fed.point("genset", "g2", "power_kw");
    let from = minute();
    let at = |s: i64| from + TimeDelta::seconds(s);
    let list = [(0, 0.0), (10, 1.0), (20, 1.0), (30, 0.0), (25, 0.0)];
    let batch: Vec<Reading> = list.iter().map(|(s, v)| reading(running, at(*s), *v)).collect();
    fed.store.append(&batch, &[]).unwrap();
    fed.settle();
    // Across batches, and by power alone.
    fed.store.append(&[reading(running, at(40), 1.0), reading(power, at(40), 0.0)], &[]).unwrap();
    fed.store.append(&[reading(power, at(50), 100.0)], &[]).unwrap();
    let day = Completeness {
        point: "tank.raw.level_m3".to_owned(),
        day: from.date_naive(),
        good_frac: 0.5,
        expected: 10,
        good: 5,
        doubtful: 1,
    };
    fed.embedded.note(&[event("mode", at(1)), Note::Completeness(day)]).unwrap();
    fed.settle();
    let rows = server.rows(&bucket, r#"r._measurement == "event""#);
    let told: Vec<_> =
        rows.iter().map(|r| (&*r["what"], &*r["asset"], r["_time"].clone())).collect();
    let time = |s: i64| at(s).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let right = [
        ("mode", "", time(1)),
        ("genset.start", "genset.g1", time(10)),
        ("genset.stop", "genset.g1", time(30)),
        ("genset.start", "genset.g1", time(40)),
        ("genset.start", "genset.g2", time(50)),
    ];
    assert_eq!(told, right);
    assert_eq!(rows[0]["_value"], "advise: \"no\" envelope, a=b");
    let rows = server.rows(&bucket, r#"r._measurement == "completeness""#);
    let mut fields: Vec<_> = rows.iter().map(|r| (&*r["_field"], &*r["_value"])).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [("doubtful", "1"), ("expected", "10"), ("good", "5"), ("good_frac", "0.5")]
    );
    fed.end();
}

#[test]
fn a_line_that_is_refused_is_set_aside_and_the_rest_arrives() {
    let Some(server) = Influxd::start("a refused line") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let bucket = target.bucket.clone();
    let fed = Fed::open(folder.path(), target.clone());
    let (level, power) =
        (fed.point("tank", "raw", "level_m3"), fed.point("genset", "g1", "power_kw"));
    eventually("the server is set up", || fed.status().reached.then_some(()));
    // Somebody has written the level as a text: the type of the field is taken.
    let text = "tank,id=raw,site=my\\ camp level_m3=\"much\"";
    server.write(&bucket, text);
    let from = minute();
    let at = |s: i64| from + TimeDelta::seconds(s);
    let mut batch: Vec<Reading> = (0..50).map(|s| reading(power, at(s), 1.0)).collect();
    batch.insert(20, reading(level, at(0), 7.0));
    batch.push(reading(level, at(1), 8.0));
    fed.store.append(&batch, &[]).unwrap();
    fed.settle();
    eventually("both are told", || (fed.status().refused == 2).then_some(()));
    let rejects = fed.store.rejects(10).unwrap();
    assert_eq!(rejects.len(), 2);
    assert!(rejects.iter().all(|r| r.reason == "refused_by_influxdb"));
    assert!(rejects[0].detail.contains("conflict"), "{}", rejects[0].detail);
    assert!(rejects[0].excerpt.starts_with("tank,id=raw"), "{}", rejects[0].excerpt);
    assert_eq!(server.rows(&bucket, r#"r._measurement == "genset""#).len(), 50);
    fed.end();
}

#[test]
fn a_token_without_rights_is_told_in_plain_words() {
    let Some(server) = Influxd::start("rights in InfluxDB") else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = server.target();
    let fed = Fed::open(folder.path(), server.target_with(&target, "wrong"));
    let power = fed.point("genset", "g1", "power_kw");
    fed.store.append(&[reading(power, minute(), 1.0)], &[]).unwrap();
    let why = eventually("the wrong token is told", || fed.status().away);
    assert!(why.contains("the token is not accepted"), "{why}");
    assert!(!why.contains("wrong"), "{why}");
    assert_eq!(fed.store.waiting().unwrap(), 1);
    fed.end();
    // May read and write, but not make: it is told, and nothing is lost.
    let rights = [("read", "buckets"), ("write", "buckets")];
    let token = server.token(&rights);
    let fed = Fed::open(folder.path(), server.target_with(&target, &token));
    fed.settle();
    let why = eventually("what is missing is told", || fed.status().not_set_up);
    assert!(why.contains("task") && why.contains("read:tasks and write:tasks"), "{why}");
    assert!(!why.contains("bucket camp"), "{why}");
    assert_eq!(server.rows(&target.bucket, r#"r._measurement == "genset""#).len(), 1);
    fed.end();
}
