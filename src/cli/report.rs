//! `smart-camp report`: what the meters prove, from the store of a service that runs or stands.

use super::{Failure, SiteArgs, say};
use crate::app::report_work::with_copy;
use crate::domain::ports::StoreError;
use crate::report::fuel::FuelBook;
use crate::report::learn::Learnt;
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
    #[arg(long, value_enum)]
    about: About,
    /// Days of readings, 1 to 400; 30 for learning, 90 for fuel.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=400))]
    days: Option<i64>,
    /// End of the readings, RFC 3339; the newest one unless told.
    #[arg(long, value_name = "TIME")]
    to: Option<DateTime<Utc>>,
    /// Print JSON, as the REST interface gives it.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum About {
    /// Fuel curves, efficiencies and capacities, learnt from the meters.
    Learning,
    /// The book of the fuel: what left the tank beside what the sets burnt.
    Fuel,
}

pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let file = args.site.read()?;
    let text = with_copy(&args.store, &file, |store, newest| {
        let to = args.to.unwrap_or(newest);
        match args.about {
            About::Learning => {
                let stretch = watch::last(args.days.unwrap_or(LEARN_DAYS), to);
                let report = watch::learning(&file, store, stretch)?;
                text(args.json, &report, || learnt(&report.learnt))
            }
            About::Fuel => {
                let stretch = watch::last(args.days.unwrap_or(WATCH_DAYS), to);
                let report = watch::fuel(&file, store, stretch)?;
                text(args.json, &report, || match &report.book {
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
