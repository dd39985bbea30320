//! What is asked of a backtest, made whole or refused with every fault.

use super::least::BOUND;
use super::{BacktestArgs, DAYS, MOST_DAYS};
use crate::backtest::{Cause, Course, Planning, Policy, Roughness, Run};
use crate::cli::Failure;
use crate::domain::point::PointMap;
use crate::planning::day::Day;
use crate::planning::series::{self, SeriesFile};
use camp_solver::Site;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use clap::Args;
use std::path::{Path, PathBuf};

/// What of the camp is not as its file says.
#[derive(Debug, Args)]
pub(super) struct RoughArgs {
    /// An event, one of the 14, that begins after a first day (of a course of one: at once).
    #[arg(long, value_name = "NAME")]
    pub(super) event: Option<Day>,
    /// The plant's true curves, efficiencies and capacities differ from the file's, by this seed.
    #[arg(long, value_name = "N")]
    hidden_seed: Option<u64>,
    /// Load moves within the hour as measured load does.
    #[arg(long)]
    load_noise: bool,
    /// Meters err and fall silent.
    #[arg(long)]
    meter_faults: bool,
    /// Operators hold sets in manual now and then.
    #[arg(long)]
    manual_sets: bool,
}

impl RoughArgs {
    fn check(&self, faults: &mut Vec<String>) {
        if let Some(Day::Seeded(_)) = &self.event {
            faults.push("--event: a seed is no event; see --seed".to_owned());
        }
    }

    /// The same for the twin; an event begins at `begin`.
    fn from(&self, begin: DateTime<Utc>, seed: u64) -> Roughness {
        let event = match &self.event {
            Some(Day::Event(event)) => Some((*event, begin)),
            Some(Day::Typical | Day::Seeded(_)) | None => None,
        };
        let seed = |wanted: bool| wanted.then_some(seed);
        Roughness {
            hidden_seed: self.hidden_seed,
            load_noise_seed: seed(self.load_noise),
            meter_faults_seed: seed(self.meter_faults),
            manual_seed: seed(self.manual_sets),
            event,
        }
    }

    /// What is not as the file says, in words.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(Day::Event(event)) = &self.event {
            told.push(format!("event {}: {}", event.name(), event.about()));
        }
        if let Some(seed) = self.hidden_seed {
            told.push(format!("the plant differs from its file by seed {seed}"));
        }
        let flags = [
            (self.load_noise, "load moves within the hour"),
            (self.meter_faults, "meters err and fall silent"),
            (self.manual_sets, "operators hold sets in manual now and then"),
        ];
        told.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, what)| what.to_owned()));
        told
    }
}

/// The run that is asked for, or every fault of it.
pub(super) fn prepare(args: &BacktestArgs) -> Result<Run, Failure> {
    let file = args.site.read()?;
    let mut faults = Vec::new();
    let mut within = |name: &str, value: f64, low: f64, high: f64| {
        if !(value.is_finite() && (low..=high).contains(&value)) {
            faults.push(format!("--{name} {value}: must lie in {low} to {high}"));
        }
    };
    within("step", f64::from(args.step), 1.0, 60.0);
    within("traces", f64::from(args.traces), 0.0, 16.0);
    within("bound-rounds", f64::from(args.bound_rounds), 1.0, 1000.0);
    within("horizon", f64::from(args.horizon), 2.0, 168.0);
    within("gap", args.gap, 0.0, 0.5);
    within("time-limit", args.time_limit, 0.05, 3600.0);
    within("days", f64::from(args.days.unwrap_or(DAYS)), 1.0, f64::from(MOST_DAYS));
    within("history-days", f64::from(args.history_days), 0.0, f64::from(MOST_DAYS));
    let policies = policies(args, &file.site, &mut faults);
    args.rough.check(&mut faults);
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
    let rough = args.rough.from(start + TimeDelta::days(i64::from(days > 1)), args.seed);
    Ok(Run {
        course: Course {
            file: rough.announced(file),
            rough,
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
            step_min: args.step,
            fuel_only: args.fuel_only,
            gap_frac: args.gap,
            time_limit_s: args.time_limit,
            traces: args.traces,
        },
        policies,
        threads: args.threads.unwrap_or(cores),
    })
}

fn table(path: &Path, points: &PointMap) -> Result<SeriesFile, Vec<String>> {
    series::read(path, points)
}

/// Minutes of a text such as `15min` or `1h`.
pub(super) fn minutes(text: &str) -> Result<u32, String> {
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

/// The policies that are asked for, each once.
fn policies(args: &BacktestArgs, site: &Site, faults: &mut Vec<String>) -> Vec<Policy> {
    let mut policies = Vec::new();
    for name in args.policies.iter().filter(|name| *name != BOUND) {
        let named = if name == "all" {
            Ok(Policy::all(site))
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
            && !baseline.fits(site)
        {
            let name = policy.name();
            faults.push(format!("--policy {name}: the camp has no battery that forms the grid"));
        }
    }
    if args.causes {
        let causes = Cause::ALL.iter().filter(|cause| cause.is_in(site));
        policies.extend(causes.map(|cause| Policy::Without(*cause)));
    }
    let mut seen = Vec::new();
    policies.retain(|policy| {
        let is_new = !seen.contains(policy);
        seen.push(*policy);
        is_new
    });
    policies
}
