//! What the tests stand on.

mod app;
mod compose_file;
mod composed;
mod disk;
mod fed;
mod http;
mod influxd;
pub(crate) mod instrumented;
mod mosquitto;
mod peer;
mod process;
mod wait;

pub(crate) use app::{Setup, TestCamp, envelope, site};
pub(crate) use compose_file::{compose_file, path_of, secrets_of, settled, texts};
pub(crate) use composed::{Composed, Program};
pub(crate) use disk::Disk;
pub(crate) use fed::{Fed, minute, reading};
pub(crate) use http::{Answer, Http};
pub(crate) use influxd::Influxd;
pub(crate) use instrumented::{Instrumented, Wrong};
pub(crate) use mosquitto::{Mosquitto, free_port};
pub(crate) use peer::Peer;
pub(crate) use process::{Ran, Service, run};
pub(crate) use wait::eventually;

use std::io::Write;
use std::path::{Path, PathBuf};

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of measured series, if it is there; says so when it is not.
pub(crate) fn data(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SMARTCAMP_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    // Not by `eprintln`, which the test harness keeps to itself.
    let folder = folder.display();
    let words = format!("SKIPPED: {what}: there is no data folder {folder} (SMARTCAMP_DATA)\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
    None
}
