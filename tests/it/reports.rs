//! What the service learns from meters and whether it finds missing fuel, in camps that differ from their files.

use super::support::{Instrumented, Wrong};
use smart_camp::report::fuel;
use smart_camp::report::learn::{Learnt, learn};
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
