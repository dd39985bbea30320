//! Latency of the current plan and the state at 200 requests a second, while a demo's meters run.

use super::eventually;
use super::process::Service;
use super::report::{Asked, Report};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CLIENTS: u32 = 4;
const EACH_A_SECOND: u32 = 50;
const SECONDS: u32 = 20;

/// Milliseconds of each request, sorted: `paths` in turn, at a steady pace.
fn load(service: &Arc<Service>, paths: &'static [&'static str]) -> Vec<f64> {
    let client = |c: u32| {
        let service = Arc::clone(service);
        std::thread::spawn(move || {
            let agent = Service::agent();
            let period = Duration::from_secs(1) / EACH_A_SECOND;
            // Clients out of step: requests come evenly.
            let began = Instant::now() + period * c / CLIENTS;
            let mut took_ms = Vec::new();
            for n in 0..EACH_A_SECOND * SECONDS {
                let due = began + period * n;
                while let Some(left) = due.checked_duration_since(Instant::now()) {
                    std::thread::park_timeout(left);
                }
                // From when it was due: a late answer delays the next request and counts twice.
                let (status, _) = service.get(&agent, paths[n as usize % paths.len()]);
                assert_eq!(status, 200);
                took_ms.push(due.elapsed().as_secs_f64() * 1000.0);
            }
            took_ms
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(client).collect();
    let mut all: Vec<f64> = clients.into_iter().flat_map(|c| c.join().unwrap()).collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The value below which `percent` of all lie.
fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

pub(crate) fn run(report: &mut Report) {
    println!("REST while the meters run");
    let folder = tempfile::tempdir().unwrap();
    let service = Arc::new(Service::demo(folder.path()));
    let agent = Service::agent();
    eventually("a plan", || (service.get(&agent, "/plans/current").0 == 200).then_some(()));
    let reference = load(&service, &["/health"]);
    let both = load(&service, &["/plans/current", "/state"]);
    let against = format!(
        "p50 {:.2} ms; /health, which does nothing: p50 {:.2}, p99 {:.2} ms",
        at(&both, 50),
        at(&reference, 50),
        at(&reference, 99)
    );
    report.add("plan and state, 200/s: p99", at(&both, 99), "ms", Asked::AtMost(5.0), &against);
}
