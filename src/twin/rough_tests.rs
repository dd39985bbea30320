//! What happens to a camp that is not as its file says.

use super::*;
use crate::planning::day::Event;
use std::path::Path;

fn rough(variant: &str, rough: &Roughness) -> Twin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    let file = crate::site_file::read(&path, Some(variant)).unwrap();
    Twin::rough(rough.announced(file), TruthSource::new(1, None), begin(), rough)
}

fn begin() -> DateTime<Utc> {
    "2026-03-09T22:00:00Z".parse().unwrap()
}

fn of_event(event: Event) -> Roughness {
    Roughness { event: Some((event, begin())), ..Roughness::default() }
}

fn lived(mut twin: Twin, hours: i64) -> Twin {
    twin.advance(begin() + TimeDelta::hours(hours));
    twin
}

#[test]
fn a_hidden_plant_burns_otherwise_and_the_same_every_time() {
    let with = |seed| Roughness { hidden_seed: seed, ..Roughness::default() };
    let burnt = |seed| lived(rough("H", &with(seed)), 24).tally().fuel_l;
    let (told, hidden) = (burnt(None), burnt(Some(7)));
    assert!((hidden / told - 1.0).abs() > 0.002, "{told} {hidden}");
    assert!((hidden / told - 1.0).abs() < 0.15, "{told} {hidden}");
    assert!((burnt(Some(7)) - hidden).abs() < 1e-9);
}

/// 19:30 in Juba is 17:30 UTC.
#[test]
fn the_largest_set_trips_in_the_evening_and_the_rest_carry_on() {
    let mut twin = lived(rough("H", &of_event(Event::SetTrip)), 19);
    assert!(twin.plant.sets.values().all(|s| !s.is_out()));
    twin.advance(begin() + TimeDelta::hours(24));
    assert!(twin.plant.sets["g1"].is_out());
    assert!(twin.tally().blackout_h < 1e-9, "{:?}", twin.tally());
}

#[test]
fn water_leaks_fuel_goes_and_a_well_dries() {
    let tidy = lived(rough("D", &Roughness::default()), 3);
    let leak = lived(rough("D", &of_event(Event::TankLeak)), 3);
    let level = |twin: &Twin| twin.stocks().tank_m3["treated"];
    assert!(
        (level(&tidy) - level(&leak) - 6.0).abs() < 0.5,
        "3 h of 2 m3/h: {} {}",
        level(&leak),
        level(&tidy)
    );
    let theft = lived(rough("D", &of_event(Event::FuelTheft)), 3);
    let fuel = |twin: &Twin| twin.plant.fuel_l["depot"];
    assert!((fuel(&tidy) - fuel(&theft) - 120.0).abs() < 1e-6);
    let dry = lived(rough("D", &of_event(Event::BoreholeDry)), 24);
    assert!(dry.plant.well_m3_per_h["bh1"].abs() < 1e-9);
}

#[test]
fn load_and_sun_change_with_the_event() {
    let day = |event| {
        let twin = lived(rough("P", &of_event(event)), 24);
        (twin.tally().served_kwh, twin.tally().solar_kwh + twin.tally().curtailed_kwh)
    };
    let tidy = day(Event::TypicalDay);
    assert!(day(Event::HeatWave).0 > 1.15 * tidy.0);
    assert!(day(Event::Population).0 > 1.15 * tidy.0);
    assert!((day(Event::CloudyDays).1 / tidy.1 - 0.35).abs() < 0.01);
    assert!((day(Event::MassCasualty).0 - tidy.0 - 1440.0).abs() < 15.0);
}

fn points(payload: &[u8]) -> usize {
    let told: serde_json::Value = serde_json::from_slice(payload).unwrap();
    told["values"].as_object().unwrap().len()
}

#[test]
fn meters_err_fall_silent_and_drop_out() {
    let count = |with: &Roughness| points(&rough("H", with).telemetry());
    let all = count(&Roughness::default());
    let dropped = count(&of_event(Event::MeterDropout));
    assert!((0.5..0.9).contains(&(dropped as f64 / all as f64)), "{dropped} of {all}");
    let faulty = Roughness { meter_faults_seed: Some(3), ..Roughness::default() };
    let mut twin = rough("H", &faulty);
    let shown: usize =
        (0..200).map(|h| points(&twin.telemetry_at(begin() + TimeDelta::hours(h)))).sum();
    let share = shown as f64 / (200 * all) as f64;
    assert!((0.98..0.995).contains(&share), "{share}");
}

#[test]
fn a_set_in_manual_is_not_to_be_had_and_comes_back() {
    let mut twin = rough("H", &Roughness { manual_seed: Some(2), ..Roughness::default() });
    let (mut out, mut minutes) = (0, 0);
    for _ in 0..30 * 24 {
        twin.advance(twin.time() + TimeDelta::hours(1));
        out += twin.plant.sets.values().filter(|s| s.is_out()).count();
        minutes += twin.plant.sets.len();
    }
    let share = f64::from(u32::try_from(out).unwrap()) / minutes as f64;
    assert!((0.0005..0.02).contains(&share), "{share}");
    assert!(twin.tally().blackout_h < 0.5, "{:?}", twin.tally());
}
