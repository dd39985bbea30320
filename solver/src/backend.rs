//! The only place that names a solver: options, statuses and numbers in HiGHS's words to ours.

mod growing;
mod linear;

pub(crate) use growing::Growing;
pub(crate) use linear::{Linear, Point};

use crate::block::Values;
use crate::error::BackendFailure;
use crate::model::{Column, Model};
use good_lp::{
    Constraint, Expression, IntoAffineExpression, ProblemVariables, SolverModel, Variable, variable,
};
use highs::{HighsModelStatus as S, HighsSolutionStatus};

/// Largest distance from a whole number that still counts as one.
const INTEGRALITY: f64 = 1e-5;

/// One solve of a model.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) objective: &'a Expression,
    /// Rows beside the model's own: caps of shortfall and cost.
    pub(crate) caps: &'a [Constraint],
    /// Bounds of every column, in order.
    pub(crate) bounds: &'a [(f64, f64)],
    pub(crate) gap_frac: f64,
    /// An objective that is good enough.
    pub(crate) target: Option<f64>,
    pub(crate) time_limit_s: f64,
    pub(crate) seed: u32,
    /// A point to start from.
    pub(crate) start: Option<&'a [f64]>,
    /// Drops the demand that columns be whole.
    pub(crate) relaxed: bool,
    /// Asks it also of the columns that are rounded after a search.
    pub(crate) rounded_too: bool,
}

/// A feasible point, with what is known about the optimum.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub(crate) values: Vec<f64>,
    pub(crate) objective: f64,
    pub(crate) bound: f64,
}

/// Reads a solution by the model's variables.
pub(crate) struct Reading<'a> {
    pub(crate) model: &'a Model,
    pub(crate) solution: &'a Solution,
}

impl Values for Reading<'_> {
    fn value(&self, variable: Variable) -> f64 {
        self.solution.values[self.model.position(variable)]
    }
}

/// The value of an expression without its constant.
pub(crate) fn evaluate(model: &Model, expression: &Expression, values: &[f64]) -> f64 {
    expression.linear_coefficients().map(|(v, c)| c * values[model.position(v)]).sum()
}

/// Minimises the request's objective over the model.
pub(crate) fn minimise(model: &Model, request: &Request<'_>) -> Result<Solution, BackendFailure> {
    let mut columns = ProblemVariables::new();
    for (column, (min, max)) in model.columns.iter().zip(request.bounds) {
        let definition = variable().clamp(*min, *max);
        let whole = is_whole(column, request);
        columns.add(if whole { definition.integer() } else { definition });
    }
    let mut problem = columns.minimise(request.objective).using(good_lp::highs);
    for row in model.rows.iter().chain(request.caps) {
        problem.add_constraint(row.clone());
    }
    let mut highs = problem.try_into_inner().map_err(other)?;
    // Options go to HiGHS's own object: good_lp drops those set on its wrapper here.
    let set = [
        highs.try_set_option("threads", 1_i32),
        highs.try_set_option("parallel", "off"),
        highs.try_set_option("random_seed", (request.seed & (u32::MAX >> 1)).cast_signed()),
        highs.try_set_option("mip_rel_gap", request.gap_frac),
        highs.try_set_option("time_limit", request.time_limit_s.max(0.1)),
    ];
    if set.iter().any(Result::is_err) {
        return Err(BackendFailure::Other("an option was refused".to_owned()));
    }
    if let Some(target) = request.target {
        highs.try_set_option("objective_target", target).map_err(other)?;
    }
    if let Some(start) = request.start {
        highs.try_set_solution(Some(start), None, None, None).map_err(other)?;
    }
    let solved = highs.try_solve().map_err(other)?;
    let status = solved.status();
    if status == S::Infeasible || status == S::UnboundedOrInfeasible {
        return Err(BackendFailure::Infeasible);
    }
    if status == S::Unbounded {
        return Err(BackendFailure::Unbounded);
    }
    // Whatever else HiGHS may say, now or in a later version, is not a solution.
    let answers = [
        S::Optimal,
        S::ModelEmpty,
        S::ObjectiveBound,
        S::ObjectiveTarget,
        S::ReachedTimeLimit,
        S::ReachedIterationLimit,
        S::ReachedSolutionLimit,
        S::ReachedMemoryLimit,
        S::ReachedInterrupt,
    ];
    if !answers.contains(&status) {
        return Err(other(status));
    }
    if solved.primal_solution_status() != HighsSolutionStatus::Feasible {
        return Err(BackendFailure::NoSolutionInTime);
    }
    let values = solved.get_solution().columns().to_vec();
    let is_mip = model.columns.iter().any(|c| is_whole(c, request));
    if is_mip {
        check_integrality(model, request, &values)?;
    }
    let objective = solved.objective_value();
    let bound = match solved.double_info_value(c"mip_dual_bound") {
        Ok(bound) if is_mip => bound,
        _ if solved.status() == S::Optimal => objective,
        _ => f64::NEG_INFINITY,
    };
    Ok(Solution { values, objective, bound: bound.min(objective) })
}

/// Whether a request asks that a column be whole.
fn is_whole(column: &Column, request: &Request<'_>) -> bool {
    column.integer && !request.relaxed && (!column.rounded || request.rounded_too)
}

fn check_integrality(
    model: &Model,
    request: &Request<'_>,
    values: &[f64],
) -> Result<(), BackendFailure> {
    let fractional =
        model.columns.iter().zip(values).find(|(c, value)| {
            is_whole(c, request) && (*value - value.round()).abs() > INTEGRALITY
        });
    match fractional {
        Some((column, value)) => {
            Err(BackendFailure::Other(format!("{} = {value} is not whole", column.name)))
        }
        None => Ok(()),
    }
}

fn other(reason: impl std::fmt::Debug) -> BackendFailure {
    BackendFailure::Other(format!("{reason:?}"))
}
