//! The command line: one file a subcommand; arguments in, calls out, words to the terminal.

mod backtest;
mod check_site;
mod demo;
mod forecast;
mod health;
mod import;
mod openapi;
mod plan;
mod report;
mod serve;
mod simulate;
mod store;
mod table;
mod token;

use crate::site_file::{self, SiteFile};
use clap::{Args, Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Schedules the generators, solar, batteries and water plant of a camp far from any grid.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service for a camp.
    Serve(serve::ServeArgs),
    /// Run the service with a simulated camp, everything in one process.
    Demo(demo::DemoArgs),
    /// Run a simulated camp alone: its meters and controllers speak with any broker.
    Simulate(simulate::SimulateArgs),
    /// Say whether a running service does its work: exit code 0, or 1 and why not.
    Health(health::HealthArgs),
    /// Solve once from files, without any service.
    Plan(Box<plan::PlanArgs>),
    /// Run policies against the simulated camp over days, and compare what they burn.
    Backtest(Box<backtest::BacktestArgs>),
    /// Say what forecasts of measured series would have been worth.
    Forecast(forecast::ForecastArgs),
    /// Print the faults of a site file, or a summary of the camp.
    CheckSite(check_site::CheckSiteArgs),
    /// Take CSV files of readings into the store of a service that does not run.
    Import(import::ImportArgs),
    /// Print the description of the REST interface, OpenAPI 3.1.
    Openapi,
    /// Make a token for the REST interface.
    Token(token::TokenArgs),
    /// Tell from a store what the meters prove: efficiencies, fuel.
    Report(report::ReportArgs),
    /// Copy, check, export or import the file that the service keeps everything in.
    Store(store::StoreArgs),
}

/// Which camp.
#[derive(Debug, Clone, Args)]
pub struct SiteArgs {
    /// The camp's site file.
    #[arg(long, value_name = "FILE")]
    pub site: PathBuf,
    /// Variant of the site file; H where the file has it.
    #[arg(long, value_name = "V")]
    pub variant: Option<String>,
}

impl SiteArgs {
    fn read(&self) -> Result<SiteFile, Failure> {
        let file = site_file::read(&self.site, self.variant.as_deref());
        file.map_err(|e| Failure::input(e.to_string()))
    }
}

/// Why a command ended, and the exit code of its kind.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Exit code 3: a file or a value that was given is wrong.
    fn input(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// Exit code 4: no plan passed the checker, not even the rule-based one.
    fn no_plan(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// Exit code 1: the machine would not do it (a file that cannot be written).
    fn machine(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

/// Runs a command and returns its exit code: 0 done, 1 the machine refused, 2 wrong usage,
/// 3 wrong input, 4 no plan.
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Plan(args) => plan::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::CheckSite(args) => check_site::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Health(args) => health::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Openapi => openapi::run(),
        Command::Token(args) => token::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Store(args) => store::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say_error(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// Runs a service to its end. A solver that is still at work then is left to itself.
fn run_service(service: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = runtime()?;
    let ended = runtime.block_on(service);
    runtime.shutdown_timeout(Duration::from_millis(500));
    ended
}

/// The machine that runs async parts; its log goes to standard error.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let filter = match std::env::var("SMARTCAMP_LOG") {
        Ok(text) => EnvFilter::try_new(&text)
            .map_err(|e| Failure::input(format!("SMARTCAMP_LOG = {text}: {e}")))?,
        Err(_) => "warn,rumqttd=off,highs=error,smart_camp=info".into(),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log that cannot be written, on a full disk, would panic in whoever logs.
        .log_internal_errors(false);
    // A second start in one process keeps the first one's log.
    let _kept = log.try_init().is_err();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::machine(format!("no threads: {e}")))
}

/// Comes true on Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Writes to standard output; a closed pipe is not our fault.
fn say(text: &str) {
    let _closed: std::io::Result<()> = writeln!(std::io::stdout(), "{text}");
}

/// Writes to standard error.
fn say_error(text: &str) {
    let _closed: std::io::Result<()> = writeln!(std::io::stderr(), "error: {text}");
}
