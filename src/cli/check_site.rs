//! `smart-camp check-site`: the faults of a site file, or one screen about the camp.

use super::{Failure, SiteArgs, say};
use crate::domain::source::Format;
use crate::site_file::SiteFile;
use camp_solver::Site;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `check-site`.
#[derive(Debug, Args)]
pub(super) struct CheckSiteArgs {
    /// The camp's site file.
    #[arg(value_name = "FILE", required_unless_present = "site")]
    file: Option<PathBuf>,
    /// The camp's site file, as an option.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    site: Option<PathBuf>,
    /// Variant of the site file; H where the file has it.
    #[arg(long, value_name = "V")]
    variant: Option<String>,
}

pub(super) fn run(args: &CheckSiteArgs) -> Result<(), Failure> {
    let Some(site) = args.file.clone().or_else(|| args.site.clone()) else {
        return Err(Failure::input("a site file is needed"));
    };
    let file = SiteArgs { site: site.clone(), variant: args.variant.clone() }.read()?;
    // The summary is of one variant; a fault in another one is a fault of the file all the same.
    for name in file.variants.keys() {
        SiteArgs { site: site.clone(), variant: Some(name.clone()) }.read()?;
    }
    say(&summary(&file));
    Ok(())
}

fn summary(file: &SiteFile) -> String {
    let site = &file.site;
    let mut lines: Vec<String> = Vec::new();
    let mut line = |text: String| lines.push(text);
    line(format!("{}: {}", site.name, site.title));
    if let Some(variant) = &file.variant {
        let others: Vec<_> =
            file.variants.iter().map(|(n, about)| format!("{n} {about}")).collect();
        line(format!("variant    {variant} (of: {})", others.join("; ")));
    }
    let place = &site.place;
    line(format!(
        "place      {:.2} N {:.2} E, {} m, {}",
        place.latitude_deg, place.longitude_deg, place.altitude_m, place.time_zone
    ));
    line(format!(
        "fuel       {} {} per L; the dearest kWh costs {:.2} {}",
        site.money.fuel_price_per_l,
        site.money.currency,
        site.dearest_kwh_cost(),
        site.money.currency
    ));
    let typical = typical_totals(site);
    line(format!(
        "load       {:.0} kW on average, {:.0} to {:.0} kW, on the typical day",
        typical.iter().sum::<f64>() / 24.0,
        typical.iter().copied().fold(f64::INFINITY, f64::min),
        typical.iter().copied().fold(0.0, f64::max)
    ));
    for (id, g) in &site.genset {
        let best = g.fuel_curve_kw.iter().zip(&g.fuel_curve_l_per_h).map(|(kw, l)| l / kw);
        line(format!(
            "genset     {id}: {} kW, {:.3} L/kWh at best, least load {:.0} kW",
            g.rated_kw,
            best.fold(f64::INFINITY, f64::min),
            g.min_load_kw()
        ));
    }
    for (id, s) in &site.solar {
        line(format!("solar      {id}: {} kWp behind {} kW", s.peak_kwp, s.inverter_kw));
    }
    for (id, b) in &site.battery {
        let forms = if b.grid_forming { "forms the grid" } else { "follows the grid" };
        line(format!(
            "battery    {id}: {} kWh, {} kW, {:.0} to {:.0} % of charge in use, {forms}",
            b.energy_kwh,
            b.discharge_max_kw,
            100.0 * b.state_of_charge_min_frac,
            100.0 * b.state_of_charge_max_frac
        ));
    }
    for (id, w) in &site.well {
        let duty = if w.standby { ", standby" } else { "" };
        let energy = w.energy_kwh_per_m3();
        line(format!("well       {id}: {} m3/h, {energy:.3} kWh/m3{duty}", w.flow_m3_per_h));
    }
    for (id, l) in &site.treatment {
        let (flow, energy) = (l.max_m3_per_h(), l.energy_kwh_per_m3);
        line(format!("treatment  {id}: {flow} m3/h, {energy} kWh/m3"));
    }
    for (id, t) in &site.tank {
        line(format!("tank       {id}: {} m3, floor {:.1} m3", t.capacity_m3, t.floor_m3()));
    }
    for (id, x) in &site.taps {
        line(format!("taps       {id}: {} m3 a day", x.daily_m3));
    }
    if !file.points.aliases().is_empty() {
        let pairs = file.points.aliases().iter().map(|(a, n)| format!("{a} = {n}"));
        line(format!("points     {}", pairs.collect::<Vec<_>>().join("; ")));
    }
    for source in file.sources.iter() {
        let (format, count) = match &source.format {
            Format::Victron(device) => ("victron", device.points.len()),
            Format::Mapping(mapping) => ("mapping", mapping.devices.values().map(Vec::len).sum()),
        };
        line(format!("source     {}: {format}, feeds {count} points", source.name));
    }
    for outage in &file.outages {
        line(format!("outage     {outage}"));
    }
    let not_honoured = site.not_honoured();
    if not_honoured.is_empty() {
        line("rules      all honoured".to_owned());
    } else {
        line(format!("rules      {} stated and not honoured yet:", not_honoured.len()));
    }
    for rule in not_honoured {
        line(format!("           {}: {}", rule.field, rule.instead));
    }
    lines.join("\n")
}

fn typical_totals(site: &Site) -> [f64; 24] {
    let mut total = [0.0; 24];
    for (_, _, profile) in site.consumers() {
        for (sum, kw) in total.iter_mut().zip(profile) {
            *sum += kw;
        }
    }
    let heat = site.thermal_store.values().map(camp_solver::site::ThermalStore::typical);
    let work = site.batch.values().map(camp_solver::site::Batch::typical);
    for profile in heat.chain(work) {
        for (sum, kw) in total.iter_mut().zip(profile) {
            *sum += kw;
        }
    }
    total
}
