//! What the forwarder does with a server that is busy, broken or choosy.

use super::*;
use crate::domain::point::PointId;
use crate::domain::reading::Reading;
use crate::domain::stop::StopSign;
use crate::store::influx::InfluxStore;
use crate::store::influx::double::{Asked, Double};
use std::path::Path;
use tokio::sync::watch;

fn points() -> PointMap {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    crate::site_file::read(&path, None).unwrap().points
}

/// A store and a forwarder that is set up already.
fn fed(folder: &tempfile::TempDir, double: &Double) -> (InfluxStore, Forwarder) {
    let points = points();
    let store = EmbeddedStore::open(&folder.path().join("camp.db"), &points).unwrap();
    let target = InfluxTarget::new(&double.url, "o", "b", "t");
    let (store, mut forwarder) = InfluxStore::open(Arc::new(store), target, "s", &points).unwrap();
    forwarder.is_set_up = true;
    (store, forwarder)
}

fn append(store: &InfluxStore, count: i64) {
    let now_ms = Clock::system().now().timestamp_millis();
    let reading = |i: i64| {
        let time_ms = now_ms - 100_000 + i * 1000;
        Reading { point: PointId(0), time_ms, value: i as f64, reason: None }
    };
    let list: Vec<Reading> = (0..count).map(reading).collect();
    store.append(&list, &[]).unwrap();
}

async fn until(
    status: &mut watch::Receiver<InfluxStatus>,
    there: impl FnMut(&InfluxStatus) -> bool,
) {
    let seen = tokio::time::timeout(Duration::from_mins(1), status.wait_for(there)).await;
    seen.expect("in vain for a minute").unwrap();
}

fn written(double: &Double) -> Vec<Asked> {
    let is_write = |a: &Asked| a.line.contains("/api/v2/write") && !a.body.is_empty();
    double.asked().into_iter().filter(is_write).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_sent_until_it_is_taken_and_then_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut moods = vec![204, 200, 500, 503].into_iter();
    let mut left = moods.next_back();
    let double = Double::new(move |asked| {
        if !asked.line.contains("/api/v2/write") {
            return Some((200, vec![], r#"{"name":"influxdb","status":"pass"}"#.to_owned()));
        }
        if asked.body.is_empty() {
            return Some((503, vec!["Retry-After: 1".to_owned()], String::new()));
        }
        // 200 is a proxy's or a portal's word: only 204 says that the lines are in the database.
        let status = left.take().unwrap_or(204);
        left = moods.next_back();
        Some((status, vec![], String::new()))
    });
    let (store, forwarder) = fed(&folder, &double);
    let (sign, mut status) = (StopSign::default(), store.status());
    append(&store, 10);
    let running = tokio::spawn(forwarder.run(sign.watch()));
    until(&mut status, |s| s.away.as_ref().is_some_and(|why| why.contains("503"))).await;
    assert_eq!(status.borrow().waiting, 10);
    until(&mut status, |s| s.sent == 10).await;
    until(&mut status, |s| s.reached && s.waiting == 0).await;
    let bodies: Vec<String> = written(&double).into_iter().map(|a| a.body).collect();
    assert_eq!(bodies.len(), 4);
    assert!(bodies.iter().all(|body| *body == bodies[0] && body.lines().count() == 10));
    sign.give();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_lines_are_found_by_halves_and_the_rest_goes_on_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let double = Double::new(|asked| {
        let is_bad = |line: &str| [" demand_kw=3 ", "=77 "].iter().any(|bad| line.contains(bad));
        if asked.body.lines().any(is_bad) {
            let words = r#"{"code":"unprocessable entity","message":"field type conflict"}"#;
            return Some((422, vec![], words.to_owned()));
        }
        Some((204, vec![], String::new()))
    });
    let (store, mut forwarder) = fed(&folder, &double);
    append(&store, 100);
    assert!(forwarder.round().await.is_ok_and(|more| more));
    let bad: Vec<usize> = (0..100).filter(|i| [3, 77].contains(i)).collect();
    assert_eq!(store.status().borrow().refused, bad.len() as u64);
    let rejects = store.rejects(10).unwrap();
    assert_eq!(rejects.len(), 2);
    assert!(rejects.iter().all(|r| r.detail.contains("conflict")));
    assert_eq!(forwarder.store.count_waiting().unwrap(), 0);
    // What was taken, in the order it was taken.
    let is_bad = |line: &str| line.contains("=3 ") || line.contains("=77 ");
    let bodies = written(&double).into_iter().map(|a| a.body);
    let taken = bodies.filter(|body| !body.lines().any(is_bad)).collect::<String>();
    let times: Vec<i64> =
        taken.lines().map(|l| l.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(times.len(), 98);
    assert!(times.is_sorted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_here_while_the_server_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let double = Double::new(|asked| {
        if asked.line.contains("/api/v2/query") {
            return Some((500, vec![], "broken".to_owned()));
        }
        Some((204, vec![], String::new()))
    });
    let (store, forwarder) = fed(&folder, &double);
    let from = Clock::system().now();
    forwarder.shared.status.send_modify(|s| s.reached = true);
    append(&store, 100);
    let to = from + chrono::TimeDelta::hours(1);
    let asking = tokio::task::spawn_blocking(move || {
        let first = store.range(PointId(0), from, to, 10);
        (first, store.status().borrow().reached, store.range(PointId(0), from, to, 10))
    });
    let (first, reached, second) = asking.await.unwrap();
    assert_eq!(first.unwrap(), second.unwrap());
    assert!(!reached, "the next question is not asked there");
    let asked = double.asked().iter().filter(|a| a.line.contains("/api/v2/query")).count();
    assert_eq!(asked, 1);
}
