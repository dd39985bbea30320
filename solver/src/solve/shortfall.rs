//! The stages of shortfall: the least of each rank, found before the next is looked at.

use super::{CAP_SLACK, PROVEN, Run, SLACK};
use crate::backend::{Request, Solution, evaluate, minimise};
use crate::error::SolveError;
use crate::rank::ShortfallClass;
use good_lp::{Expression, IntoAffineExpression};

impl Run<'_> {
    /// Finds the least shortfall rank by rank and caps each class at it.
    pub(super) fn shortfall_stages(&mut self) -> Result<(), SolveError> {
        for (rank, classes) in self.problem.site.ranking.order.iter().enumerate() {
            let nothing_short = |c: &ShortfallClass| self.rules.shortfall_total(*c) <= 0.0;
            let mut objective = Expression::default();
            let ranking = &self.problem.site.ranking;
            let price = |class: &ShortfallClass| ranking.multiple_of_dearest_kwh(*class);
            let Some(least) = classes.iter().map(price).reduce(f64::min) else { continue };
            for class in classes {
                let price = price(class) / least;
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
            let solution = self.rounded(&objective, solution);
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

    /// The solution with its whole numbers made quite whole. A millionth of a start is within the
    /// solver's tolerance, but what it saves cannot be had by the next stage.
    fn rounded(&self, objective: &Expression, found: Solution) -> Solution {
        let request = Request {
            objective,
            caps: &self.caps,
            bounds: &self.committed_as(&found),
            gap_frac: PROVEN,
            time_limit_s: 0.2 * self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
        };
        match minimise(&self.model, &request) {
            Ok(whole) => Solution { bound: found.bound, ..whole },
            Err(_) => found,
        }
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
            let row = total.clone().leq(least + CAP_SLACK * (1.0 + least));
            self.caps.push(row.set_name(format!("cap.{class}")));
        }
    }
}
