//! What a stock is worth where the horizon begins and ends.

/// Litres of fuel that a unit of a stock is worth.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Worth {
    /// Where the stock at the start may be any: what a unit of it costs.
    pub(crate) start: Option<f64>,
    /// What a unit that is missing from the most costs at the end.
    pub(crate) end: Option<f64>,
}

impl Worth {
    /// A start that is as it is, and a worth at the end, if there is one.
    pub(super) fn at_end(l_per_unit: Option<&f64>) -> Self {
        Self { start: None, end: l_per_unit.copied() }
    }
}
