//! What wells, treatment lines and tanks may do in a local day.

use crate::camp::{full_site, level, typical};
use camp_solver::rules::rule_based;
use camp_solver::site::{Site, TreatmentStart, WellStart};
use camp_solver::{Plan, Problem, ShortfallClass, SolveOptions, solve, verify};

/// A day of a camp with one set, one well, one line and two tanks; sun makes noon the cheap time.
fn water_camp(hours: usize) -> Problem {
    let mut site = full_site();
    site.load.retain(|id, _| id == "kitchen");
    site.genset.retain(|id, _| id == "g1");
    site.well.remove("w2");
    site.treatment.remove("ro");
    site.battery.clear();
    site.wastewater.clear();
    site.start.wastewater.clear();
    site.thermal_store.clear();
    site.batch.clear();
    site.start.thermal_store.clear();
    site.start.batch.clear();
    site.reserve.load_frac = 0.0;
    site.reserve.solar_frac = 0.0;
    site.start.battery.clear();
    site.start.well.clear();
    site.start.treatment.clear();
    hourly(site, hours)
}

/// The typical day in hours: each step is the mean of its quarters.
fn hourly(site: Site, hours: usize) -> Problem {
    let mut problem = typical(site, hours);
    let mean = |values: &mut Vec<f64>| {
        *values = values.chunks(4).map(|c| c.iter().sum::<f64>() / 4.0).collect();
    };
    problem.series.demand_kw.values_mut().for_each(mean);
    problem.series.solar_available_kw.values_mut().for_each(mean);
    problem.series.taps_m3_per_h.values_mut().for_each(mean);
    problem.series.wastewater_m3_per_h.values_mut().for_each(mean);
    problem.grid = camp_solver::TimeGrid::uniform(problem.grid.start, 60, hours, 120);
    problem
}

fn solved(problem: &Problem) -> Plan {
    let options = SolveOptions { gap_frac: 1e-4, ..SolveOptions::default() };
    let solved = solve(problem, &options).unwrap();
    assert_eq!(verify(problem, &solved.plan), []);
    assert_eq!(verify(problem, &rule_based(problem)), [], "the rules are lawful");
    solved.plan
}

fn pumped_m3(plan: &Plan) -> f64 {
    let dt = |t: usize| plan.grid.dt_h(t);
    plan.well["w1"].flow_m3_per_h.iter().enumerate().map(|(t, f)| dt(t) * f).sum()
}

#[test]
fn a_pump_that_is_on_or_off_gives_all_or_nothing() {
    let plan = solved(&water_camp(24));
    let flow = &plan.well["w1"].flow_m3_per_h;
    assert!(flow.iter().all(|f| *f == 0.0 || *f == 5.0), "{flow:?}");
    assert!(flow.contains(&5.0) && flow.contains(&0.0));
}

#[test]
fn a_well_keeps_its_cap_and_what_it_pumped_before_counts() {
    let mut problem = water_camp(24);
    // 48 m3 a day leave at the taps: without a cap the well makes up for all of it.
    problem.site.well.get_mut("w1").unwrap().daily_cap_m3 = Some(42.0);
    let plan = solved(&problem);
    assert_eq!(pumped_m3(&plan), 40.0, "eight whole hours fit into 42 m3");
    let start =
        WellStart { running: false, for_h: 0.0, today_m3: 30.0, today_h: 6.0, today_rest_h: 0.0 };
    problem.start.well.insert("w1".to_owned(), start);
    let plan = solved(&problem);
    assert_eq!(pumped_m3(&plan), 10.0, "two whole hours fit into what is left");
    assert!(plan.shortfall_total(ShortfallClass::EndStockTank) > 30.0);
}

#[test]
fn a_well_rests_without_a_break() {
    let mut problem = water_camp(24);
    let well = problem.site.well.get_mut("w1").unwrap();
    (well.daily_cap_m3, well.max_hours_per_day, well.min_rest_h) = (None, None, Some(15.0));
    let plan = solved(&problem);
    let flow = &plan.well["w1"].flow_m3_per_h;
    let rests = flow.split(|f| *f > 0.0).map(<[f64]>::len).max();
    assert!(rests.is_some_and(|h| h >= 15), "{flow:?}");
    assert!(pumped_m3(&plan) <= 45.0);
    assert!(plan.shortfall_total(ShortfallClass::EndStockTank) > 0.0, "nine hours are too few");
}

#[test]
fn a_rest_may_lie_after_the_horizon_or_have_been_before_it() {
    let mut problem = water_camp(12);
    let well = problem.site.well.get_mut("w1").unwrap();
    (well.daily_cap_m3, well.max_hours_per_day, well.min_rest_h) = (None, None, Some(12.0));
    // Midnight to noon: the afternoon is free for the rest.
    problem.series.taps_m3_per_h.values_mut().for_each(|s| s.fill(5.0));
    let plan = solved(&problem);
    assert_eq!(pumped_m3(&plan), 60.0, "it may run all the time");
    problem.site.well.get_mut("w1").unwrap().min_rest_h = Some(14.0);
    let plan = solved(&problem);
    assert_eq!(pumped_m3(&plan), 50.0, "two hours of the rest must lie before noon");
    assert_eq!(plan.well["w1"].flow_m3_per_h[10..], [0.0, 0.0]);
}

#[test]
fn trains_are_counted_and_give_their_full_product() {
    let mut problem = water_camp(24);
    problem.site.treatment.get_mut("uf").unwrap().min_product_frac = Some(1.0);
    let plan = solved(&problem);
    let uf = &plan.treatment["uf"];
    for (trains, flow) in uf.trains_running.iter().zip(&uf.flow_m3_per_h) {
        assert_eq!(*flow, 3.0 * f64::from(*trains));
    }
    assert!(uf.trains_running.contains(&2));
}

/// Reverse osmosis alone: 1 m3/h, 6 m3 a day, runs of at least 2 h.
fn osmosis(hours: usize) -> Problem {
    let mut site = full_site();
    site.start.treatment.clear();
    let ro = site.treatment["ro"].clone();
    let mut problem = water_camp(hours);
    problem.site.treatment.insert("ro".to_owned(), ro);
    problem
}

#[test]
fn a_line_makes_its_day_in_long_runs_and_books_its_flush() {
    let mut problem = osmosis(24);
    problem.site.treatment.get_mut("ro").unwrap().min_run_h = Some(3.0);
    let plan = solved(&problem);
    let ro = &plan.treatment["ro"];
    assert_eq!(ro.flow_m3_per_h.iter().sum::<f64>(), 6.0);
    let runs: Vec<usize> =
        ro.trains_running.split(|n| *n == 0).map(<[u32]>::len).filter(|n| *n > 0).collect();
    // A run may go on beyond the horizon.
    let last = usize::from(ro.trains_running[23] > 0);
    assert!(runs[..runs.len() - last].iter().all(|h| *h >= 3) && runs.len() <= 2, "{runs:?}");
    assert_eq!(plan.shortfall_total(ShortfallClass::Starts), 0.0);
    // All water is told: 70 + flows - taps - flush.
    let treated = plan.tank["treated"].level_m3[23];
    let made: f64 = plan.treatment["uf"].flow_m3_per_h.iter().sum();
    let lost = 6.0 * (1.0 / 0.7 - 1.0) + 0.05 * runs.len() as f64;
    assert!((treated - (70.0 + made - 48.0 - lost)).abs() < 1e-3);
}

#[test]
fn starts_give_before_water_does() {
    let mut problem = osmosis(24);
    let line = problem.site.treatment.get_mut("ro").unwrap();
    line.max_starts_per_day = Some(1);
    // An outage in the middle of every possible run of 6 h: two starts, or too little water.
    let out = (0..24).map(|t| t % 5 == 4).collect();
    problem.unavailable.insert("treatment.ro".to_owned(), out);
    let plan = solved(&problem);
    assert_eq!(plan.shortfall_total(ShortfallClass::Water), 0.0);
    assert_eq!(plan.shortfall_total(ShortfallClass::Starts), 1.0);
}

#[test]
fn a_run_that_must_end_early_is_told() {
    let mut problem = osmosis(6);
    let begun = TreatmentStart { trains_running: 1, for_h: 1.0, today_starts: 1 };
    problem.start.treatment.insert("ro".to_owned(), begun);
    // The treated tank stands at its floor and nothing fills it: no train may draw.
    problem.unavailable.insert("treatment.uf".to_owned(), vec![true; 6]);
    level(&mut problem, "treated", 30.0);
    let plan = solved(&problem);
    assert_eq!(plan.shortfall_total(ShortfallClass::Starts), 1.0);
    assert_eq!(plan.treatment["ro"].trains_running, [0; 6]);
}

#[test]
fn contact_time_raises_the_floor() {
    let mut problem = water_camp(12);
    problem.end.tank_m3.clear();
    // The largest flow to the taps is 2 m3/h: 20 h of it are 40 m3, above the floors of 30 m3.
    problem.site.tank.get_mut("treated").unwrap().contact_time_h = Some(20.0);
    problem.site.well.get_mut("w1").unwrap().daily_cap_m3 = Some(0.0);
    level(&mut problem, "raw", 4.0);
    level(&mut problem, "treated", 50.0);
    let plan = solved(&problem);
    let lowest = plan.tank["treated"].level_m3.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((lowest - 40.0).abs() < 1e-3, "{lowest} m3");
    assert!((plan.shortfall_total(ShortfallClass::Water) - 14.0).abs() < 1e-3);
}
