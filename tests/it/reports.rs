//! What the service learns from meters and whether it finds missing fuel, in camps that differ from their files.

use super::support::{Instrumented, Wrong, run, site};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::report::fuel;
use smart_camp::report::learn::{Learnt, learn};
use smart_camp::report::scorecard::{self, Figures, page, sheet};
use smart_camp::store::EmbeddedStore;
use std::collections::BTreeMap;

fn learnt(camp: &Instrumented) -> Learnt {
    let (site, measured) = (&camp.stated.site, camp.measured());
    let book = fuel::book(site, &measured, &[]);
    learn(site, &measured, book.as_ref())
}

/// The learnt fuel of a set's usual loads beside the true one, worst relative error of the measured points.
fn worst_of_curves(camp: &Instrumented, learnt: &Learnt) -> f64 {
    let mut worst: f64 = 0.0;
    for set in &learnt.sets {
        let id = set.asset.strip_prefix("genset.").unwrap();
        let hidden = &camp.hidden.site.genset[id];
        for (k, point) in set.curve.iter().enumerate().filter(|(_, p)| p.is_measured) {
            let truth = hidden.fuel_curve_l_per_h[k];
            worst = worst.max((point.learnt_l_per_h / truth - 1.0).abs());
        }
    }
    worst
}

#[test]
fn a_hidden_fuel_curve_battery_and_well_are_learnt_in_14_days() {
    let mut camp = Instrumented::new("medium", Some("H"), 3, Wrong::default());
    camp.live(14);
    let learnt = learnt(&camp);
    let by_flow: Vec<_> = learnt.sets.iter().filter(|s| s.from == "flow").collect();
    assert!(!by_flow.is_empty(), "{:?}", learnt.not_learnt);
    let worst = worst_of_curves(&camp, &learnt);
    assert!(worst <= 0.02, "{worst} {:?}", learnt.sets);
    let of = |asset: &str| -> BTreeMap<String, f64> {
        let found = learnt.assets.iter().find(|a| a.asset == asset);
        let found = found.unwrap_or_else(|| panic!("{asset}: {:?}", learnt.not_learnt));
        found.values.iter().map(|v| (v.quantity.clone(), v.value)).collect()
    };
    let (bess, truth) = (of("battery.bess"), &camp.hidden.site.battery["bess"]);
    let (charge, discharge) = (truth.charge_efficiency_frac, truth.discharge_efficiency_frac);
    for (name, truth, room) in [
        ("round_trip_efficiency_frac", charge * discharge, 0.02),
        ("charge_efficiency_frac", charge, 0.02),
        ("discharge_efficiency_frac", discharge, 0.02),
        ("energy_kwh", truth.energy_kwh, 0.02 * truth.energy_kwh),
    ] {
        assert!((bess[name] - truth).abs() <= room, "{name}: {} for {truth}", bess[name]);
    }
    let wells = learnt.assets.iter().filter(|a| a.asset.starts_with("well."));
    let mut seen = 0;
    for well in wells {
        let truth = &camp.hidden.site.well[well.asset.strip_prefix("well.").unwrap()];
        let value = &well.values[0];
        let error = value.value / truth.energy_kwh_per_m3() - 1.0;
        assert!(error.abs() <= 0.02, "{}: {value:?}", well.asset);
        seen += 1;
    }
    assert!(seen > 0, "{:?}", learnt.not_learnt);
}

#[test]
fn without_a_fuel_meter_the_tank_tells_the_level_of_the_curve() {
    let wrong = Wrong { no_fuel_meter: true, ..Wrong::default() };
    let mut camp = Instrumented::new("medium", Some("D"), 4, wrong);
    camp.live(14);
    let learnt = learnt(&camp);
    assert!(learnt.sets.iter().any(|s| s.from == "tank"), "{:?}", learnt.not_learnt);
    let worst = worst_of_curves(&camp, &learnt);
    assert!(worst <= 0.03, "{worst} {:?}", learnt.sets);
}

#[test]
fn a_theft_of_120_l_a_night_is_found_in_3_nights_and_28_clean_days_raise_nothing() {
    for (camp, seed) in [("small", 11), ("medium", 12)] {
        let clean = Wrong::default();
        let stolen = Wrong { theft: Some((8, 120.0)), ..clean.clone() };
        let book = |wrong: Wrong, days| {
            let mut camp = Instrumented::new(camp, Some("H"), seed, wrong);
            camp.live(days);
            fuel::reconcile(&camp.stated.site, &camp.measured(), &learnt(&camp)).unwrap()
        };
        let found = book(clean, 28);
        assert!(found.nights.len() >= 25, "{}", found.nights.len());
        assert!(found.nights.iter().all(|n| !n.is_suspect), "{camp}: {:?}", found.nights);
        assert!(found.stuck_h > 5.0, "{}", found.stuck_h);
        assert!(!found.deliveries.is_empty());
        // The theft of the 8th night begins that day at 01:00: the anchors of days 8, 9 and 10 end three nights.
        let found = book(stolen, 11);
        let missing = found.missing.unwrap_or_else(|| panic!("{camp}: {:?}", found.nights));
        let (litres, band) = (missing.missing_l, missing.band_l);
        assert!((litres - 360.0).abs() <= band + 30.0, "{camp}: {missing:?}");
        assert_eq!(missing.since_day.to_string(), "2026-03-18", "{missing:?}");
    }
}

#[test]
fn a_scorecard_tells_what_was_burnt_and_how_much_is_known() {
    let mut camp = Instrumented::new("small", Some("H"), 5, Wrong::default());
    camp.live(3);
    let ends = (camp.start, camp.start + TimeDelta::days(3));
    let month = "2026-03".parse().unwrap();
    let card = scorecard::of(&camp.stated, &camp.measured(), month, ends);
    let figures = &card.figures;
    assert_eq!(card.days.len(), 3);
    let off = figures.fuel_l.unwrap() / camp.burnt_l() - 1.0;
    assert!(off.abs() < 0.01, "{off} {figures:?}");
    let per_person = camp.burnt_l() / 150.0 / 3.0;
    assert!((figures.fuel_l_per_person_day.unwrap() / per_person - 1.0).abs() < 0.01);
    assert!((figures.co2e_kg.unwrap() / figures.fuel_l.unwrap() - 2.70).abs() < 1e-9);
    let within = |value: Option<f64>, from: f64, to: f64| (from..=to).contains(&value.unwrap());
    assert!(within(figures.served_kwh_per_person_day, 9.0, 12.5), "{figures:?}");
    assert!(within(figures.water_l_per_person_day, 75.0, 95.0), "{figures:?}");
    assert!(within(figures.renewable_frac, 0.1, 0.4), "{figures:?}");
    assert!(within(figures.load_factor_frac, 0.3, 1.0), "{figures:?}");
    assert!(within(figures.wastewater_treated_frac, 0.8, 1.0), "{figures:?}");
    assert!(figures.complete_frac > 0.98);
    assert_eq!(sheet::csv(&card).lines().count(), 5, "a header, the month, three days");
    let page = page::page(&card);
    assert!(page.contains("<svg") && page.contains("2026-03-12"));
    assert!(!page.contains("http") && !page.contains("src="), "it fetches nothing");
}

/// Half of the days is silence: the known half stands for all, and the card says so.
#[test]
fn a_month_with_gaps_claims_nothing() {
    let mut camp = Instrumented::new("small", Some("H"), 6, Wrong::default());
    camp.live(2);
    let month = "2026-03".parse().unwrap();
    let ends = |days| (camp.start, camp.start + TimeDelta::days(days));
    let mut measured = smart_camp::report::measured::Measured::empty(
        camp.stated.zone,
        camp.start,
        camp.start + TimeDelta::days(3),
    );
    let whole = camp.measured();
    measured.take(&whole);
    let card = scorecard::of(&camp.stated, &measured, month, ends(3));
    assert!((card.figures.complete_frac - 2.0 / 3.0).abs() < 0.02, "{:?}", card.figures);
    assert!(card.notes.iter().any(|note| note.contains("nothing")), "{:?}", card.notes);
    let known = scorecard::of(&camp.stated, &whole, month, ends(2)).figures;
    let each = |f: &Figures| f.fuel_l_per_person_day.unwrap();
    assert!((each(&card.figures) / each(&known) - 1.0).abs() < 0.01);
    assert_eq!(card.days[2].figures.fuel_l, None);
}

#[test]
fn the_command_tells_from_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camp.db");
    let file = site("small");
    let store = EmbeddedStore::open(&path, &file.points).unwrap();
    let start: DateTime<Utc> = "2026-03-10T00:00:00Z".parse().unwrap();
    let shown = [("power_kw", 60.0), ("fuel_l_per_h", 18.0), ("is_running", 1.0)];
    let mut readings = Vec::new();
    for minute in 0..3 * 1440 {
        let time_ms = (start + TimeDelta::minutes(minute)).timestamp_millis();
        for (id, on) in [("g1", 1.0), ("g2", 0.0), ("g3", 0.0)] {
            for (quantity, value) in shown {
                let point = file.points.id("genset", id, quantity).unwrap();
                readings.push(Reading { point, time_ms, value: on * value, reason: None });
            }
        }
        let level = file.points.resolve("fuel_store.depot.level_l").unwrap();
        let value = 9000.0 - 0.3 * minute as f64;
        readings.push(Reading { point: level, time_ms, value, reason: None });
    }
    store.append(&readings, &[]).unwrap();
    drop(store);
    let report = |more: &[&str]| {
        let store = path.to_str().unwrap();
        let args = ["report", "--site", "camps/small.toml", "--variant", "D", "--store", store];
        run(&[&args[..], more].concat())
    };
    let card = report(&["--form", "json"]);
    assert_eq!(card.code, 0, "{}", card.err);
    let card: serde_json::Value = serde_json::from_str(&card.out).unwrap();
    assert!(card["notes"][0].as_str().unwrap().contains("2026-03-10"), "{card}");
    let litres = card["days"][1]["figures"]["fuel_l"].as_f64().unwrap();
    assert!((litres - 432.0).abs() < 1e-6, "{litres}");
    assert!((card["figures"]["fuel_l_per_kwh"].as_f64().unwrap() - 0.3).abs() < 1e-9);
    assert!(report(&["--month", "2026-03", "--form", "page"]).out.starts_with("<!doctype html>"));
    assert!(report(&["--form", "csv"]).out.starts_with("period,fuel_l,"));
    let saving = report(&["--about", "saving", "--baseline", "all-on"]);
    assert!(
        saving.out.contains("L saved on 3 of 3 days against all-on"),
        "{}{}",
        saving.out,
        saving.err
    );
    let fuel = report(&["--about", "fuel"]);
    assert!(fuel.out.contains("no fuel is missing beyond the band"), "{}{}", fuel.out, fuel.err);
    assert!(report(&["--about", "learning"]).out.contains("genset.g1 (from flow)"));
    assert_eq!(report(&["--about", "fuel", "--form", "csv"]).code, 3);
    assert_eq!(report(&["--month", "2026-13"]).code, 2);
}

/// Every report in every form, and what is refused; `check` wants the path of the description, the path asked
/// for, and the status.
pub(crate) fn every_form(check: &mut impl FnMut(&str, &str, u16)) {
    for report in ["/reports/learning", "/reports/fuel"] {
        check(report, report, 200);
        check(report, &format!("{report}?days=7&to=2026-03-09T22:00:00Z"), 200);
        check(report, &format!("{report}?days=0"), 422);
        check(report, &format!("{report}?to=2999-01-01T00:00:00Z"), 422);
        check(report, &format!("{report}?colour=red"), 400);
    }
    let saving = "/reports/saving";
    check(saving, saving, 200);
    check(saving, &format!("{saving}?days=2&baseline=for-peak"), 200);
    check(saving, &format!("{saving}?days=63"), 422);
    check(saving, &format!("{saving}?baseline=none"), 422);
    check(saving, &format!("{saving}?colour=red"), 400);
    let card = "/reports/scorecard";
    check(card, card, 200);
    check(card, &format!("{card}?month=2026-03&form=csv"), 200);
    check(card, &format!("{card}?month=2026-03&form=page"), 200);
    check(card, &format!("{card}?month=2026-13"), 422);
    check(card, &format!("{card}?month=2999-01"), 422);
    check(card, &format!("{card}?form=pdf"), 400);
}
