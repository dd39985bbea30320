//! The second opinion: recomputes a plan from the site's own fields and objects to what is wrong.
//!
//! It shares no code with the model, the books or the rules; it repeats their arithmetic on purpose,
//! because sharing would make it agree with a wrong model. A declared and correctly counted
//! shortfall passes; an undeclared one, or one counted wrongly, does not.

mod battery;
mod books;
mod burn_off;
mod bus;
mod camp;
mod findings;
mod fuel;
mod genset;
mod like_sets;
mod limits;
mod mean_load;
mod placed;
mod plant;
mod rule;
mod security;
mod service;
mod shape;
mod traces;
mod treatment;
mod upkeep;
mod wastewater;
mod water;
mod well;

use crate::plan::Plan;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use camp::Camp;
use findings::{Findings, TOLERANCE};
pub use rule::Rule;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// One objection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    /// The rule broken.
    pub rule: Rule,
    /// What falls short, where the objection is to a shortfall: undeclared, or counted wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ShortfallClass>,
    /// Where: `genset.g1.power_kw[14]`.
    pub path: String,
    /// What the plan says and what was expected.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.rule.sentence(), self.detail)
    }
}

/// Checks a plan against its problem. An empty list is approval.
pub fn verify(problem: &Problem, plan: &Plan) -> Vec<Violation> {
    let mut findings = Findings::default();
    shape::check(problem, plan, &mut findings);
    if !findings.violations.is_empty() {
        // Series of a wrong shape cannot be read further.
        return findings.violations;
    }
    let camp = Camp::new(problem, plan);
    genset::check(&camp, &mut findings);
    limits::check(&camp, &mut findings);
    plant::check(&camp, &mut findings);
    mean_load::check(&camp, &mut findings);
    upkeep::check(&camp, &mut findings);
    service::check(&camp, &mut findings);
    burn_off::check(&camp, &mut findings);
    like_sets::check(&camp, &mut findings);
    battery::check(&camp, &mut findings);
    well::check(&camp, &mut findings);
    treatment::check(&camp, &mut findings);
    water::check(&camp, &mut findings);
    placed::check(&camp, &mut findings);
    fuel::check(&camp, &mut findings);
    wastewater::check(&camp, &mut findings);
    bus::check(&camp, &mut findings);
    security::check(&camp, &mut findings);
    books::check(&camp, &mut findings);
    traces::check(problem, plan, &mut findings);
    findings.violations
}
