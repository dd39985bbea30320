//! `smart-camp backtest`: policies against the simulated camp, over measured or generated days.

mod asked;
mod drawing;
mod least;
mod print;

use super::{Failure, SiteArgs, say};
use crate::backtest::{Bound, Cause, Outcome, Policy, run_all};
use asked::RoughArgs;
use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Days of a course where nothing else says.
const DAYS: u32 = 7;
/// Most days of a course.
const MOST_DAYS: u32 = 366;

/// Arguments of `backtest`.
#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Measured series of the days to run, CSV as for `plan`; without it, generated days.
    #[arg(long, value_name = "FILE.csv")]
    series: Option<PathBuf>,
    /// Measured series of the time before, which forecasts may learn from.
    #[arg(long, value_name = "FILE.csv")]
    history: Option<PathBuf>,
    /// A policy: `optimizer`, `all-on`, `for-peak`, `reserve`, `load-following`, `cycle-charging`,
    /// `charge-state`, each baseline also with `-secured`; `bound`, what no policy can go below; or `all`.
    /// Can be repeated.
    #[arg(long = "policy", value_name = "NAME", default_value = "all")]
    policies: Vec<String>,
    /// Time between plans: `15min`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = asked::minutes)]
    every: u32,
    /// Days to run; all of the series, or 7 generated ones.
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Start of the run, RFC 3339; otherwise the series' first time or the start state's.
    #[arg(long, value_name = "TIME")]
    start: Option<DateTime<Utc>>,
    /// Seed of generated days.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Generated days before the start that forecasts may learn from, where there is no series.
    #[arg(long, value_name = "N", default_value_t = 14)]
    history_days: u32,
    /// Hours that a plan looks ahead.
    #[arg(long, value_name = "N", default_value_t = 48)]
    horizon: u32,
    /// Length of a plan's steps: `15min`, `30min` or `1h`. Longer ones are planned faster and see less.
    #[arg(long, value_name = "TIME", default_value = "15min", value_parser = asked::minutes)]
    step: u32,
    /// Plans minimise litres in place of operating cost (starts, running hours and wear beside fuel).
    #[arg(long)]
    fuel_only: bool,
    /// Stop a solve once the cost is known to lie within this share of the optimum.
    #[arg(long, value_name = "FRAC", default_value_t = 0.005)]
    gap: f64,
    /// Longest time of a solve, s.
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    time_limit: f64,
    /// Also run the service kept from deciding sets, batteries, solar or water, and tell what each is worth.
    #[arg(long)]
    causes: bool,
    #[command(flatten)]
    rough: RoughArgs,
    /// Past days whose sun a plan weighs beside the forecast, 0 to 16; each costs a solve.
    #[arg(long, value_name = "N", default_value_t = 0)]
    traces: u32,
    /// Most rounds of prices for `bound`.
    #[arg(long, value_name = "N", default_value_t = 30)]
    bound_rounds: u32,
    /// Policies run at once; as many as there are cores unless told.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Folder for the report: JSON, days as CSV, and a page with drawings.
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What was run, and what came of it.
#[derive(Debug, Serialize)]
struct Report {
    site: String,
    variant: Option<String>,
    start: DateTime<Utc>,
    days: u32,
    series: Option<String>,
    history: Option<String>,
    seed: u64,
    every_min: u32,
    horizon_h: u32,
    step_min: u32,
    fuel_only: bool,
    gap_frac: f64,
    time_limit_s: f64,
    /// Past days whose sun each plan weighed beside the forecast.
    traces: u32,
    /// What of the camp was not as its file says.
    rough: Vec<String>,
    /// No policy can burn less, L; null where no bound was computed.
    bound_l: Option<f64>,
    /// How it was found.
    bound: Option<Bound>,
    /// What the service burns more when it is kept from deciding something, L, by what that is.
    saving_by_cause_l: BTreeMap<&'static str, f64>,
    policies: Vec<Outcome>,
}

pub(super) fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let run = asked::prepare(args)?;
    let hours = 24 * u64::from(run.course.days);
    let bar = ProgressBar::new(hours * run.policies.len() as u64);
    let style = "{elapsed_precise} {wide_bar} {pos}/{len} h, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let outcomes = run_all(&run, &|_, _| bar.inc(1));
    bar.finish_and_clear();
    let mut outcomes = outcomes.map_err(Failure::machine)?;
    let bound = least::least(args, &run)?;
    let bound_l = bound.as_ref().map(|bound| bound.bound_l);
    for outcome in &mut outcomes {
        outcome.against(bound_l);
    }
    let name = |path: &Option<PathBuf>| path.as_ref().map(|p| p.display().to_string());
    let report = Report {
        site: run.course.file.site.name.clone(),
        variant: run.course.file.variant.clone(),
        start: run.course.start,
        days: run.course.days,
        series: name(&args.series),
        history: name(&args.history),
        seed: args.seed,
        every_min: run.planning.every_min,
        horizon_h: run.planning.horizon_h,
        step_min: run.planning.step_min,
        fuel_only: run.planning.fuel_only,
        gap_frac: run.planning.gap_frac,
        time_limit_s: run.planning.time_limit_s,
        traces: run.planning.traces,
        rough: args.rough.told(),
        bound_l,
        bound,
        saving_by_cause_l: by_cause(&outcomes),
        policies: outcomes,
    };
    let json = serde_json::to_string_pretty(&report);
    let json = json.map_err(|e| Failure::machine(e.to_string()))?;
    if let Some(folder) = &args.report {
        print::folder(folder, &report, &json).map_err(Failure::machine)?;
    }
    say(if args.json { json } else { print::page(&report) }.trim_end());
    Ok(())
}

fn by_cause(outcomes: &[Outcome]) -> BTreeMap<&'static str, f64> {
    let of = |name: &str| outcomes.iter().find(|o| o.policy == name).map(|o| o.fuel_l);
    let whole = of(&Policy::Optimizer.name());
    let cause = |cause: &Cause| {
        let without = of(&Policy::Without(*cause).name());
        without.zip(whole).map(|(without, whole)| (cause.name(), without - whole))
    };
    Cause::ALL.iter().filter_map(cause).collect()
}
