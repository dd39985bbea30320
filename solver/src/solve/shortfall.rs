//! The stages of shortfall: the least of each rank, found before the next is looked at.

use super::{CAP_SLACK, PROVEN, Run, SLACK};
use crate::backend::{Solution, evaluate};
use crate::error::SolveError;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression};
use std::time::Instant;

impl Run<'_> {
    /// Finds the least shortfall rank by rank and caps each class at it.
    pub(super) fn shortfall_stages(&mut self) -> Result<(), SolveError> {
        // The rule-based plan is a witness for a rank as long as it does as well in the ranks above.
        let mut rules_keep_up = self.rules_hold;
        // Of a burn-off that is placed, the rules' plan, which runs none, tells no more than how late it
        // comes to be; the model counts that it is not run.
        let has_burn_offs = self.model.ledger.shortfall.contains_key(&ShortfallClass::BurnOff);
        let placed = |c: &ShortfallClass| has_burn_offs && *c == ShortfallClass::BurnOff;
        for (rank, classes) in self.problem.site.ranking.order.iter().enumerate() {
            let nothing_short =
                |c: &ShortfallClass| self.rules.shortfall_total(*c) <= 0.0 && !placed(c);
            let mut objective = Expression::default();
            let ranking = &self.problem.site.ranking;
            let price = |class: &ShortfallClass| ranking.multiple_of_dearest_kwh(*class);
            let Some(least) = classes.iter().map(price).reduce(f64::min) else { continue };
            if classes.iter().all(|c| !self.model.ledger.shortfall.contains_key(c)) {
                continue;
            }
            for class in classes {
                let price = price(class) / least;
                if let Some(total) = self.model.ledger.shortfall.get(class) {
                    objective.add_mul(price, total);
                }
            }
            // For stocks, which are continuous, the relaxation is believed; should that be wrong,
            // `cost_stage` comes back.
            let proven = rules_keep_up && classes.iter().all(nothing_short);
            if proven || (self.hopeful && self.may_be_met(classes, &objective)) {
                for class in classes {
                    self.cap(*class, 0.0);
                }
                continue;
            }
            let name = format!("shortfall.{}", rank + 1);
            let solution = self.least(&name, &objective)?;
            let open = solution.objective - solution.bound;
            self.least_shortfall &= open <= (PROVEN * solution.objective).max(1e-3);
            for class in classes {
                let total = self.model.ledger.shortfall.get(class);
                let least = total.map_or(0.0, |e| evaluate(&self.model, e, &solution.values));
                let as_good = self.rules.shortfall_total(*class) <= least + SLACK;
                rules_keep_up &= as_good && !placed(class);
                self.cap(*class, least);
            }
        }
        Ok(())
    }

    /// The least of an objective. The best dispatch of a commitment that is known is often as good
    /// as the relaxation, which needs no search; where it is not, the search starts from it.
    fn least(&mut self, name: &str, objective: &Expression) -> Result<Solution, SolveError> {
        let began = Instant::now();
        let relaxed = self
            .dispatch(objective, &self.bounds)
            .map_err(|failure| SolveError::Stage { stage: name.to_owned(), failure })?;
        let near = |s: &Solution| s.objective - relaxed.bound <= (PROVEN * s.objective).max(SLACK);
        let mut known = self.best_known(objective);
        if !known.as_ref().is_some_and(near) {
            let both = known.into_iter().chain(self.as_running(objective));
            known = both.reduce(|a, b| if b.objective < a.objective { b } else { a });
        }
        if let Some(known) = known.as_ref().filter(|known| near(known)) {
            let known = Solution { bound: relaxed.bound, ..known.clone() };
            self.note(name, began, &known);
            self.warm = Some(known.values.clone());
            return Ok(known);
        }
        self.warm = known.map(|k| k.values);
        let found = self.minimise(name, objective, PROVEN, 0.25, None)?;
        // A millionth of a start is within the solver's tolerance, but what it saves cannot be had
        // by the next stage: once more, with whole numbers quite whole.
        let solution = match self.dispatch(objective, &self.committed_as(&found.values)) {
            Ok(whole) => Solution { bound: found.bound, ..whole },
            Err(_) => found,
        };
        self.warm = Some(solution.values.clone());
        Ok(solution)
    }

    /// Whether nothing need fall short if sets could run in part. That is hoped for stocks, and, where
    /// the rules know no lawful plan, for load and reserve.
    fn may_be_met(&self, classes: &[ShortfallClass], objective: &Expression) -> bool {
        use ShortfallClass as C;
        let stock = |c: &C| matches!(c, C::EndStockBattery | C::EndStockTank);
        let served =
            |c: &C| matches!(c, C::LoadT0 | C::LoadT1 | C::LoadT2 | C::LoadT3 | C::Reserve);
        let none = |c: &C| !self.model.ledger.shortfall.contains_key(c);
        let hoped = |c: &C| stock(c) || none(c) || (!self.rules_hold && served(c));
        classes.iter().all(hoped)
            && self.dispatch(objective, &self.bounds).is_ok_and(|met| met.objective <= SLACK)
    }

    pub(super) fn cap(&mut self, class: ShortfallClass, least: f64) {
        let Some(total) = self.model.ledger.shortfall.get(&class) else {
            return;
        };
        if least <= SLACK {
            for (variable, _) in total.linear_coefficients() {
                let bounds = &mut self.bounds[self.model.position(variable)];
                bounds.1 = bounds.0;
            }
        } else {
            let row = total.clone().leq(least + CAP_SLACK * (1.0 + least));
            self.caps.push(row.set_name(format!("cap.{class}")));
        }
    }
}
