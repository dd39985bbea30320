//! `smart-camp report`: what the meters prove, from the store of a service that runs or stands.

use super::{Failure, SiteArgs, say};
use crate::app::report_work::with_copy;
use crate::domain::ports::StoreError;
use crate::report::fuel::FuelBook;
use crate::report::learn::Learnt;
use crate::report::saving::{self, Baseline, SAVING_DAYS, SavingReport};
use crate::report::scorecard::{self as card, Month};
use crate::report::watch::{self, LEARN_DAYS, WATCH_DAYS};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// The store's file; it is copied, and the service may go on.
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// What to tell.
    #[arg(long, value_enum, default_value = "scorecard")]
    about: About,
    /// Month of the scorecard, such as 2026-10, local time of the camp; that of the newest reading unless told.
    #[arg(long, value_name = "MONTH", conflicts_with = "days")]
    month: Option<Month>,
    /// Days of readings of `saving`, `learning` and `fuel`, 1 to 400; 7, 30 and 90 unless told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=400))]
    days: Option<i64>,
    /// End of the readings, RFC 3339; the newest one unless told.
    #[arg(long, value_name = "TIME")]
    to: Option<DateTime<Utc>>,
    /// What the saving is against: all-on, for-peak, reserve, load-following, cycle-charging, charge-state, each
    /// also with -secured.
    #[arg(long, value_name = "NAME", default_value = "reserve-secured")]
    baseline: Baseline,
    /// Form: words, JSON as the REST interface gives it, and for the scorecard CSV or a page to print.
    #[arg(long, value_enum, default_value = "text")]
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Csv,
    Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum About {
    /// Use of diesel, energy and water in a month, for each person and day.
    Scorecard,
    /// What was saved against a baseline, day by day.
    Saving,
    /// Fuel curves, efficiencies and capacities, learnt from the meters.
    Learning,
    /// The book of the fuel: what left the tank beside what the sets burnt.
    Fuel,
}

pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    if matches!(args.form, Form::Csv | Form::Page) && args.about != About::Scorecard {
        return Err(Failure::input("only the scorecard has the forms csv and page"));
    }
    let file = args.site.read()?;
    let json = args.form == Form::Json;
    let text = with_copy(&args.store, &file, |store, newest| {
        let to = args.to.unwrap_or(newest);
        match args.about {
            About::Scorecard => {
                let local = to.with_timezone(&file.zone).date_naive();
                let month = args.month.unwrap_or(Month::of(local));
                let made = card::scorecard(&file, store, month, to)?;
                Ok(match args.form {
                    Form::Csv => card::sheet::csv(&made).trim_end().to_owned(),
                    Form::Page => card::page::page(&made).trim_end().to_owned(),
                    Form::Text => card::sheet::text(&made),
                    Form::Json => text(true, &made, String::new)?,
                })
            }
            About::Saving => {
                let stretch = watch::last(args.days.unwrap_or(SAVING_DAYS), to);
                let made = saving::saving(&file, store, stretch, args.baseline)?;
                text(json, &made, || saved(&made))
            }
            About::Learning => {
                let stretch = watch::last(args.days.unwrap_or(LEARN_DAYS), to);
                let report = watch::learning(&file, store, stretch)?;
                text(json, &report, || learnt(&report.learnt))
            }
            About::Fuel => {
                let stretch = watch::last(args.days.unwrap_or(WATCH_DAYS), to);
                let report = watch::fuel(&file, store, stretch)?;
                text(json, &report, || match &report.book {
                    Some(book) => fuel(book),
                    None => "no level of a fuel tank is metered".to_owned(),
                })
            }
        }
    });
    let text = text.map_err(|e| match e {
        StoreError::Full(_) => Failure::machine(e.to_string()),
        StoreError::Newer { .. } | StoreError::Foreign(_) | StoreError::Other(_) => {
            Failure::input(e.to_string())
        }
    })?;
    say(&text);
    Ok(())
}

fn text(
    json: bool,
    report: &impl Serialize,
    plain: impl FnOnce() -> String,
) -> Result<String, StoreError> {
    if !json {
        return Ok(plain());
    }
    serde_json::to_string_pretty(report).map_err(|e| StoreError::Other(e.to_string()))
}

fn saved(report: &SavingReport) -> String {
    let mut lines = vec![format!("against {}: {}", report.baseline, report.about)];
    lines.push("day         baseline L  actual L   saved L    band L  known".to_owned());
    let cell = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.0}"));
    for d in &report.days {
        let dark = match d.baseline_unserved_kwh {
            kwh if kwh > 0.5 => format!("  the baseline leaves {kwh:.0} kWh unserved"),
            _ => String::new(),
        };
        lines.push(format!(
            "{}  {:>10} {:>9} {:>9} {:>9} {:>5.0}%{dark}",
            d.day,
            cell(d.baseline_l),
            cell(d.actual_l),
            cell(d.saved_l),
            cell(d.band_l),
            100.0 * d.complete_frac
        ));
    }
    lines.push(report.sentence());
    lines.join("\n")
}

fn learnt(learnt: &Learnt) -> String {
    let mut lines = Vec::new();
    for set in &learnt.sets {
        lines.push(format!("{} (from {})", set.asset, set.from));
        for p in &set.curve {
            let note = if p.is_measured { "" } else { ", too few readings here" };
            lines.push(format!(
                "  at {:.0} kW: {:.2} L/h ({:.2} to {:.2}), stated {:.2}; {} readings{note}",
                p.load_kw,
                p.learnt_l_per_h,
                p.learnt_min_l_per_h,
                p.learnt_max_l_per_h,
                p.stated_l_per_h,
                p.samples
            ));
        }
    }
    for asset in &learnt.assets {
        lines.push(asset.asset.clone());
        for v in &asset.values {
            let stated = v.stated.map_or_else(String::new, |s| format!(", stated {s:.3}"));
            lines.push(format!(
                "  {} = {:.3} ({:.3} to {:.3}){stated}; {} readings of {} days",
                v.quantity, v.value, v.min, v.max, v.samples, v.days
            ));
        }
    }
    lines.extend(learnt.not_learnt.iter().map(|why| format!("not learnt: {why}")));
    lines.push("Bands of 90 %. Nothing of this is used until the site file says so.".to_owned());
    lines.join("\n")
}

fn fuel(book: &FuelBook) -> String {
    let mut lines = vec!["day         expected L   drawn L  missing L  band L".to_owned()];
    for n in &book.nights {
        let mark = if n.is_suspect { "  suspect" } else { "" };
        lines.push(format!(
            "{}  {:>10.0} {:>9.0} {:>10.0} {:>7.0}{mark}",
            n.day, n.expected_l, n.drawn_l, n.missing_l, n.band_l
        ));
    }
    for d in &book.deliveries {
        let (at, litres, band) = (d.from, d.delivered_l, d.band_l);
        lines.push(format!("delivery of {litres:.0} L, give or take {band:.0}, from {at}"));
    }
    if book.stuck_h > 0.0 {
        lines.push(format!("the level sensor stood still for {:.1} h", book.stuck_h));
    }
    lines.push(match &book.missing {
        Some(missing) => missing.about.clone(),
        None => "no fuel is missing beyond the band".to_owned(),
    });
    lines.join("\n")
}
