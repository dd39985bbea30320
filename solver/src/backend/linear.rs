//! Linear programs that are solved again and again with other bounds, each from the basis of the last.

use super::other;
use crate::error::BackendFailure;
use crate::program::Program;
use highs::{HighsModelStatus as S, HighsSolutionStatus, Model, RowProblem, Sense};
use std::time::Instant;

/// A program without whole numbers, kept by the solver.
pub(crate) struct Linear {
    highs: Option<Model>,
    columns: Vec<highs::Col>,
    bounds: Vec<(f64, f64)>,
    /// Rows of the program that are in it.
    rows: Vec<usize>,
    all_rows: usize,
    spent: Spent,
}

/// Time that the solver has spent on a model so far: it counts its limit from the first solve.
#[derive(Debug, Default)]
pub(super) struct Spent {
    seconds: f64,
}

/// An optimum of a linear program.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) values: Vec<f64>,
    pub(crate) objective: f64,
    /// What a unit of each row's constant is worth, 0 for rows left out.
    pub(crate) prices: Vec<f64>,
}

impl Linear {
    /// Takes over a program, with or without its details.
    pub(crate) fn new(
        program: &Program,
        with_detail: bool,
        seed: u32,
    ) -> Result<Self, BackendFailure> {
        let mut problem = RowProblem::new();
        let columns: Vec<_> =
            program.columns.iter().map(|c| problem.add_column(c.cost, c.min..=c.max)).collect();
        let mut rows = Vec::new();
        for (i, row) in program.rows.iter().enumerate() {
            if row.detail && !with_detail {
                continue;
            }
            let entries = row.entries.iter().map(|(c, a)| (columns[*c], *a));
            let most = -row.constant;
            let least = if row.equation { most } else { f64::NEG_INFINITY };
            problem.add_row(least..=most, entries);
            rows.push(i);
        }
        let mut highs = problem.try_optimise(Sense::Minimise).map_err(other)?;
        prepare(&mut highs, seed)?;
        let bounds = program.columns.iter().map(|c| (c.min, c.max)).collect();
        Ok(Self {
            highs: Some(highs),
            columns,
            bounds,
            rows,
            all_rows: program.rows.len(),
            spent: Spent::default(),
        })
    }

    /// Solves within these bounds, until `deadline`.
    pub(crate) fn solve(
        &mut self,
        bounds: &[(f64, f64)],
        deadline: Instant,
    ) -> Result<Point, BackendFailure> {
        self.solve_below(bounds, f64::INFINITY, deadline)
    }

    /// The same, but what is known to come to more than `most` is given up: it is told as infeasible.
    pub(crate) fn solve_below(
        &mut self,
        bounds: &[(f64, f64)],
        most: f64,
        deadline: Instant,
    ) -> Result<Point, BackendFailure> {
        let Some(mut highs) = self.highs.take() else {
            return Err(BackendFailure::Other("the solver has failed before".to_owned()));
        };
        highs.try_set_option("objective_bound", most).map_err(other)?;
        for ((column, old), new) in self.columns.iter().zip(&mut self.bounds).zip(bounds) {
            if *old != *new {
                highs.change_column_bounds(*column, new.0..=new.1);
                *old = *new;
            }
        }
        let (highs, solved) = solve(highs, deadline, &mut self.spent);
        self.highs = highs;
        let solved = solved?;
        let mut prices = vec![0.0; self.all_rows];
        for (row, price) in self.rows.iter().zip(&solved.prices) {
            prices[*row] = *price;
        }
        Ok(Point { prices, ..solved })
    }

    /// Gives a column another cost.
    pub(crate) fn price(&mut self, column: usize, cost: f64) -> Result<(), BackendFailure> {
        let failed = || BackendFailure::Other("the solver has failed before".to_owned());
        let highs = self.highs.as_mut().ok_or_else(failed)?;
        highs.change_column_cost(self.columns[column], cost);
        Ok(())
    }
}

/// One thread, no words, and a seed.
pub(super) fn prepare(highs: &mut Model, seed: u32) -> Result<(), BackendFailure> {
    highs.make_quiet();
    let set = [
        highs.try_set_option("threads", 1_i32),
        highs.try_set_option("parallel", "off"),
        highs.try_set_option("random_seed", (seed & (u32::MAX >> 1)).cast_signed()),
    ];
    if set.iter().any(Result::is_err) {
        return Err(BackendFailure::Other("an option was refused".to_owned()));
    }
    Ok(())
}

/// Solves until `deadline`: the model for another time, unless it failed, and the optimum with the
/// prices of its rows.
pub(super) fn solve(
    mut highs: Model,
    deadline: Instant,
    spent: &mut Spent,
) -> (Option<Model>, Result<Point, BackendFailure>) {
    let began = Instant::now();
    let left_s = deadline.saturating_duration_since(began).as_secs_f64();
    if let Err(status) = highs.try_set_option("time_limit", spent.seconds + left_s.max(0.01)) {
        return (None, Err(other(status)));
    }
    let solved = match highs.try_solve() {
        Ok(solved) => solved,
        Err(status) => return (None, Err(other(status))),
    };
    spent.seconds += began.elapsed().as_secs_f64();
    let status = solved.status();
    let feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let answer = if [S::Optimal, S::ModelEmpty].contains(&status) && feasible {
        let solution = solved.get_solution();
        Ok(Point {
            values: solution.columns().to_vec(),
            objective: solved.objective_value(),
            prices: solution.dual_rows().to_vec(),
        })
    } else if [S::Infeasible, S::UnboundedOrInfeasible, S::ObjectiveBound].contains(&status) {
        Err(BackendFailure::Infeasible)
    } else if status == S::Unbounded {
        Err(BackendFailure::Unbounded)
    } else if status == S::ReachedTimeLimit {
        Err(BackendFailure::NoSolutionInTime)
    } else {
        Err(other(status))
    };
    (Some(Model::from(solved)), answer)
}
