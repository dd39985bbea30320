//! Batteries: heat and cold.

use crate::camp::full;

#[test]
fn air_below_zero_is_no_fault_and_a_short_series_is() {
    let mut problem = full();
    problem.series.temperature_c = vec![-12.0; problem.grid.len()];
    assert_eq!(problem.check(), []);
    problem.series.temperature_c[3] = 400.0;
    problem.series.temperature_c.pop();
    let paths: Vec<_> = problem.check().into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["series.temperature_c", "series.temperature_c[3]"]);
}
