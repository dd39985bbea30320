//! `make prove-metering`: what learning, the book of the fuel and the saving reach in simulated camps that differ
//! from their files, over several seeds. It fails where a figure is missed.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it prints figures, and a camp that cannot be read ends it"
)]

#[path = "../it/support/instrumented.rs"]
mod instrumented;
#[path = "../it/savings/proof.rs"]
mod proof;

use instrumented::{Instrumented, Wrong};
use smart_camp::report::fuel;
use smart_camp::report::learn::{Learnt, learn};
use std::path::Path;
use std::process::ExitCode;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const CAMPS: [&str; 3] = ["small", "medium", "large"];

fn main() -> ExitCode {
    let seeds = std::env::args().skip(1).find_map(|a| a.parse::<u64>().ok()).unwrap_or(4);
    println!("{seeds} seeds for each camp, variant H\n");
    let reached = [learning(seeds), missing(seeds), savings(seeds)];
    if reached.iter().all(|r| *r) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn learnt(camp: &Instrumented) -> Learnt {
    learn(&camp.stated.site, &camp.measured(), None)
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}

/// Fuel curves within 2 %, efficiencies within 2 points, after 14 days.
fn learning(seeds: u64) -> bool {
    let (mut curve, mut trip, mut single, mut energy, mut well) =
        (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for camp in CAMPS {
        for seed in 1..=seeds {
            let mut camp = Instrumented::new(camp, Some("H"), seed, Wrong::default());
            camp.live(14);
            let (learnt, hidden) = (learnt(&camp), &camp.hidden.site);
            for set in &learnt.sets {
                let truth = &hidden.genset[set.asset.trim_start_matches("genset.")];
                for (k, p) in set.curve.iter().enumerate().filter(|(_, p)| p.is_measured) {
                    let off = p.learnt_l_per_h / truth.fuel_curve_l_per_h[k] - 1.0;
                    curve = curve.max(off.abs());
                }
            }
            for asset in &learnt.assets {
                let (kind, id) = asset.asset.split_once('.').unwrap_or_default();
                for value in &asset.values {
                    if kind == "well" {
                        let truth = hidden.well[id].energy_kwh_per_m3();
                        well = well.max((value.value / truth - 1.0).abs());
                        continue;
                    }
                    let truth = &hidden.battery[id];
                    let (into, out) =
                        (truth.charge_efficiency_frac, truth.discharge_efficiency_frac);
                    match value.quantity.as_str() {
                        "round_trip_efficiency_frac" => {
                            trip = trip.max((value.value - into * out).abs());
                        }
                        "charge_efficiency_frac" => single = single.max((value.value - into).abs()),
                        "discharge_efficiency_frac" => {
                            single = single.max((value.value - out).abs());
                        }
                        _ => energy = energy.max((value.value / truth.energy_kwh - 1.0).abs()),
                    }
                }
            }
        }
    }
    let ok = curve <= 0.02 && trip <= 0.02 && single <= 0.02;
    println!("learnt after 14 days, worst of all: fuel curve {:.2} % (asked 2 %),", 100.0 * curve);
    println!(
        "  round trip {:.2} points, charge or discharge {:.2} points (asked 2),",
        100.0 * trip,
        100.0 * single
    );
    println!(
        "  energy of the battery {:.2} %, well {:.2} %: {}\n",
        100.0 * energy,
        100.0 * well,
        verdict(ok)
    );
    ok
}

/// 120 L a night found in three nights, nothing in 28 clean days.
fn missing(seeds: u64) -> bool {
    let mut all = true;
    for camp in CAMPS {
        let (mut clean, mut found, mut slowest) = (0, 0, 0);
        for seed in 1..=seeds {
            let book = |theft: Option<i64>, days: i64| {
                // A sensor of the noise that a tank of 400 m3 needs (docs/savings.md, section 2).
                let level_frac = if camp == "large" { 5e-4 } else { 1e-3 };
                let wrong =
                    Wrong { theft: theft.map(|day| (day, 120.0)), level_frac, ..Wrong::default() };
                let mut camp = Instrumented::new(camp, Some("H"), seed, wrong);
                camp.live(days);
                fuel::reconcile(&camp.stated.site, &camp.measured(), &learnt(&camp))
                    .unwrap_or_default()
            };
            clean += u64::from(book(None, 28).nights.iter().all(|n| !n.is_suspect));
            let stolen = book(Some(14), 18);
            // Days count from 0; the first theft is in the night that ends on the 15th.
            let first = stolen.nights.iter().find(|n| n.is_suspect);
            let nights = first.map(|n| {
                (n.day - chrono::NaiveDate::from_ymd_opt(2026, 3, 23).unwrap_or_default())
                    .num_days()
            });
            if let Some(nights) = nights.filter(|n| (1..=3).contains(n)) {
                found += 1;
                slowest = slowest.max(nights);
            }
        }
        let ok = clean == seeds && found == seeds;
        all &= ok;
        println!(
            "{camp}: 28 clean days without an alarm {clean} of {seeds}; 120 L a night found within 3 nights {found} of {seeds}, at worst after {slowest}: {}",
            verdict(ok)
        );
    }
    println!();
    all
}

/// The 90 % band holds the true saving on 80 % of days or more.
fn savings(seeds: u64) -> bool {
    let (mut within, mut claimed) = (0, 0);
    for (camp, baseline) in [
        ("small", "reserve-secured"),
        ("medium", "reserve-secured"),
        ("medium", "for-peak-secured"),
        ("large", "reserve-secured"),
        ("large", "all-on"),
    ] {
        let (mut w, mut c, mut error, mut band) = (0, 0, 0.0_f64, 0.0);
        for seed in 1..=seeds {
            let proof = proof::prove(camp, seed, baseline, 9);
            for (day, truth) in proof.report.days.iter().zip(&proof.truth_l) {
                let (Some(saved), Some(half), Some(base)) =
                    (day.saved_l, day.band_l, day.baseline_l)
                else {
                    continue;
                };
                c += 1;
                w += u32::from((saved - truth).abs() <= half);
                error += (saved - truth).abs() / base;
                band += half / base;
            }
        }
        let n = f64::from(c.max(1));
        println!(
            "{camp} against {baseline}: the band holds the true saving on {w} of {c} days; mean error {:.2} % of the baseline, band {:.2} %",
            100.0 * error / n,
            100.0 * band / n
        );
        (within, claimed) = (within + w, claimed + c);
    }
    let ok = claimed > 0 && f64::from(within) >= 0.8 * f64::from(claimed);
    println!("all: {within} of {claimed} days (asked 80 %): {}", verdict(ok));
    ok
}
