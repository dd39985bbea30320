//! `smart-camp forecast`: what forecasts of measured series would have been worth.

use super::{Failure, say};
use crate::forecast::evaluate::{Evaluated, Wanted, evaluate};
use crate::forecast::figures::figures;
use crate::planning::columns;
use crate::site_file;
use clap::Args;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `forecast`.
#[derive(Debug, Args)]
pub(super) struct ForecastArgs {
    /// Forecast each column from 00:00 UTC of each of the last days, on the past only, and tell the skill
    /// and how the quantiles hold.
    #[arg(
        long,
        requires = "series",
        required_unless_present = "figures",
        conflicts_with = "figures"
    )]
    evaluate: bool,
    /// Measured series: CSV with a column of times (`timestamp`) and columns of numbers.
    #[arg(long, value_name = "FILE.csv")]
    series: Option<PathBuf>,
    /// The camp's site file: columns named by its arrays are forecast as sun, weekdays are local.
    #[arg(long, value_name = "FILE", requires = "series")]
    site: Option<PathBuf>,
    /// Variant of the site file; H where the file has it.
    #[arg(long, value_name = "V", requires = "site")]
    variant: Option<String>,
    /// A column; all of them where none is named.
    #[arg(long = "column", value_name = "NAME", requires = "series")]
    columns: Vec<String>,
    /// A column that is known ahead, like a temperature.
    #[arg(long = "driver", value_name = "NAME", requires = "series")]
    drivers: Vec<String>,
    /// Last days of which each midnight is an origin, 1 to 3660.
    #[arg(long, value_name = "N", default_value_t = 90,
          value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: u16,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Measure every figure that forecasts are asked to reach on this folder of measured data; exit code 1
    /// where one is missed.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["series", "json"])]
    figures: Option<PathBuf>,
}

pub(super) fn run(args: &ForecastArgs) -> Result<(), Failure> {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(200));
    let told = |name: &str| spinner.set_message(name.to_owned());
    match (&args.figures, &args.series) {
        (Some(folder), _) => {
            let figures = figures(folder, told).map_err(Failure::input);
            spinner.finish_and_clear();
            show_figures(&figures?)
        }
        (None, Some(series)) => {
            let page = evaluated(args, series, told);
            spinner.finish_and_clear();
            say(&page?);
            Ok(())
        }
        (None, None) => Err(Failure::input("--series FILE.csv is missing")),
    }
}

fn evaluated(args: &ForecastArgs, series: &Path, told: impl Fn(&str)) -> Result<String, Failure> {
    let faulty = |faults: Vec<String>| Failure::input(faults.join("\n"));
    let file = columns::read(series).map_err(faulty)?;
    let site = match &args.site {
        Some(path) => {
            let site = site_file::read(path, args.variant.as_deref());
            Some(site.map_err(|e| Failure::input(e.to_string()))?)
        }
        None => None,
    };
    let wanted = Wanted {
        columns: args.columns.clone(),
        drivers: args.drivers.clone(),
        days: usize::from(args.days),
    };
    let all = evaluate(&file, site.as_ref(), &wanted, told).map_err(faulty)?;
    if args.json {
        return serde_json::to_string(&all)
            .map_err(|e| Failure::machine(format!("the figures cannot be written: {e}")));
    }
    let mut page: Vec<String> = all.iter().map(Evaluated::page).collect();
    if !file.without_numbers.is_empty() {
        page.push(format!("note: without numbers: {}\n", file.without_numbers.join(", ")));
    }
    Ok(page.join("\n").trim_end().to_owned())
}

fn show_figures(figures: &[crate::forecast::figures::Figure]) -> Result<(), Failure> {
    say(&format!("{:<62} {:>8}  {:>10}", "figure", "measured", "asked"));
    for figure in figures {
        let sign = if figure.at_least { ">=" } else { "<=" };
        let verdict = if figure.is_reached() { "" } else { "  MISSED" };
        let (what, value, bound) = (&figure.what, figure.value, figure.bound);
        say(&format!("{what:<62} {value:>8.3}  {sign} {bound:>7.3}{verdict}"));
    }
    let missed = figures.iter().filter(|figure| !figure.is_reached()).count();
    if missed > 0 {
        return Err(Failure::machine(format!("{missed} of {} figures are missed", figures.len())));
    }
    say(&format!("all {} figures are reached", figures.len()));
    Ok(())
}
