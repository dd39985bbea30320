//! How long a start takes, and what the service needs at rest.

use super::eventually;
use super::mosquitto::Mosquitto;
use super::process::Service;
use super::report::{Asked, Report};

pub(crate) fn run(report: &mut Report) {
    println!("start");
    let folder = tempfile::tempdir().unwrap();
    let first = Service::demo(folder.path());
    let first_s = first.ready_s;
    let agent = Service::agent();
    eventually("a plan", || (first.get(&agent, "/plans/current").0 == 200).then_some(()));
    first.stop();
    let second = Service::demo(folder.path());
    let against = format!("first start, empty store: {first_s:.3} s");
    report.add("second start of the demo", second.ready_s, "s", Asked::AtMost(1.0), &against);
    drop(second);

    let folder = tempfile::tempdir().unwrap();
    let broker = Mosquitto::start();
    let service = Service::serve(folder.path(), &broker);
    let resting = service.memory_mb("VmRSS");
    report.add(
        "memory of serve at rest",
        resting,
        "MB",
        Asked::Nothing,
        "connected, no reading yet",
    );
}
