//! `smart-camp import`: files of readings into the store of a service that does not run.

use super::{Failure, SiteArgs, say};
use crate::app;
use crate::domain::clock::Clock;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Settings of the service, which name the store.
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// CSV files: timestamp and a column a point, or timestamp, point, value.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &ImportArgs) -> Result<(), Failure> {
    let site = args.site.read()?;
    let settings = super::serve::read_settings(&args.settings)?;
    // All at once: a name that is wrong is told before anything is written.
    let missing: Vec<String> = args
        .files
        .iter()
        .filter(|path| !path.is_file())
        .map(|path| format!("{}: is no file", path.display()))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::input(missing.join("\n  ")));
    }
    let mut refused = 0;
    let store = &settings.store.file;
    let influx = super::serve::influx_target(settings.store.influxdb.as_ref())?;
    let clock = Clock::system();
    let done = app::import(store, influx.as_ref(), &site, &clock, &args.files, |path, told| {
        refused += told.refused;
        say(&format!(
            "{}: {} readings, {} of them suspect; {} repeated, {} refused",
            path.display(),
            told.readings,
            told.suspect,
            told.repeated,
            told.refused
        ));
        for refusal in &told.refusals {
            let line = refusal.line.map_or_else(String::new, |line| format!(":{line}"));
            say(&format!("  {}{line}: {}: {}", path.display(), refusal.reason, refusal.detail));
        }
    });
    done.map_err(|e| {
        let told = format!("{e:#}");
        if app::is_wrong_input(&e) { Failure::input(told) } else { Failure::machine(told) }
    })?;
    if refused > 0 {
        return Err(Failure::input(format!(
            "{refused} lines or values were refused; the rest is kept"
        )));
    }
    Ok(())
}
