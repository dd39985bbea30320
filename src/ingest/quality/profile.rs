//! What the equipment says of a point before anything is measured.

/// How a point behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A power, a flow, a temperature: a living meter shows noise.
    Live,
    /// A power or a flow of one machine, which is switched: any step is lawful.
    Switched,
    /// A stock: it may stand still for as long as it likes, and moves no faster than what fills it.
    Level,
    /// It only counts up.
    Counter,
    /// 0 or 1, or a small count: any step and any rest is lawful.
    Flag,
}

/// What is known of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// How it behaves.
    pub nature: Nature,
    /// Least plausible value.
    pub min: f64,
    /// Largest plausible value.
    pub max: f64,
    /// Fastest rise by the equipment, units of the point for each hour.
    pub rise_per_h: Option<f64>,
    /// Fastest fall by the equipment, units of the point for each hour.
    pub fall_per_h: Option<f64>,
}

impl Profile {
    /// A point of which only the range is known.
    pub fn of_range(nature: Nature, min: f64, max: f64) -> Self {
        Self { nature, min, max, rise_per_h: None, fall_per_h: None }
    }

    /// Length of the range.
    pub(super) fn span(&self) -> f64 {
        self.max - self.min
    }
}
