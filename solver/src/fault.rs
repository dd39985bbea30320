//! Faults of input data: all of them at once, each with its path, its value and the rule it broke.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// One fault of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Where: `genset.g1.min_load_frac`.
    #[schema(example = "genset.g1.min_load_frac")]
    pub path: String,
    /// What stood there, as text.
    #[schema(example = "1.3")]
    pub value: String,
    /// The rule that it broke, as a sentence without a subject: `must lie in 0 to 1`.
    #[schema(example = "must lie in 0 to 1")]
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            write!(f, "{}: {}", self.path, self.rule)
        } else {
            write!(f, "{} = {}: {}", self.path, self.value, self.rule)
        }
    }
}

/// Collects faults below one path.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn add(
        &mut self,
        path: impl Into<String>,
        value: impl fmt::Display,
        rule: impl Into<String>,
    ) {
        self.list.push(Fault { path: path.into(), value: value.to_string(), rule: rule.into() });
    }

    /// The value must be finite and more than zero.
    pub fn positive(&mut self, path: impl Into<String>, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            self.add(path, value, "must be more than 0");
        }
    }

    /// The value must be finite and at least zero.
    pub fn not_negative(&mut self, path: impl Into<String>, value: f64) {
        if !(value.is_finite() && value >= 0.0) {
            self.add(path, value, "must be 0 or more");
        }
    }

    /// The value must be finite and lie in `low..=high`.
    pub fn within(&mut self, path: impl Into<String>, value: f64, low: f64, high: f64) {
        if !(value.is_finite() && value >= low && value <= high) {
            self.add(path, value, format!("must lie in {low} to {high}"));
        }
    }

    /// Every value must be finite and at least zero, and there must be `len` of them.
    pub fn series(&mut self, path: &str, values: &[f64], len: usize) {
        if values.len() != len {
            self.add(path, format!("{} values", values.len()), format!("must have {len} values"));
        }
        if let Some((i, v)) = values.iter().enumerate().find(|(_, v)| !v.is_finite() || **v < 0.0) {
            self.add(format!("{path}[{i}]"), v, "must be 0 or more");
        }
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The faults found so far.
    pub fn into_vec(self) -> Vec<Fault> {
        self.list
    }
}
