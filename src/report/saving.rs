//! What the service saved: each day a named baseline is run in the simulated camp on the load, sun and water that
//! were measured, and its litres are held against those that were burnt.
//!
//! International Performance Measurement and Verification Protocol, option D (calibrated simulation): the
//! simulation is calibrated by measured litres over modelled litres, its error is stated, and days of which too
//! little is known are not claimed.

mod actual;
mod baseline;
mod counterfactual;
mod loads;

pub use baseline::Baseline;

use super::estimate::TWO_SIDED_90;
use super::fuel;
use super::learn::{self, fuel_curve::Curve};
use super::measured::{Kinds, Measured, date_of};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use crate::twin::Rates;
use actual::Actual;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use counterfactual::Ran;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days of a report, unless told.
pub const SAVING_DAYS: i64 = 7;
/// Share of a day that must be known for a claim.
const COMPLETE_FRAC: f64 = 0.9;
/// The baseline runs for so long before the first day, so that its sets stand as it would have them.
const WARM_UP_D: i64 = 1;

/// Errors of the counterfactual, one standard error, share of its litres: what sets do within a quarter of an hour
/// and what controllers of a maker do otherwise than their manual says; and the shape of fuel curves, learnt and
/// stated. What a curve errs at all loads alike falls out with the correction.
const MODEL_ERROR_FRAC: f64 = 0.005;
const LEARNT_SHAPE_FRAC: f64 = 0.004;
const STATED_SHAPE_FRAC: f64 = 0.015;
/// Error of a battery's efficiencies, both ways together, and of a state of charge.
const BATTERY_ERROR_FRAC: f64 = 0.03;
const CHARGE_ERROR_FRAC: f64 = 0.005;
/// Error of what is not known of a day, share of the litres of that part.
const GAP_ERROR_FRAC: f64 = 0.3;

/// A day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavingDay {
    /// The local day.
    pub day: NaiveDate,
    /// What the baseline would have burnt, L: brought to the measured curve, its end stocks to those of its start.
    #[schema(example = 2310.0)]
    pub baseline_l: Option<f64>,
    /// What was burnt, L, its end stocks brought to those of its start.
    #[schema(example = 2088.0)]
    pub actual_l: Option<f64>,
    /// The saving, L; less than 0 where more was burnt. Nothing where the day is not complete enough.
    #[schema(example = 222.0)]
    pub saved_l: Option<f64>,
    /// Half of its 90 % band, L.
    #[schema(example = 41.0)]
    pub band_l: Option<f64>,
    /// Share of the day of which load, sun, sets, batteries and fuel are known, 0 to 1.
    #[schema(example = 0.993)]
    pub complete_frac: f64,
    /// Load that the baseline would not have served, kWh: where there is any, its litres do not compare.
    #[schema(example = 0.0)]
    pub baseline_unserved_kwh: f64,
}

/// The saving of some days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavingReport {
    /// What is compared with, by its name.
    #[schema(example = "reserve-secured")]
    pub baseline: String,
    /// What that is, with its thresholds.
    pub about: String,
    /// Start of the first day.
    pub from: DateTime<Utc>,
    /// End of the last day.
    pub to: DateTime<Utc>,
    /// Measured litres over those that the curves give at the metered power: what the baseline's litres are
    /// multiplied by.
    #[schema(example = 1.021)]
    pub correction_frac: f64,
    /// Days that are claimed.
    #[schema(example = 7)]
    pub claimed_days: u32,
    /// Their saving, L; nothing where no day is claimed.
    #[schema(example = 1530.0)]
    pub saved_l: Option<f64>,
    /// Half of its 90 % band, L.
    #[schema(example = 160.0)]
    pub band_l: Option<f64>,
    /// The same as a share of the baseline.
    #[schema(example = 0.094)]
    pub saved_frac: Option<f64>,
    /// Each day of which anything is known, oldest first.
    pub days: Vec<SavingDay>,
}

impl SavingReport {
    /// The saving in a sentence.
    pub fn sentence(&self) -> String {
        match (self.saved_l, self.band_l, self.saved_frac) {
            (Some(litres), Some(band), Some(frac)) => format!(
                "{litres:.0} L saved on {} of {} days against {}, give or take {band:.0}: {:.1} %",
                self.claimed_days,
                self.days.len(),
                self.baseline,
                100.0 * frac
            ),
            _ => "no saving is claimed: too little is known of these days".to_owned(),
        }
    }
}

/// The saving of the whole local days in `from..to`.
///
/// # Errors
/// The store's.
pub fn saving(
    file: &SiteFile,
    store: &dyn ReadingStore,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    baseline: Baseline,
) -> Result<SavingReport, StoreError> {
    let early = from - TimeDelta::days(WARM_UP_D);
    let measured = Measured::read(&file.points, file.zone, store, (early, to), Kinds::ALL)?;
    Ok(of(file, &measured, from, baseline))
}

/// The saving of the whole local days of what was measured, those that begin before `from` left out.
pub fn of(
    file: &SiteFile,
    measured: &Measured,
    from: DateTime<Utc>,
    baseline: Baseline,
) -> SavingReport {
    let learnt = learn::learn(&file.site, measured, None);
    let (curves, is_learnt) = fuel::like_curves(&file.site, &learnt.sets);
    let mut camp = file.clone();
    for (id, set) in &mut camp.site.genset {
        if let Some(Curve { fuel_l_per_h, .. }) = curves.get(id) {
            set.fuel_curve_l_per_h.clone_from(fuel_l_per_h);
        }
    }
    let rates = Rates::of(&camp.site);
    let days = actual::days(&camp, measured, &rates);
    let ran = counterfactual::run(&camp, measured, baseline.policy(&camp.site), &rates);
    let correction = actual::correction(&days);
    let shape = if is_learnt { LEARNT_SHAPE_FRAC } else { STATED_SHAPE_FRAC };
    let mut report = SavingReport {
        baseline: baseline.name(),
        about: baseline.about(&camp.site),
        from,
        to: from,
        correction_frac: correction,
        claimed_days: 0,
        saved_l: None,
        band_l: None,
        saved_frac: None,
        days: Vec::new(),
    };
    let (mut own, mut together, mut baseline_l, mut saved_l) = (0.0, 0.0, 0.0, 0.0);
    for (actual, ran) in days.iter().filter_map(|a| Some((a, ran.get(&a.day)?))) {
        // Of a day without any reading there is nothing to tell.
        if actual.from < from || actual.complete_frac <= 0.0 {
            continue;
        }
        report.to = actual.to;
        let made = day(&camp, (actual, ran), correction, shape, &rates);
        if let (Some(saved), Some(baseline)) = (made.0.saved_l, made.0.baseline_l) {
            report.claimed_days += 1;
            saved_l += saved;
            baseline_l += baseline;
            // Errors of the model are the same every day, those of meters are not.
            together += made.1;
            own += made.2;
        }
        report.days.push(made.0);
    }
    if report.claimed_days > 0 {
        report.saved_l = Some(saved_l);
        report.band_l = Some(TWO_SIDED_90 * (own + together * together).sqrt());
        report.saved_frac = (baseline_l > 0.0).then(|| saved_l / baseline_l);
    }
    report
}

/// A day, the standard error of what is the same every day, and the variance of the rest.
fn day(
    camp: &SiteFile,
    (actual, ran): (&Actual, &Ran),
    correction: f64,
    shape: f64,
    rates: &Rates,
) -> (SavingDay, f64, f64) {
    let baseline_l = correction * (ran.fuel_l + ran.owed_l);
    let together = (MODEL_ERROR_FRAC + shape) * baseline_l;
    let rate = rates.best_l_per_kwh;
    let cycled = (ran.discharged_kwh - actual.discharged_kwh).abs();
    let room_kwh: f64 = camp.site.battery.values().map(|b| b.energy_kwh).sum();
    // The charge at the start is in both runs, that at the end of the measured day is not.
    let charge = CHARGE_ERROR_FRAC * room_kwh * rate * std::f64::consts::SQRT_2;
    let gaps = GAP_ERROR_FRAC * (1.0 - actual.complete_frac) * baseline_l;
    let own = (BATTERY_ERROR_FRAC * cycled * rate).powi(2) + charge.powi(2) + gaps.powi(2);
    let actual_l = actual.fuel_l.zip(actual.owed_l).map(|(f, owed)| f + correction * owed);
    let is_complete = actual.complete_frac >= COMPLETE_FRAC;
    let saved_l = actual_l.filter(|_| is_complete).map(|l| baseline_l - l);
    let band_l = saved_l.map(|_| TWO_SIDED_90 * (own + together.powi(2)).sqrt());
    let day = SavingDay {
        day: date_of(actual.day),
        baseline_l: saved_l.map(|_| baseline_l),
        actual_l: actual_l.filter(|_| saved_l.is_some()),
        saved_l,
        band_l,
        complete_frac: actual.complete_frac,
        baseline_unserved_kwh: ran.unserved_kwh,
    };
    (day, together, own)
}
