//! `smart-camp backtest`: policies against the simulated camp, over measured or generated days.

mod print;

use super::{Failure, SiteArgs, say};
use crate::backtest::{Course, Outcome, Planning, Policy, Run, run_all};
use crate::domain::point::PointMap;
use crate::planning::series::{self, SeriesFile};
use chrono::{DateTime, TimeZone, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::{Path, PathBuf};

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
    /// `charge-state`, each baseline also with `-secured`; or `all`. Can be repeated.
    #[arg(long = "policy", value_name = "NAME", default_value = "all")]
    policies: Vec<String>,
    /// Time between plans: `15min`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = minutes)]
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
    /// Stop a solve once the cost is known to lie within this share of the optimum.
    #[arg(long, value_name = "FRAC", default_value_t = 0.005)]
    gap: f64,
    /// Longest time of a solve, s.
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    time_limit: f64,
    /// Policies run at once; as many as there are cores unless told.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Folder for the report: JSON, and days as CSV.
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
    gap_frac: f64,
    time_limit_s: f64,
    /// No policy can burn less, L; null where no bound was computed.
    bound_l: Option<f64>,
    policies: Vec<Outcome>,
}

pub(super) fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let run = prepare(args)?;
    let hours = 24 * u64::from(run.course.days);
    let bar = ProgressBar::new(hours * run.policies.len() as u64);
    let style = "{elapsed_precise} {wide_bar} {pos}/{len} h, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let outcomes = run_all(&run, &|_, _| bar.inc(1));
    bar.finish_and_clear();
    let mut outcomes = outcomes.map_err(Failure::machine)?;
    let bound_l = None;
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
        gap_frac: run.planning.gap_frac,
        time_limit_s: run.planning.time_limit_s,
        bound_l,
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

/// The run that is asked for, or every fault of it.
fn prepare(args: &BacktestArgs) -> Result<Run, Failure> {
    let file = args.site.read()?;
    let mut faults = Vec::new();
    let mut within = |name: &str, value: f64, low: f64, high: f64| {
        if !(value.is_finite() && (low..=high).contains(&value)) {
            faults.push(format!("--{name} {value}: must lie in {low} to {high}"));
        }
    };
    within("horizon", f64::from(args.horizon), 2.0, 168.0);
    within("gap", args.gap, 0.0, 0.5);
    within("time-limit", args.time_limit, 0.05, 3600.0);
    within("days", f64::from(args.days.unwrap_or(DAYS)), 1.0, f64::from(MOST_DAYS));
    within("history-days", f64::from(args.history_days), 0.0, f64::from(MOST_DAYS));
    let mut policies = Vec::new();
    for name in &args.policies {
        let named = if name == "all" {
            Ok(Policy::all(&file.site))
        } else {
            name.parse().map(|policy| vec![policy])
        };
        match named {
            Ok(named) => policies.extend(named),
            Err(rule) => faults.push(format!("--policy {name}: {rule}")),
        }
    }
    for policy in &policies {
        if let Policy::Baseline(baseline) = policy
            && !baseline.fits(&file.site)
        {
            let name = policy.name();
            faults.push(format!("--policy {name}: the camp has no battery that forms the grid"));
        }
    }
    let mut seen = Vec::new();
    policies.retain(|policy| {
        let is_new = !seen.contains(policy);
        seen.push(*policy);
        is_new
    });
    let mut read = |path: &Option<PathBuf>| match path.as_deref().map(|p| table(p, &file.points)) {
        None => None,
        Some(Ok(table)) => Some(table),
        Some(Err(found)) => {
            faults.extend(found);
            None
        }
    };
    let (series, history) = (read(&args.series), read(&args.history));
    let state_time = file.site.start.time.and_then(|time| {
        file.zone.from_local_datetime(&time).earliest().map(|time| time.with_timezone(&Utc))
    });
    let start = args.start.or_else(|| series.as_ref().map(|s| s.start)).or(state_time);
    if start.is_none() {
        faults.push("--start: needed, because the start state has no time".to_owned());
    }
    let start = start.unwrap_or_default();
    let measured = series.as_ref().map(|s| (s.end() - start).num_days());
    let whole_days = measured.and_then(|days| u32::try_from(days).ok());
    if let (Some(_), Some(there)) = (&series, whole_days.or(Some(0)))
        && series.as_ref().is_some_and(|s| start < s.start) | (args.days.unwrap_or(1) > there)
    {
        faults.push(format!("the series holds {there} whole day(s) from {start}: --start, --days"));
    }
    if !faults.is_empty() {
        let list = faults.join("\n  ");
        return Err(Failure::input(format!("{} fault(s)\n  {list}", faults.len())));
    }
    let days = args.days.or(whole_days).unwrap_or(DAYS).min(MOST_DAYS);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Run {
        course: Course {
            file,
            start,
            days,
            series,
            history,
            seed: args.seed,
            history_days: args.history_days,
        },
        planning: Planning {
            every_min: args.every,
            horizon_h: args.horizon,
            gap_frac: args.gap,
            time_limit_s: args.time_limit,
        },
        policies,
        threads: args.threads.unwrap_or(cores),
    })
}

fn table(path: &Path, points: &PointMap) -> Result<SeriesFile, Vec<String>> {
    series::read(path, points)
}

/// Minutes of a text such as `15min` or `1h`.
fn minutes(text: &str) -> Result<u32, String> {
    let unit = |unit: &str| text.strip_suffix(unit).map(|n| n.trim().parse::<u32>());
    let minutes = match (unit("min"), unit("h")) {
        (Some(Ok(n)), _) => Some(n),
        (_, Some(Ok(n))) => n.checked_mul(60),
        _ => None,
    };
    let divides = |n: u32| (1..=1440).contains(&n) && 1440 % n == 0;
    minutes.filter(|n| divides(*n)).ok_or_else(|| {
        "must be minutes or hours that part a day evenly, such as 15min or 1h".to_owned()
    })
}
