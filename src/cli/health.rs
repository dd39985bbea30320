//! `smart-camp health`: whether a service does its work, for health checks of containers.

use super::{Failure, say};
use crate::probe::{self, ProbeFault, Target};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `health`.
#[derive(Debug, Args)]
pub(super) struct HealthArgs {
    /// Where the service's interface listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Certificates that are trusted, PEM; needed with https.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Ends well for a service that is `ok` or `starting`; what another one says goes into the error.
pub(super) fn run(args: &HealthArgs) -> Result<(), Failure> {
    let asked = Target::parse(&args.url)
        .and_then(|target| probe::ask(&target, "/api/v1/health", args.ca_file.as_deref()));
    let answer = asked.map_err(|fault| match fault {
        ProbeFault::Input(_) => Failure::input(fault.to_string()),
        ProbeFault::Away(_) => Failure::machine(fault.to_string()),
    })?;
    if answer.status == 200 {
        say(&answer.body);
        return Ok(());
    }
    Err(Failure::machine(format!("{}: HTTP {}: {}", args.url, answer.status, answer.body)))
}
