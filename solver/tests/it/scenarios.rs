//! Golden cases: one situation a file, found in `scenarios/`; a case saved in the field becomes one.

use camp_solver::{Problem, SolveOptions, solve, verify};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    expect: Expect,
    problem: Problem,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    status: camp_solver::plan::Status,
    fuel_l: f64,
    cost: f64,
    /// Totals by class; classes not named have none.
    #[serde(default)]
    shortfalls: BTreeMap<camp_solver::ShortfallClass, f64>,
}

#[test]
fn every_scenario_gives_what_it_should() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let scenario: Scenario =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = format!("{}: {}", path.display(), scenario.about);
        let options = SolveOptions { gap_frac: 1e-6, ..SolveOptions::default() };
        let plan = solve(&scenario.problem, &options).unwrap().plan;
        assert!(verify(&scenario.problem, &plan).is_empty(), "{name}");
        let short = plan.shortfalls.iter().map(|s| (s.class, s.total)).collect::<Vec<_>>();
        let name = format!("{name}: {short:?}");
        assert_eq!(plan.status, scenario.expect.status, "{name}");
        assert!((plan.fuel_l - scenario.expect.fuel_l).abs() < 1e-3, "{name}: {} L", plan.fuel_l);
        assert!((plan.cost - scenario.expect.cost).abs() < 1e-3, "{name}: cost {}", plan.cost);
        for class in camp_solver::ShortfallClass::ALL {
            let expected = scenario.expect.shortfalls.get(&class).copied().unwrap_or(0.0);
            let total = plan.shortfall_total(class);
            assert!((total - expected).abs() < 1e-3, "{name}: {class} {total}");
        }
        count += 1;
    }
    assert!(count >= 3, "scenarios are missing: {count} found");
}
