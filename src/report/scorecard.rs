//! The scorecard of a month: what the camp used for each person, and how it was made.
//!
//! Amounts are sums over slots of 5 minutes. Where some are missing, the mean of the known ones stands for them,
//! and the share that is known is told; under half of them nothing is said.

pub(crate) mod amounts;

pub mod page;
pub mod sheet;

use super::measured::{Kinds, Measured, date_of};
use super::saving::{self, Baseline};
use crate::domain::ports::{ReadingStore, StoreError};
use crate::site_file::SiteFile;
use amounts::{Amounts, Known};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// CO2 of a litre of diesel, tank to wheel, kg/L: 10.21 kg a gallon (EPA, as REopt has it).
pub const CO2_KG_PER_L: f64 = 2.70;
/// Share of an amount that must be known for anything to be said of it.
const LEAST_KNOWN_FRAC: f64 = 0.5;
/// Share under which figures are told with a warning.
pub const COMPLETE_FRAC: f64 = 0.9;

/// The figures of a stretch. A figure is missing where its meters are, or were silent for more than half.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// Diesel burnt by the sets, L: by their fuel meters, else by their power and fuel curves.
    #[schema(example = 61_230.0)]
    pub fuel_l: Option<f64>,
    /// The same for each person and day, L.
    #[schema(example = 2.32)]
    pub fuel_l_per_person_day: Option<f64>,
    /// CO2 of it, kg: 2.70 kg/L, tank to wheel.
    #[schema(example = 165_321.0)]
    pub co2e_kg: Option<f64>,
    /// Energy made by the sets, kWh.
    #[schema(example = 223_400.0)]
    pub sets_kwh: Option<f64>,
    /// Energy of the sun that was used, kWh.
    #[schema(example = 71_900.0)]
    pub solar_kwh: Option<f64>,
    /// Energy that the camp used, what its own pumps took included, kWh.
    #[schema(example = 293_100.0)]
    pub served_kwh: Option<f64>,
    /// The same for each person and day, kWh.
    #[schema(example = 11.1)]
    pub served_kwh_per_person_day: Option<f64>,
    /// Share of the energy made that came from the sun, 0 to 1.
    #[schema(example = 0.243)]
    pub renewable_frac: Option<f64>,
    /// Diesel for each kWh that the sets made, L/kWh.
    #[schema(example = 0.274)]
    pub fuel_l_per_kwh: Option<f64>,
    /// Run hours of all sets together, h.
    #[schema(example = 1_690.0)]
    pub run_hours_h: Option<f64>,
    /// Mean load of running sets, share of their ratings, 0 to 1.
    #[schema(example = 0.66)]
    pub load_factor_frac: Option<f64>,
    /// Water drawn at the taps, m3.
    #[schema(example = 2_190.0)]
    pub water_m3: Option<f64>,
    /// The same for each person and day, L.
    #[schema(example = 83.1)]
    pub water_l_per_person_day: Option<f64>,
    /// Share of the wastewater that was treated, 0 to 1: by the power of the plant over what came from the taps.
    #[schema(example = 0.99)]
    pub wastewater_treated_frac: Option<f64>,
    /// Share of the slots in which sets, sun and batteries were all known, 0 to 1.
    #[schema(example = 0.987)]
    pub complete_frac: f64,
}

/// A day of the scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreDay {
    /// The local day.
    pub day: NaiveDate,
    /// Its figures.
    pub figures: Figures,
}

/// The saving of a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CardSaving {
    /// What is compared with.
    #[schema(example = "reserve-secured")]
    pub baseline: String,
    /// The saving of the days that are claimed, L.
    #[schema(example = 6210.0)]
    pub saved_l: f64,
    /// Half of its 90 % band, L.
    #[schema(example = 700.0)]
    pub band_l: f64,
    /// Days that are claimed.
    #[schema(example = 29)]
    pub claimed_days: u32,
    /// The same in a sentence.
    pub about: String,
}

/// The scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scorecard {
    /// The camp.
    #[schema(example = "medium")]
    pub site: String,
    /// Its title.
    pub title: String,
    /// The month, local time.
    #[schema(example = "2026-10")]
    pub month: String,
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end, or now if it is not over.
    pub to: DateTime<Utc>,
    /// People in the camp, by the site file.
    #[schema(example = 850)]
    pub persons: Option<u32>,
    /// The figures of the month.
    pub figures: Figures,
    /// Each day, oldest first.
    pub days: Vec<ScoreDay>,
    /// What was saved in the month against the baseline of the reports, where any day is claimed.
    pub saving: Option<CardSaving>,
    /// What must be known to read the figures.
    pub notes: Vec<String>,
}

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month(NaiveDate);

impl std::str::FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = format!("{text}-01").parse::<NaiveDate>();
        let lawful = |d: &NaiveDate| text.len() == 7 && (1971..=9000).contains(&d.year());
        day.ok()
            .filter(lawful)
            .map(Self)
            .ok_or_else(|| format!("{text}: must be a month such as 2026-10"))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl Month {
    /// The month of a local day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its start and its end in a time zone.
    pub fn ends(self, zone: chrono_tz::Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        // A midnight that summer time skips is an hour later.
        let at = |day: NaiveDate| {
            let midnight = day.and_time(NaiveTime::MIN);
            let found = zone.from_local_datetime(&midnight).earliest();
            found.map_or(midnight.and_utc(), |t| t.with_timezone(&Utc))
        };
        (at(self.0), at(self.0 + Months::new(1)))
    }
}

/// The scorecard of a month up to now.
///
/// # Errors
/// The store's.
pub fn scorecard(
    file: &SiteFile,
    store: &dyn ReadingStore,
    month: Month,
    now: DateTime<Utc>,
) -> Result<Scorecard, StoreError> {
    let (from, end) = month.ends(file.zone);
    let to = end.min(now).max(from);
    let kinds = Kinds(&["genset", "solar", "battery", "taps", "wastewater"]);
    let measured = Measured::read(&file.points, file.zone, store, (from, to), kinds)?;
    let mut card = of(file, &measured, month, (from, to));
    let report = saving::saving(file, store, (from, to), Baseline::default())?;
    if let (Some(saved_l), Some(band_l)) = (report.saved_l, report.band_l) {
        card.saving = Some(CardSaving {
            about: report.sentence(),
            baseline: report.baseline,
            saved_l,
            band_l,
            claimed_days: report.claimed_days,
        });
    }
    Ok(card)
}

/// The scorecard of what was measured in a month, its saving left out.
pub fn of(
    file: &SiteFile,
    measured: &Measured,
    month: Month,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Scorecard {
    let site = &file.site;
    let mut by_day = amounts::by_day(site, measured);
    let all_days = by_day.len();
    // A service that was new in this month answers for the days since its first reading.
    while let Some(first) = by_day.first_entry().filter(|day| day.get().is_empty()) {
        first.remove();
    }
    let mut all = Amounts::default();
    for day in by_day.values() {
        all.add(day);
    }
    let days = by_day.iter().map(|(day, amounts)| ScoreDay {
        day: date_of(*day),
        figures: figures(amounts, site.persons),
    });
    let figures = figures(&all, site.persons);
    let mut notes = amounts::notes(site, measured);
    if by_day.len() < all_days
        && let Some((first, _)) = by_day.first_key_value()
    {
        notes.push(format!("readings begin on {}: the days before count nowhere", date_of(*first)));
    }
    if figures.complete_frac < COMPLETE_FRAC {
        notes.push(format!(
            "only {:.0} % of the month is known: the mean of what is known stands for the rest, and nothing \
             should be claimed from it",
            100.0 * figures.complete_frac
        ));
    }
    if site.persons.is_none() {
        notes.push("the site file states no persons: no figure is for each person".to_owned());
    }
    Scorecard {
        site: site.name.clone(),
        title: site.title.clone(),
        month: month.to_string(),
        from,
        to,
        persons: site.persons,
        figures,
        days: days.collect(),
        saving: None,
        notes,
    }
}

fn figures(a: &Amounts, persons: Option<u32>) -> Figures {
    let days = a.fuel_l.all as f64 / 288.0;
    let each = |amount: Option<f64>, factor: f64| {
        let people = persons.filter(|p| *p > 0)?;
        (days > 0.0).then_some(factor * amount? / f64::from(people) / days)
    };
    let total = |known: &Known| {
        let frac = known.frac()?;
        (frac >= LEAST_KNOWN_FRAC).then(|| known.sum / frac)
    };
    let share = |part: Option<f64>, whole: Option<f64>| {
        let whole = whole.filter(|w| *w > 0.0)?;
        part.map(|p| p / whole)
    };
    let (fuel_l, sets_kwh, served_kwh) =
        (total(&a.fuel_l), total(&a.sets_kwh), total(&a.served_kwh));
    // A camp without arrays has no sun, known for certain.
    let solar_kwh = total(&a.solar_kwh);
    let made_kwh = sets_kwh.zip(solar_kwh).map(|(sets, sun)| sets + sun);
    let water_m3 = total(&a.water_m3);
    Figures {
        fuel_l,
        fuel_l_per_person_day: each(fuel_l, 1.0),
        co2e_kg: fuel_l.map(|l| CO2_KG_PER_L * l),
        sets_kwh,
        solar_kwh,
        served_kwh,
        served_kwh_per_person_day: each(served_kwh, 1.0),
        renewable_frac: share(solar_kwh, made_kwh),
        fuel_l_per_kwh: share(fuel_l, sets_kwh),
        run_hours_h: total(&a.run_hours_h),
        load_factor_frac: share(sets_kwh, total(&a.rated_kwh)),
        water_m3,
        water_l_per_person_day: each(water_m3, 1000.0),
        wastewater_treated_frac: share(total(&a.treated_m3), total(&a.sewage_m3))
            .map(|frac| frac.min(1.0)),
        complete_frac: a.complete.frac().unwrap_or(0.0),
    }
}
