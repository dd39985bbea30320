//! What the checker has found, and how it compares.

use super::camp::Camp;
use super::{Rule, Violation};
use crate::rank::ShortfallClass;
use std::collections::BTreeMap;

/// Largest deviation that passes, in kW, kWh, L, m3 and their like.
pub(super) const TOLERANCE: f64 = 1e-3;

/// Collects objections, and the shortfalls that the checker has counted by itself.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) violations: Vec<Violation>,
    pub(super) counted: BTreeMap<(ShortfallClass, String), Vec<f64>>,
}

impl Findings {
    pub(super) fn object(&mut self, rule: Rule, path: String, detail: String) {
        self.violations.push(Violation { rule, class: None, path, detail });
    }

    /// Lets every objection of a check name the class of shortfall that it is about.
    pub(super) fn of_class(&mut self, class: ShortfallClass, check: impl FnOnce(&mut Self)) {
        let first = self.violations.len();
        check(self);
        self.violations[first..].iter_mut().for_each(|v| v.class = Some(class));
    }

    /// Objects unless the two agree.
    pub(super) fn equal(
        &mut self,
        rule: Rule,
        path: impl Fn() -> String,
        said: f64,
        expected: f64,
    ) {
        // A value that is not a number is near nothing.
        let near = (said - expected).abs() <= TOLERANCE * (1.0 + 1e-3 * expected.abs());
        if !near {
            self.object(rule, path(), format!("says {said}, expected {expected}"));
        }
    }

    /// Objects if the value is more than the limit.
    pub(super) fn at_most(&mut self, rule: Rule, path: impl Fn() -> String, said: f64, limit: f64) {
        let within = said <= limit + TOLERANCE;
        if !within {
            self.object(rule, path(), format!("says {said}, at most {limit}"));
        }
    }

    /// Counts a shortfall of a step, in the class's unit.
    pub(super) fn count(
        &mut self,
        camp: &Camp<'_>,
        class: ShortfallClass,
        asset: &str,
        t: usize,
        amount: f64,
    ) {
        let steps = camp.steps;
        let series =
            self.counted.entry((class, asset.to_owned())).or_insert_with(|| vec![0.0; steps]);
        series[t] += amount.max(0.0);
    }
}
