//! The figures of README.md, measured here and now: `make bench`. Each stands beside the figure that
//! was asked for and beside a reference from the same run, for machines differ.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is not as it should be"
)]

mod ingest;
#[path = "../it/support/mosquitto.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod mosquitto;
mod plans;
mod process;
mod report;
mod rest;
mod start;
#[path = "../it/support/wait.rs"]
mod wait;
mod wire;

use report::Report;
use std::path::Path;
use wait::eventually;

/// The project's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let mut report = Report::default();
    if wants("plans") {
        plans::run(&mut report);
    }
    if wants("start") {
        start::run(&mut report);
    }
    if wants("ingest") {
        ingest::run(&mut report);
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
