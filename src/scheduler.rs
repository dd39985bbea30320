//! The heart of the service: from a problem to a decision.

pub mod plan_once;
