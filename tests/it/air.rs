//! Air temperature on its way from a thermometer to a plan.

use super::ladder::stage;
use camp_solver::TimeGrid;
use camp_solver::solve_from;
use chrono::TimeDelta;
use smart_camp::domain::point::AIR;
use smart_camp::domain::ports::ReadingStore;
use smart_camp::domain::reading::Reading;
use smart_camp::forecast::outlook;

#[test]
fn without_a_thermometer_the_design_temperature_stands_and_is_told() {
    let stage = stage(solve_from);
    let grid = TimeGrid::uniform(stage.live.clock.now(), 15, 96, 0);
    let made = outlook(&stage.live.file, &*stage.store, &grid).unwrap();
    assert!(made.series.temperature_c.is_empty());
    let told = made.degraded();
    assert!(told.iter().any(|d| d.starts_with(AIR) && d.contains("design")), "{told:?}");
}

/// Two days of 20 degrees, 30 from noon to six; this morning it is 3 degrees hotter.
#[test]
fn a_thermometer_tells_the_hours_ahead() {
    let stage = stage(solve_from);
    let (file, now) = (&stage.live.file, stage.live.clock.now());
    let point = file.points.resolve(AIR).unwrap();
    let readings: Vec<Reading> = (1..=192)
        .map(|ago| {
            let time = now - TimeDelta::minutes(15) * ago;
            let quarter = (192 - ago + 24) % 96;
            let usual = if (48..72).contains(&quarter) { 30.0 } else { 20.0 };
            let value = if ago == 1 { 23.0 } else { usual };
            Reading { point, time_ms: time.timestamp_millis(), value, reason: None }
        })
        .collect();
    stage.store.append(&readings, &[]).unwrap();
    let grid = TimeGrid::uniform(now, 15, 96, 0);
    let made = outlook(file, &*stage.store, &grid).unwrap();
    let air_c = &made.series.temperature_c;
    assert!((air_c[0] - 23.0).abs() < 1e-9 && (air_c[30] - 33.0).abs() < 1e-9, "{air_c:?}");
    assert!(made.degraded().iter().all(|d| !d.starts_with(AIR)), "{:?}", made.degraded());
}
