//! From the cheapest plan with broken pumps and trains to one with whole ones.
//!
//! Whole numbers of pumps and trains are worth less than 0.05 % of the cost and take the search many
//! times as long as sets do. So the search leaves them broken, which keeps its bound a bound, and
//! they are rounded while sets stay as they are. Where rounding finds no plan with as little
//! shortfall, or none within the gap, all is searched for at once.

use super::{PROVEN, Pumps, Run, SLACK};
use crate::backend::{Reading, Request, Solution, evaluate, minimise};
use crate::error::{BackendFailure, SolveError};
use crate::rank::ShortfallClass;
use good_lp::{Constraint, Expression};
use std::time::Instant;

/// Positions of columns and the whole numbers they are held at.
pub(super) type Held = Vec<(usize, f64)>;

/// Shares of the room for rounding that are tried, the most room first.
const ROOM: [f64; 3] = [1.0, 0.3, 0.0];

impl Run<'_> {
    /// The cheapest plan found whose pumps and trains are whole, and its commitment in the bounds.
    pub(super) fn whole_stage(&mut self, broken: &Solution) -> Result<Solution, SolveError> {
        if self.is_whole(broken) {
            return Ok(broken.clone());
        }
        let began = Instant::now();
        self.pumps = Pumps::Rounded;
        let rounded = ROOM.iter().find_map(|room| self.rounded(broken, *room).ok());
        self.warm = None;
        let by_steps = self.whole.take().map(|whole| Solution { bound: broken.bound, ..whole });
        let known = rounded.into_iter().chain(by_steps.filter(|s| self.is_whole(s)));
        let known = known.reduce(|a, b| if b.objective < a.objective { b } else { a });
        let near = |s: &Solution| {
            s.objective - broken.bound <= self.options.gap_frac * s.objective.max(SLACK)
        };
        if let Some(known) = known.as_ref().filter(|s| near(s)) {
            self.note("rounding", began, known);
            return Ok(known.clone());
        }
        self.pumps = Pumps::Whole;
        if let Some(known) = known {
            self.warm = Some(known.values.clone());
            let (cost, bound) = (self.cost_expression(), Some(broken.bound));
            let found = self.minimise("cost", &cost, self.options.gap_frac, 0.7, bound);
            return Ok(found.ok().filter(|s| s.objective < known.objective).unwrap_or(known));
        }
        // As little shortfall as with broken pumps cannot be had by rounding: what gives way at once,
        // and then all of it anew, as far as there is time.
        let given = self.give_way_by_rank(Some(broken));
        let (caps, bounds) = (self.caps.clone(), self.bounds.clone());
        self.hopeful = false;
        self.pumps = Pumps::Whole;
        self.forget();
        self.warm = given.as_ref().ok().map(|given| given.values.clone());
        match (self.shortfalls_and_cost(), given) {
            (Ok(anew), Ok(given)) if self.penalty(&given) < self.penalty(&anew) - SLACK => {
                Ok(self.again(given, caps, bounds))
            }
            (Ok(anew), _) => Ok(anew),
            (Err(_), Ok(given)) => Ok(self.again(given, caps, bounds)),
            (Err(failure), Err(_)) => Err(failure),
        }
    }

    /// What the shortfalls of a point are priced at.
    fn penalty(&self, point: &Solution) -> f64 {
        let ranking = &self.problem.site.ranking;
        let priced = self.model.ledger.shortfall.iter();
        priced
            .map(|(class, total)| {
                ranking.multiple_of_dearest_kwh(*class)
                    * evaluate(&self.model, total, &point.values)
            })
            .sum()
    }

    /// Whether every pump and train of a point is whole.
    fn is_whole(&self, point: &Solution) -> bool {
        let mut rounded = self.model.columns.iter().zip(&point.values).filter(|(c, _)| c.rounded);
        rounded.all(|(_, value)| (value - value.round()).abs() <= SLACK)
    }

    /// The plan of least shortfall, rank by rank, of a few commitments: the sets of a point with pumps
    /// as rounding gives them and as the rules run them, and all as the rules run it.
    pub(super) fn give_way_by_rank(
        &mut self,
        broken: Option<&Solution>,
    ) -> Result<Solution, SolveError> {
        let began = Instant::now();
        self.pumps = Pumps::Rounded;
        self.least_shortfall = false;
        let mut commitments =
            if self.has_traces() { self.commitments.clone() } else { vec![self.by_rules(false)] };
        if let Some(broken) = broken {
            for pumps in [self.by_rules(true), self.rounded_bounds(broken, 0.0).0] {
                commitments.push(self.sets_of(&broken.values).into_iter().chain(pumps).collect());
            }
        }
        let mut best: Option<(f64, Solution)> = None;
        for held in &commitments {
            if let Ok((penalty, found)) = self.give_way(held)
                && best.as_ref().is_none_or(|(least, _)| penalty < *least)
            {
                best = Some((penalty, found));
            }
        }
        let Some((_, mut best)) = best else {
            let failure = BackendFailure::NoSolutionInTime;
            return Err(SolveError::Stage { stage: "rounding".to_owned(), failure });
        };
        self.forget();
        for class in ShortfallClass::ALL {
            let total = self.model.ledger.shortfall.get(&class);
            let total = total.map_or(0.0, |e| evaluate(&self.model, e, &best.values));
            self.cap(class, total);
        }
        self.bound_by_relaxation(&mut best);
        self.note("rounding", began, &best);
        Ok(best)
    }

    /// The cheapest plan of rounded pumps and trains with as little shortfall as before.
    fn rounded(&self, broken: &Solution, room: f64) -> Result<Solution, BackendFailure> {
        let (pumps, failure) = self.rounded_bounds(broken, room);
        if let Some(failure) = failure {
            return Err(failure);
        }
        let held: Held = self.sets_of(&broken.values).into_iter().chain(pumps).collect();
        let whole = self.committed(&self.cost_expression(), &held)?;
        Ok(Solution { bound: broken.bound, ..whole })
    }

    /// The best plan of a commitment; what it does not hold is whole too.
    pub(super) fn committed(
        &self,
        objective: &Expression,
        held: &Held,
    ) -> Result<Solution, BackendFailure> {
        let request = Request {
            objective,
            caps: &self.caps,
            bounds: &self.with(held),
            gap_frac: PROVEN,
            target: None,
            time_limit_s: 0.2 * self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: false,
            rounded_too: true,
        };
        minimise(&self.model, &request)
    }

    pub(super) fn with(&self, held: &Held) -> Vec<(f64, f64)> {
        let mut bounds = self.bounds.clone();
        for (at, value) in held {
            bounds[*at] = (*value, *value);
        }
        bounds
    }

    /// Sets as a point has them. Batteries may turn round, and where a stock comes back into its
    /// window may change.
    pub(super) fn sets_of(&self, values: &[f64]) -> Held {
        let mut is_loose = vec![false; values.len()];
        for block in &self.blocks {
            block.loose(&mut |variable| is_loose[self.model.position(variable)] = true);
        }
        let columns = self.model.columns.iter().zip(values).enumerate();
        columns
            .filter(|(at, (column, _))| column.integer && !column.rounded && !is_loose[*at])
            .map(|(at, (_, value))| (at, value.round()))
            .collect()
    }

    /// Rounds block by block, the last first, and lets the others make up for it each time; with
    /// what went wrong where there was no room left for that.
    fn rounded_bounds(&self, broken: &Solution, room: f64) -> (Held, Option<BackendFailure>) {
        let objective = self.cost_expression();
        let mut pumps = Held::new();
        let mut failed = None;
        let mut narrow = self.with(&self.sets_of(&broken.values));
        for block in &self.blocks {
            block.narrow(room, &mut |variable, min, max| {
                let of = &mut narrow[self.model.position(variable)];
                *of = (of.0.max(min), of.1.min(max));
            });
        }
        let mut point = broken.clone();
        for block in self.blocks.iter().rev() {
            let mut any = false;
            let mut fix = |variable, value: f64| {
                let at = self.model.position(variable);
                if self.model.columns[at].rounded {
                    any = true;
                    let (min, max) = self.bounds[at];
                    let value = value.clamp(min, max);
                    narrow[at] = (value, value);
                    pumps.push((at, value));
                }
            };
            block.round(&Reading { model: &self.model, solution: &point }, &mut fix);
            if any {
                match self.dispatch(&objective, &narrow) {
                    Ok(next) => point = next,
                    Err(failure) => failed = Some(failure),
                }
            }
        }
        (pumps, failed.filter(|_| room <= 0.0))
    }

    /// The commitment of the rules, or that of their pumps and trains alone.
    fn by_rules(&self, pumps_only: bool) -> Held {
        let mut held = Held::new();
        for block in &self.blocks {
            block.commitment(&self.rules, &mut |variable, value| {
                let at = self.model.position(variable);
                if self.model.columns[at].rounded || !pumps_only {
                    held.push((at, value));
                }
            });
        }
        held
    }

    /// The cheapest plan of a commitment with the least shortfall, rank by rank, and what that is
    /// priced at.
    fn give_way(&mut self, held: &Held) -> Result<(f64, Solution), BackendFailure> {
        self.forget();
        let mut penalty = 0.0;
        for classes in &self.problem.site.ranking.order {
            let ranking = &self.problem.site.ranking;
            let mut objective = Expression::default();
            for class in classes {
                if let Some(total) = self.model.ledger.shortfall.get(class) {
                    objective.add_mul(ranking.multiple_of_dearest_kwh(*class), total);
                }
            }
            let least = self.committed(&objective, held)?;
            penalty += least.objective;
            for class in classes {
                let total = self.model.ledger.shortfall.get(class);
                let total = total.map_or(0.0, |e| evaluate(&self.model, e, &least.values));
                self.cap(*class, total);
            }
        }
        Ok((penalty, self.committed(&self.cost_expression(), held)?))
    }

    /// Goes back to a plan and the caps that it was found with.
    fn again(
        &mut self,
        mut given: Solution,
        caps: Vec<Constraint>,
        bounds: Vec<(f64, f64)>,
    ) -> Solution {
        let began = Instant::now();
        self.forget();
        (self.caps, self.bounds) = (caps, bounds);
        self.bound_by_relaxation(&mut given);
        self.note("rounding", began, &given);
        given
    }

    /// The bound of a plan whose caps no search has seen. Where the relaxation is late there is none.
    fn bound_by_relaxation(&self, given: &mut Solution) {
        let relaxed = self.dispatch(&self.cost_expression(), &self.bounds);
        given.bound = relaxed.map_or(f64::NEG_INFINITY, |r| r.bound.min(given.objective));
    }

    /// Drops every cap, and what was proven with them.
    pub(super) fn forget(&mut self) {
        self.caps.clear();
        self.counts_from = self.stages.len();
        self.bounds = self.model.columns.iter().map(|c| (c.min, c.max)).collect();
    }
}
