//! Forecasts from readings, as a plan gets them.

use super::support::site;
use camp_solver::TimeGrid;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use fastrand::Rng;
use smart_camp::domain::forecast::Forecast;
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::forecast::{Forecaster, Held, Outlook, clear_sky_kw};
use smart_camp::site_file::SiteFile;
use smart_camp::store::EmbeddedStore;

const KITCHEN: &str = "load.kitchen.demand_kw";
const TAPS: &str = "taps.camp.demand_m3_per_h";

struct Past {
    file: SiteFile,
    store: EmbeddedStore,
    now: DateTime<Utc>,
    folder: tempfile::TempDir,
}

impl Past {
    fn new(now: &str) -> Self {
        let file = site("small");
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&folder.path().join("s.db"), &file.points).unwrap();
        Self { file, store, now: now.parse().unwrap(), folder }
    }

    /// Quarters of an hour of a point from `from_days` ago until `to_min` minutes from now.
    fn tell(
        &self,
        point: &str,
        from_days: i64,
        to_min: i64,
        mut value: impl FnMut(DateTime<Utc>) -> f64,
    ) {
        let id = self.file.points.resolve(point).unwrap();
        let (hour, end) = (self.now.with_minute(0).unwrap(), self.now + TimeDelta::minutes(to_min));
        let times = (-from_days * 96..).map(|n| hour + TimeDelta::minutes(15 * n));
        let readings: Vec<Reading> = times
            .take_while(|time| *time < end)
            .map(|time| {
                let time_ms = time.timestamp_millis();
                Reading { point: id, time_ms, value: value(time), reason: None }
            })
            .collect();
        self.store.append(&readings, &[]).unwrap();
    }

    fn outlook(&self) -> Outlook {
        self.outlook_of(&Forecaster::default())
    }

    fn outlook_of(&self, forecaster: &Forecaster) -> Outlook {
        let grid = TimeGrid::uniform(self.now, 15, 192, 0);
        forecaster.outlook(&self.file, &self.store, &grid).unwrap()
    }
}

fn of<'a>(outlook: &'a Outlook, point: &str) -> &'a Forecast {
    outlook.forecasts.iter().find(|f| f.point == point).unwrap()
}

/// A rhythm by hour of day with some noise; the second quarter of each hour is higher.
fn rhythm(seed: u64) -> impl FnMut(DateTime<Utc>) -> f64 {
    let mut rng = Rng::with_seed(seed);
    move |time| {
        let evening = if (16..21).contains(&time.hour()) { 8.0 } else { 0.0 };
        let peak = if time.minute() == 15 { 2.0 } else { 0.0 };
        10.0 + evening + peak + rng.f64() - 0.5
    }
}

#[test]
fn what_was_learnt_has_quantiles_skill_and_the_shape_of_the_hour() {
    let past = Past::new("2026-03-10T06:00:00Z");
    past.tell(KITCHEN, 30, 0, rhythm(1));
    let outlook = past.outlook();
    let kitchen = of(&outlook, KITCHEN);
    assert!(!kitchen.degraded && kitchen.source.starts_with("learnt"), "{}", kitchen.source);
    assert!(kitchen.skill_frac.unwrap() > 0.1, "{:?}", kitchen.skill_frac);
    assert_eq!(kitchen.issued_at, past.now);
    let at = |hour: usize, quarter: usize| kitchen.values[4 * (hour - 6) + quarter];
    assert!((at(12, 0) - 10.0).abs() < 0.5 && (at(12, 1) - 12.0).abs() < 0.5, "{}", at(12, 1));
    assert!((at(18, 0) - 18.0).abs() < 0.5, "{}", at(18, 0));
    let told = kitchen.quantiles.as_ref().unwrap();
    assert_eq!((told.start, told.values.len(), told.level_frac.len()), (past.now, 7, 7));
    for hour in 0..48 {
        let levels: Vec<f64> = told.values.iter().map(|level| level[hour]).collect();
        assert!(levels.is_sorted(), "{levels:?}");
        let mean: f64 = kitchen.values[4 * hour..4 * hour + 4].iter().sum::<f64>() / 4.0;
        assert!(levels[0] < mean && mean < levels[6] && levels[6] - levels[0] < 2.0, "{levels:?}");
    }
    // Nothing is known of the taps: the site file's typical day, aloud and without quantiles.
    let taps = of(&outlook, TAPS);
    assert!(taps.degraded && taps.quantiles.is_none() && taps.skill_frac.is_none());
}

#[test]
fn a_forecast_knows_nothing_after_its_issue_and_is_the_same_from_what_is_kept() {
    let past = Past::new("2026-03-10T06:20:00Z");
    past.tell(KITCHEN, 20, 0, rhythm(2));
    let kept = Forecaster::default();
    let before = past.outlook_of(&kept);
    let again = past.outlook_of(&kept);
    past.tell(KITCHEN, 0, 24 * 60, |time| if time >= past.now { 500.0 } else { 11.0 });
    let later = Past { now: past.now, ..past };
    let fresh = later.outlook();
    // What came a second time before now is what was there: only the hour so far was told anew.
    for outlook in [&again, &fresh] {
        assert_eq!(of(&before, KITCHEN).values.len(), of(outlook, KITCHEN).values.len());
        assert!(of(outlook, KITCHEN).values.iter().all(|v| *v < 40.0));
    }
    assert_eq!(before.forecasts, again.forecasts);
    // An hour on, and with the clock set back, the book that was kept and a new one say the same.
    let hour = TimeDelta::hours(1);
    let next = Past { now: later.now + hour, ..later };
    assert_eq!(next.outlook_of(&kept).forecasts, next.outlook().forecasts);
    let back = Past { now: next.now - hour - hour, ..next };
    assert_eq!(back.outlook_of(&kept).forecasts, back.outlook().forecasts);
}

#[test]
fn the_first_hour_starts_from_what_is_measured_now() {
    let past = Past::new("2026-03-10T06:30:00Z");
    let mut usual = rhythm(3);
    let since: DateTime<Utc> = "2026-03-10T06:00:00Z".parse().unwrap();
    past.tell(KITCHEN, 30, 0, |time| usual(time) + if time >= since { 6.0 } else { 0.0 });
    let outlook = past.outlook();
    let kitchen = of(&outlook, KITCHEN);
    let values = &kitchen.values;
    assert!((values[0] - 16.0).abs() < 1.0, "{}", values[0]);
    assert!((11.0..14.5).contains(&values[4]), "an hour on it fades: {}", values[4]);
    assert!((values[24] - 10.0).abs() < 0.7, "six hours on it is gone: {}", values[24]);
    assert!(kitchen.source.contains("by the newest reading"), "{}", kitchen.source);
    // An old reading says nothing of now.
    let silent = Past::new("2026-03-10T06:30:00Z");
    let mut usual = rhythm(3);
    silent.tell(KITCHEN, 30, -120, |time| usual(time) + if time >= since { 6.0 } else { 0.0 });
    assert!((of(&silent.outlook(), KITCHEN).values[0] - 10.0).abs() < 0.7);
}

#[test]
fn what_was_shed_is_no_small_demand() {
    let past = Past::new("2026-03-10T06:00:00Z");
    let mut usual = rhythm(4);
    // For two weeks the feeder was shed from 12 to 14 o'clock.
    let from = past.now - TimeDelta::days(14);
    let is_shed = |time: DateTime<Utc>| time >= from && (12..14).contains(&time.hour());
    past.tell(KITCHEN, 40, 0, |time| if is_shed(time) { 0.0 } else { usual(time) });
    let noon = |outlook: &Outlook| of(outlook, KITCHEN).values[24];
    assert!(noon(&past.outlook()) < 3.0, "nobody told: it is taken for demand");
    let forecaster = Forecaster::default();
    let held = (0..14).map(|day| {
        let from = from.with_hour(12).unwrap() + TimeDelta::days(day);
        Held { asset: "load.kitchen".to_owned(), from, to: from + TimeDelta::hours(2) }
    });
    forecaster.hear(&held.collect::<Vec<_>>());
    assert!((noon(&past.outlook_of(&forecaster)) - 10.0).abs() < 1.0);
}

#[test]
fn a_curtailed_noon_is_no_cloudy_one() {
    let clear = |past: &Past, time: DateTime<Utc>| {
        let array = &past.file.site.solar["pv"];
        clear_sky_kw(&past.file.site.place, array, time + TimeDelta::seconds(450))
    };
    let noon_of = |fill: f64| {
        let past = Past::new("2026-03-10T06:00:00Z");
        // The inverter gives at most 30 % of a clear sky about noon, for the battery is full.
        let given = |time: DateTime<Utc>| {
            let kw = clear(&past, time);
            if (10..15).contains(&time.hour()) { 0.3 * kw } else { 0.9 * kw }
        };
        past.tell("solar.pv.power_kw", 30, 0, given);
        let is_noon = |time: DateTime<Utc>| (10..15).contains(&time.hour());
        let charge = |time: DateTime<Utc>| if is_noon(time) { fill } else { 0.6 };
        let battery = past.file.site.battery.keys().next().unwrap().clone();
        past.tell(&format!("battery.{battery}.state_of_charge_frac"), 30, 0, charge);
        let outlook = past.outlook();
        let sun = of(&outlook, "solar.pv.available_kw").clone();
        let noon: DateTime<Utc> = "2026-03-10T12:00:00Z".parse().unwrap();
        (sun.values[24] / clear(&past, noon), sun)
    };
    let (full, sun) = noon_of(0.999);
    assert!((full - 0.9).abs() < 0.1, "{full}: {}", sun.source);
    assert!(sun.quantiles.is_some() && !sun.degraded);
    let (cloudy, _) = noon_of(0.6);
    assert!(cloudy < 0.5, "{cloudy}");
}

#[test]
fn what_is_known_ahead_moves_demand() {
    let past = Past::new("2026-03-10T00:00:00Z");
    let mut rng = Rng::with_seed(6);
    let heat: Vec<f64> = (0..46).map(|_| rng.f64()).collect();
    let first = past.now - TimeDelta::days(40);
    let hot = |time: DateTime<Utc>| heat[usize::try_from((time - first).num_days()).unwrap()];
    past.tell(KITCHEN, 40, 0, |time| 20.0 + 10.0 * hot(time));
    let rows = (0..44 * 24).map(|hour| first + TimeDelta::hours(hour));
    let rows = rows.map(|time| format!("{},{}\n", time.to_rfc3339(), 15.0 + 20.0 * hot(time)));
    let file = past.folder.path().join("ahead.csv");
    let text: String = rows.collect();
    std::fs::write(&file, format!("timestamp,temperature_c\n{text}")).unwrap();
    let noon = past.now + TimeDelta::hours(36);
    let miss = |drivers: Option<&std::path::Path>| {
        let forecaster = Forecaster::default();
        forecaster.look_into(drivers);
        let outlook = past.outlook_of(&forecaster);
        (of(&outlook, KITCHEN).values[4 * 36] - 20.0 - 10.0 * hot(noon)).abs()
    };
    let (with, without) = (miss(Some(&file)), miss(None));
    assert!(with < 0.7 * without && with < 1.5, "{with} {without}");
    // A file that cannot be read is told, and forecasts go on without it.
    let forecaster = Forecaster::default();
    forecaster.look_into(Some(&past.folder.path().join("nowhere.csv")));
    let outlook = past.outlook_of(&forecaster);
    assert!(
        outlook.degraded().iter().any(|why| why.contains("drivers:") && why.contains("nowhere"))
    );
    assert!(!of(&outlook, KITCHEN).degraded);
}
