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
        highs.make_quiet();
        let set = [
            highs.try_set_option("threads", 1_i32),
            highs.try_set_option("parallel", "off"),
            highs.try_set_option("random_seed", (seed & (u32::MAX >> 1)).cast_signed()),
        ];
        if set.iter().any(Result::is_err) {
            return Err(BackendFailure::Other("an option was refused".to_owned()));
        }
        let bounds = program.columns.iter().map(|c| (c.min, c.max)).collect();
        Ok(Self { highs: Some(highs), columns, bounds, rows, all_rows: program.rows.len() })
    }

    /// Solves within these bounds, until `deadline`.
    pub(crate) fn solve(
        &mut self,
        bounds: &[(f64, f64)],
        deadline: Instant,
    ) -> Result<Point, BackendFailure> {
        let Some(mut highs) = self.highs.take() else {
            return Err(BackendFailure::Other("the solver has failed before".to_owned()));
        };
        for ((column, old), new) in self.columns.iter().zip(&mut self.bounds).zip(bounds) {
            if *old != *new {
                highs.change_column_bounds(*column, new.0..=new.1);
                *old = *new;
            }
        }
        let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        highs.try_set_option("time_limit", left.max(0.01)).map_err(other)?;
        let solved = highs.try_solve().map_err(other)?;
        let status = solved.status();
        let feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
        let answer = if [S::Optimal, S::ModelEmpty].contains(&status) && feasible {
            let solution = solved.get_solution();
            let mut prices = vec![0.0; self.all_rows];
            for (row, price) in self.rows.iter().zip(solution.dual_rows()) {
                prices[*row] = *price;
            }
            let values = solution.columns().to_vec();
            Ok(Point { values, objective: solved.objective_value(), prices })
        } else if [S::Infeasible, S::UnboundedOrInfeasible].contains(&status) {
            Err(BackendFailure::Infeasible)
        } else if status == S::Unbounded {
            Err(BackendFailure::Unbounded)
        } else if status == S::ReachedTimeLimit {
            Err(BackendFailure::NoSolutionInTime)
        } else {
            Err(other(status))
        };
        self.highs = Some(Model::from(solved));
        answer
    }
}
