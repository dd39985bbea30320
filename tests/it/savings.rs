//! The saving that the service claims, held against the true one in camps that differ from their files.

mod proof;

use super::support::{Instrumented, Wrong, instrumented};
use chrono::TimeDelta;
use proof::{Proof, prove};
use smart_camp::report::saving::{self, Baseline};

/// Days on which the band holds the true saving, of those that are claimed; and whether that of all does.
fn held(proof: &Proof) -> (u32, u32, bool) {
    let (report, truth) = (&proof.report, &proof.truth_l);
    assert_eq!(report.days.len(), truth.len());
    let (mut within, mut claimed, mut true_l) = (0, 0, 0.0);
    for (day, truth_l) in report.days.iter().zip(truth) {
        let (Some(saved), Some(band)) = (day.saved_l, day.band_l) else { continue };
        claimed += 1;
        within += u32::from((saved - truth_l).abs() <= band);
        true_l += truth_l;
    }
    let all = (report.saved_l.unwrap() - true_l).abs() <= report.band_l.unwrap();
    (within, claimed, all)
}

/// The band of a day is no wider than what it is about: a tenth of the baseline's litres at most.
#[test]
fn the_band_of_a_day_holds_the_true_saving_on_four_days_of_five() {
    let (mut within, mut claimed, mut whole, mut runs) = (0, 0, 0, 0);
    for (camp, baseline) in
        [("medium", "for-peak-secured"), ("medium", "reserve-secured"), ("small", "all-on")]
    {
        for seed in [21, 22] {
            let proof = prove(camp, seed, baseline, 9);
            let (w, c, all) = held(&proof);
            let report = &proof.report;
            println!(
                "{camp} {baseline} {seed}: {w} of {c} days; {:?} L, band {:?}, true {:.0} L; correction {:.4}",
                report.saved_l,
                report.band_l,
                proof.truth_l.iter().sum::<f64>(),
                report.correction_frac
            );
            for day in report.days.iter().filter(|d| d.saved_l.is_some()) {
                assert!(day.band_l.unwrap() < 0.1 * day.baseline_l.unwrap(), "{day:?}");
            }
            (within, claimed, runs) = (within + w, claimed + c, runs + 1);
            whole += u32::from(all);
        }
    }
    assert!(claimed >= 40, "{claimed} days are claimed");
    assert!(f64::from(within) >= 0.8 * f64::from(claimed), "{within} of {claimed}");
    assert!(f64::from(whole) >= 0.8 * f64::from(runs), "{whole} of {runs}");
}

/// A third of the meters is silent for three hours: that day is not claimed.
#[test]
fn a_day_that_is_not_complete_is_not_claimed() {
    let mut camp = Instrumented::new("small", Some("H"), 23, Wrong::default());
    // The ninth day has a silence of six hours.
    camp.live(11);
    let from = camp.start + TimeDelta::days(1);
    let baseline = Baseline::default();
    let report = saving::of(&camp.stated, &camp.measured(), from, baseline);
    let silent = report.days.iter().find(|d| d.day.to_string() == "2026-03-19").unwrap();
    assert!(silent.complete_frac < 0.9 && silent.saved_l.is_none(), "{silent:?}");
    let claimed = report.days.iter().filter(|d| d.saved_l.is_some()).count();
    assert_eq!(claimed, report.days.len() - 1, "{report:?}");
    assert_eq!(usize::try_from(report.claimed_days).unwrap(), claimed);
}
