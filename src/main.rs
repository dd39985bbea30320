//! The `smart-camp` command.

use clap::Parser;
use smart_camp::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
