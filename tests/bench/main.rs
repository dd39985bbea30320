//! The figures of README.md, measured here and now: `make bench`. Each stands beside the figure that
//! was asked for and beside a reference from the same run, for machines differ.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is not as it should be"
)]

mod arguments;
mod case;
mod fast;
mod influx;
#[path = "../it/support/influxd.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod influxd;
mod ingest;
mod kills;
mod measured;
#[path = "../it/support/mosquitto.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod mosquitto;
mod moved_on;
#[path = "../../solver/tests/it/mps_file.rs"]
mod mps_file;
mod plans;
mod process;
mod report;
mod resolve;
mod rest;
mod start;
mod steady;
mod store;
mod telegraf;
mod textbook;
#[path = "../it/support/wait.rs"]
mod wait;
mod wire;

use arguments::Arguments;
use mosquitto::free_port;
use report::Report;
use std::path::Path;
use wait::eventually;

/// The project's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn main() {
    if measured::is_one_case() {
        return;
    }
    let arguments = Arguments::read(std::env::args().skip(1)).unwrap_or_else(|e| panic!("{e}"));
    let wants = |name: &str| arguments.wants(name);
    if arguments.names("textbook") {
        fast::freeze(&arguments);
        return;
    }
    let mut report = Report::default();
    if wants("fast") {
        fast::run(&mut report, &arguments);
    }
    if wants("plans") {
        plans::run(&mut report);
    }
    if wants("start") {
        start::run(&mut report);
    }
    if wants("store") {
        store::run(&mut report);
    }
    if wants("ingest") {
        ingest::run(&mut report);
    }
    if wants("steady") {
        steady::run(&mut report);
    }
    if wants("kills") {
        kills::run(&mut report);
    }
    if wants("influx") {
        influx::run(&mut report);
    }
    if wants("rest") {
        rest::run(&mut report);
    }
    report.print();
    if !report.all_reached() {
        println!("\nNot every figure was reached on this machine, now.");
        std::process::exit(1);
    }
}
