//! `smart-camp plan`: solve once from files.

use super::{Failure, SiteArgs, say, table};
use crate::domain::worth::{Worth, worth};
use crate::planning::day::Day;
use crate::planning::request::{FileRequest, Prepared, prepare};
use crate::scheduler::plan_once::{Outcome, plan_once};
use camp_solver::{ExplainOptions, Explanation, Objective, Plan, SolveOptions, explain, write_mps};
use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Series of demand, sun and water: CSV with a `timestamp` column (RFC 3339) and columns named
    /// by the site's points. Without it, the site's typical day at any date.
    #[arg(long, value_name = "FILE.csv", conflicts_with = "day")]
    series: Option<PathBuf>,
    /// A day instead of the typical one: `seed-N` for a generated one, or an event by its name; a wrong
    /// name lists all 14.
    #[arg(long, value_name = "NAME")]
    day: Option<Day>,
    /// The state to start in, TOML or JSON, as the `start` table of a site file.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Start of the plan, RFC 3339; otherwise the series' first time or the state's time.
    #[arg(long, value_name = "TIME")]
    start: Option<DateTime<Utc>>,
    /// Length of the plan, h, 1 to 336; over 48 h its steps are hours after the first day.
    #[arg(long, value_name = "N", default_value_t = 48)]
    hours: u32,
    /// Minimise litres instead of operating cost.
    #[arg(long)]
    fuel_only: bool,
    /// Stop once the cost is known to lie within this share of the optimum.
    #[arg(long, value_name = "FRAC", default_value_t = 0.005)]
    gap: f64,
    /// Longest time for solving, s.
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    time_limit: f64,
    /// Also tell why each set runs or stands, what a kWh more burns, and what rules cost, within S
    /// seconds more.
    #[arg(long, value_name = "S", num_args = 0..=1, default_missing_value = "10")]
    explain: Option<f64>,
    /// Print the whole plan as JSON.
    #[arg(long)]
    json: bool,
    /// Also write the model of the cost stage, in MPS format, for any other solver.
    #[arg(long, value_name = "FILE")]
    mps: Option<PathBuf>,
    /// Also write the problem, as JSON, with everything that the plan was made from.
    #[arg(long, value_name = "FILE")]
    problem: Option<PathBuf>,
}

/// What `--json` prints: the plan and what is known beside it.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    /// The independent checker has found nothing against the plan.
    verified: bool,
    /// Why the rule-based plan stands here, where it does.
    fallback_reason: Option<String>,
    /// Where the inputs come from, and what was not as asked.
    notes: &'a [String],
    worth: Option<Worth>,
    explanation: Option<Explanation>,
}

pub(super) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let file = args.site.read()?;
    let request = FileRequest {
        series: args.series.clone(),
        day: args.day.clone().unwrap_or_default(),
        state: args.state.clone(),
        start: args.start,
        hours: args.hours,
    };
    let prepared = prepare(&file, &request).map_err(|e| Failure::input(e.to_string()))?;
    if !(args.gap.is_finite() && (0.0..=1.0).contains(&args.gap)) {
        return Err(Failure::input(format!("--gap {}: must lie in 0 to 1", args.gap)));
    }
    if let Some(limit_s) = args.explain.filter(|s| !(s.is_finite() && *s > 0.0)) {
        return Err(Failure::input(format!("--explain {limit_s}: must be more than 0")));
    }
    if !(args.time_limit.is_finite() && args.time_limit > 0.0) {
        return Err(Failure::input(format!(
            "--time-limit {}: must be more than 0",
            args.time_limit
        )));
    }
    let options = SolveOptions {
        objective: if args.fuel_only { Objective::FuelL } else { Objective::Cost },
        gap_frac: args.gap,
        time_limit_s: args.time_limit,
        ..SolveOptions::default()
    };
    if let Some(path) = &args.problem {
        let text = serde_json::to_string(&prepared.problem)
            .map_err(|e| Failure::machine(format!("the problem cannot be written: {e}")))?;
        std::fs::write(path, text)
            .map_err(|e| Failure::machine(format!("{}: {e}", path.display())))?;
    }
    let spinner = ProgressBar::new_spinner()
        .with_message(format!("planning {} h of {}", args.hours, file.site.name));
    spinner.enable_steady_tick(Duration::from_millis(200));
    let outcome = plan_once(camp_solver::solve_from, &prepared.problem, &options, None);
    if let Some(path) = &args.mps {
        let mps = write_mps(&prepared.problem, &options)
            .map_err(|e| Failure::no_plan(format!("no model to write: {e}")))?;
        std::fs::write(path, mps)
            .map_err(|e| Failure::machine(format!("{}: {e}", path.display())))?;
    }
    spinner.finish_and_clear();
    show(args, &prepared, outcome)
}

fn show(args: &PlanArgs, prepared: &Prepared, outcome: Outcome) -> Result<(), Failure> {
    let (plan, rules, fallback_reason) = match outcome {
        Outcome::Optimised { plan, rules, .. } => (plan, Some(rules), None),
        Outcome::Fallback { plan, reason } => (plan, None, Some(reason)),
        Outcome::Nothing { reason } => return Err(Failure::no_plan(reason)),
    };
    let worth = rules.and_then(|rules| worth(&prepared.problem, &plan, &rules));
    let explanation = args.explain.map(|s| explained(args, s, prepared, &plan)).transpose()?;
    if args.json {
        let printed = Printed {
            plan: &plan,
            verified: true,
            fallback_reason,
            notes: &prepared.notes,
            worth,
            explanation,
        };
        let text = serde_json::to_string(&printed)
            .map_err(|e| Failure::machine(format!("the plan cannot be written: {e}")))?;
        say(&text);
    } else {
        let page = table::page(&prepared.problem, &plan, prepared.zone);
        say(&page);
        for note in &prepared.notes {
            say(&format!("note: {note}"));
        }
        if let Some(reason) = fallback_reason {
            say(&format!("FALLBACK, rule-based: {reason}"));
        }
        if let Some(worth) = worth {
            say(&worth.sentence());
        }
        if let Some(told) = explanation {
            say(&table::explanation(&told, prepared.zone));
        }
    }
    Ok(())
}

fn explained(
    args: &PlanArgs,
    time_limit_s: f64,
    prepared: &Prepared,
    plan: &Plan,
) -> Result<Explanation, Failure> {
    let options = ExplainOptions { gap_frac: args.gap, time_limit_s, ..ExplainOptions::default() };
    explain(&prepared.problem, plan, &options, &AtomicBool::new(false))
        .map_err(|e| Failure::no_plan(format!("the plan cannot be explained: {e}")))
}
