//! Seconds and gaps of plans, one thread, in this process.

use super::measured::peak_mb;
use super::report::{Asked, Report};
use super::root;
use camp_solver::{Objective, Problem, SolveOptions, Solved, solve};
use smart_camp::domain::worth::worth;
use smart_camp::planning::request::{FileRequest, prepare};
use smart_camp::site_file;
use std::path::PathBuf;
use std::time::Instant;

fn problem(camp: &str, request: &FileRequest) -> Problem {
    let file = site_file::read(&root().join(format!("camps/{camp}.toml")), None).unwrap();
    prepare(&file, request).unwrap().problem
}

/// Seconds of a solve, checker included, and what came out.
fn timed(problem: &Problem, options: &SolveOptions) -> (f64, Solved) {
    let began = Instant::now();
    let solved = solve(problem, options).unwrap();
    assert_eq!(solved.failed, None, "the rules' plan is no answer of the search");
    (began.elapsed().as_secs_f64(), solved)
}

fn week_worth(problem: &Problem, week: &Solved) -> String {
    let saved_l = worth(problem, &week.plan, &week.rules).unwrap().saved_l;
    format!("{:.1} L; {saved_l:.1} L under the rules at equal end stocks", week.plan.fuel_l)
}

fn hours(hours: u32) -> FileRequest {
    FileRequest { hours, ..FileRequest::default() }
}

pub(crate) fn run(report: &mut Report) {
    println!("plans");
    let options = SolveOptions::default();
    let (reference_s, _) = timed(&problem("small", &hours(24)), &options);
    let of_reference = |seconds: f64| {
        format!("{:.1} times small-H, 24 h ({reference_s:.2} s)", seconds / reference_s)
    };
    let (day_s, day) = timed(&problem("medium", &hours(24)), &options);
    report.add("medium-H, 24 h: time", day_s, "s", Asked::AtMost(5.0), &of_reference(day_s));
    let gap = 100.0 * day.plan.gap_frac.unwrap();
    let status = day.plan.status.name();
    report.add("medium-H, 24 h: gap", gap, "%", Asked::AtMost(0.5), status);
    let (two_s, two) = timed(&problem("medium", &hours(48)), &options);
    report.add("medium-H, 48 h: time", two_s, "s", Asked::AtMost(10.0), &of_reference(two_s));
    let gap = 100.0 * two.plan.gap_frac.unwrap();
    report.add("medium-H, 48 h: gap", gap, "%", Asked::AtMost(3.0), two.plan.status.name());
    el_espino(report);
    let what = "the most memory of this process, for all of these";
    report.add(what, peak_mb(), "MB", Asked::Nothing, "");
}

fn el_espino(report: &mut Report) {
    let data = std::env::var_os("SMARTCAMP_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let series = data.join("espino_dispatch_hourly_2017q1.csv");
    if !series.is_file() {
        report.skip("El Espino week", "there is no data folder (SMARTCAMP_DATA)");
        return;
    }
    let request = FileRequest {
        series: Some(series),
        start: Some("2017-01-09T04:00:00Z".parse().unwrap()),
        hours: 168,
        ..FileRequest::default()
    };
    let options = SolveOptions { objective: Objective::FuelL, ..SolveOptions::default() };
    let problem = problem("el_espino", &request);
    let (seconds, week) = timed(&problem, &options);
    let against = week_worth(&problem, &week);
    report.add("El Espino week: time", seconds, "s", Asked::AtMost(60.0), "");
    let gap = 100.0 * week.plan.gap_frac.unwrap();
    report.add("El Espino week: gap", gap, "%", Asked::AtMost(0.5), &against);
}
