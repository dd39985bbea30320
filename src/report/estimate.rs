//! A value that was learnt, with how sure it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 90 % of a normal distribution lie within so many standard errors of its mean.
pub(crate) const TWO_SIDED_90: f64 = 1.645;

/// A learnt value beside the one that the site file states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Estimate {
    /// What it is, with its unit: the field of the site file where there is one.
    #[schema(example = "charge_efficiency_frac")]
    pub quantity: String,
    /// What was learnt.
    #[schema(example = 0.921)]
    pub value: f64,
    /// Lower end of its 90 % band.
    #[schema(example = 0.915)]
    pub min: f64,
    /// Upper end of its 90 % band.
    #[schema(example = 0.927)]
    pub max: f64,
    /// What the site file states.
    #[schema(example = 0.938)]
    pub stated: Option<f64>,
    /// Readings that it rests on: means of 5 minutes.
    #[schema(example = 3871)]
    pub samples: u64,
    /// Days that these are of.
    #[schema(example = 14)]
    pub days: u64,
}

impl Estimate {
    /// A value with its standard error.
    pub(crate) fn new(
        quantity: &str,
        (value, error): (f64, f64),
        stated: Option<f64>,
        (samples, days): (u64, u64),
    ) -> Self {
        let half = TWO_SIDED_90 * error;
        let (min, max) = (value - half, value + half);
        Self { quantity: quantity.to_owned(), value, min, max, stated, samples, days }
    }
}
