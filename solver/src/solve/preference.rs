//! The last stage: among plans of equal cost, the preferred one.

use super::{PROVEN, Run, SLACK};
use crate::backend::{Reading, Request, Solution, evaluate, minimise};
use crate::plan::Stage;
use good_lp::IntoAffineExpression;
use std::time::Instant;

impl Run<'_> {
    /// Among plans of equal cost, the preferred one; commitment stays as it is. A camp without stocks
    /// prefers none: there the cheapest dispatch is sought once more, with whole numbers quite whole.
    /// Where the solver finds none the cheapest plan stands as it was found, and the stage says so.
    pub(super) fn preference_stage(&mut self, cheapest: &Solution) -> Solution {
        let began = Instant::now();
        let mut bounds = self.held_as(&cheapest.values, true);
        let reading = Reading { model: &self.model, solution: cheapest };
        for block in &self.blocks {
            block.free(&reading, &mut |variable, value| {
                bounds[self.model.position(variable)] = (value, value);
            });
        }
        let preference = &self.model.ledger.preference;
        let prefers = preference.linear_coefficients().next().is_some();
        let cost = self.cost_expression();
        let most = cheapest.objective + SLACK * cheapest.objective.abs().max(1.0);
        let mut caps = self.caps.clone();
        if prefers {
            caps.push(cost.clone().leq(most).set_name("cap.cost".to_owned()));
        }
        let request = Request {
            objective: if prefers { preference } else { &cost },
            caps: &caps,
            bounds: &bounds,
            gap_frac: PROVEN,
            target: None,
            time_limit_s: self.remaining_s(),
            seed: self.options.seed,
            start: None,
            relaxed: true,
            rounded_too: false,
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
}
