//! A published schedule, priced by our books: the ten sets of Kazarlis, Bakirtzis and Petridis (1996).

#[path = "../../examples/prove/kazarlis.rs"]
mod kazarlis;
#[path = "../../examples/prove/problem.rs"]
#[expect(dead_code, reason = "`make prove` needs more of it")]
mod problem;

use camp_solver::{SolveOptions, solve};
use kazarlis::{Case, Unit};

/// Least and most power, MW; constant, linear and quadratic cost; least time on and off, h; hot and
/// cold start; hours of the cold start; state before; and in which hours the optimum runs it.
type Row = ([f64; 2], [f64; 3], f64, [f64; 2], f64, f64, &'static str);

const UNITS: [Row; 10] = [
    (
        [150.0, 455.0],
        [1000.0, 16.19, 0.000_48],
        8.0,
        [4500.0, 9000.0],
        5.0,
        8.0,
        "111111111111111111111111",
    ),
    (
        [150.0, 455.0],
        [970.0, 17.26, 0.000_31],
        8.0,
        [5000.0, 10000.0],
        5.0,
        8.0,
        "111111111111111111111111",
    ),
    (
        [20.0, 130.0],
        [700.0, 16.6, 0.002],
        5.0,
        [550.0, 1100.0],
        4.0,
        -5.0,
        "000001111111111111111000",
    ),
    (
        [20.0, 130.0],
        [680.0, 16.5, 0.002_11],
        5.0,
        [560.0, 1120.0],
        4.0,
        -5.0,
        "000011111111111111111000",
    ),
    (
        [25.0, 162.0],
        [450.0, 19.7, 0.003_98],
        6.0,
        [900.0, 1800.0],
        4.0,
        -6.0,
        "001111111111111111111100",
    ),
    (
        [20.0, 80.0],
        [370.0, 22.26, 0.007_12],
        3.0,
        [170.0, 340.0],
        2.0,
        -3.0,
        "000000001111110000011110",
    ),
    (
        [25.0, 85.0],
        [480.0, 27.74, 0.000_79],
        3.0,
        [260.0, 520.0],
        2.0,
        -3.0,
        "000000001111110000011100",
    ),
    (
        [10.0, 55.0],
        [660.0, 25.92, 0.004_13],
        1.0,
        [30.0, 60.0],
        0.0,
        -1.0,
        "000000000111100000010000",
    ),
    (
        [10.0, 55.0],
        [665.0, 27.27, 0.002_22],
        1.0,
        [30.0, 60.0],
        0.0,
        -1.0,
        "000000000011000000000000",
    ),
    (
        [10.0, 55.0],
        [670.0, 27.79, 0.001_73],
        1.0,
        [30.0, 60.0],
        0.0,
        -1.0,
        "000000000001000000000000",
    ),
];

const DEMAND_MW: [f64; 24] = [
    700.0, 750.0, 850.0, 950.0, 1000.0, 1100.0, 1150.0, 1200.0, 1300.0, 1400.0, 1450.0, 1500.0,
    1400.0, 1300.0, 1200.0, 1050.0, 1000.0, 1100.0, 1200.0, 1400.0, 1300.0, 1100.0, 900.0, 800.0,
];

/// Proven to be the least by others.
const OPTIMUM: f64 = 563_937.69;
const STARTS: f64 = 4090.0;

fn case() -> Case {
    let unit = |(i, row): (usize, &Row)| {
        let (power, cost, least_h, start, cold_h, before_h, _) = row;
        Unit {
            id: format!("u{i}"),
            p_min_mw: power[0],
            p_max_mw: power[1],
            cost_const: cost[0],
            cost_lin_per_mwh: cost[1],
            cost_quad_per_mw2h: cost[2],
            min_up_h: *least_h,
            min_down_h: *least_h,
            hot_start_cost: start[0],
            cold_start_cost: start[1],
            cold_start_hours: *cold_h,
            initial_status_h: *before_h,
        }
    };
    Case {
        time_step_h: 1.0,
        units: UNITS.iter().enumerate().map(unit).collect(),
        demand_mw: DEMAND_MW.to_vec(),
        spinning_reserve_mw: DEMAND_MW.iter().map(|mw| 0.1 * mw).collect(),
    }
}

#[test]
fn the_published_schedule_of_ten_sets_costs_what_is_published() {
    let case = case();
    let mut problem = case.problem();
    for (i, (.., schedule)) in UNITS.iter().enumerate() {
        let on: Vec<bool> = schedule.chars().map(|c| c == '1').collect();
        let off = on.iter().map(|on| !on).collect();
        problem.series.must_run.insert(format!("u{i}"), on);
        problem.unavailable.insert(format!("genset.u{i}"), off);
    }
    let plan = solve(&problem, &SolveOptions::default()).unwrap().plan;
    assert_eq!(plan.shortfalls, []);
    assert!((plan.ledger.start_cost - STARTS).abs() < 1e-6, "{}", plan.ledger.start_cost);
    let (cost, error) = case.exact(&plan);
    assert!((cost - OPTIMUM).abs() < 0.5, "{cost}");
    // The lines never lie below the parabolas, and above them by no more than is said.
    assert!(plan.cost >= cost && plan.cost <= cost + error, "{} {cost} {error}", plan.cost);
    assert!(error < 1e-5 * cost && error <= case.most_error());
}
