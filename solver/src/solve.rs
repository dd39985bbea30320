//! From a problem to a verified plan, in stages: shortfalls by rank, then cost, then preference.

use crate::account::{Decisions, settle};
use crate::backend::{Reading, Request, Solution, evaluate, minimise};
use crate::block::{Block, blocks};
use crate::error::{BackendFailure, SolveError};
use crate::lowered::lower;
use crate::model::Model;
use crate::mps;
use crate::plan::{Plan, Stage, Status};
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::rules::rule_based;
use crate::system;
use crate::verify::verify;
use good_lp::{Constraint, Expression, IntoAffineExpression};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use utoipa::ToSchema;

/// A gap at or below this is called proven.
const PROVEN: f64 = 1e-4;
/// Slack on capped shortfalls and costs: the arithmetic of the solver.
const SLACK: f64 = 1e-6;

/// What is minimised after the shortfalls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Operating cost: fuel at the site's price, starts, wear.
    #[default]
    Cost,
    /// Litres of fuel.
    FuelL,
}

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolveOptions {
    /// What is minimised after the shortfalls.
    pub objective: Objective,
    /// The gap at which to stop, as a share of the cost.
    pub gap_frac: f64,
    /// Time for all stages, s.
    pub time_limit_s: f64,
    /// Seed of the solver's own choices.
    pub seed: u32,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self { objective: Objective::Cost, gap_frac: 0.005, time_limit_s: 60.0, seed: 0 }
    }
}

/// A verified plan, and the rule-based one for the same problem.
#[derive(Debug, Clone)]
pub struct Solved {
    /// The optimiser's plan; [`verify()`] has found nothing against it.
    pub plan: Plan,
    /// The rule-based plan for the same problem, for comparison.
    pub rules: Plan,
}

/// Solves a problem.
pub fn solve(problem: &Problem, options: &SolveOptions) -> Result<Solved, SolveError> {
    let mut run = Run::prepare(problem, options)?;
    let decisions = run.optimise()?;
    let mut plan = settle(problem, &decisions);
    run.report(&mut plan);
    run.prefer_rules(&mut plan);
    let violations = verify(problem, &plan);
    if violations.is_empty() {
        Ok(Solved { plan, rules: run.rules })
    } else {
        Err(SolveError::Refused(violations))
    }
}

/// Writes the model of the cost stage in free MPS format: its optimum lies between the plan's bound
/// and its cost. Shortfalls are capped, class by class, at the least that the stages before found.
pub fn write_mps(problem: &Problem, options: &SolveOptions) -> Result<String, SolveError> {
    let mut run = Run::prepare(problem, options)?;
    run.shortfall_stages()?;
    let cost = run.cost_expression();
    Ok(mps::write(&run.model, &problem.site.name, &cost, &run.caps, &run.bounds))
}

struct Run<'a> {
    problem: &'a Problem,
    options: &'a SolveOptions,
    model: Model,
    blocks: Vec<Box<dyn Block>>,
    rules: Plan,
    /// Whether the rule-based plan passes the checker, so that its shortfalls are possible ones.
    rules_hold: bool,
    bounds: Vec<(f64, f64)>,
    caps: Vec<Constraint>,
    /// A point to start the search from.
    warm: Option<Vec<f64>>,
    /// True while shortfalls that need not be are taken to be avoidable without a search.
    hopeful: bool,
    stages: Vec<Stage>,
    /// False once a shortfall stage stopped before its least was proven.
    least_shortfall: bool,
    build_s: f64,
    began: Instant,
}

impl<'a> Run<'a> {
    fn prepare(problem: &'a Problem, options: &'a SolveOptions) -> Result<Self, SolveError> {
        let faults = problem.check();
        if !faults.is_empty() {
            return Err(SolveError::Problem(faults));
        }
        let rules = rule_based(problem);
        let rules_hold = verify(problem, &rules).is_empty();
        let building = Instant::now();
        let mut model = Model::new(&problem.grid);
        let camp = lower(problem);
        system::open(&mut model, &camp);
        let battery_forms_grid = camp.battery_forms_grid.clone();
        let mut blocks = blocks(camp);
        for block in &mut blocks {
            block.build(&mut model);
        }
        system::close(&mut model, &battery_forms_grid, &problem.site.reserve);
        let bounds = model.columns.iter().map(|c| (c.min, c.max)).collect();
        Ok(Self {
            problem,
            options,
            model,
            blocks,
            rules,
            rules_hold,
            bounds,
            caps: Vec::new(),
            warm: None,
            hopeful: true,
            stages: Vec::new(),
            least_shortfall: true,
            build_s: building.elapsed().as_secs_f64(),
            began: Instant::now(),
        })
    }

    fn cost_expression(&self) -> Expression {
        match self.options.objective {
            Objective::Cost => {
                self.model.ledger.operating_cost(self.problem.site.money.fuel_price_per_l)
            }
            Objective::FuelL => self.model.ledger.fuel_l.clone(),
        }
    }

    fn remaining_s(&self) -> f64 {
        self.options.time_limit_s - self.began.elapsed().as_secs_f64()
    }

    fn minimise(
        &mut self,
        name: &str,
        objective: &Expression,
        gap_frac: f64,
        time_share: f64,
    ) -> Result<Solution, SolveError> {
        let began = Instant::now();
        let request = Request {
            objective,
            caps: &self.caps,
            bounds: &self.bounds,
            gap_frac,
            time_limit_s: self.remaining_s() * time_share,
            seed: self.options.seed,
            start: self.warm.as_deref(),
            relaxed: false,
        };
        let solution = minimise(&self.model, &request)
            .map_err(|failure| SolveError::Stage { stage: name.to_owned(), failure })?;
        self.note(name, began, &solution);
        Ok(solution)
    }

    fn note(&mut self, name: &str, began: Instant, solution: &Solution) {
        self.stages.push(Stage {
            name: name.to_owned(),
            seconds: began.elapsed().as_secs_f64(),
            value: solution.objective,
            bound: solution.bound.is_finite().then_some(solution.bound),
        });
    }

    fn optimise(&mut self) -> Result<Decisions, SolveError> {
        let solution = match self.cost_stage() {
            Err(SolveError::Stage { failure: BackendFailure::Infeasible, .. }) => {
                // What was hoped for without proof is not there: find the least by search.
                self.hopeful = false;
                self.caps.clear();
                self.bounds = self.model.columns.iter().map(|c| (c.min, c.max)).collect();
                self.cost_stage()?
            }
            other => other?,
        };
        let solution = self.preference_stage(&solution);
        let mut decisions = Decisions::default();
        let reading = Reading { model: &self.model, solution: &solution };
        for block in &self.blocks {
            block.read(&reading, &mut decisions);
        }
        Ok(decisions)
    }

    fn cost_stage(&mut self) -> Result<Solution, SolveError> {
        self.shortfall_stages()?;
        self.warm_start();
        let cost = self.cost_expression();
        self.minimise("cost", &cost, self.options.gap_frac, 0.9)
    }

    /// The rule-based commitment with the best dispatch that it allows, as a first plan.
    fn warm_start(&mut self) {
        let began = Instant::now();
        let mut bounds = self.bounds.clone();
        let model = &self.model;
        for block in &self.blocks {
            block.commitment(&self.rules, &mut |variable, value| {
                bounds[model.position(variable)] = (value, value);
            });
        }
        let cost = self.cost_expression();
        let request = Request {
            objective: &cost,
            caps: &self.caps,
            bounds: &bounds,
            gap_frac: PROVEN,
            time_limit_s: 0.2 * self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
        };
        // Where the rules' commitment allows no plan of as little shortfall, the search starts cold.
        self.warm = minimise(&self.model, &request).ok().map(|mut warm| {
            warm.bound = f64::NEG_INFINITY;
            self.note("warm start", began, &warm);
            warm.values
        });
    }

    /// Finds the least shortfall rank by rank and caps each class at it.
    fn shortfall_stages(&mut self) -> Result<(), SolveError> {
        for (rank, classes) in self.problem.site.ranking.order.iter().enumerate() {
            let nothing_short = |c: &ShortfallClass| self.rules.shortfall_total(*c) <= 0.0;
            let mut objective = Expression::default();
            let dearest = self.problem.site.ranking.multiple_of_dearest_kwh(classes[0]);
            for class in classes {
                let price = self.problem.site.ranking.multiple_of_dearest_kwh(*class) / dearest;
                if let Some(total) = self.model.ledger.shortfall.get(class) {
                    objective.add_mul(price, total);
                }
            }
            // The rule-based plan shows that nothing need fall short, or, for stocks, which are
            // continuous, the relaxation does; should that be wrong, `optimise` comes back.
            let proven = self.hopeful && self.rules_hold && classes.iter().all(nothing_short);
            if proven || (self.hopeful && self.may_be_met(classes, &objective)) {
                for class in classes {
                    self.cap(*class, 0.0);
                }
                continue;
            }
            let name = format!("shortfall.{}", rank + 1);
            let solution = self.minimise(&name, &objective, PROVEN, 0.5)?;
            let open = solution.objective - solution.bound;
            self.least_shortfall &= open <= (PROVEN * solution.objective).max(1e-3);
            for class in classes {
                let total = self.model.ledger.shortfall.get(class);
                let least = total.map_or(0.0, |e| evaluate(&self.model, e, &solution.values));
                self.cap(*class, least);
            }
        }
        Ok(())
    }

    /// Whether end stocks can be met if sets could run in part.
    fn may_be_met(&self, classes: &[ShortfallClass], objective: &Expression) -> bool {
        use ShortfallClass::{EndStockBattery, EndStockTank};
        if !classes.iter().all(|c| matches!(c, EndStockBattery | EndStockTank)) {
            return false;
        }
        let request = Request {
            objective,
            caps: &self.caps,
            bounds: &self.bounds,
            gap_frac: PROVEN,
            time_limit_s: 0.2 * self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
        };
        minimise(&self.model, &request).is_ok_and(|least| least.objective <= SLACK)
    }

    fn cap(&mut self, class: ShortfallClass, least: f64) {
        let Some(total) = self.model.ledger.shortfall.get(&class) else {
            return;
        };
        if least <= SLACK {
            for (variable, _) in total.linear_coefficients() {
                let bounds = &mut self.bounds[self.model.position(variable)];
                bounds.1 = bounds.0;
            }
        } else {
            let row = total.clone().leq(least + SLACK);
            self.caps.push(row.set_name(format!("cap.{class}")));
        }
    }

    /// Among plans of equal cost, the preferred one; commitment stays as it is. Where the solver
    /// finds none the cheapest plan stands as it was found, and the stage says so.
    fn preference_stage(&mut self, cheapest: &Solution) -> Solution {
        let began = Instant::now();
        let mut bounds = self.bounds.clone();
        for ((column, value), bound) in
            self.model.columns.iter().zip(&cheapest.values).zip(&mut bounds)
        {
            if column.integer {
                *bound = (value.round(), value.round());
            }
        }
        let most = cheapest.objective + SLACK * cheapest.objective.abs().max(1.0);
        let mut caps = self.caps.clone();
        caps.push(self.cost_expression().leq(most).set_name("cap.cost".to_owned()));
        let request = Request {
            objective: &self.model.ledger.preference,
            caps: &caps,
            bounds: &bounds,
            gap_frac: PROVEN,
            time_limit_s: self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
        };
        let (name, solution) = match minimise(&self.model, &request) {
            Ok(preferred) => ("preference".to_owned(), preferred),
            Err(failure) => (format!("preference skipped: {failure}"), cheapest.clone()),
        };
        self.stages.push(Stage {
            name,
            seconds: began.elapsed().as_secs_f64(),
            value: evaluate(&self.model, &self.model.ledger.preference, &solution.values),
            bound: None,
        });
        Solution { objective: cheapest.objective, bound: cheapest.bound, ..solution }
    }

    /// Where the search stopped short of the rule-based plan, that one is the better answer: it
    /// serves as well for less. The bound holds for it too.
    fn prefer_rules(&self, plan: &mut Plan) {
        let as_good =
            |c: &ShortfallClass| self.rules.shortfall_total(*c) <= plan.shortfall_total(*c) + SLACK;
        let mut rules = self.rules.clone();
        rules.objective = plan.objective;
        rules.cost_unit.clone_from(&plan.cost_unit);
        if rules.objective == Objective::FuelL {
            rules.cost = rules.fuel_l;
        }
        let cheaper = rules.cost < plan.cost * (1.0 - SLACK);
        if self.rules_hold && cheaper && ShortfallClass::ALL.iter().all(as_good) {
            *plan = rules;
            self.report(plan);
        }
    }

    fn report(&self, plan: &mut Plan) {
        plan.objective = self.options.objective;
        if self.options.objective == Objective::FuelL {
            "L".clone_into(&mut plan.cost_unit);
            plan.cost = plan.fuel_l;
        }
        let proven = self.stages.iter().find(|s| s.name == "cost").and_then(|s| s.bound);
        plan.bound = proven.map(|bound| bound.min(plan.cost));
        plan.gap_frac = plan.bound.map(|bound| (plan.cost - bound) / plan.cost.max(f64::EPSILON));
        plan.status = match plan.gap_frac {
            Some(gap) if gap <= PROVEN && self.least_shortfall => Status::Proven,
            Some(gap) if gap <= self.options.gap_frac => Status::WithinGap,
            _ => Status::Feasible,
        };
        plan.build_s = self.build_s;
        plan.solve_s = self.stages.iter().map(|s| s.seconds).sum();
        plan.stages.clone_from(&self.stages);
    }
}
