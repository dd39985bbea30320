//! The fast way: the cost by steps, without any shortfall or with the least.

use super::{PROVEN, Pumps, Run, SLACK};
use crate::backend::{Request, Solution, evaluate, minimise};
use crate::decomposition::{Elastic, Found, Known, Question, search};
use crate::plan::Stage;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression};
use std::time::{Duration, Instant};

/// The stage that searches among plans that fall as short as they must.
pub(super) const WITHIN_CAPS: &str = "cost by steps within caps";
/// What a shortfall costs while a plan without any is looked for, in units of the dearest kWh.
const ELASTIC: f64 = 3.0;
/// Time for pumps and trains with sets held, as a share of what is left.
const WITH_SETS_HELD: f64 = 0.1;
/// Most electricity that a cubic metre of water takes, kWh: what falls short of water is priced by it.
const WATER_KWH_PER_M3: f64 = 5.0;

impl Run<'_> {
    /// Looks for a plan without any shortfall, and for a bound of what such plans cost. False if none
    /// was found: then the general way tells what must fall short.
    pub(super) fn by_steps(&mut self) -> bool {
        let began = Instant::now();
        if self.has_traces() {
            // Its prices are those of one trace; the general way is searched instead.
            let nothing = f64::NEG_INFINITY;
            let nothing = Solution { values: Vec::new(), objective: 0.0, bound: nothing };
            self.note("cost by steps: not for several traces", began, &nothing);
            return false;
        }
        let bounds = self.without_shortfall();
        let Some(found) = self.searched(&bounds, &self.running, began) else {
            return false;
        };
        self.known_bound = Some(found.bound);
        if let Some(value) = found.known_cost {
            // Its time is that of the search.
            let name = "running plan".to_owned();
            self.stages.push(Stage { name, seconds: 0.0, value, bound: None });
        }
        let Some(plan) = found.plan else {
            let bound = found.bound;
            let nothing = Solution { values: Vec::new(), objective: bound, bound };
            self.note("cost by steps: no plan", began, &nothing);
            return false;
        };
        self.bounds = bounds;
        self.whole = self.whole_with_sets_of(&plan, found.whole, found.bound);
        self.note("cost by steps", began, &plan);
        self.warm = Some(plan.values);
        true
    }

    /// The bounds of plans in which nothing falls short.
    pub(super) fn without_shortfall(&self) -> Vec<(f64, f64)> {
        let mut bounds = self.bounds.clone();
        for total in self.model.ledger.shortfall.values() {
            for (variable, _) in total.linear_coefficients() {
                let of = &mut bounds[self.model.position(variable)];
                of.1 = of.0;
            }
        }
        bounds
    }

    /// The same where something must fall short: among plans that keep the caps, from the one that the
    /// search for the cheapest would start with. Gives the bound of such plans, and a plan that is near
    /// enough to it.
    pub(super) fn by_steps_within_caps(&mut self) -> (Option<f64>, Option<Solution>) {
        let began = Instant::now();
        if self.has_traces() || self.pumps != Pumps::Broken {
            return (None, None);
        }
        let known: Vec<Known> = self.warm.iter().map(|values| self.known_as(values)).collect();
        let Some(found) = self.searched(&self.bounds, &known, began) else {
            return (None, None);
        };
        let bound = found.bound;
        let Some(plan) = found.plan else {
            let nothing = Solution { values: Vec::new(), objective: bound, bound };
            self.note(WITHIN_CAPS, began, &nothing);
            return (Some(bound), None);
        };
        self.whole = self.whole_with_sets_of(&plan, found.whole, bound);
        self.note(WITHIN_CAPS, began, &plan);
        self.warm = Some(plan.values);
        (Some(bound), self.near_enough(bound))
    }

    /// The search by steps with these bounds. What they hold at its least may give on the way, at a
    /// price.
    pub(super) fn searched(
        &self,
        bounds: &[(f64, f64)],
        known: &[Known],
        began: Instant,
    ) -> Option<Found> {
        let mut elastic = Vec::new();
        // An hour that a set should stand, or run at high load, is worth its rating.
        let hour_kwh = self.problem.site.genset.values().map(|g| g.rated_kw).fold(1.0, f64::max);
        let price = ELASTIC * self.problem.site.dearest_kwh_cost();
        for (class, total) in &self.model.ledger.shortfall {
            let of_hours = matches!(class, ShortfallClass::Service | ShortfallClass::BurnOff);
            let price = if of_hours { hour_kwh * price } else { price };
            let price = if is_water(*class) { WATER_KWH_PER_M3 * price } else { price };
            for (variable, amount) in total.linear_coefficients() {
                let column = self.model.position(variable);
                let own = &self.model.columns[column];
                if bounds[column].1 <= bounds[column].0 && own.max > own.min {
                    let bounds = (own.min, own.max);
                    elastic.push(Elastic { column, bounds, price: price * amount });
                }
            }
        }
        let objective = self.cost_expression();
        let question = Question {
            model: &self.model,
            blocks: &self.blocks,
            objective: &objective,
            caps: &self.caps,
            bounds,
            elastic: &elastic,
            known,
            gap_frac: self.options.gap_frac,
            seed: self.options.seed,
            deadline: began + Duration::from_secs_f64((0.5 * self.remaining_s()).max(0.0)),
        };
        search(&question).ok().flatten()
    }

    /// Where a plan is near enough to its bound but not with pumps and trains rounded: these searched
    /// for, sets as they are.
    fn whole_with_sets_of(
        &self,
        plan: &Solution,
        known: Option<Solution>,
        bound: f64,
    ) -> Option<Solution> {
        let gap_frac = self.options.gap_frac;
        let is_near = |s: &Solution| s.objective - bound <= gap_frac * s.objective.abs();
        if !is_near(plan) || known.as_ref().is_some_and(is_near) {
            return known;
        }
        let request = Request {
            objective: &self.cost_expression(),
            caps: &self.caps,
            bounds: &self.with(&self.sets_of(&plan.values)),
            gap_frac: PROVEN,
            target: Some(bound / (1.0 - gap_frac)).filter(|_| bound > 0.0),
            time_limit_s: WITH_SETS_HELD * self.remaining_s(),
            seed: self.options.seed,
            start: known.as_ref().map(|known| known.values.as_slice()),
            relaxed: false,
            rounded_too: true,
        };
        let found = minimise(&self.model, &request).ok();
        found.into_iter().chain(known).reduce(|a, b| if b.objective < a.objective { b } else { a })
    }

    /// The plan that the search by steps has found, if it is near enough to its bound: the one with whole
    /// pumps and trains rather than the one with broken ones.
    pub(super) fn near_enough(&self, bound: f64) -> Option<Solution> {
        let cost = self.cost_expression();
        let values = self.warm.clone()?;
        let near = |values: Vec<f64>| {
            let objective = evaluate(&self.model, &cost, &values);
            let near = objective - bound <= self.options.gap_frac * objective.abs();
            near.then_some(Solution { values, objective, bound: bound.min(objective) })
        };
        let whole = self.whole.as_ref().and_then(|whole| near(whole.values.clone()));
        whole.or_else(|| near(values))
    }

    /// The plan that the search for the cheapest began with, where that search found none: it keeps
    /// every cap, and is the optimiser's own.
    pub(super) fn in_hand(&self, cost: &Expression) -> Option<Solution> {
        let values = self.warm.clone()?;
        let objective = evaluate(&self.model, cost, &values);
        Some(Solution { values, objective, bound: f64::NEG_INFINITY })
    }

    /// Whether every shortfall is held at its least, which is nothing.
    pub(super) fn nothing_may_fall_short(&self) -> bool {
        let mut columns = self
            .model
            .ledger
            .shortfall
            .values()
            .flat_map(IntoAffineExpression::linear_coefficients);
        columns.all(|(v, _)| {
            let (least, most) = self.bounds[self.model.position(v)];
            most - least <= SLACK
        })
    }
}

/// Whether a shortfall is counted in cubic metres.
fn is_water(class: ShortfallClass) -> bool {
    use ShortfallClass as C;
    matches!(class, C::Water | C::Wastewater | C::TankFloor | C::EndStockTank)
}
